//! Waits for a permit, for a place, for both one after the other; and calls that are dropped meanwhile.

use std::{
    sync::{Arc, Mutex},
    task::Wake,
};

use resilience::{bulkhead, circuit_breaker, rate_limit};

use super::*;

#[circuit_breaker("x", threshold = 1)]
#[rate_limit("x", 1 / 10ms, max_wait = 1s)]
#[bulkhead("x", max_concurrent = 1, max_wait = 50ms, max_queue = 2)]
async fn permit_first(act: Act<'_>) -> Answer {
    act().await
}

#[bulkhead("x", max_concurrent = 1, max_wait = 50ms)]
#[circuit_breaker("x", threshold = 1, open_for = 1s, half_open = 1)]
#[rate_limit("x", 1 / 10ms, max_wait = 20ms)]
async fn place_first(act: Act<'_>) -> Answer {
    act().await
}

/// The permits and the places that calls wait for, and the places in use.
fn waits(stage: &Stage) -> (usize, usize, u32) {
    (stage.permits().waiting, stage.places().waiting, stage.places().in_use)
}

#[test]
fn a_call_waits_for_its_permit_and_then_for_its_place() {
    let stage = Stage::new();
    let first = begun(permit_first(HANG));
    let mut second = begun(permit_first(OK));
    assert_eq!(waits(&stage), (1, 0, 1));
    stage.clock.advance(10 * MS);
    assert!(poll(&mut second).is_pending());
    assert_eq!(waits(&stage), (0, 1, 1));
    drop(first);
    assert_eq!(end(&mut second), Ok(1));
    assert_eq!(waits(&stage), (0, 0, 0));
    assert_eq!((stage.permits().admitted, stage.places().admitted, stage.calls().successes), (2, 2, 1));
}

#[test]
fn a_place_is_held_while_a_permit_is_waited_for() {
    let stage = Stage::new();
    assert_eq!(stage.run(place_first(OK)), Ok(1));
    let mut second = begun(place_first(OK));
    let mut third = begun(place_first(OK));
    assert_eq!(waits(&stage), (1, 1, 1));
    stage.clock.advance(10 * MS);
    assert!(poll(&mut third).is_pending());
    assert_eq!(end(&mut second), Ok(1));
    assert!(poll(&mut third).is_pending());
    assert_eq!(waits(&stage), (1, 0, 1));
    stage.clock.advance(10 * MS);
    assert_eq!(end(&mut third), Ok(1));
    assert_eq!(waits(&stage), (0, 0, 0));
}

#[test]
fn a_call_dropped_while_it_waits_for_a_permit_leaves_the_queue_and_gives_everything_back() {
    let stage = Stage::new();
    assert_eq!(stage.run(place_first(OK)), Ok(1));
    for unwinding in [false, true] {
        let second = begun(place_first(OK));
        assert_eq!(waits(&stage), (1, 0, 1));
        let cancelled = stage.calls().cancelled;
        drop_either(second, unwinding);
        assert_eq!(waits(&stage), (0, 0, 0));
        assert_eq!((stage.calls().cancelled, stage.calls().panics), (cancelled + 1, 0));
    }
    stage.clock.advance(10 * MS);
    assert_eq!(end(&mut (Box::pin(place_first(OK)) as Boxed<'_>)), Ok(1), "the permit is still there");
}

#[test]
fn a_call_dropped_while_it_waits_for_a_place_leaves_the_queue_and_its_breaker_says_cancelled() {
    let stage = Stage::new();
    let first = begun(permit_first(HANG));
    for unwinding in [false, true] {
        stage.clock.advance(10 * MS);
        let second = begun(permit_first(OK));
        assert_eq!(waits(&stage), (0, 1, 1));
        let cancelled = stage.calls().cancelled;
        drop_either(second, unwinding);
        assert_eq!(waits(&stage), (0, 0, 1));
        assert_eq!((stage.calls().cancelled, stage.calls().panics), (cancelled + 1, 0));
    }
    drop(first);
    assert_eq!(waits(&stage), (0, 0, 0));
}

#[test]
fn a_place_handed_to_a_call_that_is_dropped_goes_to_the_next_in_line() {
    let stage = Stage::new();
    let first = begun(permit_first(HANG));
    stage.clock.advance(10 * MS);
    let second = begun(permit_first(OK));
    stage.clock.advance(10 * MS);
    let mut third = begun(permit_first(OK));
    assert_eq!(waits(&stage), (0, 2, 1));
    drop(first);
    assert_eq!(waits(&stage), (0, 1, 1), "the place is the second's, which has not looked yet");
    assert!(poll(&mut third).is_pending());
    drop(second);
    assert_eq!(end(&mut third), Ok(1));
    assert_eq!(waits(&stage), (0, 0, 0));
    assert_eq!((stage.places().admitted, stage.calls().cancelled), (2, 2));
}

#[test]
fn a_permit_that_came_for_a_call_that_is_dropped_goes_to_the_next_in_line() {
    let stage = Stage::new();
    assert_eq!(stage.run(permit_first(OK)), Ok(1));
    let second = begun(permit_first(OK));
    let mut third = begun(permit_first(OK));
    stage.clock.advance(10 * MS);
    drop(second);
    assert_eq!(end(&mut third), Ok(1));
    assert_eq!((stage.permits().admitted, stage.permits().waiting), (2, 0));
}

#[test]
fn a_wait_for_a_place_that_takes_too_long_ends_the_call() {
    let stage = Stage::new();
    let _first = begun(permit_first(HANG));
    stage.clock.advance(10 * MS);
    let mut second = begun(permit_first(OK));
    stage.clock.advance(49 * MS);
    assert!(poll(&mut second).is_pending());
    stage.clock.advance(MS);
    assert_eq!(reason(end(&mut second)), Reason::WaitedTooLong);
    assert_eq!(waits(&stage), (0, 0, 1));
    let seen = (stage.places().waited_too_long, stage.calls().exhausted, stage.calls().cancelled);
    assert_eq!(seen, (1, 1, 0));
}

#[test]
fn a_full_queue_ends_the_call_at_once() {
    let stage = Stage::new();
    let mut calls = vec![begun(permit_first(HANG))];
    for _ in 0..2 {
        stage.clock.advance(10 * MS);
        calls.push(begun(permit_first(HANG)));
    }
    stage.clock.advance(10 * MS);
    assert_eq!(reason(stage.run(permit_first(OK))), Reason::QueueFull);
    assert_eq!((stage.places().queue_full, stage.calls().exhausted), (1, 1));
    drop(calls);
    assert_eq!(waits(&stage), (0, 0, 0));
}

#[test]
fn a_permit_that_would_come_too_late_ends_the_call_at_once_and_gives_its_place_back() {
    let stage = Stage::new();
    assert_eq!(stage.run(place_first(OK)), Ok(1));
    // Two others stand in the queue already: a third would wait for 30 ms.
    let limit = stage.limit();
    let mut others: Vec<_> = (0..2).map(|_| Box::pin(limit.acquire_async())).collect();
    for other in &mut others {
        assert!(poll(other).is_pending());
    }
    assert_eq!(reason(end(&mut (Box::pin(place_first(OK)) as Boxed<'_>))), Reason::RateLimited);
    assert_eq!(waits(&stage), (2, 0, 0));
    assert_eq!((stage.permits().refused, stage.calls().exhausted), (1, 1));
}

#[test]
fn a_refusal_after_a_wait_says_who_and_why_and_when_to_come_again() {
    let stage = Stage::new();
    let _first = begun(permit_first(HANG));
    stage.clock.advance(10 * MS);
    let Err(Fault::Refused(alone)) =
        stage.run(async { stage.bulkhead().acquire_async().await.map(|_| 0).map_err(Fault::Refused) })
    else {
        panic!("there is a place")
    };
    let Err(Fault::Refused(grouped)) = stage.run(permit_first(OK)) else { panic!("there is a place") };
    assert_eq!(grouped, alone);
}

/// Counts how often it was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Bell {
    fn rings(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn whoever_waits_is_woken_once_for_each_thing_that_came() {
    let stage = Stage::new();
    let first = begun(permit_first(HANG));
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(bell.clone());
    let mut cx = Context::from_waker(&waker);
    let mut second: Boxed<'_> = Box::pin(permit_first(OK));
    assert!(second.as_mut().poll(&mut cx).is_pending());
    stage.clock.advance(9 * MS);
    assert_eq!(bell.rings(), 0);
    stage.clock.advance(MS);
    assert_eq!(bell.rings(), 1);
    assert!(second.as_mut().poll(&mut cx).is_pending());
    assert_eq!(bell.rings(), 1);
    drop(first);
    assert_eq!(bell.rings(), 2);
    assert_eq!(second.as_mut().poll(&mut cx), Poll::Ready(Ok(1)));
}

/// Looks at a breaker when it is woken.
struct Witness {
    breaker: CircuitBreaker,
    seen: Mutex<Vec<State>>,
}

impl Wake for Witness {
    fn wake(self: Arc<Self>) {
        self.seen.lock().unwrap().push(self.breaker.state());
    }
}

/// Between two calls that share one place, the second is to see how the first has ended.
#[test]
fn a_place_above_a_breaker_is_handed_on_when_the_breaker_has_heard() {
    for (act, half_open, expected) in [
        (DOWN_LATE, false, State::Open),
        (PANIC_LATE, false, State::Open),
        (LATE, true, State::Closed),
        (DOWN_LATE, true, State::Open),
    ] {
        let stage = Stage::new();
        assert_eq!(stage.run(place_first(OK)), Ok(1));
        if half_open {
            stage.clock.advance(10 * MS);
            assert_eq!(stage.run(place_first(DOWN)), Err(Fault::Down));
            stage.clock.advance(SECOND);
        }
        stage.clock.advance(10 * MS);
        let mut first = begun(place_first(act));
        let witness = Arc::new(Witness { breaker: stage.breaker(), seen: Mutex::default() });
        let waker = Waker::from(witness.clone());
        let mut second: Boxed<'_> = Box::pin(place_first(OK));
        assert!(second.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        let _ = catch_unwind(AssertUnwindSafe(|| poll(&mut first)));
        assert_eq!(*witness.seen.lock().unwrap(), [expected]);
    }
}
