//! Calls that neither succeed nor fail: panics, dropped futures, futures that are never polled.

use std::{
    cell::Cell,
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    pin::Pin,
};

use resilience::{Failure, bulkhead, circuit_breaker, fallback, retry, timeout};

use super::*;

twins!(
    #[circuit_breaker("b")]
    guarded
);
twins!(
    #[circuit_breaker("above")]
    #[retry(backoff = fixed(0ms))]
    #[circuit_breaker("below")]
    two
);
twins!(
    #[circuit_breaker("b")]
    #[fallback(|_| boom(), on = Failure::Error(Fault::Down))]
    panicking_tier
);
twins!(
    #[circuit_breaker("b")]
    #[retry(backoff = fixed(0ms), on_retry = |_| panic_any("boom"))]
    panicking_hook
);
twins!(
    #[circuit_breaker("b", failure_if = |_| panic_any("boom"))]
    panicking_predicate
);
twins!(
    #[circuit_breaker("b", threshold = 1, open_for = 1s, half_open = 1)]
    #[bulkhead("p", max_concurrent = 1)]
    breaker_over_bulkhead
);

const BOOM: Act<'static> = &boom;

fn boom() -> Answer {
    panic_any("boom")
}

/// The payload of the panic that a call ends with.
fn payload(call: &dyn Fn(Act<'_>) -> Answer, act: Act<'_>) -> &'static str {
    *catch_unwind(AssertUnwindSafe(|| call(act))).unwrap_err().downcast::<&'static str>().unwrap()
}

#[test]
fn a_panic_is_one_failure_and_goes_on_unwinding() {
    both!(guarded, |stage, call| {
        assert_eq!(payload(call, BOOM), "boom");
        let figures = stage.figures("b");
        assert_eq!((figures.panics, figures.errors, figures.cancelled), (1, 0, 0));
        assert_eq!(figures.consecutive_failures, 1);
    });
}

#[test]
fn a_panic_is_counted_once_in_every_breaker_and_not_retried() {
    both!(two, |stage, call| {
        let runs = Cell::new(0);
        assert_eq!(
            payload(call, &|| {
                runs.set(runs.get() + 1);
                panic_any("boom")
            }),
            "boom"
        );
        assert_eq!(runs.get(), 1);
        assert_eq!((stage.figures("above").panics, stage.figures("below").panics), (1, 1));
    });
}

#[test]
fn a_panic_of_a_nested_function_is_counted_at_every_level() {
    both!(guarded, |stage, call| {
        assert_eq!(payload(call, &|| call(BOOM)), "boom");
        assert_eq!((stage.figures("b").panics, stage.figures("b").cancelled), (2, 0));
    });
}

#[test]
fn a_panic_that_the_body_catches_is_none_of_ours() {
    both!(guarded, |stage, call| {
        let answer = call(&|| {
            let caught = catch_unwind(|| panic_any("boom"));
            assert!(caught.is_err());
            Ok(1)
        });
        assert_eq!(answer, Ok(1));
        assert_eq!((stage.figures("b").panics, stage.figures("b").successes), (0, 1));
    });
}

#[test]
fn a_panicking_tier_is_this_calls_own_panic() {
    both!(panicking_tier, |stage, call| {
        assert_eq!(payload(call, DOWN), "boom");
        assert_eq!((stage.figures("b").panics, stage.figures("b").cancelled), (1, 0));
    });
}

#[test]
fn a_panicking_hook_is_this_calls_own_panic() {
    both!(panicking_hook, |stage, call| {
        assert_eq!(payload(call, DOWN), "boom");
        assert_eq!((stage.figures("b").panics, stage.figures("b").cancelled), (1, 0));
    });
}

#[test]
fn a_panicking_predicate_is_this_calls_own_panic() {
    both!(panicking_predicate, |stage, call| {
        assert_eq!(payload(call, OK), "boom");
        assert_eq!((stage.figures("b").panics, stage.figures("b").cancelled), (1, 0));
    });
}

#[circuit_breaker("hang", threshold = 1, open_for = 1s, half_open = 1)]
#[bulkhead("hang", max_concurrent = 1)]
async fn hang(fail: bool) -> Answer {
    if fail { Err(Fault::Down) } else { pending().await }
}

fn started(fail: bool) -> Pin<Box<dyn Future<Output = Answer>>> {
    let mut call = Box::pin(hang(fail));
    assert!(poll(&mut call).is_pending());
    call
}

#[test]
fn a_dropped_future_is_neither_and_gives_its_place_back() {
    let stage = Stage::new();
    drop(started(false));
    let figures = stage.figures("hang");
    assert_eq!((figures.cancelled, figures.successes, figures.errors, figures.panics), (1, 0, 0, 0));
    assert_eq!(stage.scope.registry().bulkhead("hang").unwrap().snapshot().in_use, 0);
    drop(started(false));
}

#[test]
fn a_dropped_trial_call_gives_its_place_back() {
    let stage = Stage::new();
    assert_eq!(stage.run(hang(true)), Err(Fault::Down));
    stage.advance(SECOND);
    for _ in 0..3 {
        let trial = started(false);
        assert_eq!(reason(stage.run(hang(true))), Reason::TrialsTaken);
        drop(trial);
        assert_eq!(stage.state("hang"), State::HalfOpen);
    }
    assert_eq!(stage.figures("hang").cancelled, 3);
}

#[test]
fn a_suspended_call_dropped_by_an_unrelated_panic_was_cancelled() {
    let stage = Stage::new();
    let caught = catch_unwind(|| {
        let _call = started(false);
        panic_any("boom")
    });
    assert!(caught.is_err());
    assert_eq!((stage.figures("hang").cancelled, stage.figures("hang").panics), (1, 0));
}

#[test]
fn a_suspended_call_dropped_by_a_panic_of_the_body_that_owns_it_was_cancelled() {
    #[circuit_breaker("b")]
    #[timeout(1h)]
    #[circuit_breaker("c")]
    async fn owner() -> Answer {
        let _call = started(false);
        panic_any("boom")
    }
    let stage = Stage::new();
    assert!(catch_unwind(AssertUnwindSafe(|| stage.run(owner()))).is_err());
    assert_eq!((stage.figures("hang").cancelled, stage.figures("hang").panics), (1, 0));
    assert_eq!((stage.figures("b").panics, stage.figures("c").panics), (1, 1));
}

#[test]
fn a_suspended_call_dropped_after_a_caught_panic_was_cancelled() {
    let stage = Stage::new();
    let call = started(false);
    assert!(catch_unwind(AssertUnwindSafe(|| stage.run(guarded::later(BOOM)))).is_err());
    drop(call);
    assert_eq!((stage.figures("hang").cancelled, stage.figures("hang").panics), (1, 0));
}

#[test]
fn admission_happens_at_the_first_poll_and_not_when_the_function_is_called() {
    let stage = Stage::new();
    let call = hang(true);
    assert!(stage.scope.registry().circuit_breaker("hang").is_none());
    assert_eq!(stage.run(hang(true)), Err(Fault::Down));
    assert_eq!(reason(stage.run(call)), Reason::CircuitOpen);
}

#[test]
fn a_future_that_is_never_polled_counts_nowhere() {
    let stage = Stage::new();
    let _ = stage.run(hang(true));
    let before = stage.figures("hang");
    drop(hang(true));
    assert_eq!(stage.figures("hang"), before);
}

#[test]
fn a_call_dropped_between_two_attempts_leaves_a_breaker_below_alone() {
    #[circuit_breaker("above")]
    #[retry(backoff = fixed(1h), jitter = none)]
    #[circuit_breaker("below")]
    async fn retried() -> Answer {
        Err(Fault::Down)
    }
    let stage = Stage::new();
    let mut call = Box::pin(retried());
    assert!(poll(&mut call).is_pending());
    drop(call);
    let (above, below) = (stage.figures("above"), stage.figures("below"));
    assert_eq!((above.cancelled, above.errors), (1, 0));
    assert_eq!((below.cancelled, below.errors), (0, 1));
}

#[test]
fn a_trial_call_that_a_bulkhead_refuses_gives_its_place_back() {
    both!(breaker_over_bulkhead, |stage, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        stage.advance(SECOND);
        let pool = stage.scope.registry().bulkhead("p").unwrap();
        let place = pool.acquire().unwrap();
        for _ in 0..5 {
            assert_eq!(reason(call(OK)), Reason::BulkheadFull);
            assert_eq!(stage.state("b"), State::HalfOpen);
        }
        drop(place);
        assert_eq!(call(OK), Ok(1));
        assert_eq!(stage.state("b"), State::Closed);
    });
}
