//! Panics: of the body, of what the user wrote beside it, and of somebody else.

use resilience::{bulkhead, circuit_breaker, rate_limit, retry, timeout};

use super::*;

#[rate_limit("x", 100 / 1s)]
#[circuit_breaker("x", threshold = 99)]
#[bulkhead("x", max_concurrent = 2)]
async fn call(act: Act<'_>) -> Answer {
    act().await
}

#[timeout(1h)]
#[bulkhead("x", max_concurrent = 2)]
#[circuit_breaker("x", threshold = 99)]
async fn below_a_timeout(act: Act<'_>) -> Answer {
    act().await
}

type Call = fn(Act<'static>) -> Boxed<'static>;
const BOTH: [Call; 2] = [|act| Box::pin(call(act)), |act| Box::pin(below_a_timeout(act))];

/// Panics and cancellations that the breaker has counted, and the places in use.
fn seen(stage: &Stage) -> (u64, u64, u32) {
    (stage.calls().panics, stage.calls().cancelled, stage.places().in_use)
}

#[test]
fn a_body_that_panics_before_its_first_wait_is_a_failure_and_gives_its_place_back() {
    for call in BOTH {
        let stage = Stage::new();
        panics(|| stage.run(call(PANIC)));
        assert_eq!(seen(&stage), (1, 0, 0));
    }
}

#[test]
fn a_body_that_panics_after_a_wait_is_a_failure_and_gives_its_place_back() {
    for call in BOTH {
        let stage = Stage::new();
        let mut call = begun(call(PANIC_LATE));
        assert_eq!(seen(&stage), (0, 0, 1));
        panics(|| poll(&mut call));
        assert_eq!(seen(&stage), (1, 0, 0), "before it is dropped");
        drop(call);
        assert_eq!(seen(&stage), (1, 0, 0));
    }
}

#[test]
fn a_suspended_call_that_somebody_elses_panic_drops_was_cancelled() {
    for call in BOTH {
        let stage = Stage::new();
        drop_unwinding(begun(call(HANG)));
        assert_eq!(seen(&stage), (0, 1, 0));
    }
}

#[test]
fn the_panic_of_a_call_is_not_its_suspended_neighbours() {
    for call in BOTH {
        let stage = Stage::new();
        panics(|| {
            let _neighbour = begun(call(HANG));
            stage.run(call(PANIC))
        });
        assert_eq!(seen(&stage), (1, 1, 0));
    }
}

#[test]
fn a_suspended_call_inside_a_body_that_panics_was_cancelled() {
    #[circuit_breaker("x", threshold = 99)]
    #[bulkhead("x")]
    async fn inner() -> Answer {
        pending().await
    }
    #[circuit_breaker("y", threshold = 99)]
    #[bulkhead("y")]
    async fn outer() -> Answer {
        let inner = begun(inner());
        tokio::task::yield_now().await;
        drop_unwinding(inner);
        let _other = begun(self::inner_again());
        boom()
    }
    let stage = Stage::new();
    panics(|| stage.run(outer()));
    assert_eq!(seen(&stage), (0, 2, 0));
    let outer = stage.scope.registry().circuit_breaker("y").unwrap().snapshot();
    assert_eq!((outer.panics, outer.cancelled), (1, 0));
}

#[circuit_breaker("x", threshold = 99)]
#[bulkhead("x")]
async fn inner_again() -> Answer {
    pending().await
}

#[test]
fn a_panic_passes_both_breakers_of_two_groups() {
    #[circuit_breaker("y", threshold = 99)]
    #[rate_limit("x", 9 / 1h)]
    #[retry(attempts = 2, backoff = fixed(0ms), jitter = none)]
    #[bulkhead("x")]
    #[circuit_breaker("x", threshold = 99)]
    async fn twice(act: Act<'_>) -> Answer {
        act().await
    }
    for (act, expected) in [(PANIC, (1, 0)), (PANIC_LATE, (1, 0))] {
        let stage = Stage::new();
        panics(|| stage.run(twice(act)));
        assert_eq!(seen(&stage), (1, 0, 0));
        let outer = stage.scope.registry().circuit_breaker("y").unwrap().snapshot();
        assert_eq!((outer.panics, outer.cancelled), expected);
        // Nobody who comes later is blamed.
        drop_unwinding(begun(twice(HANG)));
        assert_eq!(seen(&stage), (1, 1, 0));
    }
}

/// A panic in what stands beside the body is the call's own, and the place is given back.
fn beside_the_body(call: impl Fn(Act<'static>) -> Boxed<'static>, act: Act<'static>, panicked: u64) {
    let stage = Stage::new();
    panics(|| stage.run(call(act)));
    assert_eq!(seen(&stage), (panicked, 0, 0));
    drop_unwinding(begun(call(HANG)));
    assert_eq!(seen(&stage), (panicked, 1, 0), "somebody else's panic");
}

#[test]
fn a_failure_if_that_panics_is_a_panic_of_the_call() {
    #[bulkhead("x", max_concurrent = 1)]
    #[circuit_breaker("x", threshold = 99, failure = Fault::Down, failure_if = |_| boom())]
    async fn judged(act: Act<'_>) -> Answer {
        act().await
    }
    beside_the_body(|act| Box::pin(judged(act)), OK, 1);
    beside_the_body(|act| Box::pin(judged(act)), NOT_FOUND, 1);
    beside_the_body(|act| Box::pin(judged(act)), LATE, 1);
}

#[test]
fn an_ignore_that_panics_is_a_panic_of_the_call() {
    #[circuit_breaker("x", threshold = 99, ignore = Fault::Down if explodes())]
    #[bulkhead("x", max_concurrent = 1)]
    async fn ignoring(act: Act<'_>) -> Answer {
        act().await
    }
    beside_the_body(|act| Box::pin(ignoring(act)), DOWN, 1);
    beside_the_body(|act| Box::pin(ignoring(act)), DOWN_LATE, 1);
}

#[test]
fn a_failure_if_above_a_timeout_that_panics_is_a_panic_of_the_call() {
    #[timeout(2h)]
    #[circuit_breaker("x", threshold = 99, failure_if = |_| boom())]
    #[bulkhead("x", max_concurrent = 1)]
    #[timeout(1h)]
    async fn timed(act: Act<'_>) -> Answer {
        act().await
    }
    beside_the_body(|act| Box::pin(timed(act)), OK, 1);
}

#[test]
fn a_retry_if_that_panics_comes_after_the_end_of_the_attempt_below() {
    #[retry(retry_if = |_| boom())]
    #[circuit_breaker("x", threshold = 99)]
    #[bulkhead("x", max_concurrent = 1)]
    async fn wanted(act: Act<'_>) -> Answer {
        act().await
    }
    beside_the_body(|act| Box::pin(wanted(act)), OK, 0);
    beside_the_body(|act| Box::pin(wanted(act)), DOWN, 0);
}

#[test]
fn a_retry_if_that_panics_is_a_panic_of_the_call_above() {
    #[bulkhead("x", max_concurrent = 1)]
    #[circuit_breaker("x", threshold = 99)]
    #[retry(retry_if = |_| boom())]
    async fn wanted(act: Act<'_>) -> Answer {
        act().await
    }
    beside_the_body(|act| Box::pin(wanted(act)), OK, 1);
    beside_the_body(|act| Box::pin(wanted(act)), DOWN_LATE, 1);
}

#[test]
fn an_on_retry_that_panics_is_a_panic_of_the_call_above_and_none_of_the_attempt_below() {
    #[bulkhead("x", max_concurrent = 1)]
    #[circuit_breaker("x", threshold = 99)]
    #[retry(on_retry = |_| boom())]
    #[circuit_breaker("y", threshold = 99)]
    #[rate_limit("x", 99 / 1h)]
    async fn told(act: Act<'_>) -> Answer {
        act().await
    }
    let stage = Stage::new();
    panics(|| stage.run(told(DOWN)));
    assert_eq!(seen(&stage), (1, 0, 0));
    let below = stage.scope.registry().circuit_breaker("y").unwrap().snapshot();
    assert_eq!((below.errors, below.panics, below.cancelled), (1, 0, 0));
}

fn explodes() -> bool {
    boom()
}
