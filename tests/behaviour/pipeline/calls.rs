use std::{cell::Cell, future::pending, thread};

use resilience::{
    Bulkhead, CircuitBreaker, Failure, ManualClock, Pipeline, PolicyKind, Reason, Retry, Timeout, bulkhead,
    circuit_breaker, pipeline::Rules, retry, timeout,
};

use super::{MS, Stage};

fn breaker() -> CircuitBreaker {
    CircuitBreaker::new("stock", circuit_breaker::Config::new()).unwrap()
}

fn timeout(limit: u32, clock: &ManualClock) -> Timeout {
    Timeout::with_clock("stock", timeout::Config::new().limit(limit * MS), clock.clone()).unwrap()
}

fn reason<T: std::fmt::Debug>(answer: Result<T, Failure<&str>>) -> Reason {
    answer.unwrap_err().rejected().unwrap().reason()
}

#[test]
fn a_blocking_call_through_a_timeout_is_refused_before_anything_else() {
    let (breaker, asked) = (breaker(), Cell::new(0));
    let pipeline = Pipeline::builder()
        .circuit_breaker(breaker.clone())
        .timeout(timeout(10, &ManualClock::new()))
        .build()
        .unwrap();
    let call = |pipeline: &Pipeline| {
        pipeline.call_with(Rules::new().fallback(|_| Ok(7)), || {
            asked.set(asked.get() + 1);
            Ok::<u32, &str>(1)
        })
    };
    assert_eq!(reason(call(&pipeline)), Reason::NeedsAsync);
    assert_eq!((asked.get(), breaker.snapshot().timeouts, breaker.snapshot().successes), (0, 0, 0));
    assert_eq!(call(&pipeline.without(PolicyKind::Timeout)), Ok(1));
}

#[test]
fn a_refusal_that_needs_async_is_no_timeout() {
    let pipeline = Pipeline::builder().timeout(timeout(10, &ManualClock::new())).build().unwrap();
    let failure = pipeline.call(|| Ok::<(), &str>(())).unwrap_err();
    let rejected = failure.rejected().unwrap();
    assert_eq!((rejected.policy(), rejected.name()), (PolicyKind::Timeout, "stock"));
    assert_eq!((rejected.is_timeout(), rejected.retry_after(), rejected.limit()), (false, None, None));
    assert_eq!(rejected.reason().as_str(), "needs_async");
    let around = breaker();
    let answer = around.call(|| pipeline.call(|| Ok::<(), &str>(())).map_err(|failure| failure.to_string()));
    assert!(answer.is_err());
}

#[test]
fn a_layer_that_a_call_goes_without_is_not_touched() {
    let stage = Stage::new();
    let (breaker, clock) = (breaker(), &stage.clock);
    let pool =
        Bulkhead::with_clock("stock", bulkhead::Config::new().max_concurrent(1), clock.clone()).unwrap();
    let config = retry::Config::new().attempts(3).backoff(retry::Backoff::fixed(MS));
    let retry = Retry::with_clock("stock", config, clock.clone()).unwrap();
    let pipeline = Pipeline::builder()
        .retry(retry.clone())
        .circuit_breaker(breaker.clone())
        .bulkhead(pool.clone())
        .build()
        .unwrap();
    let _place = pool.acquire().unwrap();
    breaker.force_open();
    let asked = Cell::new(0);
    let call = || {
        asked.set(asked.get() + 1);
        Err::<(), _>("down")
    };
    let bare =
        pipeline.without(PolicyKind::Bulkhead).without(PolicyKind::CircuitBreaker).without(PolicyKind::Retry);
    assert_eq!(bare.call(call), Err(Failure::Error("down")));
    assert_eq!(stage.run(bare.call_async(|| async { call() })), Err(Failure::Error("down")));
    assert_eq!(asked.get(), 2);
    assert_eq!((breaker.snapshot().refused, retry.snapshot().failed_without_retry), (0, 0));
    assert_eq!(reason(pipeline.call(call)), Reason::ForcedOpen);
}

#[test]
fn a_timeout_between_waits_for_nobody() {
    let stage = Stage::new();
    let pool_config = bulkhead::Config::new().max_concurrent(1).max_wait(1000 * MS);
    let pool = Bulkhead::with_clock("stock", pool_config, stage.clock.clone()).unwrap();
    let pipeline =
        Pipeline::builder().timeout(timeout(5, &stage.clock)).bulkhead(pool.clone()).build().unwrap();
    let place = pool.acquire().unwrap();
    assert_eq!(reason(stage.run(pipeline.call_async(|| async { Ok::<(), &str>(()) }))), Reason::TimedOut);
    assert_eq!(stage.clock.elapsed(), 5 * MS);
    assert_eq!(pool.snapshot().waiting, 0, "the call has left the queue");
    drop(place);
    assert_eq!(stage.run(pipeline.call_async(|| async { Ok::<_, &str>(1) })), Ok(1));
}

#[test]
fn a_timeout_ends_the_pause_before_another_attempt() {
    let stage = Stage::new();
    let config = retry::Config::new().backoff(retry::Backoff::fixed(1000 * MS)).jitter(retry::Jitter::None);
    let retry = Retry::with_clock("stock", config, stage.clock.clone()).unwrap();
    let pipeline = Pipeline::builder().timeout(timeout(5, &stage.clock)).retry(retry).build().unwrap();
    assert_eq!(reason(stage.run(pipeline.call_async(|| async { Err::<(), _>("down") }))), Reason::TimedOut);
    assert_eq!(stage.clock.elapsed(), 5 * MS);
}

#[test]
fn a_timeout_bounds_the_fallback_inside_it() {
    let stage = Stage::new();
    let fallback = resilience::Fallback::new("stock").unwrap();
    let pipeline = Pipeline::builder()
        .timeout(timeout(5, &stage.clock))
        .fallback(fallback.clone())
        .circuit_breaker(breaker())
        .build()
        .unwrap();
    let rules = Rules::new().fallback(|_| pending::<Result<(), &str>>());
    let answer = stage.run(pipeline.call_async_with(rules, || async { Err("down") }));
    assert_eq!(reason(answer), Reason::TimedOut);
    assert_eq!(
        (fallback.snapshot().used, fallback.snapshot().failed),
        (1, 0),
        "it was cut off, and did not fail"
    );
}

#[test]
fn a_future_that_has_ended_and_is_dropped_gives_everything_back_once() {
    let stage = Stage::new();
    let pool = Bulkhead::new("stock", bulkhead::Config::new().max_concurrent(2)).unwrap();
    let pipeline = Pipeline::builder().circuit_breaker(breaker()).bulkhead(pool.clone()).build().unwrap();
    for _ in 0..5 {
        assert_eq!(stage.run(pipeline.call_async(|| async { Ok::<_, &str>(1) })), Ok(1));
        assert!(stage.run_briefly(pipeline.call_async(pending::<Result<(), &str>>), 1).is_none());
    }
    assert_eq!((pool.snapshot().in_use, pool.snapshot().admitted), (0, 10));
}

#[test]
fn clones_share_their_policies_over_threads() {
    let breaker = breaker();
    let pipeline = Pipeline::builder().circuit_breaker(breaker.clone()).build().unwrap();
    thread::scope(|threads| {
        for _ in 0..4 {
            let pipeline = pipeline.clone();
            threads.spawn(move || (0..100).for_each(|_| pipeline.call(|| Ok::<_, &str>(())).unwrap()));
        }
    });
    assert_eq!(breaker.snapshot().successes, 400);
}

#[tokio::test]
async fn a_call_can_be_spawned() {
    let pipeline = Pipeline::builder()
        .timeout(Timeout::new("spawned", timeout::Config::new().limit(60_000 * MS)).unwrap())
        .circuit_breaker(breaker())
        .build()
        .unwrap();
    let task = tokio::spawn(async move {
        pipeline
            .call_async(|| async {
                tokio::task::yield_now().await;
                Ok::<_, &str>(5)
            })
            .await
    });
    assert_eq!(task.await.unwrap(), Ok(5));
}

#[test]
fn a_future_takes_less_than_a_kilobyte_beside_what_it_awaits() {
    let pipeline = Pipeline::builder().circuit_breaker(breaker()).build().unwrap();
    let future = pipeline.call_async(|| async { Ok::<u64, &str>(1) });
    let size = size_of_val(&future);
    assert!(size < 1024, "{size}");
}
