//! Trial calls: how many, what they decide, and what becomes of those that never answer.

use std::time::Duration;

use resilience::{
    Reason,
    circuit_breaker::{Config, State},
};

use super::{FRAGILE, MS, SECOND, breaker, fail, fail_times, half_open, refusal, succeed};

const NS: Duration = Duration::from_nanos(1);

#[test]
fn an_open_circuit_whose_time_is_over_says_open_until_a_call_comes() {
    let (breaker, clock) = breaker(FRAGILE);
    fail(&breaker);
    clock.advance(SECOND);
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.retry_after(), Some(Duration::ZERO));
    let permit = breaker.acquire().unwrap();
    assert_eq!(breaker.state(), State::HalfOpen);
    permit.ignore();
}

#[test]
fn three_trial_calls_by_default() {
    let (breaker, _) = half_open(FRAGILE);
    let trials = [breaker.acquire(), breaker.acquire(), breaker.acquire()];
    assert!(trials.iter().all(Result::is_ok));
    assert_eq!(refusal(&breaker), Some(Reason::TrialsTaken));
}

#[test]
fn half_open_says_how_many_trial_calls() {
    for places in [1_u8, 2, 7, 255] {
        let (breaker, _) = half_open(FRAGILE.half_open(u32::from(places)));
        let trials: Vec<_> = std::iter::from_fn(|| breaker.acquire().ok()).collect();
        assert_eq!(trials.len(), usize::from(places));
        assert_eq!(refusal(&breaker), Some(Reason::TrialsTaken));
    }
}

#[test]
fn of_a_hundred_calls_at_once_only_the_trials_pass() {
    let (breaker, clock) = breaker(FRAGILE.half_open(2));
    fail(&breaker);
    clock.advance(SECOND);
    let all: Vec<_> = (0..100).map(|_| breaker.acquire()).collect();
    assert_eq!(all.iter().filter(|admitted| admitted.is_ok()).count(), 2);
}

#[test]
fn a_finished_trial_does_not_free_its_place() {
    let (breaker, _) = half_open(FRAGILE.half_open(2));
    succeed(&breaker);
    let _second = breaker.acquire().unwrap();
    assert_eq!(refusal(&breaker), Some(Reason::TrialsTaken));
}

#[test]
fn every_trial_must_succeed_by_default() {
    let (breaker, _) = half_open(FRAGILE);
    succeed(&breaker);
    succeed(&breaker);
    assert_eq!(breaker.state(), State::HalfOpen);
    succeed(&breaker);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn one_failed_trial_opens_again_by_default() {
    let (breaker, _) = half_open(FRAGILE);
    succeed(&breaker);
    succeed(&breaker);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.retry_after(), Some(SECOND));
}

#[test]
fn success_threshold_closes_as_soon_as_it_is_certain() {
    let (breaker, _) = half_open(FRAGILE.half_open(5).success_threshold(2));
    let _still_running = breaker.acquire().unwrap();
    succeed(&breaker);
    assert_eq!(breaker.state(), State::HalfOpen);
    succeed(&breaker);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn spare_trials_may_fail() {
    let (breaker, _) = half_open(FRAGILE.half_open(5).success_threshold(3));
    fail_times(&breaker, 2);
    assert_eq!(breaker.state(), State::HalfOpen);
    (0..3).for_each(|_| succeed(&breaker));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn it_opens_again_as_soon_as_success_threshold_is_out_of_reach() {
    let (breaker, _) = half_open(FRAGILE.half_open(5).success_threshold(3));
    fail_times(&breaker, 3);
    assert_eq!(breaker.state(), State::Open, "2 are left, 3 would be needed");
}

#[test]
fn an_ignored_trial_gives_its_place_back() {
    let (breaker, _) = half_open(FRAGILE.half_open(1));
    for _ in 0..300 {
        breaker.acquire().unwrap().ignore();
    }
    assert_eq!(breaker.state(), State::HalfOpen);
    succeed(&breaker);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_dropped_trial_gives_its_place_back() {
    let (breaker, _) = half_open(FRAGILE.half_open(1));
    for _ in 0..300 {
        drop(breaker.acquire().unwrap());
    }
    assert_eq!(breaker.state(), State::HalfOpen);
    assert_eq!(refusal(&breaker), None);
}

#[test]
fn a_hung_trial_is_given_up_after_half_open_for() {
    let (breaker, clock) = half_open(FRAGILE.half_open(1).half_open_for(5 * SECOND));
    let _hung = breaker.acquire().unwrap();
    let before = breaker.generation();
    clock.advance(5 * SECOND);
    assert_eq!(refusal(&breaker), Some(Reason::TrialsTaken), "older than, not as old as");
    clock.advance(NS);
    assert_eq!(refusal(&breaker), None);
    assert_eq!(breaker.generation(), before + 1);
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn half_open_for_is_half_a_minute_by_default() {
    let (breaker, clock) = half_open(FRAGILE.half_open(1));
    let _hung = breaker.acquire().unwrap();
    clock.advance(30 * SECOND);
    assert!(refusal(&breaker).is_some());
    clock.advance(NS);
    assert_eq!(refusal(&breaker), None);
}

#[test]
fn half_open_for_counts_from_the_last_admission() {
    let (breaker, clock) = half_open(FRAGILE.half_open(2).half_open_for(5 * SECOND));
    let _first = breaker.acquire().unwrap();
    clock.advance(4 * SECOND);
    let _second = breaker.acquire().unwrap();
    clock.advance(4 * SECOND);
    assert!(refusal(&breaker).is_some());
    clock.advance(SECOND + NS);
    assert_eq!(refusal(&breaker), None);
}

#[test]
fn a_round_with_a_free_place_is_not_given_up() {
    let (breaker, clock) = half_open(FRAGILE.half_open(2).half_open_for(5 * SECOND));
    let hung = breaker.acquire().unwrap();
    let before = breaker.generation();
    clock.advance(60 * SECOND);
    succeed(&breaker);
    hung.success();
    assert_eq!(breaker.generation(), before + 1, "the transition to closed, no round");
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_new_round_starts_with_counts_of_zero() {
    let (breaker, clock) = half_open(FRAGILE.half_open(3).half_open_for(SECOND));
    succeed(&breaker);
    succeed(&breaker);
    let _hung = breaker.acquire().unwrap();
    clock.advance(SECOND + NS);
    succeed(&breaker);
    assert_eq!(breaker.state(), State::HalfOpen, "two successes of the round before do not count");
    succeed(&breaker);
    succeed(&breaker);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_new_round_is_no_transition() {
    let (breaker, clock) = half_open(FRAGILE.half_open(1).half_open_for(SECOND));
    let before = breaker.snapshot().transitions;
    let _hung = breaker.acquire().unwrap();
    clock.advance(2 * SECOND);
    assert_eq!(refusal(&breaker), None);
    assert_eq!(breaker.snapshot().transitions, before);
    assert_eq!(breaker.snapshot().in_state_for, Duration::ZERO);
}

#[test]
fn taken_trials_say_when_it_makes_sense_to_try_again() {
    let (breaker, clock) = half_open(FRAGILE.half_open(1).half_open_for(5 * SECOND));
    let _trial = breaker.acquire().unwrap();
    clock.advance(2 * SECOND);
    let wait = breaker.acquire().err().unwrap().retry_after().unwrap();
    assert!((3 * SECOND..=3 * SECOND + MS).contains(&wait), "{wait:?}");
}

#[test]
fn a_half_open_circuit_has_no_retry_after() {
    let (breaker, _) = half_open(FRAGILE);
    assert_eq!(breaker.retry_after(), None);
}

#[test]
fn a_clock_that_jumps_backwards_does_not_prolong_a_hung_round_for_long() {
    let (breaker, clock) = half_open(FRAGILE.half_open(1).half_open_for(5 * SECOND));
    clock.advance(3600 * SECOND);
    let _hung = breaker.acquire().unwrap();
    clock.set(SECOND);
    assert!(refusal(&breaker).is_some());
    clock.advance(5 * SECOND + NS);
    assert_eq!(refusal(&breaker), None);
}

#[test]
fn trial_calls_do_not_count_in_the_row_of_failures() {
    let (breaker, _) = half_open(FRAGILE.half_open(3).success_threshold(1));
    fail_times(&breaker, 2);
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
    succeed(&breaker);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_half_open_of_one_needs_one_success_by_default() {
    let settings = Config::new().half_open(1).settings();
    assert_eq!((settings.half_open, settings.success_threshold), (1, 1));
}
