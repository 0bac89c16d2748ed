//! Behaviour, through the public API only: each test one fact, on a clock that stands still.

mod bulkhead;
mod circuit_breaker;
mod rate_limit;
