//! Circuit breakers in every state.

use std::{mem::forget, thread::sleep, time::Duration};

use resilience::{
    CircuitBreaker, Failure, Verdict, circuit_breaker,
    circuit_breaker::{Config, State, Window},
    registry,
};

use crate::{
    case::Case,
    row::{Row, Subject},
    work::{FATAL, Fault, absent, fail, ready, work},
};

use super::nothing;

/// More failures in a row than are ever made.
const NEVER: u32 = 16_777_215;
const WEEK: Duration = Duration::from_hours(7 * 24);

#[inline(never)]
#[circuit_breaker("bench-closed")]
fn closed(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[circuit_breaker("bench-closed-async")]
async fn closed_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[circuit_breaker("bench-calls", failure_rate = 50%, window = 100)]
fn calls(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[circuit_breaker("bench-calls-async", failure_rate = 50%, window = 100)]
async fn calls_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[circuit_breaker("bench-time", failure_rate = 50%, window = 10s)]
fn time(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[circuit_breaker("bench-time-async", failure_rate = 50%, window = 10s)]
async fn time_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[circuit_breaker("bench-slow", slow_call = 100ms, slow_rate = 50%)]
fn slow(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[circuit_breaker("bench-slow-async", slow_call = 100ms, slow_rate = 50%)]
async fn slow_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[circuit_breaker("bench-open", threshold = 1, open_for = 7d)]
fn open(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[circuit_breaker("bench-open")]
async fn open_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[circuit_breaker("bench-failing", threshold = NEVER)]
fn failing(x: u64) -> Result<u64, Fault> {
    fail(x)
}

#[inline(never)]
#[circuit_breaker("bench-failing-async", threshold = NEVER)]
async fn failing_async(x: u64) -> Result<u64, Fault> {
    ready(x, fail).await
}

#[inline(never)]
#[circuit_breaker("bench-trial", threshold = 1, open_for = 1ms, half_open_for = 7d, ignore = Fault::Absent)]
fn trial(x: u64) -> Result<u64, Fault> {
    absent(x)
}

#[inline(never)]
#[circuit_breaker("bench-trial", ignore = Fault::Absent)]
async fn trial_async(x: u64) -> Result<u64, Fault> {
    ready(x, absent).await
}

#[inline(never)]
#[circuit_breaker("bench-taken", threshold = 1, open_for = 1ms, half_open_for = 7d)]
fn taken(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[circuit_breaker("bench-taken")]
async fn taken_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

/// Opens the breaker of `open` and `open_async`.
fn open_it() {
    let _ = open(FATAL);
}

/// Makes the breaker of `trial` and `trial_async` half-open, where trial calls that say nothing keep it.
fn half_open_it() {
    let _ = trial(FATAL);
    sleep(Duration::from_millis(5));
}

/// Takes every trial call of the breaker of `taken` and `taken_async`.
fn take_every_trial() {
    let _ = taken(FATAL);
    sleep(Duration::from_millis(5));
    take_trials(&registry().circuit_breaker("bench-taken").expect("its site has run"));
}

fn take_trials(breaker: &CircuitBreaker) {
    while let Ok(permit) = breaker.acquire() {
        forget(permit);
    }
    assert_eq!(breaker.state(), State::HalfOpen);
}

fn breaker(config: Config) -> CircuitBreaker {
    CircuitBreaker::new("bench", config).expect("settings without a contradiction")
}

fn opened(config: Config) -> CircuitBreaker {
    let breaker = breaker(config.threshold(1).half_open_for(WEEK));
    let _ = breaker.call(|| work::<Fault>(FATAL));
    sleep(Duration::from_millis(5));
    breaker
}

fn rate() -> Config {
    Config::new().failure_rate(0.5)
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = attributes();
    for (case, config) in [
        (Case::Closed, Config::new()),
        (Case::ClosedCalls, rate().window(Window::Calls(100))),
        (Case::ClosedTime, rate().window(Window::Time(Duration::from_secs(10)))),
        (Case::ClosedSlow, Config::new().slow_call(Duration::from_millis(100)).slow_rate(0.5)),
    ] {
        rows.extend(by_hand(case, move || breaker(config)));
    }
    rows.extend(by_hand(Case::Open, || opened(Config::new().open_for(WEEK))));
    rows.extend(by_hand(Case::TrialsTaken, || {
        let breaker = opened(Config::new().open_for(Duration::from_millis(1)));
        take_trials(&breaker);
        breaker
    }));
    let never = || breaker(Config::new().threshold(NEVER));
    rows.extend([
        Row::policy(Case::Failing, Subject::Handle, never, |breaker, x| breaker.call(|| fail::<Fault>(x))),
        Row::async_policy(Case::Failing, Subject::Handle, never, async |breaker: &mut CircuitBreaker, x| {
            breaker.call_async(ready(x, fail::<Fault>)).await
        }),
    ]);
    let half_open = || opened(Config::new().open_for(Duration::from_millis(1)));
    rows.extend([
        Row::policy(Case::Trial, Subject::Handle, half_open, |breaker, x| {
            breaker.call_judged(|| absent(x), judge)
        }),
        Row::async_policy(
            Case::Trial,
            Subject::Handle,
            half_open,
            async |breaker: &mut CircuitBreaker, x| breaker.call_async_judged(ready(x, absent), judge).await,
        ),
    ]);
    rows
}

fn judge(fault: &Fault) -> Verdict {
    if matches!(fault, Fault::Absent) { Verdict::Neither } else { Verdict::Failure }
}

fn by_hand(case: Case, make: impl Fn() -> CircuitBreaker + Copy + 'static) -> [Row; 2] {
    [
        Row::policy(case, Subject::Handle, make, |breaker, x| -> Result<u64, Failure<Fault>> {
            breaker.call(|| work(x))
        }),
        Row::async_policy(case, Subject::Handle, make, async |breaker: &mut CircuitBreaker, x| {
            breaker.call_async(ready(x, work::<Fault>)).await
        }),
    ]
}

fn attributes() -> Vec<Row> {
    use Subject::Attribute;
    vec![
        Row::function(Case::Closed, Attribute, nothing, closed),
        Row::async_function(Case::Closed, Attribute, nothing, closed_async),
        Row::function(Case::ClosedCalls, Attribute, nothing, calls),
        Row::async_function(Case::ClosedCalls, Attribute, nothing, calls_async),
        Row::function(Case::ClosedTime, Attribute, nothing, time),
        Row::async_function(Case::ClosedTime, Attribute, nothing, time_async),
        Row::function(Case::ClosedSlow, Attribute, nothing, slow),
        Row::async_function(Case::ClosedSlow, Attribute, nothing, slow_async),
        Row::function(Case::Open, Attribute, open_it, open),
        Row::async_function(Case::Open, Attribute, open_it, open_async),
        Row::function(Case::Failing, Attribute, nothing, failing),
        Row::async_function(Case::Failing, Attribute, nothing, failing_async),
        Row::function(Case::Trial, Attribute, half_open_it, trial),
        Row::async_function(Case::Trial, Attribute, half_open_it, trial_async),
        Row::function(Case::TrialsTaken, Attribute, take_every_trial, taken),
        Row::async_function(Case::TrialsTaken, Attribute, take_every_trial, taken_async),
    ]
}
