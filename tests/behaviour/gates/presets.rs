//! Presets: groups of gates of which some may be missing.

use resilience::{bulkhead, circuit_breaker, preset, resilient};

use super::*;

preset! {
    pub(super) const ALL: Preset = {
        rate_limit(9 / 1h),
        circuit_breaker(threshold = 1),
        bulkhead(max_concurrent = 1),
    };
    pub(super) const WITHOUT_BREAKER: Preset = { rate_limit(9 / 1h), bulkhead(max_concurrent = 1, max_wait = 1h) };
    pub(super) const ONLY_BREAKER: Preset = { circuit_breaker(threshold = 1) };
    pub(super) const NO_GATE: Preset = { timeout(1h) };
}

#[resilient(ALL, name = "x")]
async fn all(act: Act<'_>) -> Answer {
    act().await
}

#[resilient(WITHOUT_BREAKER, name = "x")]
async fn without_breaker(act: Act<'_>) -> Answer {
    act().await
}

#[resilient(ONLY_BREAKER, name = "x")]
async fn only_breaker(act: Act<'_>) -> Answer {
    act().await
}

#[resilient(NO_GATE, name = "x")]
async fn no_gate(act: Act<'_>) -> Answer {
    act().await
}

/// Somebody else's call, and the breaker that is asked about it.
#[circuit_breaker("y")]
#[bulkhead("y")]
async fn bystander(act: Act<'_>) -> Answer {
    act().await
}

fn bystanders(stage: &Stage) -> (u64, u64) {
    let seen = stage.scope.registry().circuit_breaker("y").unwrap().snapshot();
    (seen.panics, seen.cancelled)
}

#[test]
fn every_gate_of_a_preset_is_asked() {
    let stage = Stage::new();
    assert_eq!(stage.run(all(OK)), Ok(1));
    assert_eq!((stage.permits().admitted, stage.calls().successes, stage.places().admitted), (1, 1, 1));
    let mut other = begun(all(LATE));
    assert_eq!(reason(stage.run(all(OK))), Reason::BulkheadFull);
    assert_eq!((stage.calls().exhausted, end(&mut other)), (1, Ok(1)));
    assert_eq!(stage.run(all(DOWN)), Err(Fault::Down));
    assert_eq!(reason(stage.run(all(OK))), Reason::CircuitOpen);
    assert_eq!((stage.permits().admitted, stage.places().in_use), (5, 0));
}

/// Called by the name of its function, a preset needs one static for all of its gates.
#[test]
fn every_gate_of_a_preset_without_a_name_is_asked() {
    #[resilient(ALL)]
    async fn unnamed(act: Act<'_>) -> Answer {
        act().await
    }
    #[resilient(ALL)]
    async fn other(act: Act<'_>) -> Answer {
        act().await
    }
    let stage = Stage::new();
    let mut late = begun(unnamed(LATE));
    assert_eq!(reason(stage.run(unnamed(OK))), Reason::BulkheadFull);
    assert_eq!(end(&mut late), Ok(1));
    assert_eq!(stage.run(unnamed(DOWN)), Err(Fault::Down));
    assert_eq!(reason(stage.run(unnamed(OK))), Reason::CircuitOpen);
    let registry = stage.scope.registry();
    let name = "behaviour::gates::presets::unnamed";
    let limit = registry.rate_limit(name).unwrap().snapshot();
    let breaker = registry.circuit_breaker(name).unwrap().snapshot();
    let bulkhead = registry.bulkhead(name).unwrap().snapshot();
    assert_eq!((limit.admitted, limit.refused), (4, 0));
    assert_eq!((breaker.successes, breaker.errors, breaker.exhausted, breaker.refused), (1, 1, 1, 1));
    assert_eq!((bulkhead.admitted, bulkhead.full, bulkhead.in_use), (2, 1, 0));
    assert_eq!(stage.run(other(OK)), Ok(1), "another function has gates of its own");
    for _ in 0..5 {
        assert_eq!(reason(stage.run(unnamed(OK))), Reason::CircuitOpen);
    }
    assert_eq!(reason(stage.run(unnamed(OK))), Reason::RateLimited);
}

#[test]
fn a_missing_gate_stops_nobody() {
    let stage = Stage::new();
    for _ in 0..2 {
        assert_eq!(stage.run(no_gate(OK)), Ok(1));
        assert_eq!(stage.run(no_gate(DOWN)), Err(Fault::Down));
        assert_eq!(stage.run(without_breaker(DOWN)), Err(Fault::Down));
    }
    assert_eq!((stage.permits().admitted, stage.places().admitted, stage.places().in_use), (2, 2, 0));
    assert!(stage.scope.registry().circuit_breaker("x").is_none());
    assert_eq!(stage.run(only_breaker(DOWN)), Err(Fault::Down));
    assert_eq!(reason(stage.run(only_breaker(OK))), Reason::CircuitOpen);
}

#[test]
fn a_gate_below_a_missing_breaker_lets_calls_wait_and_leave() {
    let stage = Stage::new();
    let first = begun(without_breaker(HANG));
    let (second, mut third) = (begun(without_breaker(OK)), begun(without_breaker(OK)));
    drop(first);
    drop(second);
    assert_eq!(end(&mut third), Ok(1));
    assert_eq!((stage.places().in_use, stage.places().waiting), (0, 0));
}

/// A panic leaves a mark for each breaker that its stack may have. One that is missing takes its own.
#[test]
fn the_panic_of_a_call_whose_preset_has_no_breaker_is_nobody_elses() {
    let calls: [fn(Act<'static>) -> Boxed<'static>; 2] =
        [|act| Box::pin(without_breaker(act)), |act| Box::pin(no_gate(act))];
    for call in calls {
        for act in [PANIC, PANIC_LATE] {
            let stage = Stage::new();
            panics(|| {
                let _bystander = begun(bystander(HANG));
                stage.run(call(act))
            });
            assert_eq!(bystanders(&stage), (0, 1));
        }
    }
}

#[test]
fn the_panic_of_a_call_whose_preset_has_a_breaker_is_its_own() {
    let stage = Stage::new();
    panics(|| {
        let _bystander = begun(bystander(HANG));
        stage.run(all(PANIC_LATE))
    });
    assert_eq!((stage.calls().panics, stage.calls().cancelled), (1, 0));
    assert_eq!((bystanders(&stage), stage.places().in_use), ((0, 1), 0));
}

#[test]
fn a_call_without_a_breaker_that_is_dropped_or_refused_in_a_wait_takes_no_mark_of_anothers_panic() {
    let stage = Stage::new();
    let other = begun(without_breaker(HANG));
    panics(|| {
        let _waiting = begun(without_breaker(OK));
        stage.run(only_breaker(PANIC))
    });
    assert_eq!((stage.calls().panics, stage.calls().cancelled), (1, 0));
    drop(other);
    assert_eq!((stage.places().in_use, stage.places().waiting), (0, 0));
}
