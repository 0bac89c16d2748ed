//! The circuit breaker, by topic.

mod bad_input;
mod cancellation;
mod concurrency;
mod events;
mod half_open;
mod history;
mod late_results;
mod latency;
mod open_time;
mod opening;
mod panics;
mod reconfiguration;
mod refusals_inside;
mod rejections;
mod settings;
mod slow_calls;
mod states;
mod statistics;
mod time_window;
mod window;

use std::time::Duration;

use resilience::{
    CircuitBreaker, Failure, ManualClock, Reason,
    circuit_breaker::{Config, State},
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// A breaker of its own, and the clock that only the test moves.
fn breaker(config: Config) -> (CircuitBreaker, ManualClock) {
    let clock = ManualClock::new();
    (CircuitBreaker::with_clock("stock", config, clock.clone()).unwrap(), clock)
}

fn fail(breaker: &CircuitBreaker) {
    let _ = breaker.call(|| Err::<(), _>("down"));
}

fn fail_times(breaker: &CircuitBreaker, times: usize) {
    (0..times).for_each(|_| fail(breaker));
}

fn succeed(breaker: &CircuitBreaker) {
    let _ = breaker.call(|| Ok::<_, &str>(()));
}

fn succeed_times(breaker: &CircuitBreaker, times: usize) {
    (0..times).for_each(|_| succeed(breaker));
}

fn is_open(breaker: &CircuitBreaker) -> bool {
    breaker.state() == State::Open
}

/// Why a call is refused now, if it is; a call that is not refused is ignored.
fn refusal(breaker: &CircuitBreaker) -> Option<Reason> {
    match breaker.acquire() {
        Ok(permit) => {
            permit.ignore();
            None
        }
        Err(rejected) => Some(rejected.reason()),
    }
}

fn reason<T, E>(answer: Result<T, Failure<E>>) -> Option<Reason> {
    match answer {
        Err(Failure::Rejected(rejected)) => Some(rejected.reason()),
        _ => None,
    }
}

/// Opens at the first failure for a second.
const FRAGILE: Config = Config::new().threshold(1).open_for(SECOND);

/// A breaker in its first half-open round.
fn half_open(config: Config) -> (CircuitBreaker, ManualClock) {
    let (breaker, clock) = breaker(config);
    fail(&breaker);
    clock.advance(breaker.retry_after().expect("one failure opens it"));
    let permit = breaker.acquire().expect("the open time is over");
    permit.ignore();
    assert_eq!(breaker.state(), State::HalfOpen);
    (breaker, clock)
}
