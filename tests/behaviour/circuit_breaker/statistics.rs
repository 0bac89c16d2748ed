//! Totals: each call in exactly one of them.

use resilience::{
    Verdict,
    circuit_breaker::{Config, Initial, Window},
};

use super::{FRAGILE, SECOND, breaker, fail, fail_times, succeed, succeed_times};

#[test]
fn a_new_breaker_has_seen_nothing() {
    let (breaker, _) = breaker(Config::new());
    let seen = breaker.snapshot();
    let total = seen.successes
        + seen.errors
        + seen.timeouts
        + seen.panics
        + seen.slow
        + seen.exhausted
        + seen.ignored
        + seen.cancelled
        + seen.refused;
    assert_eq!(total, 0);
    assert_eq!((seen.generation, seen.transitions, seen.would_have_opened), (0, 0, 0));
}

#[test]
fn successes_in_every_state_are_in_one_total() {
    let (breaker, clock) = breaker(FRAGILE.half_open(1));
    succeed(&breaker);
    fail(&breaker);
    clock.advance(SECOND);
    succeed(&breaker);
    breaker.disable();
    succeed(&breaker);
    breaker.metrics_only();
    succeed(&breaker);
    assert_eq!(breaker.snapshot().successes, 4);
}

#[test]
fn each_kind_has_its_own_total() {
    let (breaker, _) = breaker(Config::new().initial(Initial::Disabled));
    succeed_times(&breaker, 2);
    fail_times(&breaker, 3);
    for _ in 0..4 {
        let _ = breaker.call_judged(|| Err::<(), _>("no"), |_| Verdict::Neither);
    }
    for _ in 0..5 {
        drop(breaker.acquire().unwrap());
    }
    breaker.force_open();
    succeed_times(&breaker, 6);
    let seen = breaker.snapshot();
    assert_eq!((seen.successes, seen.errors, seen.ignored, seen.cancelled, seen.refused), (2, 3, 4, 5, 6));
}

#[test]
fn refusals_of_every_kind_are_counted() {
    let (breaker, clock) = breaker(FRAGILE.half_open(1));
    fail(&breaker);
    assert!(breaker.acquire().is_err());
    clock.advance(SECOND);
    let trial = breaker.acquire().unwrap();
    assert!(breaker.acquire().is_err());
    trial.success();
    breaker.force_open();
    assert!(breaker.acquire().is_err());
    assert_eq!(breaker.snapshot().refused, 3);
}

#[test]
fn consecutive_failures_are_shown_as_they_count() {
    let (breaker, clock) = breaker(Config::new().threshold(10).reset_after(SECOND));
    fail_times(&breaker, 4);
    assert_eq!(breaker.snapshot().consecutive_failures, 4);
    clock.advance(2 * SECOND);
    assert_eq!(breaker.snapshot().consecutive_failures, 0, "aged by the clock without a call");
}

#[test]
fn the_totals_outlive_the_window() {
    let (breaker, _) = breaker(Config::new().failure_rate(1.0).window(Window::Calls(5)));
    for _ in 0..100 {
        fail(&breaker);
        succeed(&breaker);
    }
    let seen = breaker.snapshot();
    assert_eq!((seen.successes, seen.errors, seen.window.calls), (100, 100, 5));
}

#[test]
fn a_snapshot_shows_the_settings_in_force() {
    let (breaker, _) = breaker(Config::new().threshold(7));
    assert_eq!(breaker.snapshot().settings, breaker.settings());
    assert_eq!(breaker.settings().threshold, Some(7));
}

#[test]
fn a_snapshot_of_an_open_circuit_says_when_it_tries_again() {
    let (breaker, clock) = breaker(FRAGILE);
    fail(&breaker);
    clock.advance(SECOND / 4);
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 3 / 4));
    breaker.close();
    assert_eq!(breaker.snapshot().retry_after, None);
}

#[test]
fn debug_shows_name_and_state() {
    let (breaker, _) = breaker(FRAGILE);
    assert_eq!(format!("{breaker:?}"), r#"CircuitBreaker { name: "stock", state: Closed, .. }"#);
}
