//! `#[circuit_breaker]`: what is a failure, a success, or neither.

use resilience::{bulkhead, circuit_breaker, rate_limit};

use super::*;

twins!(
    #[circuit_breaker("b", threshold = 1, failure = Fault::Down)]
    failure
);
twins!(
    #[circuit_breaker("b", threshold = 1, ignore = Fault::NotFound)]
    ignore
);
twins!(
    #[circuit_breaker("b", threshold = 1, ignore = Fault::NotFound | Fault::Status(status) if *status < 500)]
    guard
);
twins!(
    #[circuit_breaker(
        "b",
        threshold = 1,
        ignore = Fault::Status(404),
        failure = Fault::Status(_),
        failure_if = |answer| answer.is_err(),
    )]
    ignore_wins
);
twins!(
    #[circuit_breaker("b", threshold = 1, failure = Fault::Down, failure_if = |answer| matches!(answer, Err(Fault::Status(503))))]
    failure_if
);
twins!(
    #[circuit_breaker("b", threshold = 1, failure_if = |answer| matches!(answer, Ok(0)))]
    failure_if_ok
);
twins!(
    #[circuit_breaker("b", threshold = 1, failure_if = is_zero)]
    failure_if_path
);
twins!(
    #[circuit_breaker("b", threshold = 1)]
    #[bulkhead("full", max_concurrent = 1)]
    with_bulkhead
);
twins!(
    #[circuit_breaker("b", threshold = 1, count_rejections = true)]
    #[bulkhead("full", max_concurrent = 1)]
    counting_bulkhead
);
twins!(
    #[circuit_breaker("b", threshold = 1)]
    #[rate_limit("used-up", 1 / 1h)]
    with_rate_limit
);
twins!(
    #[circuit_breaker("b", threshold = 1, count_rejections = true)]
    #[rate_limit("used-up", 1 / 1h)]
    counting_rate_limit
);

fn is_zero(answer: Result<&u32, &Fault>) -> bool {
    answer == Ok(&0)
}

const ZERO: Act<'static> = &|| Ok(0);

const fn status(code: u16) -> impl Fn() -> Answer {
    move || Err(Fault::Status(code))
}

#[test]
fn with_failure_other_errors_are_successes() {
    both!(failure, |stage, call| {
        assert_eq!(call(NOT_FOUND), Err(Fault::NotFound));
        assert_eq!((stage.figures("b").successes, stage.state("b")), (1, State::Closed));
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!((stage.figures("b").errors, stage.state("b")), (1, State::Open));
    });
}

#[test]
fn ignored_errors_count_neither_way() {
    both!(ignore, |stage, call| {
        assert_eq!(call(NOT_FOUND), Err(Fault::NotFound));
        let figures = stage.figures("b");
        assert_eq!((figures.ignored, figures.successes, figures.errors), (1, 0, 0));
        assert_eq!(figures.state, State::Closed);
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn a_pattern_may_have_a_guard() {
    both!(guard, |stage, call| {
        assert_eq!(call(NOT_FOUND), Err(Fault::NotFound));
        assert_eq!(call(&status(404)), Err(Fault::Status(404)));
        assert_eq!(stage.figures("b").ignored, 2);
        assert_eq!(call(&status(500)), Err(Fault::Status(500)));
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn ignore_wins_over_failure_and_failure_if() {
    both!(ignore_wins, |stage, call| {
        assert_eq!(call(&status(404)), Err(Fault::Status(404)));
        assert_eq!((stage.figures("b").ignored, stage.state("b")), (1, State::Closed));
        assert_eq!(call(&status(503)), Err(Fault::Status(503)));
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn failure_if_adds_to_failure() {
    both!(failure_if, |stage, call| {
        assert_eq!(call(&status(404)), Err(Fault::Status(404)));
        assert_eq!((stage.figures("b").successes, stage.state("b")), (1, State::Closed));
        assert_eq!(call(&status(503)), Err(Fault::Status(503)));
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn failure_still_decides_where_failure_if_says_no() {
    both!(failure_if, |stage, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn failure_if_makes_an_ok_a_failure_and_returns_it() {
    both!(failure_if_ok, |stage, call| {
        assert_eq!(call(OK), Ok(1));
        assert_eq!(stage.state("b"), State::Closed);
        assert_eq!(call(ZERO), Ok(0));
        assert_eq!((stage.figures("b").errors, stage.state("b")), (1, State::Open));
    });
}

#[test]
fn an_error_is_a_failure_although_failure_if_says_no() {
    both!(failure_if_ok, |stage, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn failure_if_may_be_the_path_of_a_function() {
    both!(failure_if_path, |stage, call| {
        assert_eq!(call(OK), Ok(1));
        assert_eq!(call(ZERO), Ok(0));
        assert_eq!(stage.state("b"), State::Open);
    });
}

/// A call while the only place is taken.
fn while_full(call: &dyn Fn(Act<'_>) -> Answer) -> Answer {
    let refused = std::cell::Cell::new(None);
    let first = call(&|| {
        refused.set(Some(call(OK)));
        Ok(1)
    });
    assert_eq!(first, Ok(1));
    refused.take().unwrap()
}

#[test]
fn a_full_bulkhead_inside_is_neither() {
    both!(with_bulkhead, |stage, call| {
        assert_eq!(reason(while_full(call)), Reason::BulkheadFull);
        let figures = stage.figures("b");
        assert_eq!((figures.state, figures.exhausted, figures.errors), (State::Closed, 1, 0));
    });
}

#[test]
fn count_rejections_makes_a_full_bulkhead_a_failure() {
    both!(counting_bulkhead, |stage, call| {
        assert_eq!(reason(while_full(call)), Reason::BulkheadFull);
        assert_eq!((stage.state("b"), stage.figures("b").exhausted), (State::Open, 1));
    });
}

#[test]
fn a_rate_limit_inside_is_neither() {
    both!(with_rate_limit, |stage, call| {
        assert_eq!(call(OK), Ok(1));
        assert_eq!(reason(call(OK)), Reason::RateLimited);
        assert_eq!((stage.state("b"), stage.figures("b").exhausted), (State::Closed, 1));
    });
}

#[test]
fn count_rejections_makes_a_rate_limit_a_failure() {
    both!(counting_rate_limit, |stage, call| {
        assert_eq!(call(OK), Ok(1));
        assert_eq!(reason(call(OK)), Reason::RateLimited);
        assert_eq!((stage.state("b"), stage.figures("b").exhausted), (State::Open, 1));
    });
}
