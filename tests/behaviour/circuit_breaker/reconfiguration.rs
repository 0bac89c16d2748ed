//! Other settings while it runs.

use resilience::{
    Reason,
    circuit_breaker::{Config, Initial, State, Window},
};

use super::{
    FRAGILE, SECOND, breaker, fail, fail_times, half_open, is_open, refusal, succeed, succeed_times,
};

#[test]
fn a_lower_threshold_counts_the_row_so_far() {
    let (breaker, _) = breaker(Config::new().threshold(10));
    fail_times(&breaker, 4);
    breaker.reconfigure(Config::new().threshold(3)).unwrap();
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn a_higher_threshold_gives_more_room() {
    let (breaker, _) = breaker(Config::new().threshold(2));
    fail(&breaker);
    breaker.reconfigure(Config::new().threshold(4)).unwrap();
    fail_times(&breaker, 2);
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn a_setting_that_cannot_be_changes_nothing() {
    let (breaker, _) = breaker(Config::new().threshold(2));
    let before = breaker.settings();
    assert!(breaker.reconfigure(Config::new().threshold(0)).is_err());
    assert_eq!(breaker.settings(), before);
}

#[test]
fn the_window_is_kept_if_it_stays_the_same() {
    let (breaker, _) = breaker(Config::new().failure_count(50));
    fail_times(&breaker, 4);
    succeed_times(&breaker, 2);
    breaker.reconfigure(Config::new().failure_count(5)).unwrap();
    assert_eq!(breaker.snapshot().window.calls, 6);
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn a_window_of_another_length_or_kind_starts_empty() {
    let windows =
        [Window::Calls(50), Window::Time(10 * SECOND), Window::Time(20 * SECOND), Window::Calls(100)];
    let (breaker, clock) = breaker(Config::new().failure_count(50).window(Window::Calls(100)));
    for window in windows {
        fail_times(&breaker, 4);
        succeed_times(&breaker, 4);
        breaker.reconfigure(Config::new().failure_count(50).window(window)).unwrap();
        assert_eq!(breaker.snapshot().window.calls, 0, "{window:?}");
        fail(&breaker);
        succeed(&breaker);
        assert_eq!(
            (breaker.snapshot().window.calls, breaker.snapshot().window.failures),
            (2, 1),
            "{window:?}"
        );
        clock.advance(3 * SECOND);
    }
}

#[test]
fn a_window_in_time_that_was_changed_ages_by_its_new_length() {
    let (breaker, clock) = breaker(Config::new().failure_count(50).window(Window::Time(100 * SECOND)));
    clock.advance(1234 * SECOND);
    breaker.reconfigure(Config::new().failure_count(50).window(Window::Time(10 * SECOND))).unwrap();
    fail(&breaker);
    succeed(&breaker);
    clock.advance(9 * SECOND);
    assert_eq!(breaker.snapshot().window.calls, 2);
    clock.advance(SECOND);
    assert_eq!(breaker.snapshot().window.calls, 0);
}

#[test]
fn totals_survive_every_change() {
    let (breaker, _) = breaker(Config::new());
    succeed_times(&breaker, 3);
    fail_times(&breaker, 2);
    breaker.reconfigure(Config::new().failure_rate(0.5).window(Window::Time(SECOND))).unwrap();
    breaker.reconfigure(Config::new().slow_call(SECOND)).unwrap();
    let seen = breaker.snapshot();
    assert_eq!((seen.successes, seen.errors), (3, 2));
}

#[test]
fn initial_is_never_applied_again() {
    let (breaker, _) = breaker(Config::new());
    breaker.reconfigure(Config::new().initial(Initial::ForcedOpen)).unwrap();
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.settings().initial, Initial::ForcedOpen);
}

#[test]
fn every_state_is_kept() {
    for initial in [Initial::Closed, Initial::Disabled, Initial::MetricsOnly, Initial::ForcedOpen] {
        let (breaker, _) = breaker(FRAGILE.initial(initial));
        let before = (breaker.state(), breaker.generation());
        breaker.reconfigure(Config::new().failure_rate(0.5).slow_call(SECOND)).unwrap();
        assert_eq!((breaker.state(), breaker.generation()), before);
    }
}

#[test]
fn an_opening_keeps_the_time_it_began_with() {
    let (breaker, clock) = breaker(FRAGILE.open_for(60 * SECOND));
    fail(&breaker);
    breaker.reconfigure(FRAGILE.open_for(SECOND)).unwrap();
    clock.advance(59 * SECOND);
    assert_eq!(refusal(&breaker), Some(Reason::CircuitOpen));
    clock.advance(SECOND);
    assert_eq!(refusal(&breaker), None);
}

#[test]
fn more_trial_places_are_there_at_once() {
    let (breaker, _) = half_open(FRAGILE.half_open(1));
    let _first = breaker.acquire().unwrap();
    assert!(refusal(&breaker).is_some());
    breaker.reconfigure(FRAGILE.half_open(2)).unwrap();
    assert_eq!(refusal(&breaker), None);
}

#[test]
fn a_half_open_circuit_survives_fewer_trial_places() {
    let (breaker, clock) = half_open(FRAGILE.half_open(5).half_open_for(SECOND));
    let held: Vec<_> = (0..4).map(|_| breaker.acquire().unwrap()).collect();
    breaker.reconfigure(FRAGILE.half_open(1).half_open_for(SECOND)).unwrap();
    drop(held);
    clock.advance(2 * SECOND);
    succeed(&breaker);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_rate_that_is_set_later_judges_the_success_that_reaches_min_calls() {
    let (breaker, _) = breaker(Config::new().failure_count(100));
    fail_times(&breaker, 5);
    breaker.reconfigure(Config::new().failure_count(100).failure_rate(0.5).min_calls(6)).unwrap();
    succeed(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn slow_calls_are_timed_from_the_moment_they_matter() {
    let (breaker, clock) = breaker(Config::new());
    breaker.reconfigure(Config::new().slow_call(SECOND)).unwrap();
    let permit = breaker.acquire().unwrap();
    clock.advance(2 * SECOND);
    permit.success();
    assert_eq!(breaker.snapshot().slow, 1);
}
