//! Every place where a call may wait.

use std::{future::pending, rc::Rc};

use resilience::{
    Failure, Preset, bulkhead, circuit_breaker, fallback, rate_limit, resilient, retry, timeout,
};

use super::*;

#[test]
fn below_a_retry_each_attempt_has_a_deadline_of_its_own() {
    #[retry(attempts = 3, backoff = fixed(2ms), jitter = none)]
    #[timeout(5ms)]
    #[circuit_breaker("own")]
    #[bulkhead("own", max_concurrent = 1)]
    async fn hang() -> Answer {
        pending().await
    }
    let stage = Stage::new();
    assert_eq!(refusal(stage.run(hang())).limit(), Some(5 * MS));
    assert_eq!(stage.elapsed(), 19 * MS);
    assert_eq!((stage.figures("own").timeouts, stage.figures("own").cancelled), (3, 0));
}

#[test]
fn a_pause_with_a_hook_is_cut_off() {
    #[timeout(5ms)]
    #[retry(backoff = fixed(1h), jitter = none, on_retry = |_| (), name = "again")]
    #[circuit_breaker("own")]
    async fn down() -> Answer {
        Err(Fault::Down)
    }
    let stage = Stage::new();
    cut_off(&stage, down());
    let own = stage.figures("own");
    assert_eq!((own.errors, own.timeouts, own.cancelled), (1, 0, 0));
}

/// The body of a call that never began is dropped with what it was given.
#[test]
fn a_wait_for_a_place_alone_is_cut_off() {
    #[timeout(5ms)]
    #[bulkhead("own", max_concurrent = 1, max_wait = 1h)]
    async fn hang(given: Rc<()>) -> Answer {
        pending::<()>().await;
        drop(given);
        Ok(1)
    }
    let stage = Stage::new();
    let given = Rc::new(());
    let mut first = Box::pin(hang(given.clone()));
    assert!(poll(&mut first).is_pending());
    stage.advance(MS);
    let mut second = Box::pin(hang(given.clone()));
    assert!(poll(&mut second).is_pending());
    let places = stage.scope.registry().bulkhead("own").unwrap();
    assert_eq!((places.snapshot().in_use, places.snapshot().waiting), (1, 1));
    stage.advance(4 * MS);
    assert_eq!(poll(&mut first).map(reason), Poll::Ready(Reason::TimedOut));
    assert!(poll(&mut second).is_pending(), "the place is free in its last millisecond");
    assert_eq!((places.snapshot().in_use, places.snapshot().waiting), (1, 0));
    let mut third = Box::pin(hang(given.clone()));
    assert!(poll(&mut third).is_pending());
    stage.advance(MS);
    assert_eq!(poll(&mut second).map(reason), Poll::Ready(Reason::TimedOut));
    drop(third);
    let place = places.acquire().unwrap();
    cut_off(&stage, hang(given.clone()));
    drop(place);
    assert_eq!((places.snapshot().in_use, places.snapshot().waiting, Rc::strong_count(&given)), (0, 0, 1));
}

#[test]
fn a_wait_for_a_permit_alone_is_cut_off() {
    #[timeout(5ms)]
    #[rate_limit("own", 1 / 1h, max_wait = 2h)]
    async fn once() -> Answer {
        Ok(1)
    }
    let stage = Stage::new();
    assert_eq!(stage.run(once()), Ok(1));
    cut_off(&stage, once());
    assert_eq!(stage.scope.registry().rate_limit("own").unwrap().snapshot().waiting, 0);
}

#[test]
fn the_one_wait_of_several_layers_is_cut_off() {
    #[timeout(5ms)]
    #[circuit_breaker("own")]
    #[rate_limit("own", 1 / 1h, max_wait = 2h)]
    #[bulkhead("own", max_concurrent = 1, max_wait = 1h)]
    async fn once() -> Answer {
        Ok(1)
    }
    let stage = Stage::new();
    assert_eq!(stage.run(once()), Ok(1));
    cut_off(&stage, once());
    assert_eq!(stage.scope.registry().rate_limit("own").unwrap().snapshot().waiting, 0);
    stage.advance(3600 * 2 * SECOND);
    let places = stage.scope.registry().bulkhead("own").unwrap();
    let place = places.acquire().unwrap();
    cut_off(&stage, once());
    assert_eq!((places.snapshot().in_use, places.snapshot().waiting), (1, 0));
    drop(place);
    stage.advance(3600 * 2 * SECOND);
    assert_eq!(stage.run(once()), Ok(1));
    let own = stage.figures("own");
    assert_eq!((own.successes, own.timeouts, own.cancelled), (2, 2, 0));
}

#[test]
fn a_keys_wait_is_cut_off() {
    #[timeout(5ms)]
    #[circuit_breaker("own")]
    #[bulkhead("own", max_concurrent = 1, max_wait = 1h, key = host)]
    async fn hang(host: &str) -> Answer {
        if host == "a" { pending().await } else { Ok(1) }
    }
    #[bulkhead("own", key = host)]
    async fn hold(host: &str) -> Answer {
        pending().await
    }
    let stage = Stage::new();
    let mut first = Box::pin(hang("a"));
    assert!(poll(&mut first).is_pending());
    stage.advance(MS);
    let mut second = Box::pin(hang("a"));
    assert!(poll(&mut second).is_pending());
    stage.advance(4 * MS);
    assert_eq!(poll(&mut first).map(reason), Poll::Ready(Reason::TimedOut));
    assert!(poll(&mut second).is_pending());
    stage.advance(MS);
    assert_eq!(poll(&mut second).map(reason), Poll::Ready(Reason::TimedOut));
    assert_eq!((stage.figures("own").timeouts, stage.figures("own").cancelled), (2, 0));
    let mut holding = Box::pin(hold("a"));
    assert!(poll(&mut holding).is_pending());
    cut_off(&stage, hang("a"));
    assert_eq!((stage.figures("own").timeouts, stage.figures("own").cancelled), (3, 0));
    assert_eq!(stage.run(hang("b")), Ok(1));
}

#[test]
fn a_later_tier_is_cut_off() {
    #[timeout(5ms)]
    #[fallback(async |_| Err(Fault::NotFound), async |_| other().await, on = Failure::Error(_), name = "f")]
    #[circuit_breaker("own")]
    async fn down() -> Answer {
        Err(Fault::Down)
    }
    let stage = Stage::new();
    cut_off(&stage, down());
    assert_cancelled(&stage, 1);
    let figures = stage.scope.registry().fallback("f").unwrap().snapshot();
    assert_eq!((figures.used, figures.failed), (1, 0), "it has not failed");
}

#[test]
fn a_service_is_cut_off_wherever_it_waits() {
    #[timeout(5ms)]
    #[resilient(service = "s")]
    async fn call(act: Act<'_>) -> Answer {
        if let Ok(answer) = act() { Ok(answer) } else { other().await }
    }
    #[timeout(5ms)]
    #[resilient(service = "s")]
    async fn down() -> Answer {
        Err(Fault::Down)
    }
    const PRESET: Preset = Preset::EMPTY
        .retry(retry::Config::new().backoff(retry::Backoff::fixed(SECOND)).jitter(retry::Jitter::None))
        .circuit_breaker(breaker::Config::new())
        .bulkhead(bulkhead::Config::new().max_concurrent(1).max_wait(SECOND));
    let stage = Stage::new();
    stage.scope.registry().add_service("s", PRESET).unwrap();
    // In its body, in the pause of its retry, and in the queue of its bulkhead.
    cut_off(&stage, call(DOWN));
    assert_cancelled(&stage, 1);
    assert_eq!((stage.figures("s").timeouts, stage.figures("s").cancelled), (1, 0));
    cut_off(&stage, down());
    assert_eq!((stage.figures("s").timeouts, stage.figures("s").errors), (1, 1));
    let places = stage.scope.registry().bulkhead("s").unwrap();
    let place = places.acquire().unwrap();
    cut_off(&stage, call(OK));
    assert_eq!((places.snapshot().in_use, places.snapshot().waiting), (1, 0));
    drop(place);
    assert_eq!(stage.run(call(OK)), Ok(1));
}

/// A reading of such a clock has its highest bit set after 256 years.
#[test]
fn a_clock_that_crosses_half_its_range_in_the_first_poll_does_not_lengthen_the_limit() {
    #[timeout(5ms)]
    #[retry]
    async fn slow_start(clock: &ManualClock) -> Answer {
        clock.advance(4 * MS);
        pending().await
    }
    let stage = Stage::new();
    for before in [2 * MS, 100 * MS] {
        stage.clock.set(Duration::from_nanos((1 << 63) - (1 << 60)) - before);
        cut_off(&stage, slow_start(&stage.clock));
    }
    stage.clock.set(Duration::from_nanos((1 << 63) + (1 << 61)));
    cut_off(&stage, slow_start(&stage.clock));
}
