//! The state machines against naive models of them.

mod breaker;
