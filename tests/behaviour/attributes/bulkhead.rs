//! `#[bulkhead]`. A place is taken while a body runs; a call from inside a body meets it taken.

use std::{cell::RefCell, sync::mpsc, thread};

use resilience::{Bulkhead, bulkhead};

use super::*;

twins!(
    #[bulkhead("p")]
    default
);
twins!(
    #[bulkhead("p", max_concurrent = 2)]
    two
);
twins!(
    #[bulkhead("p", max_concurrent = 1, max_wait = 30ms)]
    patient
);

#[bulkhead("p", max_concurrent = 1, max_wait = 10s)]
async fn waiting(act: Act<'_>) -> Answer {
    act()
}

#[bulkhead("p", max_concurrent = 1, max_wait = 10s, max_queue = 1)]
async fn queue(act: Act<'_>) -> Answer {
    act()
}

fn pool(stage: &Stage) -> Bulkhead {
    stage.scope.registry().bulkhead("p").expect("a call has been made")
}

/// As many calls inside each other as `depth` says, and the answer of the innermost.
fn nested(call: &dyn Fn(Act<'_>) -> Answer, depth: u32) -> Answer {
    if depth == 1 { call(OK) } else { call(&|| nested(call, depth - 1)) }
}

#[test]
fn max_concurrent_is_how_many_bodies_run_at_once() {
    both!(two, |_, call| {
        assert_eq!(nested(call, 2), Ok(1));
        assert_eq!(reason(nested(call, 3)), Reason::BulkheadFull);
    });
}

#[test]
fn twenty_five_places_by_default() {
    both!(default, |_, call| {
        assert_eq!(nested(call, 25), Ok(1));
        assert_eq!(reason(nested(call, 26)), Reason::BulkheadFull);
    });
}

#[test]
fn places_come_back_however_a_body_ends() {
    both!(two, |stage, call| {
        assert_eq!(call(OK), Ok(1));
        assert_eq!(call(DOWN), Err(Fault::Down));
        let panicking = std::panic::AssertUnwindSafe(|| call(&|| std::panic::panic_any("boom")));
        assert!(std::panic::catch_unwind(panicking).is_err());
        assert_eq!(pool(stage).snapshot().in_use, 0);
    });
}

#[test]
fn max_wait_is_how_long_a_caller_waits_for_a_place() {
    both!(patient, |stage, call| {
        let waited = RefCell::new(Duration::ZERO);
        let answer = call(&|| {
            let before = stage.elapsed();
            let answer = call(OK);
            waited.replace(stage.elapsed() - before);
            answer
        });
        assert_eq!((reason(answer), waited.take()), (Reason::WaitedTooLong, 30 * MS));
    });
}

#[test]
fn an_async_caller_is_handed_the_place_that_comes_free() {
    let stage = Stage::new();
    let _ = stage.run(waiting(OK));
    let pool = pool(&stage);
    let place = pool.acquire().unwrap();
    let mut call = Box::pin(waiting(OK));
    assert!(poll(&mut call).is_pending());
    assert_eq!(pool.snapshot().waiting, 1);
    drop(place);
    assert_eq!(poll(&mut call), Poll::Ready(Ok(1)));
}

#[test]
fn a_waiting_caller_that_is_dropped_leaves_the_queue() {
    let stage = Stage::new();
    let _ = stage.run(waiting(OK));
    let pool = pool(&stage);
    let place = pool.acquire().unwrap();
    let mut call = Box::pin(waiting(OK));
    assert!(poll(&mut call).is_pending());
    drop(call);
    assert_eq!(pool.snapshot().waiting, 0);
    drop(place);
    assert_eq!(stage.run(waiting(OK)), Ok(1));
}

#[test]
fn a_running_call_that_is_dropped_gives_its_place_back() {
    #[bulkhead("p", max_concurrent = 1)]
    async fn hang() -> Answer {
        std::future::pending().await
    }
    let stage = Stage::new();
    let mut call = Box::pin(hang());
    assert!(poll(&mut call).is_pending());
    assert_eq!(reason(stage.run(hang())), Reason::BulkheadFull);
    drop(call);
    assert_eq!(pool(&stage).snapshot().in_use, 0);
}

#[test]
fn max_queue_is_how_many_callers_wait() {
    let stage = Stage::new();
    let _ = stage.run(queue(OK));
    let pool = pool(&stage);
    let _place = pool.acquire().unwrap();
    let mut first = Box::pin(queue(OK));
    assert!(poll(&mut first).is_pending());
    assert_eq!(reason(stage.run(queue(OK))), Reason::QueueFull);
}

#[test]
fn a_blocking_caller_is_handed_the_place_that_comes_free() {
    #[bulkhead("p", max_concurrent = 1, max_wait = 1h)]
    fn blocking(act: Act<'_>) -> Answer {
        act()
    }
    let scope = Scope::new();
    let inside = scope.enter();
    assert_eq!(blocking(OK), Ok(1));
    let pool = scope.registry().bulkhead("p").unwrap();
    let (entered, is_inside) = mpsc::channel();
    thread::scope(|threads| {
        let place = pool.acquire().unwrap();
        let caller = threads.spawn(|| {
            let _inside = scope.enter();
            entered.send(()).unwrap();
            blocking(OK)
        });
        is_inside.recv().unwrap();
        while pool.snapshot().waiting == 0 {
            assert!(!caller.is_finished(), "it did not wait");
            thread::yield_now();
        }
        drop(place);
        assert_eq!(caller.join().unwrap(), Ok(1));
    });
    drop(inside);
}

#[test]
fn functions_with_one_name_share_their_places() {
    #[bulkhead("p")]
    fn joined(act: Act<'_>) -> Answer {
        act()
    }
    let stage = Stage::new();
    let answer = two::now(&|| joined(&|| joined(OK)));
    assert_eq!(reason(answer), Reason::BulkheadFull);
    drop(stage);
}
