//! Rate limits.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use governor::{DefaultDirectRateLimiter, NotUntil, Quota, clock::QuantaInstant};
use leaky_bucket::RateLimiter;

use super::{Refusable, SECOND};
use crate::{
    case::Case,
    row::{Row, Subject},
    work::{Down, ready, work},
};

const GOVERNOR: Subject = Subject::Peer("governor");
const LEAKY: Subject = Subject::Peer("leaky-bucket");

const NO_WAIT: &str = "its refusal does not say when the next permit is there";

type Until = Refusable<NotUntil<QuantaInstant>>;

fn wide() -> Arc<DefaultDirectRateLimiter> {
    let most = NonZeroU32::new(1_000_000_000).expect("not zero");
    Arc::new(DefaultDirectRateLimiter::direct(Quota::per_second(most)))
}

fn used() -> Arc<DefaultDirectRateLimiter> {
    let limiter = DefaultDirectRateLimiter::direct(Quota::per_hour(NonZeroU32::MIN));
    limiter.check().expect("the only permit is there");
    Arc::new(limiter)
}

fn full_bucket() -> Arc<RateLimiter> {
    let bucket = RateLimiter::builder()
        .initial(1_000_000_000)
        .max(1_000_000_000)
        .refill(1_000_000_000)
        .interval(SECOND)
        .build();
    Arc::new(bucket)
}

fn empty_bucket() -> Arc<RateLimiter> {
    Arc::new(RateLimiter::builder().initial(0).max(1).refill(1).interval(Duration::from_hours(1)).build())
}

fn governed(case: Case, make: fn() -> Arc<DefaultDirectRateLimiter>) -> [Row; 2] {
    [
        Row::policy(case, GOVERNOR, make, |limiter, x| -> Result<u64, Until> {
            limiter.check().map_err(Refusable::Refused)?;
            Ok(work::<Down>(x)?)
        }),
        Row::async_policy(
            case,
            GOVERNOR,
            make,
            async |limiter: &mut Arc<DefaultDirectRateLimiter>, x| -> Result<u64, Until> {
                limiter.check().map_err(Refusable::Refused)?;
                Ok(ready(x, work::<Down>).await?)
            },
        ),
    ]
}

fn leaky(case: Case, make: fn() -> Arc<RateLimiter>) -> [Row; 2] {
    [
        Row::policy(case, LEAKY, make, |bucket, x| -> Result<u64, Refusable<()>> {
            if !bucket.try_acquire(1) {
                return Err(Refusable::Refused(()));
            }
            Ok(work::<Down>(x)?)
        })
        .note(if case == Case::RateLimitUsed { NO_WAIT } else { "" }),
        Row::async_policy(
            case,
            LEAKY,
            make,
            async |bucket: &mut Arc<RateLimiter>, x| -> Result<u64, Refusable<()>> {
                if !bucket.try_acquire(1) {
                    return Err(Refusable::Refused(()));
                }
                Ok(ready(x, work::<Down>).await?)
            },
        ),
    ]
}

pub(super) fn rows() -> Vec<Row> {
    [
        governed(Case::RateLimit, wide),
        governed(Case::RateLimitUsed, used),
        leaky(Case::RateLimit, full_bucket),
        leaky(Case::RateLimitUsed, empty_bucket),
    ]
    .into_iter()
    .flatten()
    .collect()
}
