//! Guarded calls in a process that has no test scope, as in production. Alone in their process, since a scope of another test
//! would send every call the longer way.

mod gates;
mod retry;
