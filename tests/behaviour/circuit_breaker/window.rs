//! The window in calls: always the last so many.

use resilience::circuit_breaker::{Config, Window};

use super::{MS, SECOND, breaker, fail, fail_times, is_open, succeed, succeed_times};

fn counts(breaker: &resilience::CircuitBreaker) -> (u64, u64) {
    let window = breaker.snapshot().window;
    (window.calls, window.failures)
}

/// Never judged: a rate that calls with successes among them do not reach.
fn observed(calls: u32) -> Config {
    Config::new().failure_rate(1.0).window(Window::Calls(calls)).min_calls(calls)
}

#[test]
fn old_calls_leave_the_window() {
    let (breaker, _) = breaker(observed(10));
    fail_times(&breaker, 3);
    succeed_times(&breaker, 7);
    assert_eq!(counts(&breaker), (10, 3));
    succeed(&breaker);
    assert_eq!(counts(&breaker), (10, 2));
    succeed_times(&breaker, 2);
    assert_eq!(counts(&breaker), (10, 0));
}

#[test]
fn ten_thousand_successes_do_not_hide_a_window_of_failures() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.5).window(Window::Calls(100)));
    succeed_times(&breaker, 10_000);
    fail_times(&breaker, 49);
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn failures_spread_wider_than_the_window_never_open() {
    let (breaker, _) = breaker(Config::new().failure_count(2).window(Window::Calls(10)));
    for _ in 0..100 {
        fail(&breaker);
        succeed_times(&breaker, 9);
    }
    assert!(!is_open(&breaker));
}

#[test]
fn two_failures_at_the_ends_of_the_window_are_both_in_it() {
    let (breaker, _) = breaker(Config::new().failure_count(2).window(Window::Calls(10)));
    fail(&breaker);
    succeed_times(&breaker, 8);
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn the_window_is_a_hundred_calls_by_default() {
    let (breaker, _) = breaker(Config::new().failure_count(2));
    fail(&breaker);
    succeed_times(&breaker, 99);
    fail(&breaker);
    assert!(!is_open(&breaker), "call 1 and call 101");
    succeed_times(&breaker, 98);
    fail(&breaker);
    assert!(is_open(&breaker), "call 101 and call 200");
}

#[test]
fn a_window_of_one_call_is_the_last_call() {
    let (breaker, _) = breaker(Config::new().failure_rate(1.0).window(Window::Calls(1)));
    succeed_times(&breaker, 5);
    assert_eq!(counts(&breaker), (1, 0));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn the_longest_window_holds_a_million_calls() {
    let (breaker, _) = breaker(Config::new().failure_rate(1.0).window(Window::Calls(1_000_000)));
    fail_times(&breaker, 2);
    succeed_times(&breaker, 100);
    assert_eq!(counts(&breaker), (102, 2));
}

#[test]
fn ignored_and_cancelled_calls_take_no_place_in_the_window() {
    let (breaker, _) = breaker(observed(10));
    fail(&breaker);
    succeed(&breaker);
    for _ in 0..20 {
        breaker.acquire().unwrap().ignore();
        drop(breaker.acquire().unwrap());
    }
    assert_eq!(counts(&breaker), (2, 1));
}

#[test]
fn a_failure_older_than_reset_after_is_no_failure_of_the_window_any_more() {
    let config = Config::new().failure_count(2).window(Window::Calls(10)).reset_after(SECOND);
    let (breaker, clock) = breaker(config);
    fail(&breaker);
    clock.advance(SECOND);
    assert_eq!(counts(&breaker), (1, 1));
    clock.advance(MS);
    assert_eq!(counts(&breaker), (1, 0));
    fail(&breaker);
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn closing_starts_with_an_empty_window() {
    let config = Config::new().failure_count(3).window(Window::Calls(10)).open_for(SECOND).half_open(1);
    let (breaker, clock) = breaker(config);
    fail_times(&breaker, 3);
    clock.advance(SECOND);
    succeed(&breaker);
    assert_eq!(counts(&breaker), (0, 0), "trial calls are never in it");
    fail_times(&breaker, 2);
    assert!(!is_open(&breaker));
}

#[test]
fn the_window_is_empty_while_the_circuit_is_open() {
    let (breaker, _) = breaker(Config::new().failure_count(3).window(Window::Calls(10)));
    fail_times(&breaker, 3);
    assert_eq!(counts(&breaker), (0, 0));
}

#[test]
fn reset_empties_a_partly_filled_window_of_a_closed_circuit() {
    let (breaker, _) = breaker(Config::new().failure_count(10));
    fail_times(&breaker, 9);
    breaker.reset();
    assert_eq!(counts(&breaker), (0, 0));
    fail(&breaker);
    assert!(!is_open(&breaker));
    assert_eq!(counts(&breaker), (1, 1));
}

#[test]
fn reset_ends_the_row_of_failures() {
    let (breaker, _) = breaker(Config::new().threshold(3));
    fail_times(&breaker, 2);
    breaker.reset();
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
    fail_times(&breaker, 2);
    assert!(!is_open(&breaker));
}

#[test]
fn closing_what_is_closed_keeps_the_window() {
    let (breaker, _) = breaker(observed(10));
    fail(&breaker);
    succeed(&breaker);
    breaker.close();
    assert_eq!(counts(&breaker), (2, 1));
    assert_eq!(breaker.generation(), 0);
}

#[test]
fn without_a_rule_that_needs_one_there_is_no_window() {
    let (breaker, _) = breaker(Config::new());
    fail_times(&breaker, 2);
    succeed(&breaker);
    assert_eq!(counts(&breaker), (0, 0));
    assert_eq!(breaker.settings().window, None);
}

#[test]
fn rates_of_an_empty_window_are_zero() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.5));
    let window = breaker.snapshot().window;
    assert!(window.failure_rate().abs() < f64::EPSILON && window.slow_rate().abs() < f64::EPSILON);
}
