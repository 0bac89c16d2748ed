//! Policies that are switched off: none may cost more than it does when it is on.

use resilience::{bulkhead, circuit_breaker, fallback, rate_limit, retry, timeout};

use crate::{
    case::Case,
    row::{Row, Subject},
    work::{Fault, ready, work},
};

use super::nothing;

#[inline(never)]
#[circuit_breaker("bench-off", enabled = false)]
fn breaker(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[circuit_breaker("bench-off-async", enabled = false)]
async fn breaker_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[retry(enabled = false)]
fn repeat(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[retry(enabled = false)]
async fn repeat_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[rate_limit("bench-off", 1_000_000_000 / 1s, enabled = false)]
fn limit(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[rate_limit("bench-off-async", 1_000_000_000 / 1s, enabled = false)]
async fn limit_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[bulkhead("bench-off", enabled = false)]
fn places(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[bulkhead("bench-off-async", enabled = false)]
async fn places_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[timeout(1s, enabled = false)]
async fn limited_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[fallback(value = 0, enabled = false)]
fn stands_in(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[fallback(value = 0, enabled = false)]
async fn stands_in_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

pub(super) fn rows() -> Vec<Row> {
    use Subject::Attribute;
    vec![
        Row::function(Case::BreakerOff, Attribute, nothing, breaker),
        Row::async_function(Case::BreakerOff, Attribute, nothing, breaker_async),
        Row::function(Case::RetryOff, Attribute, nothing, repeat),
        Row::async_function(Case::RetryOff, Attribute, nothing, repeat_async),
        Row::function(Case::RateLimitOff, Attribute, nothing, limit),
        Row::async_function(Case::RateLimitOff, Attribute, nothing, limit_async),
        Row::function(Case::BulkheadOff, Attribute, nothing, places),
        Row::async_function(Case::BulkheadOff, Attribute, nothing, places_async),
        Row::async_function(Case::TimeoutOff, Attribute, nothing, limited_async),
        Row::function(Case::FallbackOff, Attribute, nothing, stands_in),
        Row::async_function(Case::FallbackOff, Attribute, nothing, stands_in_async),
    ]
}
