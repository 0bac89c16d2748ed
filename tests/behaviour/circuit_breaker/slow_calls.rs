//! Calls that took longer than `slow_call`.

use std::time::Duration;

use resilience::{
    CircuitBreaker, ManualClock,
    circuit_breaker::{Config, State, Window},
};

use super::{FRAGILE, SECOND, breaker, half_open, is_open, succeed};

const LIMIT: Duration = Duration::from_millis(200);
const NS: Duration = Duration::from_nanos(1);

fn take(breaker: &CircuitBreaker, clock: &ManualClock, time: Duration) {
    let _ = breaker.call(|| {
        clock.advance(time);
        Ok::<_, &str>(())
    });
}

fn fail_after(breaker: &CircuitBreaker, clock: &ManualClock, time: Duration) {
    let _ = breaker.call(|| {
        clock.advance(time);
        Err::<(), _>("down")
    });
}

#[test]
fn a_call_of_exactly_the_limit_is_not_slow() {
    let (breaker, clock) = breaker(Config::new().slow_call(LIMIT));
    take(&breaker, &clock, LIMIT);
    assert_eq!(breaker.snapshot().slow, 0);
}

#[test]
fn a_call_longer_than_the_limit_is_slow() {
    let (breaker, clock) = breaker(Config::new().slow_call(LIMIT));
    take(&breaker, &clock, LIMIT + NS);
    assert_eq!(breaker.snapshot().slow, 1);
}

#[test]
fn limits_below_the_tick_are_measured_exactly() {
    let limit = Duration::from_millis(1);
    let (breaker, clock) = breaker(Config::new().slow_call(limit));
    take(&breaker, &clock, limit);
    assert_eq!(breaker.snapshot().slow, 0);
    take(&breaker, &clock, limit + NS);
    assert_eq!(breaker.snapshot().slow, 1);
}

#[test]
fn slow_call_alone_is_a_statistic() {
    let (breaker, clock) = breaker(Config::new().slow_call(LIMIT));
    (0..200).for_each(|_| take(&breaker, &clock, SECOND));
    assert!(!is_open(&breaker));
    assert_eq!(breaker.snapshot().slow, 200);
}

#[test]
fn slow_rate_opens_on_successes_that_were_slow() {
    let config = Config::new().slow_call(LIMIT).slow_rate(0.5).window(Window::Calls(10));
    let (breaker, clock) = breaker(config);
    (0..5).for_each(|_| succeed(&breaker));
    (0..4).for_each(|_| take(&breaker, &clock, SECOND));
    assert!(!is_open(&breaker));
    take(&breaker, &clock, SECOND);
    assert!(is_open(&breaker));
}

#[test]
fn slow_rate_is_judged_by_the_success_that_reaches_min_calls() {
    let config = Config::new().slow_call(LIMIT).slow_rate(0.5).min_calls(4);
    let (breaker, clock) = breaker(config);
    (0..3).for_each(|_| take(&breaker, &clock, SECOND));
    assert!(!is_open(&breaker));
    succeed(&breaker);
    assert!(is_open(&breaker), "3 of 4 slow");
}

#[test]
fn slow_calls_leave_the_window() {
    let config = Config::new().slow_call(LIMIT).slow_rate(1.0).window(Window::Calls(10));
    let (breaker, clock) = breaker(config);
    (0..4).for_each(|_| take(&breaker, &clock, SECOND));
    (0..8).for_each(|_| succeed(&breaker));
    assert_eq!(breaker.snapshot().window.slow, 2);
}

#[test]
fn slow_calls_leave_a_window_in_time() {
    let config =
        Config::new().slow_call(LIMIT).slow_rate(1.0).min_calls(100).window(Window::Time(10 * SECOND));
    let (breaker, clock) = breaker(config);
    take(&breaker, &clock, SECOND);
    assert_eq!(breaker.snapshot().window.slow, 1);
    clock.advance(10 * SECOND);
    assert_eq!(breaker.snapshot().window.slow, 0);
}

#[test]
fn a_slow_failure_is_both() {
    let config = Config::new().slow_call(LIMIT).slow_rate(1.0);
    let (breaker, clock) = breaker(config);
    fail_after(&breaker, &clock, SECOND);
    let seen = breaker.snapshot();
    assert_eq!((seen.slow, seen.errors, seen.window.slow, seen.window.failures), (1, 1, 1, 1));
}

#[test]
fn slow_failures_open_by_the_slow_rate() {
    let config = Config::new().slow_call(LIMIT).slow_rate(0.5).min_calls(2);
    let (breaker, clock) = breaker(config);
    succeed(&breaker);
    fail_after(&breaker, &clock, SECOND);
    assert!(is_open(&breaker));
}

#[test]
fn a_slow_success_breaks_the_row_of_failures() {
    let (breaker, clock) = breaker(Config::new().threshold(2).slow_call(LIMIT));
    fail_after(&breaker, &clock, SECOND);
    take(&breaker, &clock, SECOND);
    fail_after(&breaker, &clock, SECOND);
    assert!(!is_open(&breaker));
}

#[test]
fn a_slow_trial_fails_when_a_slow_rate_is_set() {
    let config = FRAGILE.slow_call(LIMIT).slow_rate(0.5).half_open(1);
    let (breaker, clock) = half_open(config);
    take(&breaker, &clock, SECOND);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_slow_trial_succeeds_when_no_slow_rate_is_set() {
    let (breaker, clock) = half_open(FRAGILE.slow_call(LIMIT).half_open(1));
    take(&breaker, &clock, SECOND);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_trial_of_exactly_the_limit_succeeds() {
    let config = FRAGILE.slow_call(LIMIT).slow_rate(0.5).half_open(1);
    let (breaker, clock) = half_open(config);
    take(&breaker, &clock, LIMIT);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn ignored_and_dropped_calls_are_never_slow() {
    let config = Config::new().slow_call(LIMIT).slow_rate(0.1).min_calls(1);
    let (breaker, clock) = breaker(config);
    let (ignored, dropped) = (breaker.acquire().unwrap(), breaker.acquire().unwrap());
    clock.advance(SECOND);
    ignored.ignore();
    drop(dropped);
    assert_eq!(breaker.snapshot().slow, 0);
    assert!(!is_open(&breaker));
}

#[test]
fn a_clock_that_jumps_backwards_during_a_call_makes_it_fast() {
    let (breaker, clock) = breaker(Config::new().slow_call(LIMIT));
    clock.advance(3600 * SECOND);
    let permit = breaker.acquire().unwrap();
    clock.set(SECOND);
    permit.success();
    assert_eq!(breaker.snapshot().slow, 0);
}

#[test]
fn a_call_that_began_before_slow_call_was_set_is_not_slow() {
    let (breaker, clock) = breaker(Config::new());
    let permit = breaker.acquire().unwrap();
    breaker.reconfigure(Config::new().slow_call(LIMIT)).unwrap();
    clock.advance(SECOND);
    permit.success();
    assert_eq!(breaker.snapshot().slow, 0);
    assert_eq!(breaker.snapshot().successes, 1);
}

#[test]
fn a_window_tells_slow_failures_from_slow_successes() {
    for window in [Window::Calls(4), Window::Time(10 * SECOND)] {
        let (breaker, clock) = breaker(Config::new().slow_call(LIMIT).failure_rate(1.0).window(window));
        let held = || {
            let window = breaker.snapshot().window;
            (window.calls, window.failures, window.slow, window.slow_failures)
        };
        take(&breaker, &clock, LIMIT + NS);
        fail_after(&breaker, &clock, LIMIT + NS);
        fail_after(&breaker, &clock, NS);
        assert_eq!(held(), (3, 2, 2, 1), "{window:?}");
        // They leave the window with their calls.
        match window {
            Window::Calls(_) => (0..3).for_each(|_| succeed(&breaker)),
            Window::Time(_) => clock.advance(11 * SECOND),
        }
        assert_eq!((held().2, held().3), (0, 0), "{window:?}");
        fail_after(&breaker, &clock, LIMIT + NS);
        assert_eq!((held().2, held().3), (1, 1), "{window:?}");
        breaker.reset();
        assert_eq!(held(), (0, 0, 0, 0), "{window:?}");
    }
}
