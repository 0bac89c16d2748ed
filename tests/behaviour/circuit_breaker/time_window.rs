//! The window in time: the current bucket and the nine before it, aged by the clock alone.

use std::time::Duration;

use resilience::circuit_breaker::{Config, Window};

use super::{MS, SECOND, breaker, fail, fail_times, is_open, succeed, succeed_times};

fn counts(breaker: &resilience::CircuitBreaker) -> (u64, u64) {
    let window = breaker.snapshot().window;
    (window.calls, window.failures)
}

/// Ten buckets of a second; opens when everything failed and there was much of it.
const OBSERVED: Config =
    Config::new().failure_rate(1.0).min_calls(1000).window(Window::Time(Duration::from_secs(10)));

#[test]
fn failures_leave_the_window_as_time_passes_without_any_call() {
    let (breaker, clock) = breaker(OBSERVED);
    fail_times(&breaker, 3);
    clock.advance(9 * SECOND);
    assert_eq!(counts(&breaker), (3, 3));
    clock.advance(SECOND);
    assert_eq!(counts(&breaker), (0, 0));
}

#[test]
fn successes_leave_the_window_as_time_passes_without_any_call() {
    let (breaker, clock) = breaker(OBSERVED);
    succeed_times(&breaker, 3);
    clock.advance(10 * SECOND - MS);
    assert_eq!(counts(&breaker), (3, 0));
    clock.advance(MS);
    assert_eq!(counts(&breaker), (0, 0));
}

#[test]
fn each_bucket_leaves_by_itself() {
    let (breaker, clock) = breaker(OBSERVED);
    for _ in 0..10 {
        fail(&breaker);
        succeed(&breaker);
        clock.advance(SECOND);
    }
    for left in (0..10).rev() {
        assert_eq!(counts(&breaker), (2 * left, left));
        clock.advance(SECOND);
    }
    assert_eq!(counts(&breaker), (0, 0));
}

#[test]
fn failures_spread_wider_than_the_window_never_open() {
    let config = Config::new().failure_count(2).window(Window::Time(10 * SECOND));
    let (breaker, clock) = breaker(config);
    for _ in 0..50 {
        fail(&breaker);
        clock.advance(10 * SECOND);
    }
    assert!(!is_open(&breaker));
    clock.advance(SECOND);
    fail(&breaker);
    clock.advance(9 * SECOND);
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn a_rate_is_judged_over_what_the_window_still_holds() {
    let config = Config::new().failure_rate(0.5).min_calls(4).window(Window::Time(10 * SECOND));
    let (breaker, clock) = breaker(config);
    succeed_times(&breaker, 1000);
    clock.advance(10 * SECOND);
    fail_times(&breaker, 3);
    assert!(!is_open(&breaker), "three calls");
    fail(&breaker);
    assert!(is_open(&breaker), "the thousand are gone");
}

#[test]
fn the_first_outcome_of_a_bucket_is_judged_even_if_it_is_a_success() {
    let config = Config::new().failure_rate(0.5).min_calls(4).window(Window::Time(10 * SECOND));
    let (breaker, clock) = breaker(config);
    succeed_times(&breaker, 10);
    clock.advance(SECOND);
    fail_times(&breaker, 6);
    assert!(!is_open(&breaker), "6 of 16");
    clock.advance(9 * SECOND);
    succeed(&breaker);
    assert!(is_open(&breaker), "6 of 7, since the ten have left");
}

#[test]
fn min_calls_starts_again_when_the_window_has_emptied() {
    let config = Config::new().failure_rate(0.5).min_calls(4).window(Window::Time(10 * SECOND));
    let (breaker, clock) = breaker(config);
    succeed_times(&breaker, 100);
    clock.advance(20 * SECOND);
    fail_times(&breaker, 3);
    assert!(!is_open(&breaker));
    succeed(&breaker);
    assert!(is_open(&breaker), "the call that reaches `min_calls` again is judged, success or not");
}

#[test]
fn buckets_of_a_window_that_ten_does_not_divide_are_rounded_up() {
    // 15 ms: ten buckets of 1.5 ms.
    let config = Config::new().failure_rate(1.0).min_calls(1000).window(Window::Time(15 * MS));
    let (breaker, clock) = breaker(config);
    fail(&breaker);
    clock.advance(15 * MS - Duration::from_nanos(1));
    assert_eq!(counts(&breaker), (1, 1));
    clock.advance(Duration::from_nanos(1));
    assert_eq!(counts(&breaker), (0, 0));
}

#[test]
fn the_shortest_window_works() {
    let config = Config::new().failure_count(2).window(Window::Time(10 * MS));
    let (breaker, clock) = breaker(config);
    fail(&breaker);
    clock.advance(10 * MS);
    fail(&breaker);
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn a_window_of_a_week_works() {
    let week = 7 * 24 * 60 * 60 * SECOND;
    let (breaker, clock) = breaker(Config::new().failure_count(2).window(Window::Time(week)));
    fail(&breaker);
    clock.advance(week - SECOND);
    assert_eq!(counts(&breaker), (1, 1), "`reset_after` is not shorter than the window by default");
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn after_an_idle_year_the_window_is_empty_and_works() {
    let (breaker, clock) = breaker(Config::new().failure_count(3).window(Window::Time(10 * SECOND)));
    fail_times(&breaker, 2);
    clock.advance(365 * 24 * 60 * 60 * SECOND);
    assert_eq!(counts(&breaker), (0, 0));
    fail_times(&breaker, 2);
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn reset_empties_the_bucket_it_happens_in() {
    let (breaker, _) = breaker(OBSERVED);
    fail_times(&breaker, 3);
    succeed_times(&breaker, 3);
    breaker.reset();
    assert_eq!(counts(&breaker), (0, 0));
    succeed(&breaker);
    fail(&breaker);
    assert_eq!(counts(&breaker), (2, 1));
}

#[test]
fn closing_empties_the_window_although_no_time_passes() {
    let config = Config::new().failure_count(2).window(Window::Time(10 * SECOND)).open_for(MS).half_open(1);
    let (breaker, clock) = breaker(config);
    succeed_times(&breaker, 5);
    fail_times(&breaker, 2);
    clock.advance(MS);
    succeed(&breaker);
    assert_eq!(counts(&breaker), (0, 0));
    fail(&breaker);
    assert!(!is_open(&breaker));
    assert_eq!(counts(&breaker), (1, 1));
}

#[test]
fn a_clock_that_jumps_backwards_does_not_blind_the_window() {
    let (breaker, clock) = breaker(Config::new().failure_count(3).window(Window::Time(10 * SECOND)));
    clock.advance(3600 * SECOND);
    breaker.reset();
    clock.set(SECOND);
    fail_times(&breaker, 3);
    assert!(is_open(&breaker));
}

#[test]
fn a_clock_that_jumped_backwards_goes_on_ageing_the_window() {
    let (breaker, clock) = breaker(OBSERVED);
    clock.advance(3600 * SECOND);
    breaker.reset();
    fail(&breaker);
    clock.set(SECOND);
    fail_times(&breaker, 2);
    succeed(&breaker);
    assert_eq!(counts(&breaker), (3, 2));
    clock.advance(10 * SECOND);
    assert_eq!(counts(&breaker), (0, 0));
}

#[test]
fn a_clock_before_the_breakers_creation_is_harmless() {
    let clock = resilience::ManualClock::new();
    clock.advance(3600 * SECOND);
    let config = Config::new().failure_count(3).window(Window::Time(10 * SECOND));
    let breaker = resilience::CircuitBreaker::with_clock("stock", config, clock.clone()).unwrap();
    clock.set(SECOND);
    succeed(&breaker);
    fail_times(&breaker, 3);
    assert!(is_open(&breaker));
}
