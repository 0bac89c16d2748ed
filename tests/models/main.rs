//! The state machines against naive models of them.

// A model is plain before it is careful: its numbers are small.
#![allow(clippy::unchecked_time_subtraction, clippy::cast_precision_loss)]

mod breaker;
mod keyed;
mod retry;
