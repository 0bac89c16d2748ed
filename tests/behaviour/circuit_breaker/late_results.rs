//! An outcome of an older generation changes nothing.

use resilience::circuit_breaker::{Config, State, Window};

use super::{FRAGILE, SECOND, breaker, fail, fail_times, half_open, succeed};

#[test]
fn a_call_of_the_closed_circuit_that_ends_while_it_is_open_changes_nothing() {
    let (breaker, _) = breaker(FRAGILE);
    let (late, later) = (breaker.acquire().unwrap(), breaker.acquire().unwrap());
    fail(&breaker);
    late.success();
    later.failure();
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.generation(), 1);
    assert_eq!(breaker.retry_after(), Some(SECOND));
}

#[test]
fn a_call_of_the_closed_circuit_that_succeeds_while_half_open_is_no_trial() {
    let (breaker, clock) = breaker(FRAGILE.half_open(1));
    let late = breaker.acquire().unwrap();
    fail(&breaker);
    clock.advance(SECOND);
    let trial = breaker.acquire().unwrap();
    late.success();
    assert_eq!(breaker.state(), State::HalfOpen, "no trial has ended yet");
    trial.success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_call_of_the_closed_circuit_that_fails_while_half_open_is_no_trial() {
    let (breaker, clock) = breaker(FRAGILE.half_open(1));
    let late = breaker.acquire().unwrap();
    fail(&breaker);
    clock.advance(SECOND);
    let trial = breaker.acquire().unwrap();
    late.failure();
    assert_eq!(breaker.state(), State::HalfOpen);
    trial.success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_call_of_the_closed_circuit_that_is_dropped_while_half_open_frees_no_place() {
    let (breaker, clock) = breaker(FRAGILE.half_open(1));
    let (late, later) = (breaker.acquire().unwrap(), breaker.acquire().unwrap());
    fail(&breaker);
    clock.advance(SECOND);
    let _trial = breaker.acquire().unwrap();
    drop(late);
    later.ignore();
    assert!(breaker.acquire().is_err());
}

#[test]
fn a_call_from_before_an_open_and_close_cycle_does_not_enter_the_new_window() {
    let config = Config::new().failure_count(2).window(Window::Calls(10)).open_for(SECOND).half_open(1);
    let (breaker, clock) = breaker(config);
    let (late, later) = (breaker.acquire().unwrap(), breaker.acquire().unwrap());
    fail_times(&breaker, 2);
    clock.advance(SECOND);
    succeed(&breaker);
    assert_eq!(breaker.state(), State::Closed);
    late.failure();
    later.success();
    assert_eq!(breaker.snapshot().window.calls, 0);
}

#[test]
fn a_late_success_does_not_break_the_row_of_the_next_closed_circuit() {
    let (breaker, clock) = breaker(Config::new().threshold(2).open_for(SECOND).half_open(1));
    let late = breaker.acquire().unwrap();
    fail_times(&breaker, 2);
    clock.advance(SECOND);
    succeed(&breaker);
    fail(&breaker);
    late.success();
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_late_failure_does_not_lengthen_the_row_of_the_next_closed_circuit() {
    let (breaker, clock) = breaker(Config::new().threshold(2).open_for(SECOND).half_open(1));
    let late = breaker.acquire().unwrap();
    fail_times(&breaker, 2);
    clock.advance(SECOND);
    succeed(&breaker);
    fail(&breaker);
    late.failure();
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
}

#[test]
fn a_trial_of_an_earlier_half_open_period_decides_nothing() {
    let (breaker, clock) = half_open(FRAGILE.half_open(2).success_threshold(1));
    let (early, earlier) = (breaker.acquire().unwrap(), breaker.acquire().unwrap());
    // Give the round up by hand, open once more, and be half-open again.
    breaker.reset();
    fail(&breaker);
    clock.advance(SECOND);
    let trial = breaker.acquire().unwrap();
    early.success();
    assert_eq!(breaker.state(), State::HalfOpen);
    earlier.failure();
    assert_eq!(breaker.state(), State::HalfOpen);
    trial.success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_trial_of_an_earlier_round_decides_nothing() {
    let (breaker, clock) = half_open(FRAGILE.half_open(1).half_open_for(SECOND));
    let hung = breaker.acquire().unwrap();
    clock.advance(2 * SECOND);
    let trial = breaker.acquire().unwrap();
    hung.success();
    assert_eq!(breaker.state(), State::HalfOpen);
    trial.failure();
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_dropped_trial_of_an_earlier_round_frees_no_place_of_this_one() {
    let (breaker, clock) = half_open(FRAGILE.half_open(1).half_open_for(SECOND));
    let hung = breaker.acquire().unwrap();
    clock.advance(2 * SECOND);
    let _trial = breaker.acquire().unwrap();
    drop(hung);
    assert!(breaker.acquire().is_err());
}

#[test]
fn a_trial_that_ends_after_a_sibling_has_opened_the_circuit_changes_nothing() {
    let (breaker, _) = half_open(FRAGILE.half_open(2));
    let (first, second) = (breaker.acquire().unwrap(), breaker.acquire().unwrap());
    first.failure();
    let generation = breaker.generation();
    second.success();
    assert_eq!((breaker.state(), breaker.generation()), (State::Open, generation));
}

#[test]
fn a_call_from_before_a_reset_does_not_enter_the_window_after_it() {
    let (breaker, _) = breaker(Config::new().failure_count(2));
    let late = breaker.acquire().unwrap();
    breaker.reset();
    late.failure();
    fail(&breaker);
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.snapshot().window.calls, 1);
}

#[test]
fn late_results_are_in_the_totals() {
    let (breaker, _) = breaker(FRAGILE);
    let held: Vec<_> = (0..5).map(|_| breaker.acquire().unwrap()).collect();
    fail(&breaker);
    for (number, permit) in held.into_iter().enumerate() {
        match number {
            0 | 1 => permit.success(),
            2 => permit.failure(),
            3 => permit.ignore(),
            _ => drop(permit),
        }
    }
    let seen = breaker.snapshot();
    assert_eq!((seen.successes, seen.errors, seen.ignored, seen.cancelled), (2, 2, 1, 1));
}
