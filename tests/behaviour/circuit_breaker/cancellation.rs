//! A call that is dropped is neither success nor failure, unless a timeout of its own stack dropped it.

use std::{
    future::{Future, pending},
    task::{Context, Waker},
    time::Duration,
};

use futures::executor::block_on;
use resilience::{
    CircuitBreaker, Failure, ManualClock, Timeout,
    circuit_breaker::{Config, State, Window},
    timeout,
};

use super::{FRAGILE, SECOND, breaker, half_open, refusal};

fn poll_once<F: Future>(future: F) {
    let mut future = Box::pin(future);
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

fn hang() -> impl Future<Output = Result<(), &'static str>> {
    pending()
}

fn timeout(clock: &ManualClock) -> Timeout {
    Timeout::with_clock("stock", timeout::Config::new().limit(SECOND), clock.clone()).unwrap()
}

/// Drives a future on a manual clock that moves whenever nothing else does.
fn run<F: Future>(clock: &ManualClock, future: F) -> F::Output {
    let mut future = Box::pin(future);
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            return output;
        }
        clock.advance(Duration::from_millis(100));
    }
}

#[test]
fn a_dropped_call_counts_neither_way() {
    let (breaker, _) = breaker(Config::new().threshold(1).failure_count(1).window(Window::Calls(10)));
    (0..10).for_each(|_| poll_once(breaker.call_async(hang())));
    let seen = breaker.snapshot();
    assert_eq!((seen.cancelled, seen.window.calls, seen.state), (10, 0, State::Closed));
}

#[test]
fn a_call_that_was_never_polled_was_never_admitted() {
    let (breaker, _) = half_open(FRAGILE.half_open(1));
    drop(breaker.call_async(hang()));
    assert_eq!(breaker.snapshot().cancelled, 0);
    assert_eq!(refusal(&breaker), None);
}

#[test]
fn a_dropped_trial_gives_its_place_back() {
    let (breaker, _) = half_open(FRAGILE.half_open(3));
    (0..30).for_each(|_| poll_once(breaker.call_async(hang())));
    assert_eq!(breaker.state(), State::HalfOpen);
    for _ in 0..3 {
        block_on(breaker.call_async(async { Ok::<_, &str>(()) })).unwrap();
    }
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_call_dropped_after_its_end_is_counted_once() {
    let (breaker, _) = breaker(FRAGILE);
    let mut call = Box::pin(breaker.call_async(async { Ok::<_, &str>(()) }));
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    drop(call);
    assert_eq!((breaker.snapshot().successes, breaker.snapshot().cancelled), (1, 0));
}

#[test]
fn a_call_dropped_by_the_timeout_above_its_breaker_is_a_timeout() {
    let (breaker, clock) = breaker(FRAGILE);
    let answer = run(&clock, timeout(&clock).call_async(breaker.call_async(hang())));
    assert!(matches!(answer, Err(Failure::Rejected(rejected)) if rejected.is_timeout()));
    let seen = breaker.snapshot();
    assert_eq!((seen.timeouts, seen.cancelled, seen.errors, seen.state), (1, 0, 0, State::Open));
}

#[test]
fn a_trial_dropped_by_the_timeout_above_its_breaker_is_a_failed_trial() {
    let (breaker, clock) = half_open(FRAGILE.half_open(1));
    let _ = run(&clock, timeout(&clock).call_async(breaker.call_async(hang())));
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_foreign_breaker_inside_the_body_that_was_timed_out_sees_a_cancellation() {
    let (own, clock) = breaker(FRAGILE);
    let (foreign, _) = breaker(FRAGILE);
    let _ = run(
        &clock,
        timeout(&clock).call_async(own.call_async(async {
            let _ = foreign.call_async(hang()).await;
            Ok::<_, &str>(())
        })),
    );
    assert_eq!((own.snapshot().timeouts, own.snapshot().cancelled), (1, 0));
    assert_eq!((foreign.snapshot().timeouts, foreign.snapshot().cancelled), (0, 1));
}

#[test]
fn a_foreign_permit_inside_the_body_that_was_timed_out_sees_a_cancellation() {
    let (own, clock) = breaker(FRAGILE);
    let (foreign, _) = breaker(FRAGILE);
    let _ = run(
        &clock,
        timeout(&clock).call_async(own.call_async(async {
            let _permit = foreign.acquire().unwrap();
            hang().await
        })),
    );
    assert_eq!((own.snapshot().timeouts, foreign.snapshot().cancelled), (1, 1));
}

#[test]
fn two_breakers_below_one_timeout_both_see_the_timeout_of_their_stack() {
    let clock = ManualClock::new();
    let first = CircuitBreaker::with_clock("first", FRAGILE, clock.clone()).unwrap();
    let permit = first.acquire().unwrap();
    let second = CircuitBreaker::with_clock("second", FRAGILE, clock.clone()).unwrap();
    let _ = run(
        &clock,
        timeout(&clock).call_async(async {
            let _permit = permit;
            second.call_async(hang()).await
        }),
    );
    assert_eq!((first.snapshot().timeouts, second.snapshot().timeouts), (1, 1));
}

#[test]
fn a_call_dropped_by_its_owner_below_a_timeout_is_a_cancellation() {
    let (breaker, clock) = breaker(FRAGILE);
    poll_once(timeout(&clock).call_async(breaker.call_async(hang())));
    assert_eq!((breaker.snapshot().timeouts, breaker.snapshot().cancelled), (0, 1));
}

#[test]
fn after_a_timeout_a_dropped_call_is_a_cancellation_again() {
    let (breaker, clock) = breaker(Config::new());
    let _ = run(&clock, timeout(&clock).call_async(breaker.call_async(hang())));
    poll_once(breaker.call_async(hang()));
    drop(breaker.acquire().unwrap());
    assert_eq!((breaker.snapshot().timeouts, breaker.snapshot().cancelled), (1, 2));
}

/// Dropping what was timed out may itself panic; the mark must not stay.
#[test]
fn a_destructor_that_panics_in_a_timed_out_body_leaves_nothing_behind() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "boom");
        }
    }
    let (breaker, clock) = breaker(Config::new());
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run(
            &clock,
            timeout(&clock).call_async(async {
                let _bomb = Bomb;
                hang().await
            }),
        )
    }));
    assert!(outcome.is_err());
    drop(breaker.acquire().unwrap());
    assert_eq!((breaker.snapshot().timeouts, breaker.snapshot().cancelled), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_aborted_is_a_cancellation() {
    let breaker = CircuitBreaker::new("stock", FRAGILE).unwrap();
    let task = tokio::spawn({
        let breaker = breaker.clone();
        async move { breaker.call_async(hang()).await }
    });
    tokio::task::yield_now().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(breaker.snapshot().cancelled, 1);
}

#[test]
fn futures_of_calls_are_send() {
    fn is_send(_: impl Send) {}
    let (breaker, clock) = breaker(FRAGILE);
    is_send(breaker.call_async(async { Ok::<_, &str>(()) }));
    is_send(timeout(&clock).call_async(async { Ok::<_, &str>(()) }));
    is_send(breaker.acquire());
}
