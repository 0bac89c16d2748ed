//! Half-open breakers among other gates: trials are taken and given back.

use resilience::{bulkhead, circuit_breaker, rate_limit};

use super::*;

#[circuit_breaker("x", threshold = 1, open_for = 1s, half_open = 1, ignore = Fault::NotFound)]
#[rate_limit("x", 100 / 1h, max_wait = 1h)]
#[bulkhead("x", max_concurrent = 1, max_wait = 1s)]
async fn outside(act: Act<'_>) -> Answer {
    act().await
}

#[bulkhead("x", max_concurrent = 1)]
#[rate_limit("x", 100 / 1h)]
#[circuit_breaker("x", threshold = 1, open_for = 1s, half_open = 1, ignore = Fault::NotFound)]
async fn inside(act: Act<'_>) -> Answer {
    act().await
}

type Call = fn(Act<'static>) -> Boxed<'static>;
const BOTH: [Call; 2] = [|act| Box::pin(outside(act)), |act| Box::pin(inside(act))];

/// A stage whose breaker lets one trial in.
fn half_open(call: Call) -> Stage {
    let stage = Stage::new();
    assert_eq!(stage.run(call(DOWN)), Err(Fault::Down));
    assert_eq!(stage.state(), State::Open);
    stage.clock.advance(SECOND);
    stage
}

/// The next call is a trial, and closes it.
fn has_its_trial(stage: &Stage, call: Call) {
    assert_eq!(stage.state(), State::HalfOpen);
    assert_eq!(stage.run(call(OK)), Ok(1));
    assert_eq!((stage.state(), stage.places().in_use), (State::Closed, 0));
}

#[test]
fn a_trial_that_succeeds_closes_it() {
    for call in BOTH {
        let stage = half_open(call);
        let mut trial = begun(call(LATE));
        has_no_trial_left(&stage, call);
        assert_eq!(end(&mut trial), Ok(1));
        assert_eq!(stage.state(), State::Closed);
    }
}

/// Asks the breaker beside the group, whose bulkhead is full.
fn has_no_trial_left(stage: &Stage, call: Call) {
    assert_eq!(stage.breaker().acquire().map(|_| ()).unwrap_err().reason(), Reason::TrialsTaken);
    assert_eq!(stage.places().in_use, 1);
    let why = reason(stage.run(call(OK)));
    assert!(matches!(why, Reason::TrialsTaken | Reason::BulkheadFull), "{why:?}");
    assert_eq!(stage.places().in_use, 1);
}

#[test]
fn a_trial_that_fails_opens_it_again() {
    for call in BOTH {
        let stage = half_open(call);
        assert_eq!(stage.run(call(DOWN)), Err(Fault::Down));
        assert_eq!((stage.state(), stage.places().in_use), (State::Open, 0));
    }
}

#[test]
fn a_trial_that_panics_opens_it_again() {
    for act in [PANIC, PANIC_LATE] {
        for call in BOTH {
            let stage = half_open(call);
            panics(|| stage.run(call(act)));
            assert_eq!((stage.state(), stage.places().in_use), (State::Open, 0));
            assert_eq!(stage.calls().panics, 1);
        }
    }
}

#[test]
fn a_trial_whose_error_is_ignored_is_given_back() {
    for call in BOTH {
        let stage = half_open(call);
        assert_eq!(stage.run(call(NOT_FOUND)), Err(Fault::NotFound));
        has_its_trial(&stage, call);
    }
}

#[test]
fn a_trial_that_is_dropped_is_given_back() {
    for call in BOTH {
        let stage = half_open(call);
        drop(begun(call(HANG)));
        drop_unwinding(begun(call(HANG)));
        assert_eq!((stage.calls().cancelled, stage.calls().panics), (2, 0));
        has_its_trial(&stage, call);
    }
}

#[test]
fn a_trial_that_an_inner_gate_refuses_is_given_back() {
    let stage = half_open(BOTH[0]);
    let bulkhead = stage.bulkhead();
    let place = bulkhead.acquire().unwrap();
    assert_eq!(reason(stage.run(outside(OK))), Reason::WaitedTooLong);
    assert_eq!(stage.calls().exhausted, 1);
    drop(place);
    has_its_trial(&stage, BOTH[0]);
}

#[test]
fn a_trial_that_is_dropped_in_a_wait_is_given_back() {
    let stage = half_open(BOTH[0]);
    let bulkhead = stage.bulkhead();
    let place = bulkhead.acquire().unwrap();
    drop(begun(outside(OK)));
    while stage.limit().try_acquire().is_ok() {}
    drop(begun(outside(OK)));
    assert_eq!((stage.calls().cancelled, stage.places().waiting, stage.permits().waiting), (2, 0, 0));
    drop(place);
    stage.limit().reconfigure(permits::Config::new().rate(100, SECOND)).unwrap();
    has_its_trial(&stage, BOTH[0]);
}

#[test]
fn an_outer_gate_that_refuses_takes_no_trial() {
    let stage = half_open(BOTH[1]);
    let bulkhead = stage.bulkhead();
    let place = bulkhead.acquire().unwrap();
    assert_eq!(reason(stage.run(inside(OK))), Reason::BulkheadFull);
    assert_eq!(stage.state(), State::Open, "it has not been asked");
    drop(place);
    assert_eq!(stage.run(inside(OK)), Ok(1));
    assert_eq!(stage.state(), State::Closed);
}

#[test]
fn a_result_from_before_the_opening_changes_nothing() {
    for act in [LATE, DOWN_LATE] {
        let stage = Stage::new();
        let mut old = begun(outside(act));
        stage.breaker().force_open();
        stage.breaker().close();
        let generation = stage.breaker().generation();
        let _ = end(&mut old);
        assert_eq!((stage.state(), stage.breaker().generation()), (State::Closed, generation));
        assert_eq!(stage.places().in_use, 0);
    }
}
