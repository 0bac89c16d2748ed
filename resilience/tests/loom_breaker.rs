//! Every interleaving of a few threads in a circuit breaker: places of a round are conserved, an outcome counts in its
//! own generation or nowhere, no failure in a row is lost.
//!
//! `RUSTFLAGS="--cfg resilience_loom" cargo test -p resilience --no-default-features --release --test loom_breaker`
#![cfg(resilience_loom)]

use std::time::Duration;

use loom::{model::Builder, sync::Arc, thread};
use resilience::{
    CircuitBreaker, ManualClock, Reason,
    circuit_breaker::{Config, State, Window},
};

const SECOND: Duration = Duration::from_secs(1);
/// Opens at the first failure for a second.
const FRAGILE: Config = Config::new().threshold(1).open_for(SECOND).half_open_for(SECOND);

/// Every interleaving with at most so many preemptions; more find nothing new in code this short, and take hours.
fn model(preemptions: usize, check: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 20_000;
    builder.check(check);
}

fn breaker(config: Config) -> (Arc<CircuitBreaker>, ManualClock) {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::with_clock("stock", config, clock.clone()).unwrap();
    // Makes the cell of the counters: loom does not see the `OnceLock` that hands it from thread to thread.
    breaker.acquire().unwrap().ignore();
    (Arc::new(breaker), clock)
}

fn open(config: Config) -> (Arc<CircuitBreaker>, ManualClock) {
    let (breaker, clock) = breaker(config);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
    (breaker, clock)
}

fn half_open(config: Config) -> (Arc<CircuitBreaker>, ManualClock) {
    let (breaker, clock) = open(config);
    clock.advance(SECOND);
    breaker.acquire().unwrap().ignore();
    assert_eq!(breaker.state(), State::HalfOpen);
    (breaker, clock)
}

fn fail(breaker: &CircuitBreaker) {
    if let Ok(permit) = breaker.acquire() {
        permit.failure();
    }
}

fn succeed(breaker: &CircuitBreaker) {
    if let Ok(permit) = breaker.acquire() {
        permit.success();
    }
}

/// Takes a place and keeps it for ever.
fn hang(breaker: &CircuitBreaker) -> bool {
    breaker.acquire().map(std::mem::forget).is_ok()
}

/// Runs the first here, the others on threads of their own, and gathers what they say.
fn together<T: Send + 'static>(breaker: &Arc<CircuitBreaker>, parts: &[fn(&CircuitBreaker) -> T]) -> Vec<T> {
    let running: Vec<_> = parts[1..]
        .iter()
        .map(|part| {
            let (breaker, part) = (Arc::clone(breaker), *part);
            thread::spawn(move || part(&breaker))
        })
        .collect();
    let mut said = vec![parts[0](breaker)];
    said.extend(running.into_iter().map(|thread| thread.join().unwrap()));
    said
}

#[test]
fn a_round_admits_as_many_trials_as_it_has_places() {
    model(2, || {
        let (breaker, clock) = open(FRAGILE.half_open(2));
        clock.advance(SECOND);
        let admitted = together(&breaker, &[hang, hang, hang]);
        assert_eq!(admitted.iter().filter(|admitted| **admitted).count(), 2);
        assert_eq!(breaker.generation(), 2, "one round");
    });
}

#[test]
fn nobody_sees_an_open_circuit_without_its_time() {
    model(2, || {
        let (breaker, clock) = breaker(FRAGILE);
        clock.advance(SECOND);
        let ask = |breaker: &CircuitBreaker| match breaker.acquire() {
            Ok(permit) => permit.ignore(),
            Err(rejected) => {
                assert_eq!((rejected.reason(), rejected.retry_after()), (Reason::CircuitOpen, Some(SECOND)));
            }
        };
        together(&breaker, &[fail, ask, ask]);
        assert_eq!((breaker.state(), breaker.generation()), (State::Open, 1));
    });
}

#[test]
fn a_place_given_back_is_free_again() {
    model(3, || {
        let (breaker, _) = half_open(FRAGILE.half_open(1));
        let ask = |breaker: &CircuitBreaker| {
            if let Ok(permit) = breaker.acquire() {
                permit.ignore();
            }
        };
        together(&breaker, &[ask, ask]);
        let last = breaker.acquire().expect("every place is free");
        assert!(breaker.acquire().is_err(), "and there is one");
        last.success();
        assert_eq!(breaker.state(), State::Closed);
    });
}

#[test]
fn a_place_given_back_is_given_out_once() {
    model(2, || {
        let (breaker, _) = half_open(FRAGILE.half_open(1));
        let give_back = |breaker: &CircuitBreaker| {
            if let Ok(permit) = breaker.acquire() {
                permit.ignore();
            }
            false
        };
        let admitted = together(&breaker, &[give_back, hang, hang]);
        assert!(admitted.iter().filter(|admitted| **admitted).count() <= 1);
    });
}

#[test]
fn an_overdue_round_is_given_up_once() {
    model(3, || {
        let (breaker, clock) = half_open(FRAGILE.half_open(1));
        assert!(hang(&breaker));
        clock.advance(2 * SECOND);
        let before = breaker.generation();
        let admitted = together(&breaker, &[hang, hang]);
        assert_eq!(admitted.iter().filter(|admitted| **admitted).count(), 1);
        assert_eq!(breaker.generation(), before + 1);
    });
}

#[test]
fn a_trial_of_the_round_before_decides_nothing() {
    for late_fails in [false, true] {
        model(3, move || {
            let (breaker, clock) = half_open(FRAGILE.half_open(1));
            let late = breaker.acquire().unwrap();
            clock.advance(2 * SECOND);
            let before = breaker.generation();
            let other = Arc::clone(&breaker);
            let admitted = thread::spawn(move || hang(&other));
            if late_fails {
                late.failure();
            } else {
                late.success();
            }
            let admitted = admitted.join().unwrap();
            // Either it ended in its own round, or it was given up and changes nothing.
            let expected = match (breaker.generation() - before, late_fails) {
                (1, _) if admitted && breaker.state() == State::HalfOpen => State::HalfOpen,
                (1, false) => State::Closed,
                (1, true) => State::Open,
                (2, true) => State::HalfOpen,
                other => panic!("{other:?}, admitted: {admitted}"),
            };
            assert_eq!(breaker.state(), expected);
        });
    }
}

#[test]
fn a_late_result_of_the_closed_circuit_is_no_trial() {
    model(3, || {
        let (breaker, clock) = breaker(FRAGILE.half_open(1));
        let late = breaker.acquire().unwrap();
        let other = Arc::clone(&breaker);
        let opened = thread::spawn(move || {
            fail(&other);
            clock.advance(SECOND);
            assert!(hang(&other));
        });
        late.success();
        opened.join().unwrap();
        assert_eq!((breaker.state(), breaker.generation()), (State::HalfOpen, 2), "no trial has ended");
        assert_eq!(breaker.snapshot().successes, 1);
    });
}

#[test]
fn failures_in_a_row_are_counted_each() {
    model(2, || {
        let (breaker, _) = breaker(Config::new().threshold(4));
        together(&breaker, &[fail, fail, fail]);
        assert_eq!(breaker.snapshot().consecutive_failures, 3);
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open);
    });
}

#[test]
fn failures_after_a_silence_are_one_new_row() {
    model(3, || {
        let (breaker, clock) = breaker(Config::new().threshold(10).reset_after(SECOND));
        fail(&breaker);
        fail(&breaker);
        clock.advance(2 * SECOND);
        together(&breaker, &[fail, fail]);
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
    });
}

#[test]
fn the_first_failures_of_all_are_one_row() {
    model(3, || {
        let (breaker, clock) = breaker(Config::new().threshold(10).reset_after(SECOND));
        clock.advance(2 * SECOND);
        together(&breaker, &[fail, fail]);
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
    });
}

#[test]
fn a_row_that_is_full_opens_once() {
    model(2, || {
        let (breaker, _) = breaker(Config::new().threshold(2));
        together(&breaker, &[fail, fail, fail]);
        assert_eq!((breaker.state(), breaker.generation()), (State::Open, 1));
    });
}

#[test]
fn a_success_ends_the_row_or_comes_before_it() {
    model(3, || {
        let (breaker, _) = breaker(Config::new().threshold(3));
        fail(&breaker);
        together(&breaker, &[fail, succeed]);
        // The failure after the success, or the success after both; the success before both cannot be.
        assert!(breaker.snapshot().consecutive_failures <= 1);
    });
}

#[test]
fn trials_that_end_together_decide_once() {
    model(3, || {
        let (breaker, _) = half_open(FRAGILE.half_open(2).success_threshold(2));
        let before = breaker.generation();
        together(&breaker, &[succeed, succeed]);
        assert_eq!((breaker.state(), breaker.generation()), (State::Closed, before + 1));
    });
    model(3, || {
        let (breaker, _) = half_open(FRAGILE.half_open(2).success_threshold(2));
        let before = breaker.generation();
        together(&breaker, &[succeed, fail]);
        assert_eq!((breaker.state(), breaker.generation()), (State::Open, before + 1));
    });
}

#[test]
fn a_reset_beside_a_failure_leaves_nothing_of_it() {
    model(3, || {
        let (breaker, _) = breaker(Config::new().threshold(1));
        let permit = breaker.acquire().unwrap();
        let other = Arc::clone(&breaker);
        let reset = thread::spawn(move || other.reset());
        permit.failure();
        reset.join().unwrap();
        assert_eq!(breaker.state(), State::Closed);
        assert_eq!(breaker.snapshot().consecutive_failures, 0);
        assert_eq!(breaker.snapshot().errors, 1);
    });
}

#[test]
fn a_reset_beside_a_trial_ends_closed() {
    for trial_fails in [false, true] {
        model(3, move || {
            let (breaker, _) = half_open(FRAGILE.half_open(1));
            let trial = breaker.acquire().unwrap();
            let other = Arc::clone(&breaker);
            let reset = thread::spawn(move || other.reset());
            if trial_fails {
                trial.failure();
            } else {
                trial.success();
            }
            reset.join().unwrap();
            assert_eq!(breaker.state(), State::Closed);
        });
    }
}

#[test]
fn forced_open_stays_whatever_ends_beside_it() {
    model(3, || {
        let (breaker, _) = half_open(FRAGILE.half_open(1));
        let trial = breaker.acquire().unwrap();
        let other = Arc::clone(&breaker);
        let forced = thread::spawn(move || other.force_open());
        trial.success();
        forced.join().unwrap();
        assert_eq!(breaker.state(), State::ForcedOpen);
    });
}

#[test]
fn a_window_in_calls_misses_no_failure() {
    model(2, || {
        let (breaker, _) = breaker(Config::new().failure_count(2).window(Window::Calls(10)));
        together(&breaker, &[fail, fail]);
        assert_eq!((breaker.state(), breaker.generation()), (State::Open, 1));
    });
}

/// Whichever of the two comes last fills the window up to `min_calls` and must judge it.
#[test]
fn the_call_that_reaches_min_calls_judges_whoever_it_is() {
    model(2, || {
        let (breaker, _) = breaker(Config::new().failure_rate(0.5).min_calls(2));
        together(&breaker, &[fail, succeed]);
        assert_eq!(breaker.state(), State::Open);
    });
}

#[test]
fn totals_are_exact() {
    model(2, || {
        let (breaker, _) = breaker(Config::new().threshold(10));
        together(&breaker, &[succeed, fail, succeed]);
        let seen = breaker.snapshot();
        assert_eq!((seen.successes, seen.errors), (2, 1));
    });
}
