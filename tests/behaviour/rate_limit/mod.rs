//! At most `rate * window + burst` calls in any window, in order, and nobody waits in vain.
#![allow(clippy::wildcard_imports, reason = "every topic uses the stage that is set here")]

mod clock;
mod figures;
mod load;
mod model;
mod queue;
mod reconfiguration;
mod settings;
mod waits;

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Barrier,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use proptest::prelude::*;
use resilience::{
    Failure, ManualClock, PolicyKind, RateLimit, Reason, Rejected,
    rate_limit::{Config, Passing},
};

const NS: Duration = Duration::from_nanos(1);
const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

fn rate_limit(config: Config) -> (RateLimit, ManualClock) {
    let clock = ManualClock::new();
    (RateLimit::with_clock("quota", config, clock.clone()).unwrap(), clock)
}

/// One call every 100 ms, and callers who wait up to a minute. The first permit is used up.
fn strict() -> (RateLimit, ManualClock) {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(1).max_wait(MINUTE));
    limit.try_acquire().unwrap();
    (limit, clock)
}

fn poll(passing: &mut Passing<'_>) -> Poll<Result<(), Rejected>> {
    Pin::new(passing).poll(&mut Context::from_waker(Waker::noop()))
}

/// A caller that has begun to wait.
fn waiting(limit: &RateLimit) -> Passing<'_> {
    let mut passing = limit.acquire_async();
    assert!(poll(&mut passing).is_pending());
    passing
}

/// How many calls go now.
fn drain(limit: &RateLimit) -> u32 {
    let mut calls = 0;
    while limit.try_acquire().is_ok() {
        calls += 1;
    }
    calls
}

/// A nanosecond less.
fn just_before(time: Duration) -> Duration {
    time.checked_sub(NS).unwrap()
}

fn hint(outcome: Result<(), Rejected>) -> Duration {
    let refused = outcome.unwrap_err();
    assert_eq!(refused.reason(), Reason::RateLimited);
    refused.retry_after().unwrap()
}

/// A waiting caller that is polled only after it was woken, as a runtime does it.
struct Task<'a> {
    passing: Passing<'a>,
    bell: Arc<Bell>,
}

#[derive(Default)]
struct Bell {
    rung: AtomicUsize,
    seen: AtomicUsize,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.fetch_add(1, Ordering::Relaxed);
    }
}

impl<'a> Task<'a> {
    fn spawn(limit: &'a RateLimit) -> Self {
        let bell = Arc::new(Bell { rung: AtomicUsize::new(1), ..Bell::default() });
        Self { passing: limit.acquire_async(), bell }
    }

    fn is_woken(&self) -> bool {
        self.bell.rung.load(Ordering::Relaxed) > self.bell.seen.load(Ordering::Relaxed)
    }

    fn run(&mut self) -> Poll<Result<(), Rejected>> {
        if !self.is_woken() {
            return Poll::Pending;
        }
        self.bell.seen.store(self.bell.rung.load(Ordering::Relaxed), Ordering::Relaxed);
        let waker = Waker::from(self.bell.clone());
        Pin::new(&mut self.passing).poll(&mut Context::from_waker(&waker))
    }
}

/// No window from one call to another holds more than `burst` calls beyond what the rate allows in it.
fn assert_bound(starts: &[Duration], calls: u32, period: Duration, burst: u32) {
    for (first, from) in starts.iter().enumerate() {
        for (last, to) in starts.iter().enumerate().skip(first) {
            let allowed =
                (to.as_nanos() - from.as_nanos()) * u128::from(calls) / period.as_nanos() + u128::from(burst);
            let went = (last - first + 1) as u128;
            assert!(went <= allowed, "{went} calls of {allowed} between {from:?} and {to:?}");
        }
    }
}
