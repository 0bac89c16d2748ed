//! The functions that are measured: a plain one, and the same with a line above it.
//!
//! `cargo bench -p resilience-benches` tells the time; `benches/instructions.sh` counts instructions and compares them
//! with `benches/instructions.txt`.

use std::{
    future::Future,
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use resilience::{Rejected, circuit_breaker, retry};

/// The error of the measured functions.
#[derive(Debug)]
pub enum Fault {
    /// The dependency is down.
    Down,
    /// A layer refused.
    Refused(Rejected),
}

impl From<Rejected> for Fault {
    fn from(rejected: Rejected) -> Self {
        Self::Refused(rejected)
    }
}

#[inline(never)]
fn work(x: u64) -> Result<u64, Fault> {
    let x = black_box(x);
    if x == u64::MAX { Err(Fault::Down) } else { Ok(x + 1) }
}

/// The plain call.
///
/// # Errors
///
/// At the greatest number.
#[inline(never)]
pub fn plain(x: u64) -> Result<u64, Fault> {
    work(x)
}

/// Consecutive failures.
///
/// # Errors
///
/// At the greatest number.
#[inline(never)]
#[circuit_breaker("bench-consecutive")]
pub fn breaker(x: u64) -> Result<u64, Fault> {
    work(x)
}

/// A rate over the last hundred calls.
///
/// # Errors
///
/// At the greatest number.
#[inline(never)]
#[circuit_breaker("bench-calls", failure_rate = 50%, window = 100)]
pub fn breaker_calls(x: u64) -> Result<u64, Fault> {
    work(x)
}

/// A rate over the last ten seconds.
///
/// # Errors
///
/// At the greatest number.
#[inline(never)]
#[circuit_breaker("bench-time", failure_rate = 50%, window = 10s)]
pub fn breaker_time(x: u64) -> Result<u64, Fault> {
    work(x)
}

/// A retry that is not needed.
///
/// # Errors
///
/// At the greatest number.
#[inline(never)]
#[retry]
pub fn retried(x: u64) -> Result<u64, Fault> {
    work(x)
}

/// The plain async call.
///
/// # Errors
///
/// At the greatest number.
#[inline(never)]
pub async fn plain_async(x: u64) -> Result<u64, Fault> {
    leaf(x).await
}

/// Consecutive failures, async.
///
/// # Errors
///
/// At the greatest number.
#[inline(never)]
#[circuit_breaker("bench-async")]
pub async fn breaker_async(x: u64) -> Result<u64, Fault> {
    leaf(x).await
}

#[inline(never)]
#[allow(clippy::unused_async)] // What is measured is a call of an async function.
async fn leaf(x: u64) -> Result<u64, Fault> {
    work(x)
}

/// Polls a future once, where it lies; all of these are ready at once.
#[inline(never)]
#[must_use]
pub fn poll_once<T>(future: Pin<&mut dyn Future<Output = T>>) -> T {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the measured futures never wait"),
    }
}

/// Makes so many calls, each with the answer of the last, and returns that.
pub type Case = fn(u64) -> u64;

/// The measured cases by name.
pub const CASES: [(&str, Case); 7] = [
    ("plain", |n| repeat(n, plain)),
    ("circuit_breaker", |n| repeat(n, breaker)),
    ("circuit_breaker_calls", |n| repeat(n, breaker_calls)),
    ("circuit_breaker_time", |n| repeat(n, breaker_time)),
    ("retry", |n| repeat(n, retried)),
    ("plain_async", |n| repeat(n, |x| poll_once(pin!(plain_async(x))))),
    ("circuit_breaker_async", |n| repeat(n, |x| poll_once(pin!(breaker_async(x))))),
];

/// Calls `f` so often, each time with the answer of the last.
#[inline(never)]
pub fn repeat(times: u64, f: impl Fn(u64) -> Result<u64, Fault>) -> u64 {
    let mut x = 0;
    for _ in 0..times {
        x = f(x).unwrap_or(0);
    }
    x
}
