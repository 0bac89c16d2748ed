//! `#[timeout]`: what it bounds, and who hears of it.

use std::{cell::Cell, future::pending};

use resilience::{Failure, PolicyKind, Timeout, circuit_breaker, fallback, retry, timeout};

use super::*;

/// Takes `time` on the stage's clock, a millisecond each time it is polled.
async fn take(clock: &ManualClock, time: Duration) {
    let end = clock.elapsed() + time;
    std::future::poll_fn(|_| if clock.elapsed() >= end { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[timeout(80ms)]
async fn limited(clock: &ManualClock, time: Duration) -> Answer {
    take(clock, time).await;
    Ok(1)
}

#[test]
fn the_limit_is_how_long_a_call_may_take() {
    let stage = Stage::new();
    assert_eq!(stage.run(limited(&stage.clock, 79 * MS)), Ok(1));
    let before = stage.elapsed();
    let refused = refusal(stage.run(limited(&stage.clock, SECOND)));
    assert_eq!((refused.reason(), refused.limit()), (Reason::TimedOut, Some(80 * MS)));
    assert_eq!(stage.elapsed() - before, 80 * MS);
}

#[test]
fn a_limit_may_be_a_string_or_a_constant() {
    const LIMIT: Duration = Duration::from_millis(20);
    #[timeout("20ms")]
    async fn string() -> Answer {
        pending().await
    }
    #[timeout(LIMIT)]
    async fn constant() -> Answer {
        pending().await
    }
    #[timeout(name = "t", preset = resilience::presets::CACHE)]
    async fn preset() -> Answer {
        pending().await
    }
    let stage = Stage::new();
    assert_eq!(refusal(stage.run(string())).limit(), Some(LIMIT));
    assert_eq!(refusal(stage.run(constant())).limit(), Some(LIMIT));
    assert_eq!(refusal(stage.run(preset())).limit(), Some(250 * MS));
    assert_eq!(stage.scope.registry().timeout("t").unwrap().snapshot().expired, 1);
}

#[test]
fn a_body_that_is_ready_at_once_is_never_too_late() {
    #[timeout(1ms)]
    async fn ready(clock: &ManualClock) -> Answer {
        clock.advance(SECOND);
        Ok(1)
    }
    let stage = Stage::new();
    assert_eq!(poll(&mut Box::pin(ready(&stage.clock))), Poll::Ready(Ok(1)));
}

#[test]
fn time_spent_in_the_first_poll_counts() {
    #[timeout(50ms)]
    async fn slow_start(clock: &ManualClock) -> Answer {
        clock.advance(40 * MS);
        pending().await
    }
    let stage = Stage::new();
    assert_eq!(reason(stage.run(slow_start(&stage.clock))), Reason::TimedOut);
    assert_eq!(stage.elapsed(), 50 * MS);
}

/// Switches the timeout `name` of the stage on, or off.
fn switch(stage: &Stage, name: &str, on: bool) {
    stage
        .scope
        .registry()
        .set(PolicyKind::Timeout, name, "enabled", if on { "true" } else { "false" })
        .unwrap();
}

#[test]
fn a_functions_limit_that_is_switched_on_during_a_call_counts_from_its_beginning() {
    #[timeout(80ms, enabled = false, name = "t")]
    async fn hang() -> Answer {
        pending().await
    }
    let stage = Stage::new();
    let mut call = Box::pin(hang());
    assert!(poll(&mut call).is_pending());
    stage.advance(50 * MS);
    assert!(poll(&mut call).is_pending());
    switch(&stage, "t", true);
    assert!(poll(&mut call).is_pending());
    stage.advance(29 * MS);
    assert!(poll(&mut call).is_pending());
    stage.advance(MS);
    assert_eq!(poll(&mut call).map(reason), Poll::Ready(Reason::TimedOut));
}

#[test]
fn limits_switched_on_in_a_later_attempt_count_from_the_call_and_from_that_attempt() {
    #[timeout(100ms, enabled = false, name = "total")]
    #[retry(attempts = 9, backoff = fixed(10ms), jitter = none)]
    #[timeout(40ms, enabled = false, name = "each")]
    async fn twice(stage: &Stage, runs: &Cell<u32>) -> Answer {
        runs.set(runs.get() + 1);
        take(&stage.clock, 60 * MS).await;
        Err(Fault::Down)
    }
    let stage = Stage::new();
    let runs = Cell::new(0);
    let mut call = Box::pin(twice(&stage, &runs));
    let mut ended = Vec::new();
    while poll(&mut call).map(|answer| ended.push(refusal(answer).limit())).is_pending() {
        if stage.elapsed() == 75 * MS {
            switch(&stage, "total", true);
            switch(&stage, "each", true);
        }
        stage.advance(MS);
    }
    // From 0 to 60 and from 70 to 110, of which the whole call reaches only 100.
    assert_eq!((ended, stage.elapsed(), runs.get()), (vec![Some(100 * MS)], 100 * MS, 2));
    assert_eq!(stage.scope.registry().timeout("each").unwrap().snapshot().expired, 0);
}

#[tokio::test(start_paused = true)]
async fn a_paused_tokio_clock_is_followed() {
    #[timeout(5s)]
    async fn sleeps(time: Duration) -> Answer {
        tokio::time::sleep(time).await;
        Ok(1)
    }
    let scope = Scope::new();
    let _inside = scope.enter();
    let start = tokio::time::Instant::now();
    assert_eq!(sleeps(5 * SECOND - MS).await, Ok(1));
    assert_eq!(reason(sleeps(6 * SECOND).await), Reason::TimedOut);
    assert_eq!(start.elapsed(), 10 * SECOND - MS);
}

#[test]
fn above_a_retry_it_bounds_all_attempts_together() {
    #[timeout(100ms)]
    #[retry(attempts = 10, backoff = fixed(30ms), jitter = none)]
    async fn whole(runs: &Cell<u32>) -> Answer {
        runs.set(runs.get() + 1);
        Err(Fault::Down)
    }
    let stage = Stage::new();
    let runs = Cell::new(0);
    assert_eq!(reason(stage.run(whole(&runs))), Reason::TimedOut);
    assert_eq!((runs.get(), stage.elapsed()), (4, 100 * MS));
}

#[test]
fn between_two_timeouts_each_bounds_what_is_below_it() {
    #[timeout(100ms)]
    #[retry(attempts = 10, backoff = fixed(0ms))]
    #[timeout(40ms)]
    async fn twice(runs: &Cell<u32>) -> Answer {
        runs.set(runs.get() + 1);
        pending().await
    }
    let stage = Stage::new();
    let runs = Cell::new(0);
    assert_eq!(refusal(stage.run(twice(&runs))).limit(), Some(100 * MS));
    assert_eq!(runs.get(), 3);
}

/// A hang counts as a timeout in the breaker, in whatever order the two stand.
macro_rules! hang {
    ($test:ident: $(#[$attribute:meta])+) => {
        #[test]
        fn $test() {
            $(#[$attribute])+
            async fn hang() -> Answer {
                pending().await
            }
            let stage = Stage::new();
            assert_eq!(reason(stage.run(hang())), Reason::TimedOut);
            let figures = stage.figures("b");
            assert_eq!((figures.timeouts, figures.cancelled, figures.errors), (1, 0, 0));
            assert_eq!(figures.state, State::Open);
        }
    };
}

hang!(a_hang_counts_in_a_breaker_above: #[circuit_breaker("b", threshold = 1)] #[timeout(5ms)]);
hang!(a_hang_counts_in_a_breaker_below: #[timeout(5ms)] #[circuit_breaker("b", threshold = 1)]);
hang!(
    a_hang_counts_in_a_breaker_below_a_retry:
    #[timeout(5ms)]
    #[retry(backoff = fixed(1h))]
    #[circuit_breaker("b", threshold = 1)]
);
hang!(
    a_hang_counts_whatever_the_breakers_patterns_say:
    #[circuit_breaker("b", threshold = 1, failure = Fault::NotFound, ignore = Fault::Refused(_), failure_if = |_| false)]
    #[timeout(5ms)]
);
hang!(
    a_hang_counts_below_whatever_the_breakers_patterns_say:
    #[timeout(5ms)]
    #[circuit_breaker("b", threshold = 1, failure = Fault::NotFound, ignore = Fault::Refused(_))]
);

#[test]
fn a_hang_between_two_breakers_counts_in_both() {
    #[circuit_breaker("above")]
    #[timeout(5ms)]
    #[circuit_breaker("below")]
    async fn hang() -> Answer {
        pending().await
    }
    let stage = Stage::new();
    assert_eq!(reason(stage.run(hang())), Reason::TimedOut);
    assert_eq!((stage.figures("above").timeouts, stage.figures("below").timeouts), (1, 1));
}

/// A guarded function that hangs, called by another function that is timed out.
#[circuit_breaker("inner")]
async fn inner() -> Answer {
    pending().await
}

/// To the inner function such a call was cancelled, whatever the stack of the outer function.
macro_rules! inside {
    ($test:ident: $(#[$attribute:meta])+ $body:block) => {
        #[test]
        fn $test() {
            $(#[$attribute])+
            async fn outer() -> Answer $body

            let stage = Stage::new();
            assert_eq!(reason(stage.run(outer())), Reason::TimedOut);
            let inner = stage.figures("inner");
            assert_eq!((inner.timeouts, inner.cancelled), (0, 1));
            if let Some(outer) = stage.scope.registry().circuit_breaker("outer").map(|outer| outer.snapshot()) {
                assert_eq!((outer.timeouts + outer.errors, outer.cancelled), (1, 0));
            }
        }
    };
}

inside!(a_call_inside_a_body_below_timeout_and_breaker_was_cancelled:
    #[timeout(5ms)] #[circuit_breaker("outer")] { inner().await });
inside!(a_call_inside_a_body_below_breaker_and_timeout_was_cancelled:
    #[circuit_breaker("outer")] #[timeout(5ms)] { inner().await });
inside!(a_call_inside_a_body_below_a_timeout_alone_was_cancelled: #[timeout(5ms)] { inner().await });
inside!(a_call_inside_a_retried_body_was_cancelled: #[timeout(5ms)] #[retry] { inner().await });
inside!(a_call_inside_a_closure_tier_was_cancelled:
    #[timeout(5ms)]
    #[fallback(async |_| inner().await, on = Failure::Error(_))]
    #[circuit_breaker("outer")]
    { Err(Fault::Down) });
inside!(a_tier_that_is_guarded_was_cancelled:
    #[timeout(5ms)] #[fallback(inner, on = Failure::Error(_))] #[circuit_breaker("outer")] { Err(Fault::Down) });

/// What holds this gives it back with a guarded call, which is cut off in its turn.
struct Lease<'a>(&'a ManualClock);

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        #[timeout(5ms)]
        async fn release() -> Answer {
            inner().await
        }
        let mut release = Box::pin(release());
        assert!(poll(&mut release).is_pending());
        self.0.advance(5 * MS);
        assert_eq!(poll(&mut release).map(reason), Poll::Ready(Reason::TimedOut));
    }
}

#[test]
fn a_call_that_is_cut_off_while_a_timeout_drops_another_was_cancelled() {
    let stage = Stage::new();
    let outer =
        Timeout::with_clock("outer", timeout::Config::new().limit(5 * MS), stage.clock.clone()).unwrap();
    let ended = stage.run(outer.call_async(async {
        let _lease = Lease(&stage.clock);
        pending::<Answer>().await
    }));
    assert!(matches!(ended, Err(Failure::Rejected(rejected)) if rejected.is_timeout()));
    let inner = stage.figures("inner");
    assert_eq!((inner.timeouts, inner.cancelled), (0, 1), "the timeout that cut it off is not of its stack");
}

#[test]
fn an_inner_functions_timeout_is_the_outer_functions_error() {
    #[timeout(5ms)]
    async fn inner() -> Answer {
        pending().await
    }
    #[circuit_breaker("outer", ignore = Fault::Refused(_))]
    async fn outer() -> Answer {
        inner().await
    }
    let stage = Stage::new();
    assert_eq!(reason(stage.run(outer())), Reason::TimedOut);
    let outer = stage.figures("outer");
    assert_eq!(
        (outer.ignored, outer.timeouts),
        (1, 0),
        "across function borders a refusal is the user's own error"
    );
}

#[test]
fn a_timed_out_trial_call_is_a_failed_one() {
    #[timeout(5ms)]
    #[circuit_breaker("b", threshold = 1, open_for = 1s, half_open = 1)]
    async fn hang() -> Answer {
        pending().await
    }
    let stage = Stage::new();
    assert_eq!(reason(stage.run(hang())), Reason::TimedOut);
    stage.advance(SECOND);
    assert_eq!(reason(stage.run(hang())), Reason::TimedOut);
    assert_eq!(stage.state("b"), State::Open);
    assert_eq!(stage.figures("b").timeouts, 2);
}
