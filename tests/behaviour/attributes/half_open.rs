//! `#[circuit_breaker]`: trial calls. A trial that is under way is one whose body calls the function again.

use std::cell::Cell;

use resilience::circuit_breaker;

use super::*;

twins!(
    #[circuit_breaker("b", threshold = 1, open_for = 1s, half_open = 2)]
    half_open
);
twins!(
    #[circuit_breaker("b", threshold = 1, open_for = 1s, half_open = 3, success_threshold = 2)]
    success_threshold
);
twins!(
    #[circuit_breaker("b", threshold = 1, open_for = 1s, half_open = 1, half_open_for = 5s)]
    half_open_for
);
twins!(
    #[circuit_breaker("b", threshold = 1, open_for = 1s, half_open = 1, ignore = Fault::NotFound)]
    ignoring
);
twins!(
    #[circuit_breaker("b", threshold = 1, open_for = 1s, half_open = 1, slow_call = 1s, slow_rate = 50%, min_calls = 50)]
    slow
);

/// Opens the breaker, and waits until it would let trial calls pass.
fn open(stage: &Stage, call: &dyn Fn(Act<'_>) -> Answer) {
    assert_eq!(call(DOWN), Err(Fault::Down));
    assert_eq!(stage.state("b"), State::Open);
    stage.advance(SECOND);
}

#[test]
fn half_open_is_how_many_trial_calls_run_at_once() {
    both!(half_open, |stage, call| {
        open(stage, call);
        let answer = call(&|| {
            call(&|| {
                assert_eq!(reason(call(OK)), Reason::TrialsTaken);
                Ok(2)
            })
        });
        assert_eq!(answer, Ok(2));
        assert_eq!(stage.state("b"), State::Closed);
    });
}

#[test]
fn success_threshold_is_how_many_successful_trials_close_it() {
    both!(success_threshold, |stage, call| {
        open(stage, call);
        assert_eq!(call(OK), Ok(1));
        assert_eq!(stage.state("b"), State::HalfOpen);
        assert_eq!(call(OK), Ok(1));
        assert_eq!(stage.state("b"), State::Closed);
    });
}

#[test]
fn it_opens_again_as_soon_as_closing_is_out_of_reach() {
    both!(success_threshold, |stage, call| {
        open(stage, call);
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(stage.state("b"), State::HalfOpen, "two of three may still succeed");
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn half_open_for_ends_a_round_whose_trials_hang() {
    both!(half_open_for, |stage, call| {
        open(stage, call);
        let hung = call(&|| {
            stage.advance(5 * SECOND);
            assert_eq!(reason(call(OK)), Reason::TrialsTaken);
            stage.advance(MS);
            assert_eq!(call(OK), Ok(1), "a new round");
            assert_eq!(stage.state("b"), State::Closed);
            Err(Fault::Down)
        });
        assert_eq!(hung, Err(Fault::Down));
        assert_eq!(stage.state("b"), State::Closed, "a late result of an older round changes nothing");
    });
}

#[test]
fn a_result_from_before_the_opening_does_not_decide_the_recovery() {
    both!(half_open, |stage, call| {
        let _ = call(&|| {
            open(stage, call);
            assert_eq!(call(OK), Ok(1));
            assert_eq!(stage.state("b"), State::HalfOpen);
            Ok(7)
        });
        assert_eq!(stage.state("b"), State::HalfOpen, "one trial has succeeded, not two");
    });
}

#[test]
fn an_ignored_trial_gives_its_place_back() {
    both!(ignoring, |stage, call| {
        open(stage, call);
        for _ in 0..3 {
            assert_eq!(call(NOT_FOUND), Err(Fault::NotFound));
            assert_eq!(stage.state("b"), State::HalfOpen);
        }
        assert_eq!(call(OK), Ok(1));
        assert_eq!(stage.state("b"), State::Closed);
    });
}

#[test]
fn a_slow_trial_failed_when_there_is_a_slow_rate() {
    both!(slow, |stage, call| {
        open_by_force(stage, call);
        let answer = call(&|| {
            stage.advance(2 * SECOND);
            Ok(1)
        });
        assert_eq!(answer, Ok(1));
        assert_eq!(stage.state("b"), State::Open);
    });
}

/// As [`open`], for a breaker that has other rules as well.
fn open_by_force(stage: &Stage, call: &dyn Fn(Act<'_>) -> Answer) {
    assert_eq!(call(DOWN), Err(Fault::Down));
    stage.advance(SECOND);
}

#[test]
fn a_panic_is_a_failed_trial() {
    both!(half_open_for, |stage, call| {
        open(stage, call);
        let panicked = Cell::new(false);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            call(&|| {
                panicked.set(true);
                std::panic::panic_any("boom")
            })
        }));
        assert!(caught.is_err() && panicked.get());
        assert_eq!(stage.state("b"), State::Open);
    });
}
