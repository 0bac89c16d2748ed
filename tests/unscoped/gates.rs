//! Groups of gates, on the short way in. What one gate decides at once and the next does not is asked again from there.

use std::{
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    task::{Context, Poll, Waker},
};

use resilience::{bulkhead, circuit_breaker, preset, registry, resilient};
use resilience_tests::{Fault, twins};

twins! {
    in_the_process limit_and_breaker: limit breaker;
    in_the_process breaker_and_limit: breaker limit;
    in_the_process limit_and_bulkhead: limit bulkhead;
    in_the_process bulkhead_and_limit: bulkhead limit;
    in_the_process breaker_and_bulkhead: breaker bulkhead;
    in_the_process bulkhead_and_breaker: bulkhead breaker;
    in_the_process limit_breaker_bulkhead: limit breaker bulkhead;
    in_the_process limit_bulkhead_breaker: limit bulkhead judge;
    in_the_process breaker_limit_bulkhead: judge limit bulkhead;
    in_the_process breaker_bulkhead_limit: breaker bulkhead limit;
    in_the_process bulkhead_limit_breaker: bulkhead limit breaker;
    in_the_process bulkhead_breaker_limit: bulkhead judge limit;
    in_the_process below_a_retry: retry breaker bulkhead;
    in_the_process the_recommended_order: total retry limit breaker bulkhead each;
    in_the_process two_groups: bulkhead judge each limit second;
    in_the_process a_preset_with_every_gate(ALL): limit breaker bulkhead;
    in_the_process a_preset_without_a_breaker(WITHOUT_BREAKER): limit bulkhead;
    in_the_process a_preset_without_a_limit(WITHOUT_LIMIT): breaker bulkhead;
}

preset! {
    const ALL: Preset = {
        rate_limit(2 / 10ms, max_wait = 7ms),
        circuit_breaker(threshold = 2, open_for = 8ms, half_open = 2),
        bulkhead(max_concurrent = 1, max_wait = 6ms, max_queue = 2),
    };
    const WITHOUT_BREAKER: Preset = {
        rate_limit(2 / 10ms, max_wait = 7ms),
        bulkhead(max_concurrent = 1, max_wait = 6ms, max_queue = 2),
    };
    const WITHOUT_LIMIT: Preset = {
        circuit_breaker(threshold = 2, open_for = 8ms, half_open = 2),
        bulkhead(max_concurrent = 1, max_wait = 6ms, max_queue = 2),
    };
    const ONLY_BULKHEAD: Preset = { bulkhead(max_concurrent = 3) };
}

#[resilient(ONLY_BULKHEAD)]
async fn without_breaker(panics: bool) -> Result<u32, Fault> {
    if panics {
        resume_unwind(Box::new("boom"));
    }
    Ok(1)
}

#[circuit_breaker("gates::bystander")]
#[bulkhead("gates::bystander")]
async fn bystander(hangs: bool) -> Result<u32, Fault> {
    if hangs { pending().await } else { Ok(1) }
}

fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
    let mut future = Box::pin(future);
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// A panic leaves a mark for each breaker that its stack may have. One that is missing takes its own.
#[test]
fn the_panic_of_a_call_whose_preset_has_no_breaker_is_nobody_elses() {
    for first in [true, false] {
        if !first {
            // Now both find their gates on the short way.
            assert_eq!(poll(without_breaker(false)), Poll::Ready(Ok(1)));
            assert_eq!(poll(bystander(false)), Poll::Ready(Ok(1)));
        }
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let mut waiting = Box::pin(bystander(true));
            assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            poll(without_breaker(true))
        }));
        assert!(unwound.is_err());
    }
    let seen = registry().circuit_breaker("gates::bystander").unwrap().snapshot();
    assert_eq!((seen.panics, seen.cancelled, seen.successes), (0, 2, 1));
}
