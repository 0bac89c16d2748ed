//! How a call holds its place and gives it back.

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
