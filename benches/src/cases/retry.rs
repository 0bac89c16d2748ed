//! Retries that are not needed, and retries that are.

use std::time::Duration;

use resilience::{
    Retry, retry,
    retry::{Backoff, Config, Jitter},
};

use crate::{
    case::Case,
    row::{Row, Subject},
    work::{Fault, flaky, ready, work},
};

use super::nothing;

#[inline(never)]
#[retry]
fn first(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[retry]
async fn first_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[retry(attempts = 3, backoff = fixed(0ms), jitter = none)]
fn third(x: u64) -> Result<u64, Fault> {
    flaky(x)
}

#[inline(never)]
#[retry(attempts = 3, backoff = fixed(0ms), jitter = none)]
async fn third_async(x: u64) -> Result<u64, Fault> {
    ready(x, flaky).await
}

fn waiting() -> Retry {
    Retry::new("bench", Config::new()).expect("the defaults")
}

fn at_once() -> Retry {
    let config = Config::new().attempts(3).backoff(Backoff::fixed(Duration::ZERO)).jitter(Jitter::None);
    Retry::new("bench", config).expect("settings without a contradiction")
}

pub(super) fn rows() -> Vec<Row> {
    use Subject::{Attribute, Handle};
    vec![
        Row::function(Case::RetryFirst, Attribute, nothing, first),
        Row::async_function(Case::RetryFirst, Attribute, nothing, first_async),
        Row::policy(Case::RetryFirst, Handle, waiting, |retry, x| retry.call(|| work::<Fault>(x))),
        Row::async_policy(Case::RetryFirst, Handle, waiting, async |retry: &mut Retry, x| {
            retry.call_async(|| ready(x, work::<Fault>)).await
        }),
        Row::function(Case::RetryThird, Attribute, nothing, third),
        Row::async_function(Case::RetryThird, Attribute, nothing, third_async),
        Row::policy(Case::RetryThird, Handle, at_once, |retry, x| retry.call(|| flaky::<Fault>(x))),
        Row::async_policy(Case::RetryThird, Handle, at_once, async |retry: &mut Retry, x| {
            retry.call_async(|| ready(x, flaky::<Fault>)).await
        }),
    ]
}
