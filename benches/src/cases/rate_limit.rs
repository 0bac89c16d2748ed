//! Rate limits with and without a permit.

use std::time::Duration;

use resilience::{RateLimit, rate_limit, rate_limit::Config};

use crate::{
    case::Case,
    row::{Row, Subject},
    work::{Fault, ready, work},
};

use super::nothing;

const HOUR: Duration = Duration::from_hours(1);

#[inline(never)]
#[rate_limit("bench-permitted", 1_000_000_000 / 1s)]
fn permitted(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[rate_limit("bench-permitted-async", 1_000_000_000 / 1s)]
async fn permitted_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[rate_limit("bench-used", 1 / 1h)]
fn used(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[rate_limit("bench-used")]
async fn used_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

/// Takes the only permit of the limit of `used` and `used_async`.
fn use_it() {
    let _ = used(1);
}

fn wide() -> RateLimit {
    let config = Config::new().rate(1_000_000_000, Duration::from_secs(1));
    RateLimit::new("bench", config).expect("settings without a contradiction")
}

fn narrow() -> RateLimit {
    let limit =
        RateLimit::new("bench", Config::new().rate(1, HOUR)).expect("settings without a contradiction");
    limit.try_acquire().expect("the only permit is there");
    limit
}

pub(super) fn rows() -> Vec<Row> {
    use Subject::Attribute;
    let mut rows = vec![
        Row::function(Case::RateLimit, Attribute, nothing, permitted),
        Row::async_function(Case::RateLimit, Attribute, nothing, permitted_async),
        Row::function(Case::RateLimitUsed, Attribute, use_it, used),
        Row::async_function(Case::RateLimitUsed, Attribute, use_it, used_async),
    ];
    rows.extend(by_hand(Case::RateLimit, wide));
    rows.extend(by_hand(Case::RateLimitUsed, narrow));
    rows
}

fn by_hand(case: Case, make: fn() -> RateLimit) -> [Row; 2] {
    [
        Row::policy(case, Subject::Handle, make, |limit, x| limit.call(|| work::<Fault>(x))),
        Row::async_policy(case, Subject::Handle, make, async |limit: &mut RateLimit, x| {
            limit.call_async(ready(x, work::<Fault>)).await
        }),
    ]
}
