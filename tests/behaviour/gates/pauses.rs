//! A retry right above a group leaves its pause to it.

use resilience::{bulkhead, circuit_breaker, rate_limit, retry, timeout};

use super::*;

#[retry(name = "x", attempts = 3, backoff = linear(10ms..20ms), jitter = none)]
#[rate_limit("x", 2 / 1s, max_wait = 1s)]
#[circuit_breaker("x", threshold = 2, open_for = 1h)]
#[bulkhead("x", max_concurrent = 1, max_wait = 1s)]
async fn call(act: Act<'_>) -> Answer {
    act().await
}

/// Fails, and succeeds when it is asked again.
fn flaky() -> impl Fn() -> Boxed<'static> + Sync {
    let asked = AtomicUsize::new(0);
    move || if asked.fetch_add(1, Ordering::Relaxed) == 0 { DOWN() } else { OK() }
}

fn repeats(stage: &Stage) -> (u64, u64, u64) {
    let seen = stage.scope.registry().retry("x").unwrap().snapshot();
    (seen.retries, seen.succeeded_with_retry, seen.exhausted)
}

#[test]
fn nobody_is_asked_and_nothing_is_held_during_the_pause() {
    let stage = Stage::new();
    let mut call = begun(call(DOWN));
    assert_eq!((stage.permits().admitted, stage.places().admitted, stage.calls().errors), (1, 1, 1));
    assert_eq!((stage.places().in_use, stage.permits().waiting, repeats(&stage).0), (0, 0, 1));
    stage.clock.advance(9 * MS);
    assert!(poll(&mut call).is_pending());
    assert_eq!((stage.permits().admitted, stage.calls().errors), (1, 1));
    stage.clock.advance(MS);
    assert!(poll(&mut call).is_pending());
    assert_eq!((stage.permits().admitted, stage.places().admitted, stage.calls().errors), (2, 2, 2));
}

#[test]
fn a_call_dropped_in_the_pause_has_nothing_to_give_back() {
    let stage = Stage::new();
    for unwinding in [false, true] {
        let call = begun(call(DOWN));
        stage.breaker().reset();
        drop_either(call, unwinding);
        assert_eq!((stage.places().in_use, stage.permits().waiting), (0, 0));
        assert_eq!((stage.calls().cancelled, stage.calls().panics), (0, 0));
    }
}

#[test]
fn a_breaker_that_opens_in_the_pause_ends_the_retrying() {
    let stage = Stage::new();
    let mut call = begun(call(DOWN));
    stage.breaker().force_open();
    stage.clock.advance(10 * MS);
    assert_eq!(reason(end(&mut call)), Reason::ForcedOpen);
    assert_eq!((stage.permits().admitted, stage.calls().refused, stage.places().admitted), (2, 1, 1));
    assert_eq!(repeats(&stage), (1, 0, 0));
}

#[test]
fn after_the_pause_a_call_waits_for_a_permit_and_then_for_a_place() {
    let stage = Stage::new();
    let act = flaky();
    let mut call = begun(call(&act));
    assert!(stage.limit().try_acquire().is_ok());
    let bulkhead = stage.bulkhead();
    let place = bulkhead.acquire().unwrap();
    stage.clock.advance(10 * MS);
    assert!(poll(&mut call).is_pending());
    assert_eq!((stage.permits().waiting, stage.places().waiting), (1, 0));
    stage.clock.advance(SECOND / 2);
    assert!(poll(&mut call).is_pending());
    assert_eq!((stage.permits().waiting, stage.places().waiting), (0, 1));
    drop(place);
    assert_eq!(end(&mut call), Ok(1));
}

#[test]
fn a_call_dropped_in_a_wait_after_the_pause_leaves_the_queue() {
    let stage = Stage::new();
    let mut call = begun(call(DOWN));
    let bulkhead = stage.bulkhead();
    let place = bulkhead.acquire().unwrap();
    stage.clock.advance(10 * MS);
    assert!(poll(&mut call).is_pending());
    assert_eq!(stage.places().waiting, 1);
    drop(call);
    assert_eq!((stage.places().waiting, stage.calls().cancelled, stage.calls().errors), (0, 1, 1));
    drop(place);
    assert_eq!(stage.places().in_use, 0);
}

#[test]
fn each_pause_is_as_long_as_the_retry_says() {
    #[retry(attempts = 4, backoff = fibonacci(10ms..1s), jitter = none)]
    #[circuit_breaker("x", threshold = 99)]
    #[bulkhead("x")]
    async fn patient(act: Act<'_>) -> Answer {
        act().await
    }
    let stage = Stage::new();
    assert_eq!(stage.run(patient(DOWN)), Err(Fault::Down));
    assert_eq!((stage.clock.elapsed(), stage.calls().errors), ((10 + 10 + 20) * MS, 4));
}

#[test]
fn the_hint_of_a_refusal_is_part_of_the_pause() {
    #[retry(attempts = 2, backoff = fixed(10ms), jitter = none)]
    #[rate_limit("x", 1 / 1s)]
    #[bulkhead("x")]
    async fn limited(act: Act<'_>) -> Answer {
        act().await
    }
    let stage = Stage::new();
    assert_eq!(stage.run(limited(OK)), Ok(1));
    assert_eq!(stage.run(limited(OK)), Ok(1));
    assert_eq!(stage.clock.elapsed(), SECOND);
    assert_eq!((stage.permits().admitted, stage.permits().refused), (2, 1));
}

#[test]
fn a_full_bulkhead_is_asked_again_after_the_pause_and_not_before() {
    #[retry(attempts = 2, backoff = fixed(10ms), jitter = none)]
    #[bulkhead("x", max_concurrent = 1)]
    #[circuit_breaker("x")]
    async fn crowded(act: Act<'_>) -> Answer {
        act().await
    }
    let stage = Stage::new();
    let other = begun(crowded(HANG));
    let mut call = begun(crowded(OK));
    assert_eq!(stage.places().full, 1);
    drop(other);
    assert!(poll(&mut call).is_pending());
    assert_eq!(stage.places().admitted, 1);
    stage.clock.advance(10 * MS);
    assert_eq!(end(&mut call), Ok(1));
    assert_eq!((stage.places().full, stage.places().admitted), (1, 2));
}

#[test]
fn a_hook_is_told_before_the_pause_of_a_group() {
    #[retry(attempts = 2, backoff = fixed(10ms), jitter = none, on_retry = |retrying| told.lock().unwrap().push((retrying.attempt, retrying.delay)))]
    #[circuit_breaker("x")]
    #[bulkhead("x")]
    async fn telling(told: &std::sync::Mutex<Vec<(u32, Duration)>>) -> Answer {
        Err(Fault::Down)
    }
    let stage = Stage::new();
    let told = std::sync::Mutex::default();
    let mut call = begun(telling(&told));
    assert_eq!(*told.lock().unwrap(), [(1, 10 * MS)]);
    stage.clock.advance(10 * MS);
    assert_eq!(end(&mut call), Err(Fault::Down));
    assert_eq!((told.lock().unwrap().len(), stage.calls().errors), (1, 2));
}

#[test]
fn a_timeout_cuts_a_pause_off_without_a_word_to_the_breaker() {
    #[timeout(25ms)]
    #[retry(attempts = 9, backoff = fixed(10ms), jitter = none)]
    #[circuit_breaker("x", threshold = 99)]
    #[bulkhead("x")]
    async fn hurried(act: Act<'_>) -> Answer {
        act().await
    }
    let stage = Stage::new();
    assert_eq!(reason(stage.run(hurried(DOWN))), Reason::TimedOut);
    assert_eq!((stage.calls().errors, stage.calls().timeouts, stage.calls().cancelled), (3, 0, 0));
    assert_eq!(stage.places().in_use, 0);
}
