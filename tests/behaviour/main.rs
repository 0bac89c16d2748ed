//! Behaviour, through the public API only: each test one fact, on a clock that stands still.

// Tests know their numbers, and spell a table of cases out once.
#![allow(clippy::unchecked_time_subtraction, clippy::type_complexity, clippy::needless_pass_by_value)]

mod attributes;
mod bulkhead;
mod catalogue;
mod circuit_breaker;
mod clock;
mod config;
mod events;
mod export;
mod fallback;
mod gates;
mod health;
mod keyed;
mod metrics;
mod outbox;
mod pipeline;
mod rate_limit;
mod registry;
mod retry;
mod scopes;
mod service;
mod timeout;
