//! What a breaker remembers: its transitions, and when calls failed and succeeded.

use std::time::Duration;

use resilience::circuit_breaker::{Cause, Config, State, Transition, Window};

use super::{SECOND, breaker, fail, fail_times, succeed};

fn summary(history: &[Transition]) -> Vec<(u64, State, State)> {
    history.iter().map(|transition| (transition.ago.as_secs(), transition.from, transition.to)).collect()
}

#[test]
fn a_new_breaker_has_no_history() {
    let (breaker, _) = breaker(Config::new());
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.history, snapshot.since_failure, snapshot.since_success), (vec![], None, None));
}

#[test]
fn transitions_are_remembered_with_age_and_cause_the_oldest_first() {
    let (breaker, clock) = breaker(Config::new().threshold(1).open_for(10 * SECOND).half_open(1));
    fail(&breaker);
    clock.advance(10 * SECOND);
    succeed(&breaker);
    clock.advance(3 * SECOND);
    let history = breaker.snapshot().history;
    assert_eq!(
        summary(&history),
        [
            (13, State::Closed, State::Open),
            (3, State::Open, State::HalfOpen),
            (3, State::HalfOpen, State::Closed),
        ],
    );
    let causes: Vec<_> = history.iter().map(|transition| transition.cause).collect();
    assert_eq!(causes, [Cause::Consecutive(1), Cause::OpenTimeOver, Cause::TrialsSucceeded]);
}

#[test]
fn the_last_hundred_transitions_are_remembered() {
    let (breaker, clock) = breaker(Config::new());
    for _ in 0..60 {
        breaker.force_open();
        clock.advance(SECOND);
        breaker.close();
    }
    let history = breaker.snapshot().history;
    assert_eq!(history.len(), 100);
    assert_eq!((history[0].ago, history[0].to), (50 * SECOND, State::ForcedOpen));
    assert_eq!(breaker.snapshot().transitions, 120);
}

#[test]
fn changes_into_each_state_are_counted_and_a_reset_is_none() {
    let (breaker, clock) =
        breaker(Config::new().threshold(1).open_for(SECOND).half_open(2).success_threshold(2));
    for _ in 0..2 {
        fail(&breaker);
        clock.advance(SECOND);
        fail(&breaker);
        clock.advance(SECOND);
        succeed(&breaker);
        succeed(&breaker);
    }
    breaker.reset();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.opened, snapshot.half_opened, snapshot.closed), (4, 4, 2));
    assert_eq!(snapshot.history.last().unwrap().cause, Cause::Asked);
}

#[test]
fn the_last_failure_is_known_whatever_rule_judges_it() {
    let in_a_row = Config::new().threshold(9);
    let in_calls = Config::new().failure_rate(0.9);
    let in_time = Config::new().failure_rate(0.9).window(Window::Time(60 * SECOND));
    for config in [in_a_row, in_calls, in_time] {
        let (breaker, clock) = breaker(config);
        fail_times(&breaker, 2);
        clock.advance(2 * SECOND);
        fail(&breaker);
        clock.advance(5 * SECOND);
        succeed(&breaker);
        assert_eq!(breaker.snapshot().since_failure, Some(5 * SECOND), "{config:?}");
    }
}

#[test]
fn a_failed_trial_is_a_last_failure() {
    let (breaker, clock) = breaker(Config::new().threshold(1).open_for(10 * SECOND));
    fail(&breaker);
    clock.advance(10 * SECOND);
    fail(&breaker);
    clock.advance(SECOND);
    assert_eq!(breaker.snapshot().since_failure, Some(SECOND));
}

#[test]
fn the_last_success_counts_from_the_first_snapshot_that_saw_it() {
    let (breaker, clock) = breaker(Config::new());
    succeed(&breaker);
    assert_eq!(breaker.snapshot().since_success, Some(Duration::ZERO));
    clock.advance(4 * SECOND);
    assert_eq!(breaker.snapshot().since_success, Some(4 * SECOND));
    succeed(&breaker);
    assert_eq!(breaker.snapshot().since_success, Some(Duration::ZERO));
}

#[test]
fn rates_stand_beside_the_counts_they_are_made_of() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.9));
    succeed(&breaker);
    fail(&breaker);
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.window.calls, snapshot.failure_rate, snapshot.slow_rate), (2, 0.5, 0.0));
}

#[test]
fn a_failure_that_nobody_counts_in_a_row_does_not_keep_an_old_row_alive() {
    let (breaker, clock) = breaker(Config::new().threshold(5));
    fail(&breaker);
    breaker.reconfigure(Config::new().failure_rate(0.9).reset_after(SECOND)).unwrap();
    clock.advance(2 * SECOND);
    fail(&breaker);
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.consecutive_failures, snapshot.since_failure), (0, Some(Duration::ZERO)));
}
