//! A stack runs as it is written, the top attribute outermost.

use std::{
    cell::{Cell, RefCell},
    sync::atomic::{AtomicU32, Ordering},
};

use resilience::{Failure, bulkhead, circuit_breaker, fallback, rate_limit, retry};

use super::*;

twins!(
    #[circuit_breaker("b")]
    #[retry(backoff = fixed(0ms))]
    breaker_above
);
twins!(
    #[retry(backoff = fixed(0ms))]
    #[circuit_breaker("b")]
    breaker_below
);
twins!(
    #[rate_limit("l", 100 / 1s)]
    #[retry(backoff = fixed(0ms))]
    limit_above
);
twins!(
    #[retry(backoff = fixed(0ms))]
    #[rate_limit("l", 100 / 1s)]
    limit_below
);
twins!(
    #[circuit_breaker("b", threshold = 1)]
    #[fallback(|_| Ok(7), on = Failure::Error(Fault::Down))]
    breaker_above_fallback
);
twins!(
    #[fallback(|_| Ok(7))]
    #[circuit_breaker("b", threshold = 1)]
    breaker_below_fallback
);
twins!(
    #[circuit_breaker("b", threshold = 1)]
    #[rate_limit("l", 100 / 1s)]
    limit_inside
);
twins!(
    #[rate_limit("l", 100 / 1s)]
    #[circuit_breaker("b", threshold = 1)]
    limit_outside
);
twins!(
    #[circuit_breaker("calls", failure_if = |answer| matches!(answer, Ok(0)))]
    #[retry(attempts = 3, backoff = fixed(0ms), retry_if = |answer| answer != Ok(&0))]
    #[circuit_breaker("attempts", failure_if = |answer| matches!(answer, Ok(1)))]
    two_breakers
);

fn admitted(stage: &Stage) -> u64 {
    stage.scope.registry().rate_limit("l").unwrap().snapshot().admitted
}

#[test]
fn a_breaker_above_a_retry_counts_calls() {
    both!(breaker_above, |stage, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(stage.figures("b").errors, 1);
    });
}

#[test]
fn a_breaker_below_a_retry_counts_attempts() {
    both!(breaker_below, |stage, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(stage.figures("b").errors, 3);
    });
}

#[test]
fn a_rate_limit_counts_calls_or_attempts() {
    both!(limit_above, |stage, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(admitted(stage), 1);
    });
    both!(limit_below, |stage, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(admitted(stage), 3);
    });
}

#[test]
fn a_breaker_above_a_fallback_sees_its_answer() {
    both!(breaker_above_fallback, |stage, call| {
        assert_eq!(call(DOWN), Ok(7));
        assert_eq!((stage.figures("b").successes, stage.state("b")), (1, State::Closed));
    });
}

#[test]
fn a_breaker_below_a_fallback_sees_the_failure() {
    both!(breaker_below_fallback, |stage, call| {
        assert_eq!(call(DOWN), Ok(7));
        assert_eq!(stage.state("b"), State::Open);
        assert_eq!(call(OK), Ok(7));
    });
}

#[test]
fn what_an_outer_layer_refuses_costs_the_inner_ones_nothing() {
    both!(limit_inside, |stage, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(reason(call(OK)), Reason::CircuitOpen);
        assert_eq!(admitted(stage), 1);
    });
    both!(limit_outside, |stage, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(reason(call(OK)), Reason::CircuitOpen);
        assert_eq!(admitted(stage), 2);
    });
}

#[test]
fn two_breakers_around_a_retry_judge_calls_and_attempts() {
    both!(two_breakers, |stage, call| {
        let answers = RefCell::new(vec![Ok(1), Err(Fault::Down), Ok(1)]);
        assert_eq!(call(&|| answers.borrow_mut().pop().unwrap()), Ok(1));
        let (calls, attempts) = (stage.figures("calls"), stage.figures("attempts"));
        assert_eq!((calls.successes, calls.errors), (1, 0));
        assert_eq!((attempts.successes, attempts.errors), (0, 3));
    });
}

/// Whether the bulkhead's only place is taken while the retry waits.
fn is_taken_between_attempts(name: &str, call: impl Future<Output = Answer>) -> bool {
    let stage = Stage::new();
    let mut call = Box::pin(call);
    assert!(poll(&mut call).is_pending());
    let taken = stage.scope.registry().bulkhead(name).unwrap().snapshot().in_use == 1;
    stage.advance(SECOND);
    assert_eq!(poll(&mut call), Poll::Ready(Err(Fault::Down)));
    taken
}

#[test]
fn a_bulkhead_above_a_retry_is_held_between_attempts_and_one_below_is_not() {
    #[bulkhead("p", max_concurrent = 1)]
    #[retry(attempts = 2, backoff = fixed(1s), jitter = none)]
    async fn above() -> Answer {
        Err(Fault::Down)
    }
    #[retry(attempts = 2, backoff = fixed(1s), jitter = none)]
    #[bulkhead("p", max_concurrent = 1)]
    async fn below() -> Answer {
        Err(Fault::Down)
    }
    assert!(is_taken_between_attempts("p", above()));
    assert!(!is_taken_between_attempts("p", below()));
}

#[circuit_breaker("b")]
#[retry(attempts = 2, backoff = fixed(0ms))]
fn recursive(depth: u32, runs: &Cell<u32>) -> Answer {
    runs.set(runs.get() + 1);
    if depth == 0 { Err(Fault::Down) } else { recursive(depth - 1, runs) }
}

#[circuit_breaker("b")]
#[retry(attempts = 2, backoff = fixed(0ms))]
async fn recursive_async(depth: u32, runs: &Cell<u32>) -> Answer {
    runs.set(runs.get() + 1);
    if depth == 0 { Err(Fault::Down) } else { Box::pin(recursive_async(depth - 1, runs)).await }
}

#[test]
fn a_recursive_function_passes_its_layers_at_every_level() {
    let stage = Stage::new();
    let runs = Cell::new(0);
    assert_eq!(recursive(1, &runs), Err(Fault::Down));
    assert_eq!((runs.get(), stage.figures("b").errors), (2 + 4, 1 + 2));
    stage.breaker("b").reset();
    runs.set(0);
    assert_eq!(stage.run(recursive_async(1, &runs)), Err(Fault::Down));
    assert_eq!((runs.get(), stage.figures("b").errors), (2 + 4, 2 * (1 + 2)));
}

#[retry(attempts = 3, backoff = fixed(0ms))]
fn calls_another(act: Act<'_>) -> Answer {
    breaker_with_one_chance(act)
}

#[circuit_breaker("b", threshold = 1)]
fn breaker_with_one_chance(act: Act<'_>) -> Answer {
    act()
}

#[test]
fn across_a_functions_border_a_refusal_is_an_error_like_any_other() {
    let stage = Stage::new();
    assert_eq!(reason(calls_another(DOWN)), Reason::CircuitOpen);
    assert_eq!(stage.figures("b").refused, 2, "the retry repeats it, since it is the function's own error");
}

static CALLS: AtomicU32 = AtomicU32::new(0);

#[fallback(value = 3)]
#[retry(attempts = 2, backoff = fixed(0ms))]
#[circuit_breaker("order::without_a_runtime")]
#[bulkhead("order::without_a_runtime", max_concurrent = 1, max_wait = 1h)]
#[resilience::timeout(1h)]
async fn without_a_runtime() -> Answer {
    CALLS.fetch_add(1, Ordering::Relaxed);
    std::future::ready(Err(Fault::Down)).await
}

#[test]
fn async_functions_run_without_a_tokio_runtime() {
    assert_eq!(futures::executor::block_on(without_a_runtime()), Ok(3));
    assert_eq!(CALLS.load(Ordering::Relaxed), 2);
}
