//! Gates of a group that are switched off or forced while the program runs.

use resilience::{PolicyKind, bulkhead, circuit_breaker, rate_limit};

use super::*;

#[rate_limit("x", 1 / 1h)]
#[circuit_breaker("x", threshold = 1)]
#[bulkhead("x", max_concurrent = 1)]
async fn call(act: Act<'_>) -> Answer {
    act().await
}

/// A stage whose policies have seen one call.
fn stage() -> Stage {
    let stage = Stage::new();
    assert_eq!(stage.run(call(OK)), Ok(1));
    stage
}

fn switch(stage: &Stage, kind: PolicyKind, on: bool) {
    stage.scope.registry().set(kind, "x", "enabled", if on { "true" } else { "false" }).unwrap();
}

#[test]
fn a_limit_that_is_off_lets_calls_pass_to_the_other_gates() {
    let stage = stage();
    assert_eq!(reason(stage.run(call(OK))), Reason::RateLimited);
    switch(&stage, PolicyKind::RateLimit, false);
    let other = begun(call(HANG));
    assert_eq!(reason(stage.run(call(OK))), Reason::BulkheadFull);
    drop(other);
    assert_eq!(stage.run(call(DOWN)), Err(Fault::Down));
    assert_eq!(reason(stage.run(call(OK))), Reason::CircuitOpen);
    switch(&stage, PolicyKind::RateLimit, true);
    stage.breaker().close();
    assert_eq!(reason(stage.run(call(OK))), Reason::RateLimited);
}

#[test]
fn a_bulkhead_that_is_off_lets_calls_pass_and_takes_back_the_places_it_gave() {
    let stage = stage();
    switch(&stage, PolicyKind::RateLimit, false);
    let before = begun(call(LATE));
    switch(&stage, PolicyKind::Bulkhead, false);
    let mut beside: Vec<_> = (0..3).map(|_| begun(call(LATE))).collect();
    for call in &mut beside {
        assert_eq!(end(call), Ok(1));
    }
    let during = begun(call(HANG));
    switch(&stage, PolicyKind::Bulkhead, true);
    assert_eq!(reason(stage.run(call(OK))), Reason::BulkheadFull);
    drop((before, during));
    assert_eq!(stage.places().in_use, 0);
    assert_eq!(stage.run(call(OK)), Ok(1));
}

#[test]
fn a_breaker_that_is_off_counts_and_never_opens() {
    let stage = stage();
    switch(&stage, PolicyKind::RateLimit, false);
    switch(&stage, PolicyKind::CircuitBreaker, false);
    for _ in 0..3 {
        assert_eq!(stage.run(call(DOWN)), Err(Fault::Down));
    }
    panics(|| stage.run(call(PANIC)));
    drop(begun(call(HANG)));
    let seen = stage.calls();
    assert_eq!((seen.state, seen.errors, seen.panics, seen.cancelled), (State::Disabled, 3, 1, 1));
    assert_eq!((stage.run(call(OK)), stage.places().in_use), (Ok(1), 0));
}

#[test]
fn a_breaker_that_only_measures_says_when_it_would_have_opened() {
    let stage = stage();
    switch(&stage, PolicyKind::RateLimit, false);
    stage.breaker().metrics_only();
    assert_eq!(stage.run(call(DOWN)), Err(Fault::Down));
    let seen = stage.calls();
    assert_eq!((seen.state, seen.would_have_opened, seen.errors), (State::MetricsOnly, 1, 1));
    let other = begun(call(HANG));
    assert_eq!(reason(stage.run(call(OK))), Reason::BulkheadFull);
    drop(other);
    assert_eq!((stage.calls().exhausted, stage.calls().cancelled), (1, 1));
}

#[test]
fn a_breaker_that_is_forced_open_refuses_after_the_limit_and_before_the_bulkhead() {
    let stage = stage();
    stage.limit().reconfigure(permits::Config::new().rate(9, SECOND)).unwrap();
    stage.clock.advance(SECOND);
    stage.breaker().force_open();
    assert_eq!(reason(stage.run(call(OK))), Reason::ForcedOpen);
    assert_eq!((stage.permits().admitted, stage.calls().refused, stage.places().admitted), (2, 1, 1));
    stage.breaker().close();
    assert_eq!(stage.run(call(OK)), Ok(1));
}

#[test]
fn a_breaker_forced_open_while_a_call_runs_hears_of_it_no_more() {
    let stage = stage();
    switch(&stage, PolicyKind::RateLimit, false);
    let mut other = begun(call(DOWN_LATE));
    stage.breaker().force_open();
    stage.breaker().close();
    assert_eq!(end(&mut other), Err(Fault::Down));
    assert_eq!((stage.state(), stage.places().in_use), (State::Closed, 0));
}
