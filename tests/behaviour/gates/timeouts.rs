//! Timeouts above a group and below it.

use resilience::{bulkhead, circuit_breaker, rate_limit, timeout};

use super::*;

#[timeout(20ms)]
#[rate_limit("x", 1 / 10ms, max_wait = 1s)]
#[circuit_breaker("x", threshold = 1, open_for = 1h)]
#[bulkhead("x", max_concurrent = 1, max_wait = 1s)]
async fn total(act: Act<'_>) -> Answer {
    act().await
}

#[timeout(20ms)]
#[bulkhead("x", max_concurrent = 1, max_wait = 1s)]
#[circuit_breaker("x", threshold = 1, open_for = 1h)]
#[rate_limit("x", 1 / 1h, max_wait = 2h)]
async fn total_in_another_order(act: Act<'_>) -> Answer {
    act().await
}

#[circuit_breaker("x", threshold = 1, open_for = 1h)]
#[bulkhead("x", max_concurrent = 1, max_wait = 1s)]
#[timeout(20ms)]
async fn each(act: Act<'_>) -> Answer {
    act().await
}

/// Timeouts and cancellations that the breaker has counted, the places in use, and who waits for one or for a permit.
fn seen(stage: &Stage) -> (u64, u64, u32, usize, usize) {
    let permits = stage.scope.registry().rate_limit("x").map_or(0, |limit| limit.snapshot().waiting);
    let places = stage.places();
    (stage.calls().timeouts, stage.calls().cancelled, places.in_use, places.waiting, permits)
}

#[test]
fn a_timeout_above_that_cuts_the_body_off_is_a_failure_of_the_breaker() {
    let stage = Stage::new();
    assert_eq!(reason(stage.run(total(HANG))), Reason::TimedOut);
    assert_eq!((seen(&stage), stage.state()), ((1, 0, 0, 0, 0), State::Open));
}

#[test]
fn a_timeout_above_that_cuts_a_wait_for_a_place_off_is_a_failure_of_the_breaker_above_it() {
    let stage = Stage::new();
    assert_eq!(stage.run(total(OK)), Ok(1));
    stage.clock.advance(10 * MS);
    let bulkhead = stage.bulkhead();
    let _place = bulkhead.acquire().unwrap();
    assert_eq!(reason(stage.run(total(OK))), Reason::TimedOut);
    assert_eq!((seen(&stage), stage.state()), ((1, 0, 1, 0, 0), State::Open));
}

#[test]
fn a_timeout_above_that_cuts_a_wait_for_a_permit_off_is_nothing_to_a_breaker_below_it() {
    let stage = Stage::new();
    assert_eq!(stage.run(total(OK)), Ok(1));
    // 30 ms to wait for one.
    let limit = stage.limit();
    let mut others: Vec<_> = (0..2).map(|_| Box::pin(limit.acquire_async())).collect();
    for other in &mut others {
        assert!(poll(other).is_pending());
    }
    assert_eq!(reason(stage.run(total(OK))), Reason::TimedOut);
    assert_eq!((seen(&stage), stage.state()), ((0, 0, 0, 0, 2), State::Closed));
}

#[test]
fn a_timeout_above_that_cuts_a_wait_for_a_permit_off_gives_the_place_above_it_back() {
    let stage = Stage::new();
    assert_eq!(stage.run(total_in_another_order(OK)), Ok(1));
    assert_eq!(reason(stage.run(total_in_another_order(OK))), Reason::TimedOut);
    assert_eq!((seen(&stage), stage.state()), ((1, 0, 0, 0, 0), State::Open));
}

#[test]
fn a_call_dropped_below_a_timeout_was_cancelled() {
    let stage = Stage::new();
    drop(begun(total(HANG)));
    stage.clock.advance(10 * MS);
    drop_unwinding(begun(total(HANG)));
    assert_eq!((seen(&stage), stage.state()), ((0, 2, 0, 0, 0), State::Closed));
}

#[test]
fn a_timeout_below_is_a_failure_and_does_not_bound_the_wait() {
    let stage = Stage::new();
    let other = begun(each(LATE));
    let mut call = begun(each(HANG));
    stage.clock.advance(19 * MS);
    assert!(poll(&mut call).is_pending());
    drop(other);
    assert!(poll(&mut call).is_pending());
    assert_eq!(seen(&stage), (0, 1, 1, 0, 0));
    stage.clock.advance(19 * MS);
    assert!(poll(&mut call).is_pending());
    stage.clock.advance(MS);
    assert_eq!(reason(end(&mut call)), Reason::TimedOut);
    assert_eq!((seen(&stage), stage.state()), ((1, 1, 0, 0, 0), State::Open));
}
