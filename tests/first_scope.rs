//! The first test scope of a process, and its end. Alone in its process, and one test at a time, since scopes of other tests
//! would hide both.

use std::{
    future::pending,
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Waker},
    time::Duration,
};

use futures::executor::block_on;
use resilience::{
    ManualClock, bulkhead, circuit_breaker, circuit_breaker::State, registry, retry, testing::Scope, timeout,
};
use resilience_tests::Fault;

#[circuit_breaker("till", threshold = 1)]
fn till(up: bool) -> Result<u32, Fault> {
    if up { Ok(1) } else { Err(Fault::Down) }
}

#[retry(name = "printer", attempts = 2, backoff = fixed(0s))]
fn printer(up: bool) -> Result<u32, Fault> {
    if up { Ok(1) } else { Err(Fault::Down) }
}

#[bulkhead("counter", max_concurrent = 8)]
fn counter() -> Result<u32, Fault> {
    Ok(1)
}

#[bulkhead("late", max_concurrent = 8)]
fn late() -> Result<u32, Fault> {
    Ok(1)
}

const LIMIT: Duration = Duration::from_millis(20);

#[timeout(LIMIT, name = "queue")]
async fn queue() -> Result<u32, Fault> {
    pending().await
}

/// The same of a timeout around layers.
#[timeout(LIMIT, name = "long queue")]
#[retry]
async fn long_queue() -> Result<u32, Fault> {
    pending().await
}

/// The calls that a bulkhead of this registry has admitted, with the places in use.
fn admitted(name: &str) -> (u64, u32) {
    let snapshot = registry().bulkhead(name).unwrap().snapshot();
    (snapshot.admitted, snapshot.in_use)
}

fn printed() -> u64 {
    registry().retry("printer").unwrap().snapshot().succeeded_without_retry
}

/// No scope but those of one test, while it lives.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A site reads in the word of its policy whether it has to look for a scope.
#[test]
fn sites_that_were_called_before_find_the_first_scope_and_lose_the_last() {
    let _alone = alone();
    till(true).unwrap();
    printer(true).unwrap();
    assert_eq!((registry().circuit_breaker("till").unwrap().snapshot().successes, printed()), (1, 1));

    let scope = Scope::new();
    {
        let _inside = scope.enter();
        till(false).unwrap_err();
        printer(true).unwrap();
        printer(true).unwrap();
        assert_eq!(registry().circuit_breaker("till").unwrap().state(), State::Open);
        assert_eq!(printed(), 2);
    }
    // Outside, while the scope exists: the process-wide policies, which work as ever.
    let breaker = registry().circuit_breaker("till").unwrap();
    till(true).unwrap();
    printer(true).unwrap();
    assert_eq!((breaker.state(), breaker.snapshot().successes, printed()), (State::Closed, 2, 2));
    till(false).unwrap_err();
    assert_eq!(breaker.state(), State::Open);
    breaker.close();

    drop(scope);
    till(true).unwrap();
    printer(true).unwrap();
    assert_eq!((breaker.snapshot().successes, printed()), (3, 3));

    let scope = Scope::new();
    let _inside = scope.enter();
    till(true).unwrap();
    assert_eq!(registry().circuit_breaker("till").unwrap().snapshot().successes, 1);
}

/// The same of bulkheads, whose threads keep a spare place that no word is asked for.
#[test]
fn bulkheads_that_keep_spare_places_find_the_first_scope_and_lose_the_last() {
    let _alone = alone();
    let calls = |times: u32| (0..times).for_each(|_| assert_eq!(counter().unwrap(), 1));
    calls(5);
    assert_eq!(admitted("counter"), (5, 0));

    let scope = Scope::new();
    {
        let _inside = scope.enter();
        calls(4);
        assert_eq!(admitted("counter"), (4, 0));
    }
    // Outside, while the scope exists: the process-wide one, with all its places and no more.
    calls(2);
    assert_eq!(admitted("counter"), (7, 0));
    let counters = registry().bulkhead("counter").unwrap();
    let places: Vec<_> = std::iter::from_fn(|| counters.try_acquire().ok()).collect();
    assert_eq!(places.len(), 8);
    assert!(counter().is_err());
    drop(places);
    calls(1);

    // One that begins while the scope exists.
    late().unwrap();
    {
        let _inside = scope.enter();
        late().unwrap();
        assert_eq!(admitted("late"), (1, 0));
    }
    assert_eq!(admitted("late"), (1, 0));

    drop(scope);
    calls(4);
    assert_eq!(admitted("counter"), (20, 0));
}

/// The same of timeouts. The first call lasts long enough for the tick to run, which tells later ones when they begin.
#[test]
fn timeouts_find_the_first_scope_and_lose_the_last() {
    let _alone = alone();
    let end_by_the_real_clock = || (block_on(queue()).unwrap_err(), block_on(long_queue()).unwrap_err());
    let expired = || ["queue", "long queue"].map(|name| registry().timeout(name).unwrap().snapshot().expired);
    end_by_the_real_clock();
    assert_eq!(expired(), [1, 1]);

    let clock = ManualClock::new();
    let scope = Scope::with_clock(clock.clone());
    {
        let _inside = scope.enter();
        let mut calls = (pin!(queue()), pin!(long_queue()));
        let mut cx = Context::from_waker(Waker::noop());
        let mut are_over =
            || (calls.0.as_mut().poll(&mut cx).is_ready(), calls.1.as_mut().poll(&mut cx).is_ready());
        assert_eq!(are_over(), (false, false));
        clock.advance(LIMIT);
        assert_eq!(are_over(), (true, true));
        assert_eq!(expired(), [1, 1]);
    }
    // Outside, while the scope exists: the process-wide ones.
    end_by_the_real_clock();
    assert_eq!(expired(), [2, 2]);

    drop(scope);
    end_by_the_real_clock();
    assert_eq!(expired(), [3, 3]);
}
