//! A call that takes too long is dropped.

use std::{
    cell::Cell,
    future::{Future, pending, poll_fn, ready},
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use futures::executor::block_on;
use resilience::{Failure, ManualClock, Pipeline, PolicyKind, Reason, Rejected, Timeout, timeout::Config};
use resilience_tests::recorded;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const WEEK: Duration = Duration::from_hours(7 * 24);

fn timeout(limit: Duration) -> (Timeout, ManualClock) {
    let clock = ManualClock::new();
    (Timeout::with_clock("geocoder", Config::new().limit(limit), clock.clone()).unwrap(), clock)
}

fn hang() -> impl Future<Output = Result<(), &'static str>> {
    pending()
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn rejected<T, E>(answer: Poll<Result<T, Failure<E>>>) -> Option<Rejected> {
    match answer {
        Poll::Ready(Err(Failure::Rejected(rejected))) => Some(rejected),
        _ => None,
    }
}

#[test]
fn an_answer_in_time_is_passed_on() {
    let (timeout, _) = timeout(SECOND);
    assert_eq!(block_on(timeout.call_async(ready(Ok::<_, &str>(7)))), Ok(7));
    assert_eq!(block_on(timeout.call_async(ready(Err::<(), _>("down")))), Err(Failure::Error("down")));
}

#[test]
fn a_call_is_dropped_when_its_limit_is_over_and_not_before() {
    let (timeout, clock) = timeout(SECOND);
    let mut call = pin!(timeout.call_async(hang()));
    assert!(poll(call.as_mut()).is_pending());
    clock.advance(SECOND - Duration::from_nanos(1));
    assert!(poll(call.as_mut()).is_pending());
    clock.advance(Duration::from_nanos(1));
    assert_eq!(rejected(poll(call.as_mut())).unwrap().reason(), Reason::TimedOut);
}

#[test]
fn the_caller_is_woken_when_the_limit_is_over() {
    struct Bell(std::sync::atomic::AtomicUsize);
    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let (timeout, clock) = timeout(SECOND);
    let bell = Arc::new(Bell(0.into()));
    let waker = Waker::from(Arc::clone(&bell));
    let mut call = pin!(timeout.call_async(hang()));
    assert!(call.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    clock.advance(SECOND / 2);
    assert_eq!(bell.0.load(std::sync::atomic::Ordering::Relaxed), 0);
    clock.advance(SECOND / 2);
    assert_eq!(bell.0.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[test]
fn the_limit_counts_from_the_first_poll() {
    let (timeout, clock) = timeout(SECOND);
    let mut call = pin!(timeout.call_async(hang()));
    clock.advance(60 * SECOND);
    assert!(poll(call.as_mut()).is_pending());
    clock.advance(SECOND);
    assert!(rejected(poll(call.as_mut())).is_some());
}

#[test]
fn a_first_poll_that_blocks_counts() {
    let (timeout, clock) = timeout(SECOND);
    let mut call = pin!(timeout.call_async(poll_fn(|_| {
        clock.advance(600 * MS);
        Poll::<Result<(), &str>>::Pending
    })));
    assert!(poll(call.as_mut()).is_pending());
    assert!(rejected(poll(call.as_mut())).is_some(), "600 ms in each of two polls");
}

#[test]
fn an_answer_that_is_there_when_the_limit_is_over_is_taken() {
    let (timeout, clock) = timeout(SECOND);
    let mut polls = 0;
    let mut call = pin!(timeout.call_async(poll_fn(|_| {
        polls += 1;
        if polls == 1 { Poll::Pending } else { Poll::Ready(Ok::<_, &str>(7)) }
    })));
    assert!(poll(call.as_mut()).is_pending());
    clock.advance(60 * SECOND);
    assert_eq!(poll(call.as_mut()), Poll::Ready(Ok(7)), "the work is done: why throw it away");
}

#[test]
fn the_future_is_dropped_before_the_caller_goes_on() {
    let (timeout, clock) = timeout(SECOND);
    let held = Rc::new(());
    let inside = Rc::clone(&held);
    let mut call = pin!(timeout.call_async(async move {
        hang().await?;
        drop(inside);
        Ok::<_, &str>(())
    }));
    assert!(poll(call.as_mut()).is_pending());
    assert_eq!(Rc::strong_count(&held), 2);
    clock.advance(SECOND);
    assert!(poll(call.as_mut()).is_ready());
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn a_call_that_ended_holds_its_future_no_longer_and_is_pending() {
    for panics in [false, true] {
        let (timeout, _) = timeout(SECOND);
        let held = Rc::new(());
        let inside = Rc::clone(&held);
        let mut call = Box::pin(timeout.call_async(poll_fn(move |_| {
            assert_eq!(Rc::strong_count(&inside), 2);
            assert!(!panics, "boom");
            Poll::Ready(Ok::<_, &str>(()))
        })));
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| poll(call.as_mut())));
        assert_eq!(ended.is_err(), panics);
        assert_eq!(Rc::strong_count(&held), 1);
        assert!(poll(call.as_mut()).is_pending());
    }
}

#[test]
fn a_panic_inside_is_a_panic_and_no_timeout() {
    let (timeout, _) = timeout(30 * SECOND);
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ =
            block_on(timeout.call_async(async { if true { panic!("boom") } else { Ok::<(), &str>(()) } }));
    }));
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"boom"));
    assert_eq!(timeout.snapshot().expired, 0);
}

#[test]
fn a_rejection_says_the_name_and_the_limit() {
    let (timeout, clock) = timeout(800 * MS);
    let mut call = pin!(timeout.call_async(hang()));
    assert!(poll(call.as_mut()).is_pending());
    clock.advance(SECOND);
    let rejected = rejected(poll(call.as_mut())).unwrap();
    assert_eq!(rejected.to_string(), "timeout `geocoder`: no answer within 800ms");
    assert_eq!((rejected.policy(), rejected.limit()), (PolicyKind::Timeout, Some(800 * MS)));
    assert_eq!(rejected.retry_after(), None);
    assert!(rejected.is_timeout());
    assert_eq!(std::io::Error::from(rejected).kind(), std::io::ErrorKind::TimedOut);
}

#[test]
fn an_expiry_is_counted_and_told() {
    let (timeout, clock) = timeout(SECOND);
    let events = recorded(|| {
        let mut call = pin!(timeout.call_async(hang()));
        assert!(poll(call.as_mut()).is_pending());
        clock.advance(SECOND);
        assert!(poll(call.as_mut()).is_ready());
    });
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].field("name"), events[0].field("reason")), ("geocoder", "timed_out"));
    assert_eq!(timeout.snapshot().expired, 1);
}

#[test]
fn a_call_in_time_tells_nothing() {
    let (timeout, _) = timeout(SECOND);
    assert_eq!(recorded(|| block_on(timeout.call_async(ready(Ok::<_, &str>(()))))), []);
}

#[test]
fn another_limit_holds_for_calls_that_begin_to_wait_later() {
    let (timeout, clock) = timeout(SECOND);
    let mut before = pin!(timeout.call_async(hang()));
    assert!(poll(before.as_mut()).is_pending());
    timeout.reconfigure(Config::new().limit(60 * SECOND)).unwrap();
    let mut after = pin!(timeout.call_async(hang()));
    assert!(poll(after.as_mut()).is_pending());
    clock.advance(SECOND);
    assert!(poll(before.as_mut()).is_ready());
    assert!(poll(after.as_mut()).is_pending());
    assert_eq!(timeout.settings().limit, 60 * SECOND);
}

#[test]
fn a_limit_that_is_switched_on_during_a_call_counts_from_its_beginning() {
    let (timeout, clock) = timeout(SECOND);
    let pipeline = Pipeline::builder().timeout(timeout.clone()).build().unwrap();
    timeout.reconfigure(Config::new().limit(SECOND).enabled(false)).unwrap();
    let mut direct = pin!(timeout.call_async(hang()));
    let mut piped = pin!(pipeline.call_async(hang));
    assert!(poll(direct.as_mut()).is_pending() && poll(piped.as_mut()).is_pending());
    clock.advance(SECOND / 2);
    assert!(poll(direct.as_mut()).is_pending() && poll(piped.as_mut()).is_pending());
    timeout.reconfigure(Config::new().limit(SECOND)).unwrap();
    assert!(poll(direct.as_mut()).is_pending() && poll(piped.as_mut()).is_pending());
    clock.advance(SECOND / 2);
    assert_eq!(rejected(poll(direct.as_mut())).unwrap().reason(), Reason::TimedOut);
    assert_eq!(rejected(poll(piped.as_mut())).unwrap().reason(), Reason::TimedOut);
}

#[test]
fn nested_limits_strike_each_at_its_time() {
    let (outer, clock) = timeout(3 * SECOND);
    let inner = Timeout::with_clock("inner", Config::new().limit(SECOND), clock.clone()).unwrap();
    let struck = Cell::new(0);
    let mut call = pin!(outer.call_async(async {
        loop {
            let _ = inner.call_async(hang()).await;
            struck.set(struck.get() + 1);
        }
        #[allow(unreachable_code)]
        Ok::<(), &str>(())
    }));
    while poll(call.as_mut()).is_pending() {
        clock.advance(SECOND);
    }
    assert_eq!(struck.get(), 3, "the inner one ends first when both are over");
}

#[test]
fn a_limit_that_is_over_when_it_is_switched_on_strikes_at_the_next_poll() {
    let (timeout, clock) = timeout(SECOND);
    let pipeline = Pipeline::builder().timeout(timeout.clone()).build().unwrap();
    timeout.reconfigure(Config::new().limit(60 * SECOND).enabled(false)).unwrap();
    let mut direct = pin!(timeout.call_async(hang()));
    let mut piped = pin!(pipeline.call_async(hang));
    assert!(poll(direct.as_mut()).is_pending() && poll(piped.as_mut()).is_pending());
    clock.advance(2 * SECOND);
    assert!(poll(direct.as_mut()).is_pending() && poll(piped.as_mut()).is_pending());
    timeout.reconfigure(Config::new().limit(SECOND)).unwrap();
    for rejected in [rejected(poll(direct.as_mut())), rejected(poll(piped.as_mut()))] {
        assert_eq!(rejected.unwrap().limit(), Some(SECOND));
    }
    assert_eq!(timeout.snapshot().expired, 2);
}

#[test]
fn a_limit_that_is_switched_off_still_holds_for_calls_that_wait_already() {
    let (timeout, clock) = timeout(SECOND);
    let pipeline = Pipeline::builder().timeout(timeout.clone()).build().unwrap();
    let mut direct = pin!(timeout.call_async(hang()));
    let mut piped = pin!(pipeline.call_async(hang));
    assert!(poll(direct.as_mut()).is_pending() && poll(piped.as_mut()).is_pending());
    timeout.reconfigure(Config::new().limit(SECOND).enabled(false)).unwrap();
    let mut later = pin!(timeout.call_async(hang()));
    clock.advance(SECOND);
    assert!(poll(later.as_mut()).is_pending());
    assert!(poll(direct.as_mut()).is_ready() && poll(piped.as_mut()).is_ready());
    clock.advance(60 * SECOND);
    assert!(poll(later.as_mut()).is_pending());
}

#[test]
fn the_limit_of_a_pipeline_counts_from_the_first_poll() {
    let (timeout, clock) = timeout(SECOND);
    let pipeline = Pipeline::builder().timeout(timeout).build().unwrap();
    let mut call = pin!(pipeline.call_async(hang));
    clock.advance(60 * SECOND);
    assert!(poll(call.as_mut()).is_pending());
    clock.advance(SECOND - MS);
    assert!(poll(call.as_mut()).is_pending());
    clock.advance(MS);
    assert!(rejected(poll(call.as_mut())).is_some());
}

#[test]
fn every_problem_is_said_in_its_words() {
    let cases = [
        (Config::new(), "a timeout needs its limit: write `timeout(2s)`"),
        (Config::new().limit(Duration::ZERO), "a timeout must be above 0"),
        (Config::new().limit(WEEK + MS), "a timeout can be at most 7 days"),
        (Config::new().limit(Duration::MAX), "a timeout can be at most 7 days"),
    ];
    for (config, text) in cases {
        let error = Timeout::new("geocoder", config).unwrap_err();
        assert_eq!((error.setting(), error.to_string().as_str()), ("limit", text));
        assert_eq!(config.any_problem(&[]), Some(text));
    }
    assert!(Timeout::new("geocoder", Config::new().limit(WEEK)).is_ok());
    assert!(Timeout::new("", Config::new().limit(WEEK)).is_err());
}

#[test]
fn the_shortest_limit_works() {
    let (timeout, clock) = timeout(Duration::from_nanos(1));
    assert_eq!(block_on(timeout.call_async(ready(Ok::<_, &str>(7)))), Ok(7), "no wait, no timeout");
    let mut call = pin!(timeout.call_async(hang()));
    assert!(poll(call.as_mut()).is_pending());
    clock.advance(MS);
    assert!(poll(call.as_mut()).is_ready());
}

#[test]
fn a_clock_that_jumps_backwards_only_delays_it() {
    let (timeout, clock) = timeout(SECOND);
    clock.advance(60 * SECOND);
    let mut call = pin!(timeout.call_async(hang()));
    assert!(poll(call.as_mut()).is_pending());
    clock.set(Duration::ZERO);
    assert!(poll(call.as_mut()).is_pending());
    clock.advance(61 * SECOND);
    assert!(poll(call.as_mut()).is_ready());
}

#[tokio::test(start_paused = true)]
async fn it_follows_tokios_paused_time() {
    let timeout = Timeout::new("geocoder", Config::new().limit(SECOND)).unwrap();
    let begin = tokio::time::Instant::now();
    assert!(timeout.call_async(hang()).await.is_err());
    assert_eq!(begin.elapsed(), SECOND);
    let answer = timeout.call_async(async {
        tokio::time::sleep(SECOND - MS).await;
        Ok::<_, &str>(7)
    });
    assert_eq!(answer.await, Ok(7));
}

/// A call that waits already is woken by a limit that came later.
#[tokio::test(start_paused = true)]
async fn a_limit_that_is_switched_on_during_a_call_wakes_it_at_its_end() {
    let timeout = Timeout::new("geocoder", Config::new().limit(SECOND)).unwrap();
    let pipeline = Pipeline::builder().timeout(timeout.clone()).build().unwrap();
    let body = async || {
        timeout.reconfigure(Config::new().limit(SECOND).enabled(false)).unwrap();
        tokio::time::sleep(400 * MS).await;
        timeout.reconfigure(Config::new().limit(SECOND)).unwrap();
        hang().await
    };
    for piped in [false, true] {
        let begin = tokio::time::Instant::now();
        let ended = if piped { pipeline.call_async(body).await } else { timeout.call_async(body()).await };
        assert!(matches!(ended, Err(Failure::Rejected(rejected)) if rejected.is_timeout()));
        // A release build reads the start from a tick, which does not run ahead with tokio's time: there the limit may count
        // from where it was switched on.
        let late = if cfg!(debug_assertions) { Duration::ZERO } else { 400 * MS };
        assert!((SECOND..=SECOND + late).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    }
}

/// A body that uses up its task's budget at every poll must not starve the timer that bounds it.
#[tokio::test(start_paused = true)]
async fn a_body_that_never_runs_out_of_work_is_dropped_all_the_same() {
    let timeout = Timeout::new("geocoder", Config::new().limit(SECOND)).unwrap();
    let busy = timeout.call_async(async {
        for _ in 0..100_000 {
            tokio::task::consume_budget().await;
        }
        Ok::<_, &str>("starved")
    });
    let later = tokio::spawn(tokio::time::advance(2 * SECOND));
    assert!(busy.await.unwrap_err().rejected().is_some_and(Rejected::is_timeout));
    later.await.unwrap();
}
