//! How a call holds its place and gives it back.

use std::{cell::Cell, future::poll_fn, rc::Rc};

use super::*;

#[test]
fn a_full_bulkhead_does_not_run_the_call() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    let _place = bulkhead.acquire().unwrap();
    let outcome = bulkhead.call(|| -> Result<(), &str> { panic!("it ran") });
    assert!(matches!(outcome, Err(Failure::Rejected(_))));
    let call = bulkhead.call_async(async { Err::<(), _>("it ran") });
    let outcome = futures::executor::block_on(call);
    assert!(matches!(outcome, Err(Failure::Rejected(_))));
}

#[test]
fn a_call_holds_its_place_while_it_runs() {
    let (bulkhead, _) = bulkhead(Config::new());
    assert_eq!(bulkhead.call(|| Ok::<_, ()>(bulkhead.snapshot().in_use)), Ok(1));
    let call = bulkhead.call_async(async { Err::<(), _>(bulkhead.snapshot().in_use) });
    assert_eq!(futures::executor::block_on(call), Err(Failure::Error(1)));
    assert_eq!(bulkhead.snapshot().in_use, 0);
}

#[test]
fn a_panic_gives_the_place_back() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    for _ in 0..3 {
        let unwound =
            catch_unwind(AssertUnwindSafe(|| bulkhead.call(|| -> Result<(), ()> { panic!("on purpose") })));
        assert!(unwound.is_err());
    }
    assert_eq!(bulkhead.snapshot().in_use, 0);
}

#[test]
fn a_dropped_call_gives_the_place_back() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    {
        let mut call = pin!(bulkhead.call_async(std::future::pending::<Result<(), ()>>()));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(bulkhead.snapshot().in_use, 1);
    }
    assert_eq!(bulkhead.snapshot().in_use, 0);
}

#[test]
fn an_early_return_gives_the_place_back() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    let early = || -> Result<(), Failure<&str>> {
        let _place = bulkhead.acquire()?;
        Err(Failure::Error("early"))
    };
    for _ in 0..3 {
        assert_eq!(early(), Err(Failure::Error("early")));
    }
}

/// As a runtime does it: the panic is caught around the poll, and what is left is dropped later.
#[test]
fn a_future_that_panics_gives_the_place_back_before_it_is_dropped() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    let panics = poll_fn(|_| -> Poll<Result<(), ()>> { panic!("on purpose") });
    let mut call = Box::pin(bulkhead.call_async(panics));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut cx))).is_err());
    assert_eq!(bulkhead.snapshot().in_use, 0);
    assert!(call.as_mut().poll(&mut cx).is_pending());
}

#[test]
fn a_call_that_ended_holds_neither_its_place_nor_its_future() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    let held = Rc::new(());
    let (inside, seen) = (Rc::clone(&held), bulkhead.clone());
    let mut call = pin!(bulkhead.call_async(poll_fn(move |_| {
        assert_eq!(Rc::strong_count(&inside), 2);
        Poll::Ready(Ok::<_, ()>(seen.snapshot().in_use))
    })));
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(call.as_mut().poll(&mut cx), Poll::Ready(Ok(1)));
    assert_eq!((bulkhead.snapshot().in_use, Rc::strong_count(&held)), (0, 1));
    assert!(call.as_mut().poll(&mut cx).is_pending());
}

#[test]
fn a_call_that_is_refused_drops_its_future_at_once() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    let _place = bulkhead.acquire().unwrap();
    let held = Rc::new(());
    let inside = Rc::clone(&held);
    let mut call = pin!(bulkhead.call_async(async move {
        drop(inside);
        Ok::<(), ()>(())
    }));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(call.as_mut().poll(&mut cx).is_ready());
    assert_eq!(Rc::strong_count(&held), 1);
}

/// What the future holds may still need the place.
#[test]
fn the_future_is_dropped_before_its_place_is_given_back() {
    struct Reports(Bulkhead, Rc<Cell<u32>>);
    impl Drop for Reports {
        fn drop(&mut self) {
            self.1.set(self.0.snapshot().in_use);
        }
    }
    for is_cancelled in [false, true] {
        let (bulkhead, _) = bulkhead(Config::new());
        let seen = Rc::new(Cell::new(0));
        let reports = Reports(bulkhead.clone(), Rc::clone(&seen));
        let mut call = Box::pin(bulkhead.call_async(poll_fn(move |_| {
            assert_eq!(reports.1.get(), 0);
            if is_cancelled { Poll::Pending } else { Poll::Ready(Ok::<_, ()>(())) }
        })));
        let poll = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(poll.is_pending(), is_cancelled);
        drop(call);
        assert_eq!((seen.get(), bulkhead.snapshot().in_use), (1, 0));
    }
}
