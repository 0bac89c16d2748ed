//! What the user says of an outcome, to the breaker of a group.

use resilience::{bulkhead, circuit_breaker, rate_limit};

use super::*;

/// Successes, errors, ignored ones.
fn counts(stage: &Stage) -> (u64, u64, u64) {
    let seen = stage.calls();
    assert_eq!(stage.places().in_use, 0);
    (seen.successes, seen.errors, seen.ignored)
}

#[test]
fn what_is_ignored_counts_neither_way() {
    #[bulkhead("x", max_concurrent = 1)]
    #[circuit_breaker("x", threshold = 1, ignore = Fault::NotFound)]
    async fn ignoring(act: Act<'_>) -> Answer {
        act().await
    }
    let stage = Stage::new();
    assert_eq!(stage.run(ignoring(NOT_FOUND)), Err(Fault::NotFound));
    assert_eq!((counts(&stage), stage.state()), ((0, 0, 1), State::Closed));
    assert_eq!(stage.run(ignoring(DOWN)), Err(Fault::Down));
    assert_eq!((counts(&stage), stage.state()), ((0, 1, 1), State::Open));
}

#[test]
fn what_is_no_failure_is_a_success() {
    #[circuit_breaker("x", threshold = 1, failure = Fault::Down)]
    #[rate_limit("x", 9 / 1h)]
    #[bulkhead("x", max_concurrent = 1)]
    async fn particular(act: Act<'_>) -> Answer {
        act().await
    }
    let stage = Stage::new();
    assert_eq!(stage.run(particular(NOT_FOUND)), Err(Fault::NotFound));
    assert_eq!((counts(&stage), stage.state()), ((1, 0, 0), State::Closed));
    assert_eq!(stage.run(particular(DOWN)), Err(Fault::Down));
    assert_eq!((counts(&stage), stage.state()), ((1, 1, 0), State::Open));
}

#[test]
fn an_answer_may_be_a_failure() {
    #[rate_limit("x", 9 / 1h)]
    #[bulkhead("x", max_concurrent = 1)]
    #[circuit_breaker("x", threshold = 2, failure_if = |answer| matches!(answer, Ok(1)))]
    async fn judged(act: Act<'_>) -> Answer {
        act().await
    }
    let stage = Stage::new();
    assert_eq!(stage.run(judged(OK)), Ok(1));
    assert_eq!((counts(&stage), stage.state()), ((0, 1, 0), State::Closed));
    assert_eq!(stage.run(judged(&|| Box::pin(async { Ok(2) }))), Ok(2));
    assert_eq!(counts(&stage), (1, 1, 0));
    assert_eq!(stage.run(judged(LATE)), Ok(1));
    assert_eq!(stage.run(judged(DOWN)), Err(Fault::Down));
    assert_eq!((counts(&stage), stage.state()), ((1, 3, 0), State::Open));
}

#[test]
fn the_refusal_of_an_inner_gate_is_not_the_users_to_judge() {
    #[circuit_breaker("x", threshold = 1, failure = Fault::Down | Fault::Refused(_), failure_if = |_| true)]
    #[bulkhead("x", max_concurrent = 1)]
    async fn judged(act: Act<'_>) -> Answer {
        act().await
    }
    let stage = Stage::new();
    let other = begun(judged(HANG));
    assert_eq!(reason(stage.run(judged(OK))), Reason::BulkheadFull);
    drop(other);
    assert_eq!((counts(&stage), stage.calls().exhausted), ((0, 0, 0), 1));
    assert_eq!(stage.state(), State::Closed);
}
