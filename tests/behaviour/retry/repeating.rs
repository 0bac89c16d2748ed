//! What is repeated, how often, and what is counted.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use futures::executor::block_on;
use resilience::{
    Bulkhead, CircuitBreaker, Failure, RateLimit, Rejected, Retry, Timeout, bulkhead, circuit_breaker,
    rate_limit,
    retry::{Attempts, Backoff, Config, Jitter},
    timeout,
};
use resilience_tests::recorded;

use super::{MS, SECOND, retry};

const EVERY_SECOND: Config = Config::new().backoff(Backoff::fixed(SECOND)).jitter(Jitter::None);

/// Fails so many times, then succeeds.
fn failing(times: u32) -> impl FnMut() -> Result<u32, u32> {
    let mut calls = 0;
    move || {
        calls += 1;
        if calls <= times { Err(calls) } else { Ok(calls) }
    }
}

fn after(attempts: &mut Attempts<'_>, rejected: Rejected) -> Option<Duration> {
    attempts.after(
        &Failure::<()>::Rejected(rejected),
        |()| unreachable!("no predicate sees a refusal"),
        |()| None,
    )
}

#[test]
fn a_first_success_is_taken_at_once() {
    let (retry, clock) = retry(EVERY_SECOND);
    assert_eq!(retry.call(failing(0)), Ok(1));
    assert_eq!(clock.elapsed(), Duration::ZERO);
}

#[test]
fn three_attempts_by_default_and_the_last_error_comes_back() {
    let (retry, clock) = retry(EVERY_SECOND);
    assert_eq!(retry.call(failing(10)), Err(3));
    assert_eq!(clock.elapsed(), 2 * SECOND, "nothing is waited for after the last");
}

#[test]
fn attempts_counts_the_first_call() {
    for attempts in [1, 2, 7] {
        let (retry, _) = retry(EVERY_SECOND.attempts(attempts));
        assert_eq!(retry.call(failing(100)), Err(attempts));
    }
}

#[test]
fn a_later_success_is_taken() {
    let (retry, _) = retry(EVERY_SECOND);
    assert_eq!(retry.call(failing(2)), Ok(3));
}

#[test]
fn an_error_that_is_not_wanted_is_not_repeated() {
    let (retry, clock) = retry(EVERY_SECOND);
    assert_eq!(retry.call_if(failing(10), |error| *error != 2), Err(2));
    assert_eq!(clock.elapsed(), SECOND);
}

#[test]
fn the_async_call_does_the_same() {
    let (retry, clock) = retry(EVERY_SECOND.backoff(Backoff::fixed(Duration::ZERO)));
    let mut fail = failing(10);
    assert_eq!(block_on(retry.call_async(|| std::future::ready(fail()))), Err(3));
    let mut fail = failing(2);
    assert_eq!(block_on(retry.call_async(|| std::future::ready(fail()))), Ok(3));
    let mut fail = failing(10);
    assert_eq!(block_on(retry.call_async_if(|| std::future::ready(fail()), |error| *error != 2)), Err(2));
    assert_eq!(clock.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_async_call_sleeps_in_between() {
    let retry = Retry::new("feed", EVERY_SECOND).unwrap();
    let begin = tokio::time::Instant::now();
    let mut fail = failing(10);
    assert_eq!(retry.call_async(|| std::future::ready(fail())).await, Err(3));
    assert_eq!(begin.elapsed(), 2 * SECOND);
}

#[test]
fn a_future_is_made_for_each_attempt_and_none_ahead() {
    let (retry, _) = retry(EVERY_SECOND.backoff(Backoff::fixed(Duration::ZERO)));
    let made = Cell::new(0);
    let polled = Cell::new(0);
    let _ = block_on(retry.call_async(|| {
        made.set(made.get() + 1);
        let (made, polled) = (&made, &polled);
        async move {
            polled.set(polled.get() + 1);
            assert_eq!(made.get(), polled.get());
            Err::<(), _>("down")
        }
    }));
    assert_eq!(made.get(), 3);
}

#[test]
fn an_open_circuit_ends_the_retrying() {
    let breaker = CircuitBreaker::new("feed", circuit_breaker::Config::new()).unwrap();
    breaker.force_open();
    let (retry, _) = retry(EVERY_SECOND);
    let mut attempts = retry.start();
    assert_eq!(after(&mut attempts, breaker.acquire().err().unwrap()), None);
    assert!(!attempts.is_exhausted(), "no repeat was wanted");
    assert_eq!(retry.snapshot().exhausted, 0);
}

#[test]
fn a_timeout_is_repeated() {
    let clock = resilience::ManualClock::new();
    let timeout = Timeout::with_clock("feed", timeout::Config::new().limit(MS), clock.clone()).unwrap();
    let mut call = Box::pin(timeout.call_async(std::future::pending::<Result<(), ()>>()));
    let waker = std::task::Context::from_waker(std::task::Waker::noop());
    let mut waker = waker;
    assert!(std::future::Future::poll(call.as_mut(), &mut waker).is_pending());
    clock.advance(MS);
    let std::task::Poll::Ready(Err(Failure::Rejected(rejected))) =
        std::future::Future::poll(call.as_mut(), &mut waker)
    else {
        panic!("the limit is over")
    };
    let (retry, _) = retry(EVERY_SECOND);
    assert_eq!(after(&mut retry.start(), rejected), Some(SECOND));
}

#[test]
fn a_full_bulkhead_is_repeated_after_the_backoff() {
    let bulkhead = Bulkhead::new("feed", bulkhead::Config::new().max_concurrent(1)).unwrap();
    let _place = bulkhead.acquire().unwrap();
    let (retry, _) = retry(EVERY_SECOND);
    assert_eq!(after(&mut retry.start(), bulkhead.acquire().err().unwrap()), Some(SECOND));
}

#[test]
fn a_rate_limit_is_waited_for_at_least_as_long_as_it_says() {
    let clock = resilience::ManualClock::new();
    let config = rate_limit::Config::new().rate(1, 60 * SECOND);
    let limit = RateLimit::with_clock("feed", config, clock).unwrap();
    assert!(limit.acquire().is_ok());
    let rejected = limit.acquire().unwrap_err();
    let hint = rejected.retry_after().unwrap();
    assert!(hint > 50 * SECOND);
    let (patient, _) = retry(EVERY_SECOND);
    assert_eq!(after(&mut patient.start(), rejected), Some(hint), "also beyond the backoff's cap");
    let (jittered, _) = retry(EVERY_SECOND.jitter(Jitter::Full));
    for _ in 0..100 {
        let delay = after(&mut jittered.start(), rejected).unwrap();
        assert!((hint..=hint + SECOND).contains(&delay), "jitter is added above it, never below: {delay:?}");
    }
}

#[test]
fn a_hint_of_the_server_that_is_longer_replaces_the_delay() {
    let (retry, _) = retry(EVERY_SECOND);
    let delay = |hint| retry.start().after(&Failure::Error(()), |()| true, |()| hint);
    assert_eq!(delay(Some(10 * SECOND)), Some(10 * SECOND));
    assert_eq!(delay(Some(MS)), Some(SECOND), "a shorter one does not");
    assert_eq!(delay(None), Some(SECOND));
}

#[test]
fn jitter_is_added_above_a_hint_and_never_below() {
    for (jitter, most) in [(Jitter::None, 0), (Jitter::Equal, 500), (Jitter::Full, 1000)] {
        let (retry, _) = retry(EVERY_SECOND.jitter(jitter));
        let mut longest = Duration::ZERO;
        for _ in 0..200 {
            let delay = retry.start().after(&Failure::Error(()), |()| true, |()| Some(10 * SECOND)).unwrap();
            assert!((10 * SECOND..=10 * SECOND + most * MS).contains(&delay), "{jitter:?} {delay:?}");
            longest = longest.max(delay);
        }
        assert_eq!(longest > 10 * SECOND, most > 0, "{jitter:?}");
    }
}

#[test]
fn a_hint_of_any_length_does_not_overflow() {
    let (retry, _) = retry(EVERY_SECOND.jitter(Jitter::Full));
    for _ in 0..100 {
        assert!(retry.start().after(&Failure::Error(()), |()| true, |()| Some(Duration::MAX)) > Some(SECOND));
    }
}

#[test]
fn the_hint_is_asked_for_only_if_a_repeat_is_wanted() {
    let (retry, _) = retry(EVERY_SECOND);
    let delay = retry.start().after(&Failure::Error(()), |()| false, |()| unreachable!("not wanted"));
    assert_eq!(delay, None);
}

#[test]
fn an_answer_that_is_not_wanted_is_repeated_like_an_error() {
    let (retry, _) = retry(EVERY_SECOND);
    let mut attempts = retry.start();
    assert_eq!(attempts.unwanted(), Some(SECOND));
    assert_eq!(attempts.attempt(), 2);
    assert_eq!(attempts.unwanted(), Some(SECOND));
    assert_eq!(attempts.unwanted(), None);
    assert!(attempts.is_exhausted());
}

#[test]
fn calls_are_counted_by_how_they_ended() {
    let (retry, _) = retry(EVERY_SECOND);
    for _ in 0..2 {
        let _ = retry.call(failing(0));
    }
    for _ in 0..3 {
        let _ = retry.call(failing(1));
    }
    for _ in 0..4 {
        let _ = retry.call_if(failing(9), |_| false);
    }
    for _ in 0..5 {
        let _ = retry.call(failing(9));
    }
    for _ in 0..6 {
        let _ = retry.call_if(failing(9), |error| *error < 2);
    }
    let seen = retry.snapshot();
    assert_eq!((seen.succeeded_without_retry, seen.succeeded_with_retry), (2, 3));
    assert_eq!((seen.failed_without_retry, seen.failed_with_retry), (4, 5 + 6));
    assert_eq!((seen.exhausted, seen.retries), (5, 3 + 5 * 2 + 6));
}

/// With the time of its start and without, with a wait and without.
#[test]
fn a_call_that_its_caller_drives_is_counted_by_how_it_ended_and_numbers_its_attempts() {
    let at_once = EVERY_SECOND.backoff(Backoff::fixed(Duration::ZERO));
    for config in [EVERY_SECOND, EVERY_SECOND.max_elapsed(60 * SECOND), at_once] {
        let (retry, _) = retry(config);
        // So many attempts fail, and a repeat is wanted of so many.
        for (fails, wanted) in [(0, 9), (1, 9), (2, 9), (9, 0), (9, 1), (9, 9)] {
            let mut attempts = retry.start();
            assert_eq!((attempts.attempt(), attempts.is_exhausted()), (1, false));
            let mut made = 1;
            while made <= fails
                && attempts.after(&Failure::Error(()), |()| made <= wanted, |()| None).is_some()
            {
                made += 1;
                assert_eq!((attempts.attempt(), attempts.is_exhausted()), (made, false));
            }
            if made > fails {
                attempts.succeeded();
            }
            assert_eq!(made, 1 + fails.min(wanted).min(2));
            assert_eq!((attempts.attempt(), attempts.is_exhausted()), (made, fails.min(wanted) > 2));
        }
        let seen = retry.snapshot();
        assert_eq!((seen.succeeded_without_retry, seen.succeeded_with_retry), (1, 2));
        assert_eq!((seen.failed_without_retry, seen.failed_with_retry), (1, 2));
        assert_eq!((seen.exhausted, seen.retries), (1, 1 + 2 + 1 + 2));
    }
}

#[test]
fn totals_of_many_threads_are_exact() {
    let (retry, _) = retry(EVERY_SECOND.backoff(Backoff::fixed(Duration::ZERO)));
    std::thread::scope(|threads| {
        for _ in 0..12 {
            threads.spawn(|| {
                for _ in 0..200 {
                    let _ = retry.call(failing(1));
                }
            });
        }
    });
    let seen = retry.snapshot();
    assert_eq!((seen.succeeded_with_retry, seen.retries), (2400, 2400));
}

#[test]
fn each_repeat_is_told_and_the_end_is_not() {
    let (retry, _) = retry(EVERY_SECOND);
    let events = recorded(|| retry.call(failing(9)));
    let told: Vec<_> = events.iter().map(|event| (event.field("attempt"), event.field("delay_ms"))).collect();
    assert_eq!(told, [("1", "1000"), ("2", "1000")]);
    assert!(events.iter().all(|event| event.level == tracing::Level::DEBUG && event.field("name") == "feed"));
    assert_eq!(recorded(|| retry.call(failing(0))), []);
}

#[test]
fn a_panic_of_an_attempt_goes_through() {
    let (retry, _) = retry(EVERY_SECOND);
    let calls = Cell::new(0);
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        retry.call(|| -> Result<(), ()> {
            calls.set(calls.get() + 1);
            panic!("boom")
        })
    }));
    assert!(panic.is_err());
    assert_eq!(calls.get(), 1);
}

#[test]
fn attempts_are_made_one_after_the_other_with_the_waits_between() {
    let (retry, clock) = retry(EVERY_SECOND.backoff(Backoff::linear(SECOND, 9 * SECOND)).attempts(4));
    let at = RefCell::new(Vec::new());
    let _ = retry.call(|| {
        at.borrow_mut().push(clock.elapsed().as_secs());
        Err::<(), _>("down")
    });
    assert_eq!(at.into_inner(), [0, 1, 3, 6]);
}
