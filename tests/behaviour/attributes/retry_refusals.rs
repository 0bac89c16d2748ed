//! `#[retry]` above layers that refuse: fixed rules, whatever its patterns say. And what its figures say.

use std::cell::{Cell, RefCell};

use resilience::{bulkhead, circuit_breaker, rate_limit, retry, timeout};

use super::*;

twins!(
    #[retry(attempts = 5, backoff = fixed(0ms))]
    #[circuit_breaker("b", threshold = 2)]
    breaker_below
);
twins!(
    #[retry(attempts = 2, backoff = fixed(1ms), jitter = none, on = Fault::NotFound)]
    #[rate_limit(1 / 10s)]
    limit_below
);
twins!(
    #[retry(attempts = 4, backoff = fixed(20ms), jitter = none, on = Fault::NotFound)]
    #[bulkhead("full", max_concurrent = 1)]
    bulkhead_below
);

#[retry(name = "r", attempts = 3, backoff = fixed(5ms), jitter = none, on = Fault::NotFound)]
#[timeout(100ms)]
async fn timeout_below(starts: &RefCell<Vec<Duration>>, clock: &ManualClock) -> Answer {
    starts.borrow_mut().push(clock.elapsed());
    std::future::pending().await
}

#[test]
fn an_open_circuit_ends_the_retrying() {
    both!(breaker_below, |_, call| {
        let runs = Cell::new(0);
        let answer = call(&|| {
            runs.set(runs.get() + 1);
            Err(Fault::Down)
        });
        assert_eq!((reason(answer), runs.get()), (Reason::CircuitOpen, 2));
    });
}

#[test]
fn a_rate_limit_is_waited_for_as_long_as_it_says() {
    both!(limit_below, |stage, call| {
        assert_eq!(call(OK), Ok(1));
        assert_eq!(call(OK), Ok(1));
        assert_eq!(stage.elapsed(), 10 * SECOND);
    });
}

#[test]
fn a_full_bulkhead_is_retried_with_the_retrys_own_backoff() {
    both!(bulkhead_below, |stage, call| {
        let refused = Cell::new(None);
        let first = call(&|| {
            refused.set(Some(call(OK)));
            Ok(1)
        });
        assert_eq!(first, Ok(1));
        assert_eq!(reason(refused.take().unwrap()), Reason::BulkheadFull);
        assert_eq!(stage.elapsed(), 60 * MS, "three waits");
    });
}

#[test]
fn a_timeout_below_is_retried_and_bounds_each_attempt() {
    let stage = Stage::new();
    let starts = RefCell::new(Vec::new());
    let answer = stage.run(timeout_below(&starts, &stage.clock));
    assert_eq!(reason(answer), Reason::TimedOut);
    assert_eq!(starts.take(), [Duration::ZERO, 105 * MS, 210 * MS]);
    assert_eq!(stage.elapsed(), 310 * MS);
}

twins!(
    #[retry(name = "r", attempts = 2, backoff = fixed(0ms), abort_on = Fault::NotFound)]
    counted
);

#[test]
fn figures_tell_how_calls_ended_and_how_often_they_were_repeated() {
    both!(counted, |stage, call| {
        let _ = call(OK);
        let _ = call(NOT_FOUND);
        let _ = call(DOWN);
        let first = Cell::new(true);
        let saved = call(&|| if first.replace(false) { Err(Fault::Down) } else { Ok(1) });
        assert_eq!(saved, Ok(1));
        let figures = stage.scope.registry().retry("r").unwrap().snapshot();
        assert_eq!((figures.succeeded_without_retry, figures.succeeded_with_retry), (1, 1));
        assert_eq!((figures.failed_without_retry, figures.failed_with_retry), (1, 1));
        assert_eq!((figures.exhausted, figures.retries), (1, 2));
    });
}
