//! How long an open circuit stays so.

use std::time::Duration;

use resilience::{
    CircuitBreaker, ManualClock,
    circuit_breaker::{Config, State},
};

use super::{MS, SECOND, breaker, fail, fail_times, refusal, succeed};

const GROWING: Config =
    Config::new().threshold(1).open_for_between(Duration::from_secs(5), Duration::from_mins(5)).half_open(1);

/// Fails the next trial and says how long the circuit is then open.
fn reopen(breaker: &CircuitBreaker, clock: &ManualClock) -> Duration {
    clock.advance(breaker.retry_after().unwrap());
    fail(breaker);
    assert_eq!(breaker.state(), State::Open);
    breaker.retry_after().unwrap()
}

#[test]
fn it_is_open_for_a_minute_by_default() {
    let (breaker, clock) = breaker(Config::new());
    fail_times(&breaker, 5);
    assert_eq!(breaker.retry_after(), Some(60 * SECOND));
    clock.advance(60 * SECOND - MS);
    assert!(refusal(&breaker).is_some());
    clock.advance(MS);
    assert_eq!(refusal(&breaker), None);
}

#[test]
fn open_for_is_kept_to_the_nanosecond() {
    let (breaker, clock) = breaker(Config::new().threshold(1).open_for(Duration::from_millis(1)));
    fail(&breaker);
    clock.advance(Duration::from_nanos(999_999));
    assert!(refusal(&breaker).is_some());
    clock.advance(Duration::from_nanos(1));
    assert_eq!(refusal(&breaker), None);
}

#[test]
fn a_fixed_open_time_does_not_grow() {
    let (breaker, clock) = breaker(Config::new().threshold(1).open_for(SECOND).half_open(1));
    fail(&breaker);
    for _ in 0..100 {
        assert_eq!(reopen(&breaker, &clock), SECOND);
    }
}

#[test]
fn the_first_opening_lasts_exactly_the_least() {
    for _ in 0..50 {
        let (breaker, _) = breaker(GROWING);
        fail(&breaker);
        assert_eq!(breaker.retry_after(), Some(5 * SECOND));
    }
}

#[test]
fn the_kth_reopening_lies_between_the_least_and_its_doubling() {
    for _ in 0..30 {
        let (breaker, clock) = breaker(GROWING);
        fail(&breaker);
        for k in 1..=10_u32 {
            let most = (5 * SECOND * 2_u32.pow(k)).min(300 * SECOND);
            let time = reopen(&breaker, &clock);
            assert!((5 * SECOND..=most).contains(&time), "reopening {k}: {time:?}");
        }
    }
}

#[test]
fn reopenings_grow_beyond_the_least_and_differ() {
    let (breaker, clock) = breaker(GROWING);
    fail(&breaker);
    let times: Vec<_> = (0..40).map(|_| reopen(&breaker, &clock)).collect();
    assert!(times.iter().any(|time| *time > 100 * SECOND), "{times:?}");
    assert!(times.windows(2).any(|pair| pair[0] != pair[1]));
}

#[test]
fn after_very_many_reopenings_the_time_is_still_bounded() {
    let (breaker, clock) = breaker(GROWING);
    fail(&breaker);
    for _ in 0..200 {
        assert!(reopen(&breaker, &clock) <= 300 * SECOND);
    }
}

#[test]
fn closing_starts_again_from_the_least() {
    let (breaker, clock) = breaker(GROWING);
    fail(&breaker);
    for _ in 0..10 {
        reopen(&breaker, &clock);
    }
    clock.advance(breaker.retry_after().unwrap());
    succeed(&breaker);
    assert_eq!(breaker.state(), State::Closed);
    fail(&breaker);
    assert_eq!(breaker.retry_after(), Some(5 * SECOND));
    assert!(reopen(&breaker, &clock) <= 10 * SECOND, "k is 1 again");
}

#[test]
fn closing_and_resetting_by_hand_start_again_from_the_least() {
    for by_hand in [CircuitBreaker::close, CircuitBreaker::reset] {
        let (breaker, clock) = breaker(GROWING);
        fail(&breaker);
        for _ in 0..10 {
            reopen(&breaker, &clock);
        }
        by_hand(&breaker);
        fail(&breaker);
        assert_eq!(breaker.retry_after(), Some(5 * SECOND));
    }
}

#[test]
fn a_round_given_up_is_no_reopening() {
    let (breaker, clock) = breaker(GROWING.half_open_for(SECOND));
    fail(&breaker);
    clock.advance(5 * SECOND);
    for _ in 0..20 {
        std::mem::forget(breaker.acquire().unwrap());
        clock.advance(2 * SECOND);
    }
    fail(&breaker);
    assert!(breaker.retry_after().unwrap() <= 10 * SECOND, "the first reopening");
}

#[test]
fn the_longest_open_time_works() {
    let week = 7 * 24 * 60 * 60 * SECOND;
    let (breaker, clock) = breaker(Config::new().threshold(1).open_for(week));
    fail(&breaker);
    assert_eq!(breaker.acquire().err().unwrap().retry_after(), Some(week));
    clock.advance(week);
    assert_eq!(refusal(&breaker), None);
}

#[test]
fn a_clock_that_jumps_backwards_does_not_keep_it_open_for_longer_than_one_open_time_more() {
    let (breaker, clock) = breaker(Config::new().threshold(1).open_for(30 * SECOND));
    clock.advance(3600 * SECOND);
    fail(&breaker);
    clock.set(SECOND);
    assert_eq!(breaker.retry_after(), Some(30 * SECOND));
    assert!(refusal(&breaker).is_some());
    clock.advance(30 * SECOND);
    assert_eq!(refusal(&breaker), None);
}

#[test]
fn a_clock_that_jumps_far_forward_ends_the_open_time() {
    let (breaker, clock) = breaker(Config::new().threshold(1));
    fail(&breaker);
    clock.advance(Duration::MAX);
    assert_eq!(refusal(&breaker), None);
}

#[test]
fn a_breaker_at_the_end_of_time_still_opens_and_closes() {
    let (breaker, clock) = breaker(Config::new().threshold(1).half_open(1));
    clock.advance(Duration::MAX);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
    // No reading is later than this one: the sum saturates, and so does the wait.
    succeed(&breaker);
    assert_eq!(breaker.state(), State::Closed);
}
