//! When a closed circuit opens.

use std::time::Duration;

use resilience::{
    Verdict,
    circuit_breaker::{Config, Window},
};

use super::{MS, SECOND, breaker, fail, fail_times, is_open, succeed, succeed_times};

#[test]
fn five_failures_in_a_row_open_it_by_default() {
    let (breaker, _) = breaker(Config::new());
    fail_times(&breaker, 4);
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn threshold_says_how_many_failures_in_a_row_open_it() {
    let (breaker, _) = breaker(Config::new().threshold(2));
    fail(&breaker);
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn a_threshold_of_one_opens_at_the_first_failure() {
    let (breaker, _) = breaker(Config::new().threshold(1));
    succeed_times(&breaker, 1000);
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn a_success_starts_the_row_again() {
    let (breaker, _) = breaker(Config::new().threshold(3));
    for _ in 0..50 {
        fail_times(&breaker, 2);
        succeed(&breaker);
    }
    assert!(!is_open(&breaker));
}

#[test]
fn an_ignored_call_does_not_break_the_row() {
    let (breaker, _) = breaker(Config::new().threshold(2));
    fail(&breaker);
    breaker.acquire().unwrap().ignore();
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn an_error_that_is_judged_a_success_breaks_the_row() {
    let (breaker, _) = breaker(Config::new().threshold(2));
    fail(&breaker);
    let _ = breaker.call_judged(|| Err::<(), _>("not found"), |_| Verdict::Success);
    fail(&breaker);
    assert!(!is_open(&breaker));
    assert_eq!(breaker.snapshot().successes, 1);
}

#[test]
fn an_error_that_is_judged_neither_changes_nothing() {
    let (breaker, _) = breaker(Config::new().threshold(1));
    for _ in 0..10 {
        let _ = breaker.call_judged(|| Err::<(), _>("your fault"), |_| Verdict::Neither);
    }
    assert!(!is_open(&breaker));
    assert_eq!(breaker.snapshot().ignored, 10);
}

#[test]
fn a_failure_older_than_reset_after_no_longer_counts_in_the_row() {
    let (breaker, clock) = breaker(Config::new().threshold(2).reset_after(10 * SECOND));
    fail(&breaker);
    clock.advance(10 * SECOND + MS);
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
    fail(&breaker);
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn a_failure_exactly_reset_after_ago_still_counts() {
    let (breaker, clock) = breaker(Config::new().threshold(2).reset_after(10 * SECOND));
    fail(&breaker);
    clock.advance(10 * SECOND);
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn reset_after_is_five_minutes_by_default() {
    let (breaker, clock) = breaker(Config::new().threshold(2));
    fail(&breaker);
    clock.advance(Duration::from_mins(5) + MS);
    fail(&breaker);
    assert!(!is_open(&breaker));
    clock.advance(Duration::from_mins(5));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn every_failure_of_the_row_renews_its_time() {
    let (breaker, clock) = breaker(Config::new().threshold(3).reset_after(10 * SECOND));
    fail(&breaker);
    clock.advance(9 * SECOND);
    fail(&breaker);
    clock.advance(9 * SECOND);
    fail(&breaker);
    assert!(is_open(&breaker), "18 s after the first, 9 s after the second");
}

#[test]
fn failure_count_opens_although_successes_come_between() {
    let (breaker, _) = breaker(Config::new().failure_count(3).window(Window::Calls(20)));
    for _ in 0..2 {
        fail(&breaker);
        succeed_times(&breaker, 3);
    }
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn failure_count_does_not_wait_for_min_calls() {
    let config = Config::new().failure_count(2).failure_rate(1.0).min_calls(50);
    let (breaker, _) = breaker(config);
    fail_times(&breaker, 2);
    assert!(is_open(&breaker));
}

#[test]
fn failure_rate_opens_when_the_share_is_reached_exactly() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.5).window(Window::Calls(10)));
    succeed_times(&breaker, 5);
    fail_times(&breaker, 4);
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker), "5 of 10");
}

#[test]
fn failure_rate_below_the_limit_never_opens() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.5).window(Window::Calls(10)));
    for _ in 0..100 {
        fail(&breaker);
        succeed_times(&breaker, 2);
    }
    assert!(!is_open(&breaker));
}

/// Three of thirty is a tenth, whatever the floating-point product of the two would be.
#[test]
fn a_rate_that_has_no_exact_binary_form_is_reached_exactly() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.1).window(Window::Calls(30)).min_calls(30));
    fail_times(&breaker, 2);
    succeed_times(&breaker, 27);
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn every_share_of_a_window_of_a_hundred_opens_at_its_own_count() {
    for percent in 1..=100_u32 {
        let config = Config::new().failure_rate(f64::from(percent) / 100.0).min_calls(100);
        let (breaker, _) = breaker(config);
        succeed_times(&breaker, 100 - percent as usize);
        fail_times(&breaker, percent as usize - 1);
        assert!(!is_open(&breaker), "{percent} %");
        fail(&breaker);
        assert!(is_open(&breaker), "{percent} %");
    }
}

#[test]
fn no_rate_is_judged_below_min_calls() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.1).min_calls(8));
    fail_times(&breaker, 7);
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker), "a partly filled window is judged");
}

#[test]
fn min_calls_is_ten_by_default() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.1));
    fail_times(&breaker, 9);
    assert!(!is_open(&breaker));
    fail(&breaker);
    assert!(is_open(&breaker));
}

#[test]
fn min_calls_by_default_is_not_more_than_the_window() {
    let (breaker, _) = breaker(Config::new().failure_rate(1.0).window(Window::Calls(4)));
    fail_times(&breaker, 4);
    assert!(is_open(&breaker));
}

#[test]
fn the_success_that_reaches_min_calls_is_judged() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.5).min_calls(10));
    fail_times(&breaker, 9);
    assert!(!is_open(&breaker));
    succeed(&breaker);
    assert!(is_open(&breaker), "9 of 10");
}

#[test]
fn a_threshold_and_a_rate_may_stand_together() {
    let config = Config::new().threshold(3).failure_rate(0.5).window(Window::Calls(10));
    let (row, _) = breaker(config);
    succeed_times(&row, 7);
    fail_times(&row, 3);
    assert!(is_open(&row), "three in a row, 30 %");
    let (rate, _) = breaker(config);
    for _ in 0..5 {
        succeed(&rate);
        fail(&rate);
    }
    assert!(is_open(&rate), "half of ten, never two in a row");
}

#[test]
fn without_a_written_threshold_a_rate_stands_alone() {
    let (breaker, _) = breaker(Config::new().failure_rate(1.0).min_calls(100));
    fail_times(&breaker, 99);
    assert!(!is_open(&breaker));
}

#[test]
fn an_open_circuit_does_not_run_the_call() {
    let (breaker, _) = breaker(Config::new().threshold(1));
    fail(&breaker);
    let mut ran = false;
    let _ = breaker.call(|| {
        ran = true;
        Ok::<_, &str>(())
    });
    assert!(!ran);
}

#[test]
fn clones_are_one_breaker() {
    let (breaker, _) = breaker(Config::new().threshold(2));
    fail(&breaker.clone());
    fail(&breaker.clone());
    assert!(is_open(&breaker));
}
