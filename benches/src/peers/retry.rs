//! Retries.

use std::{
    future::{Ready, ready as at_once},
    time::Duration,
};

use backon::{BlockingRetryable, ConstantBuilder, ExponentialBuilder, Retryable};
use backon_macros::backon;
use tokio_retry::strategy::{ExponentialBackoff, FixedInterval};
use tower::{Service, ServiceBuilder, ServiceExt, retry::Policy, service_fn};

use crate::{
    case::Case,
    cases::nothing,
    row::{Row, Subject},
    work::{Down, flaky, ready, work},
};

const BACKON: Subject = Subject::Peer("backon");
const BACKON_MACROS: Subject = Subject::Peer("backon-macros");
const TOKIO_RETRY: Subject = Subject::Peer("tokio-retry");
const TOWER: Subject = Subject::Peer("tower, retry layer");

const TIMER: &str = "asks tokio's timer for a delay of zero, which it grants at the timer's next millisecond";
const HAND: &str = "its policy is written by hand; it counts attempts and never waits";

fn zero() -> ConstantBuilder {
    ConstantBuilder::new().with_delay(Duration::ZERO).with_max_times(2)
}

fn no_sleep(_: Duration) {}

#[inline(never)]
fn first(x: u64) -> Result<u64, Down> {
    (|| work(x)).retry(ExponentialBuilder::default()).call()
}

#[inline(never)]
async fn first_async(x: u64) -> Result<u64, Down> {
    (|| ready(x, work)).retry(ExponentialBuilder::default()).await
}

#[inline(never)]
fn third(x: u64) -> Result<u64, Down> {
    (|| flaky(x)).retry(zero()).sleep(no_sleep).call()
}

#[inline(never)]
async fn third_async(x: u64) -> Result<u64, Down> {
    (|| ready(x, flaky)).retry(zero()).sleep(|_| at_once(())).await
}

#[inline(never)]
#[backon]
fn annotated(x: u64) -> Result<u64, Down> {
    work(x)
}

#[inline(never)]
#[backon]
async fn annotated_async(x: u64) -> Result<u64, Down> {
    ready(x, work).await
}

fn at_once_future(_: Duration) -> Ready<()> {
    at_once(())
}

#[inline(never)]
#[backon(backoff = zero, sleep = no_sleep)]
fn annotated_third(x: u64) -> Result<u64, Down> {
    flaky(x)
}

#[inline(never)]
#[backon(backoff = zero, sleep = at_once_future)]
async fn annotated_third_async(x: u64) -> Result<u64, Down> {
    ready(x, flaky).await
}

#[inline(never)]
async fn tokio_first(x: u64) -> Result<u64, Down> {
    tokio_retry::Retry::start(ExponentialBackoff::from_millis(10).take(2), || ready(x, work)).await
}

#[inline(never)]
async fn tokio_third(x: u64) -> Result<u64, Down> {
    tokio_retry::Retry::start(FixedInterval::new(Duration::ZERO).take(2), || ready(x, flaky)).await
}

/// As many attempts as ours, at once.
#[derive(Clone)]
struct Twice(u32);

impl Policy<u64, u64, Down> for Twice {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut u64, result: &mut Result<u64, Down>) -> Option<Self::Future> {
        if result.is_ok() || self.0 == 0 {
            return None;
        }
        self.0 -= 1;
        Some(at_once(()))
    }

    fn clone_request(&mut self, request: &u64) -> Option<u64> {
        Some(*request)
    }
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = vec![
        Row::function(Case::RetryFirst, BACKON, nothing, first),
        Row::async_function(Case::RetryFirst, BACKON, nothing, first_async),
        Row::function(Case::RetryFirst, BACKON_MACROS, nothing, annotated),
        Row::async_function(Case::RetryFirst, BACKON_MACROS, nothing, annotated_async),
        Row::async_function(Case::RetryFirst, TOKIO_RETRY, nothing, tokio_first),
        Row::function(Case::RetryThird, BACKON, nothing, third)
            .note("with a sleep that does nothing, since its own asks the system for a sleep of zero"),
        Row::async_function(Case::RetryThird, BACKON, nothing, third_async),
        Row::function(Case::RetryThird, BACKON_MACROS, nothing, annotated_third),
        Row::async_function(Case::RetryThird, BACKON_MACROS, nothing, annotated_third_async),
        Row::async_function(Case::RetryThird, TOKIO_RETRY, nothing, tokio_third).note(TIMER),
    ];
    let first = || ServiceBuilder::new().retry(Twice(2)).service(service_fn(|x| ready(x, work::<Down>)));
    let third = || ServiceBuilder::new().retry(Twice(2)).service(service_fn(|x| ready(x, flaky::<Down>)));
    rows.push(service(Case::RetryFirst, TOWER, first).note(HAND));
    rows.push(service(Case::RetryThird, TOWER, third).note(HAND));
    rows
}

/// Calls through a tower service.
pub(super) fn service<S>(case: Case, subject: Subject, make: impl Fn() -> S + 'static) -> Row
where
    S: Service<u64, Response = u64> + Clone + Send + 'static,
    S::Error: crate::row::Ends + 'static,
{
    Row::async_policy(case, subject, make, async |service: &mut S, x| service.ready().await?.call(x).await)
}
