//! Forced open, disabled, metrics-only: they stay until told otherwise.

use std::time::Duration;

use resilience::{
    CircuitBreaker, Reason,
    circuit_breaker::{Config, Initial, State, Window},
};

use super::{FRAGILE, MS, SECOND, breaker, fail, fail_times, half_open, refusal, succeed, succeed_times};

const YEAR: Duration = Duration::from_hours(365 * 24);

#[test]
fn forced_open_refuses_whatever_the_time() {
    let (breaker, clock) = breaker(FRAGILE);
    breaker.force_open();
    clock.advance(YEAR);
    assert_eq!(refusal(&breaker), Some(Reason::ForcedOpen));
    assert_eq!(breaker.state(), State::ForcedOpen);
}

#[test]
fn forcing_open_what_is_open_is_sticky_too() {
    let (breaker, clock) = breaker(FRAGILE);
    fail(&breaker);
    breaker.force_open();
    clock.advance(YEAR);
    assert_eq!(refusal(&breaker), Some(Reason::ForcedOpen));
}

#[test]
fn forced_open_has_no_retry_after() {
    let (breaker, _) = breaker(FRAGILE);
    breaker.force_open();
    assert_eq!(breaker.retry_after(), None);
    assert_eq!(breaker.acquire().err().unwrap().retry_after(), None);
}

#[test]
fn late_results_do_not_leave_forced_open() {
    let (breaker, _) = half_open(FRAGILE.half_open(1));
    let trial = breaker.acquire().unwrap();
    breaker.force_open();
    trial.success();
    assert_eq!(breaker.state(), State::ForcedOpen);
}

#[test]
fn disabled_lets_everything_pass_and_counts_it() {
    let (breaker, clock) = breaker(Config::new().threshold(1).failure_count(1).window(Window::Calls(10)));
    breaker.disable();
    fail_times(&breaker, 50);
    succeed(&breaker);
    clock.advance(SECOND);
    assert_eq!(breaker.state(), State::Disabled);
    let seen = breaker.snapshot();
    assert_eq!((seen.errors, seen.successes, seen.refused), (50, 1, 0));
    assert_eq!((seen.window.calls, seen.window.failures), (10, 9));
}

#[test]
fn disabled_never_says_that_it_would_open() {
    let (breaker, _) = breaker(Config::new().threshold(1).failure_rate(0.1).min_calls(1));
    breaker.disable();
    fail_times(&breaker, 50);
    assert_eq!(breaker.snapshot().would_have_opened, 0);
}

#[test]
fn metrics_only_says_that_it_would_open_and_does_not() {
    let (breaker, _) = breaker(Config::new().threshold(3));
    breaker.metrics_only();
    fail_times(&breaker, 2);
    assert_eq!(breaker.snapshot().would_have_opened, 0);
    fail(&breaker);
    assert_eq!(breaker.state(), State::MetricsOnly);
    assert_eq!(refusal(&breaker), None);
    assert_eq!(breaker.snapshot().would_have_opened, 1);
}

#[test]
fn metrics_only_says_it_once_per_row() {
    let (breaker, _) = breaker(Config::new().threshold(3));
    breaker.metrics_only();
    fail_times(&breaker, 30);
    assert_eq!(breaker.snapshot().would_have_opened, 1);
    succeed(&breaker);
    fail_times(&breaker, 30);
    assert_eq!(breaker.snapshot().would_have_opened, 2);
}

#[test]
fn metrics_only_judges_its_window_at_the_failure_that_fills_the_row() {
    let (breaker, _) = breaker(Config::new().threshold(3).failure_count(3));
    breaker.metrics_only();
    fail_times(&breaker, 2);
    assert_eq!(breaker.snapshot().would_have_opened, 0);
    fail(&breaker);
    assert_eq!(breaker.snapshot().would_have_opened, 2, "for the row and for the window");
}

#[test]
fn metrics_only_says_it_once_per_time_that_the_window_breaks_a_rule() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.5).window(Window::Calls(10)));
    breaker.metrics_only();
    fail_times(&breaker, 30);
    assert_eq!(breaker.snapshot().would_have_opened, 1);
    succeed_times(&breaker, 10);
    fail(&breaker);
    fail_times(&breaker, 8);
    assert_eq!(breaker.snapshot().would_have_opened, 2);
}

#[test]
fn metrics_only_is_judged_by_the_success_that_reaches_min_calls() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.5).min_calls(10));
    breaker.metrics_only();
    fail_times(&breaker, 9);
    assert_eq!(breaker.snapshot().would_have_opened, 0);
    succeed(&breaker);
    assert_eq!(breaker.snapshot().would_have_opened, 1);
}

#[test]
fn entering_disabled_or_metrics_only_empties_the_window() {
    for enter in [CircuitBreaker::disable, CircuitBreaker::metrics_only] {
        let (breaker, _) = breaker(Config::new().failure_count(10));
        fail_times(&breaker, 5);
        enter(&breaker);
        let seen = breaker.snapshot();
        assert_eq!((seen.window.calls, seen.consecutive_failures), (0, 0));
    }
}

#[test]
fn closing_from_disabled_judges_again_from_zero() {
    let (breaker, _) = breaker(Config::new().threshold(2));
    breaker.disable();
    fail_times(&breaker, 10);
    breaker.close();
    fail(&breaker);
    assert_eq!(breaker.state(), State::Closed);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn every_state_can_be_entered_from_every_state() {
    let enter: [(fn(&CircuitBreaker), State); 5] = [
        (CircuitBreaker::close, State::Closed),
        (CircuitBreaker::reset, State::Closed),
        (CircuitBreaker::force_open, State::ForcedOpen),
        (CircuitBreaker::disable, State::Disabled),
        (CircuitBreaker::metrics_only, State::MetricsOnly),
    ];
    let begin: [fn() -> (CircuitBreaker, resilience::ManualClock); 6] = [
        || breaker(FRAGILE),
        || {
            let (breaker, clock) = breaker(FRAGILE);
            fail(&breaker);
            (breaker, clock)
        },
        || half_open(FRAGILE),
        || breaker(FRAGILE.initial(Initial::ForcedOpen)),
        || breaker(FRAGILE.initial(Initial::Disabled)),
        || breaker(FRAGILE.initial(Initial::MetricsOnly)),
    ];
    for begin in begin {
        for (go, state) in enter {
            let (breaker, _) = begin();
            let (from, before) = (breaker.state(), breaker.snapshot().transitions);
            go(&breaker);
            assert_eq!(breaker.state(), state, "from {from}");
            assert_eq!(
                breaker.snapshot().transitions,
                before + u64::from(from != state),
                "{from} to {state}"
            );
        }
    }
}

#[test]
fn entering_the_state_it_is_in_changes_nothing() {
    let go: [(Initial, fn(&CircuitBreaker)); 4] = [
        (Initial::Closed, CircuitBreaker::close),
        (Initial::ForcedOpen, CircuitBreaker::force_open),
        (Initial::Disabled, CircuitBreaker::disable),
        (Initial::MetricsOnly, CircuitBreaker::metrics_only),
    ];
    for (initial, go) in go {
        let (breaker, _) = breaker(FRAGILE.initial(initial));
        go(&breaker);
        assert_eq!((breaker.generation(), breaker.snapshot().transitions), (0, 0));
    }
}

#[test]
fn reset_is_a_new_generation_also_of_a_closed_circuit() {
    let (breaker, _) = breaker(FRAGILE);
    breaker.reset();
    assert_eq!((breaker.state(), breaker.generation()), (State::Closed, 1));
    assert_eq!(breaker.snapshot().transitions, 0);
}

#[test]
fn reset_keeps_the_totals() {
    let (breaker, _) = breaker(FRAGILE);
    succeed_times(&breaker, 3);
    fail(&breaker);
    breaker.reset();
    let seen = breaker.snapshot();
    assert_eq!((seen.successes, seen.errors), (3, 1));
}

#[test]
fn initial_is_the_state_it_is_created_in() {
    let cases = [
        (Initial::Closed, State::Closed),
        (Initial::Disabled, State::Disabled),
        (Initial::MetricsOnly, State::MetricsOnly),
        (Initial::ForcedOpen, State::ForcedOpen),
    ];
    for (initial, state) in cases {
        let (breaker, _) = breaker(FRAGILE.initial(initial));
        assert_eq!(breaker.state(), state);
        assert_eq!(breaker.generation(), 0);
    }
}

#[test]
fn states_have_stable_names() {
    let names = [
        (State::Closed, "closed"),
        (State::Open, "open"),
        (State::HalfOpen, "half_open"),
        (State::ForcedOpen, "forced_open"),
        (State::Disabled, "disabled"),
        (State::MetricsOnly, "metrics_only"),
    ];
    for (state, name) in names {
        assert_eq!(state.to_string(), name);
        assert_eq!(format!("{state:>12}"), format!("{name:>12}"));
    }
}

#[test]
fn in_state_for_follows_the_clock_and_starts_again_at_a_transition() {
    let (breaker, clock) = breaker(FRAGILE);
    clock.advance(7 * SECOND);
    assert_eq!(breaker.snapshot().in_state_for, 7 * SECOND);
    fail(&breaker);
    assert_eq!(breaker.snapshot().in_state_for, Duration::ZERO);
    clock.set(SECOND);
    assert_eq!(breaker.snapshot().in_state_for, Duration::ZERO, "also when the clock jumps back");
}

#[test]
fn every_transition_is_a_generation() {
    let (breaker, clock) = breaker(FRAGILE.half_open(1));
    for cycle in 0..100 {
        assert_eq!(breaker.generation(), 3 * cycle);
        fail(&breaker);
        clock.advance(SECOND);
        succeed(&breaker);
    }
    assert_eq!(breaker.snapshot().transitions, 300);
}

#[test]
fn metrics_only_is_not_judged_by_a_success_before_min_calls() {
    let config =
        Config::new().failure_count(1).failure_rate(0.1).window(Window::Calls(6)).reset_after(20 * MS);
    let (breaker, clock) = breaker(config);
    breaker.metrics_only();
    fail(&breaker);
    clock.advance(21 * MS);
    // The failure no longer counts, but nobody has said so.
    succeed(&breaker);
    fail(&breaker);
    assert_eq!(breaker.snapshot().would_have_opened, 1);
}
