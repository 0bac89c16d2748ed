//! A panic of the call itself is a failure and goes on; a panic elsewhere is none of the breaker's business.

use std::{
    future::{Future, pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::{Context, Poll, Waker},
};

use futures::executor::block_on;
use resilience::{
    CircuitBreaker,
    circuit_breaker::{Config, State},
};

use super::{FRAGILE, breaker, half_open};

fn panics<T>(body: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(body)) else { panic!("it does not panic") };
    panic.downcast_ref::<&str>().map_or_else(String::new, |text| (*text).to_owned())
}

#[test]
fn a_panicking_call_is_a_failure() {
    let (breaker, _) = breaker(FRAGILE);
    panics(|| breaker.call(|| -> Result<(), &str> { panic!("boom") }));
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.snapshot().panics, 1);
}

#[test]
fn the_panic_goes_on_unwinding() {
    let (breaker, _) = breaker(FRAGILE);
    let text = panics(|| breaker.call(|| -> Result<(), &str> { panic!("boom") }));
    assert_eq!(text, "boom");
}

#[test]
fn a_panicking_future_is_a_failure() {
    let (breaker, _) = breaker(FRAGILE);
    panics(|| block_on(breaker.call_async(async { if true { panic!("boom") } else { Ok::<(), &str>(()) } })));
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.snapshot().panics, 1);
}

/// As a runtime does it: the panic is caught around the poll, and what is left is dropped later.
#[test]
fn a_panicking_future_is_a_failure_before_it_is_dropped() {
    let (breaker, _) = breaker(FRAGILE);
    let mut call = Box::pin(breaker.call_async(poll_fn(|_| -> Poll<Result<(), &str>> { panic!("boom") })));
    let mut cx = Context::from_waker(Waker::noop());
    panics(|| call.as_mut().poll(&mut cx));
    let seen = breaker.snapshot();
    assert_eq!((seen.panics, seen.cancelled, seen.state), (1, 0, State::Open));
    drop(call);
    assert_eq!(breaker.snapshot().cancelled, 0);
}

#[test]
fn a_future_that_panics_at_its_second_poll_is_a_failure() {
    let (breaker, _) = breaker(FRAGILE);
    let mut polls = 0;
    let body = poll_fn(|cx| {
        polls += 1;
        assert!(polls < 2, "boom");
        cx.waker().wake_by_ref();
        Poll::<Result<(), &str>>::Pending
    });
    panics(|| block_on(breaker.call_async(body)));
    let seen = breaker.snapshot();
    assert_eq!((seen.panics, seen.cancelled), (1, 0));
}

#[test]
fn two_hundred_panics_are_two_hundred_failures() {
    let (breaker, _) = breaker(Config::new().threshold(201));
    for _ in 0..100 {
        panics(|| breaker.call(|| -> Result<(), &str> { panic!("boom") }));
        panics(|| {
            block_on(breaker.call_async(async { if true { panic!("boom") } else { Ok::<(), &str>(()) } }))
        });
    }
    assert_eq!(breaker.snapshot().consecutive_failures, 200);
}

#[test]
fn a_panicking_trial_is_a_failed_trial() {
    let (breaker, _) = half_open(FRAGILE.half_open(1));
    panics(|| breaker.call(|| -> Result<(), &str> { panic!("boom") }));
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_panicking_async_trial_is_a_failed_trial() {
    let (breaker, _) = half_open(FRAGILE.half_open(1));
    panics(|| block_on(breaker.call_async(async { if true { panic!("boom") } else { Ok::<(), &str>(()) } })));
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_permit_that_a_panic_drops_is_a_failure() {
    let (breaker, _) = breaker(FRAGILE);
    panics(|| {
        let _permit = breaker.acquire().unwrap();
        panic!("boom");
    });
    assert_eq!(breaker.snapshot().panics, 1);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_predicate_that_panics_is_a_failure_and_loses_no_place() {
    let (breaker, _) = half_open(FRAGILE.half_open(1));
    panics(|| breaker.call_judged(|| Err::<(), _>("down"), |_| panic!("boom")));
    assert_eq!((breaker.state(), breaker.snapshot().panics), (State::Open, 1));
}

#[test]
fn an_async_predicate_that_panics_is_a_failure() {
    let (breaker, _) = half_open(FRAGILE.half_open(1));
    panics(|| block_on(breaker.call_async_judged(async { Err::<(), _>("down") }, |_| panic!("boom"))));
    assert_eq!((breaker.state(), breaker.snapshot().panics), (State::Open, 1));
}

/// A suspended call that somebody else's panic drops has not failed.
#[test]
fn an_unrelated_panic_that_drops_a_suspended_call_is_a_cancellation() {
    let (breaker, _) = breaker(FRAGILE);
    panics(|| {
        let mut call = pin!(breaker.call_async(pending::<Result<(), &str>>()));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        panic!("elsewhere");
    });
    let seen = breaker.snapshot();
    assert_eq!((seen.cancelled, seen.panics, seen.state), (1, 0, State::Closed));
}

#[test]
fn the_panic_of_a_call_is_not_its_suspended_neighbours() {
    let (failing, waiting) = (breaker(FRAGILE).0, breaker(FRAGILE).0);
    panics(|| {
        block_on(async {
            let _ = futures::join!(
                waiting.call_async(pending::<Result<(), &str>>()),
                failing.call_async(async { if true { panic!("boom") } else { Ok::<(), &str>(()) } }),
            );
        });
    });
    assert_eq!((failing.snapshot().panics, failing.snapshot().cancelled), (1, 0));
    assert_eq!((waiting.snapshot().panics, waiting.snapshot().cancelled), (0, 1));
}

/// The outer call's body panicked, so the outer breaker sees a panic; the call inside that was only waiting does not,
/// although it is dropped first.
#[test]
fn a_suspended_call_inside_a_body_that_panics_was_cancelled() {
    let (outer, failing, waiting) = (breaker(FRAGILE).0, breaker(FRAGILE).0, breaker(FRAGILE).0);
    panics(|| {
        let _ = block_on(outer.call_async(async {
            let _ = futures::join!(
                waiting.call_async(pending::<Result<(), &str>>()),
                failing.call_async(async { if true { panic!("boom") } else { Ok::<(), &str>(()) } }),
            );
            Ok::<(), &str>(())
        }));
    });
    let seen = |breaker: &CircuitBreaker| (breaker.snapshot().panics, breaker.snapshot().cancelled);
    assert_eq!(seen(&failing), (1, 0), "the one that panicked");
    assert_eq!(seen(&waiting), (0, 1), "the one that waited");
    assert_eq!(seen(&outer), (1, 0), "the one around both");
}

/// The same where the body is no `async` block: such a future is dropped only after its poll has unwound.
#[test]
fn a_suspended_call_inside_a_future_that_panics_was_cancelled() {
    let (outer, failing, waiting) = (breaker(FRAGILE).0, breaker(FRAGILE).0, breaker(FRAGILE).0);
    panics(|| {
        let body = futures::future::join(
            waiting.call_async(pending::<Result<(), &str>>()),
            failing.call_async(async { if true { panic!("boom") } else { Ok::<(), &str>(()) } }),
        );
        let _ = block_on(outer.call_async(futures::FutureExt::map(body, |_| Ok::<(), &str>(()))));
    });
    let seen = |breaker: &CircuitBreaker| (breaker.snapshot().panics, breaker.snapshot().cancelled);
    assert_eq!(seen(&failing), (1, 0), "the one that panicked");
    assert_eq!(seen(&waiting), (0, 1), "the one that waited");
    assert_eq!(seen(&outer), (1, 0), "the one around both");
}

#[test]
fn a_panic_through_nested_calls_is_one_failure_of_each() {
    let (outer, inner) = (breaker(FRAGILE).0, breaker(FRAGILE).0);
    panics(|| {
        let _ =
            block_on(outer.call_async(
                inner.call_async(async { if true { panic!("boom") } else { Ok::<(), &str>(()) } }),
            ));
    });
    assert_eq!((outer.snapshot().panics, inner.snapshot().panics), (1, 1));
}

#[test]
fn a_panic_that_the_body_catches_is_none() {
    let (breaker, _) = breaker(FRAGILE);
    let answer = breaker.call(|| {
        panics(|| panic!("inside"));
        Ok::<_, &str>(())
    });
    assert_eq!(answer, Ok(()));
    assert_eq!(breaker.snapshot().panics, 0);
}

#[test]
fn after_a_caught_panic_a_dropped_call_is_a_cancellation_again() {
    let (breaker, _) = breaker(Config::new());
    panics(|| block_on(breaker.call_async(async { if true { panic!("boom") } else { Ok::<(), &str>(()) } })));
    let mut call = Box::pin(breaker.call_async(pending::<Result<(), &str>>()));
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(call);
    assert_eq!((breaker.snapshot().panics, breaker.snapshot().cancelled), (1, 1));
}

/// A destructor that makes a guarded call while its thread panics.
#[test]
fn a_call_made_while_unwinding_is_judged_by_its_own_outcome() {
    struct Farewell<'a>(&'a CircuitBreaker);
    impl Drop for Farewell<'_> {
        fn drop(&mut self) {
            let _ = self.0.call(|| Ok::<_, &str>(()));
            let _ = block_on(self.0.call_async(async { Ok::<_, &str>(()) }));
        }
    }
    let (breaker, _) = breaker(FRAGILE);
    panics(|| {
        let _farewell = Farewell(&breaker);
        panic!("boom");
    });
    assert_eq!((breaker.snapshot().successes, breaker.snapshot().panics), (2, 0));
}

#[test]
fn a_panic_on_one_thread_is_none_on_another() {
    let (breaker, _) = breaker(Config::new());
    std::thread::scope(|threads| {
        let panicking = threads.spawn(|| {
            let _permit = breaker.acquire().unwrap();
            panic!("boom");
        });
        assert!(panicking.join().is_err());
    });
    drop(breaker.acquire().unwrap());
    assert_eq!((breaker.snapshot().panics, breaker.snapshot().cancelled), (1, 1));
}
