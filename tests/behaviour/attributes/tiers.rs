//! `#[fallback]` with several tiers.

use std::cell::RefCell;

use resilience::{Failure, Rejected, circuit_breaker, fallback, retry};

use super::*;

type Log<'a> = &'a RefCell<Vec<&'static str>>;

fn note(log: Log<'_>, what: &'static str, answer: Answer) -> Answer {
    log.borrow_mut().push(what);
    answer
}

fn second(log: Log<'_>, _: Act<'_>) -> Answer {
    note(log, "second", Err(Fault::Status(2)))
}

async fn second_async(log: Log<'_>, _: Act<'_>) -> Answer {
    std::future::ready(note(log, "second", Err(Fault::Status(2)))).await
}

fn third(log: Log<'_>, _: Act<'_>) -> Answer {
    note(log, "third", Ok(3))
}

#[fallback(second, third, |_| note(log, "closure", Ok(4)))]
fn three(log: Log<'_>, act: Act<'_>) -> Answer {
    note(log, "body", act())
}

#[fallback(second_async, third, |_| note(log, "closure", Ok(4)))]
async fn three_async(log: Log<'_>, act: Act<'_>) -> Answer {
    note(log, "body", act())
}

#[test]
fn tiers_are_tried_in_order_until_one_succeeds() {
    let stage = Stage::new();
    let log = RefCell::default();
    assert_eq!(three(&log, DOWN), Ok(3));
    assert_eq!(log.take(), ["body", "second", "third"]);
    assert_eq!(stage.run(three_async(&log, DOWN)), Ok(3));
    assert_eq!(log.take(), ["body", "second", "third"]);
    assert_eq!(three(&log, OK), Ok(1));
    assert_eq!(log.take(), ["body"]);
}

#[fallback(second, |failure| { assert_eq!(failure, Failure::Error(Fault::Status(2))); Err(Fault::Status(3)) })]
fn last_fails(log: Log<'_>, act: Act<'_>) -> Answer {
    note(log, "body", act())
}

#[fallback(second_async, |failure| { assert_eq!(failure, Failure::Error(Fault::Status(2))); Err(Fault::Status(3)) })]
async fn last_fails_async(log: Log<'_>, act: Act<'_>) -> Answer {
    note(log, "body", act())
}

#[test]
fn a_closure_sees_the_failure_of_the_tier_before_and_the_last_error_is_returned() {
    let stage = Stage::new();
    let log = RefCell::default();
    assert_eq!(last_fails(&log, DOWN), Err(Fault::Status(3)));
    assert_eq!(stage.run(last_fails_async(&log, DOWN)), Err(Fault::Status(3)));
}

thread_local! {
    static FAILURES: RefCell<Vec<Failure<Fault>>> = const { RefCell::new(Vec::new()) };
}

fn gather<const N: usize>(failures: [Failure<Fault>; N]) -> Fault {
    FAILURES.set(failures.into());
    Fault::Status(599)
}

#[fallback(second, |_| Err(Fault::NotFound), all_failed = gather)]
#[circuit_breaker("b", threshold = 1)]
fn all(log: Log<'_>, act: Act<'_>) -> Answer {
    note(log, "body", act())
}

#[fallback(second_async, async |_| Err(Fault::NotFound), all_failed = |failures: [_; 3]| gather(failures))]
#[circuit_breaker("b", threshold = 1)]
async fn all_async(log: Log<'_>, act: Act<'_>) -> Answer {
    note(log, "body", act())
}

#[test]
fn all_failed_is_given_every_failure_in_order() {
    let stage = Stage::new();
    let log = RefCell::default();
    let tiers = [Failure::Error(Fault::Status(2)), Failure::Error(Fault::NotFound)];
    let check = |call: &dyn Fn() -> Answer| {
        assert_eq!(call(), Err(Fault::Status(599)));
        let failures = FAILURES.take();
        assert_eq!((failures[0], &failures[1..]), (Failure::Error(Fault::Down), &tiers[..]));
        assert_eq!(call(), Err(Fault::Status(599)));
        let failures = FAILURES.take();
        assert_eq!(failures[0].rejected().map(Rejected::reason), Some(Reason::CircuitOpen));
        assert_eq!(failures[1..], tiers);
    };
    check(&|| all(&log, DOWN));
    stage.breaker("b").reset();
    check(&|| stage.run(all_async(&log, DOWN)));
}

#[test]
fn all_failed_is_not_asked_while_a_tier_succeeds() {
    #[fallback(second, third, all_failed = gather)]
    fn saved(log: Log<'_>, act: Act<'_>) -> Answer {
        act().and(note(log, "body", Ok(0)))
    }
    let _stage = Stage::new();
    let log = RefCell::default();
    assert_eq!(saved(&log, DOWN), Ok(3));
    assert_eq!(FAILURES.take(), []);
}

#[retry(attempts = 2, backoff = fixed(0ms))]
#[circuit_breaker("replica", threshold = 3)]
fn replica(log: Log<'_>, _: Act<'_>) -> Answer {
    note(log, "replica", Err(Fault::Down))
}

#[fallback(replica, value = 5)]
#[circuit_breaker("primary", threshold = 100)]
fn primary(log: Log<'_>, act: Act<'_>) -> Answer {
    note(log, "primary", act())
}

#[test]
fn a_tier_may_be_guarded_itself() {
    let stage = Stage::new();
    let log = RefCell::default();
    for _ in 0..3 {
        assert_eq!(primary(&log, DOWN), Ok(5));
    }
    assert_eq!(log.take(), ["primary", "replica", "replica", "primary", "replica", "primary"]);
    assert_eq!((stage.state("replica"), stage.state("primary")), (State::Open, State::Closed));
    assert_eq!(stage.figures("replica").refused, 2, "once below its retry, once for the third call");
}

#[test]
fn a_tiers_error_is_neither_retried_nor_judged_by_the_layers_below() {
    let log = RefCell::default();
    #[fallback(second)]
    #[retry(attempts = 2, backoff = fixed(0ms))]
    #[circuit_breaker("b", threshold = 3)]
    fn guarded(log: Log<'_>, act: Act<'_>) -> Answer {
        note(log, "body", act())
    }
    let stage = Stage::new();
    assert_eq!(guarded(&log, DOWN), Err(Fault::Status(2)));
    assert_eq!(log.take(), ["body", "body", "second"]);
    assert_eq!(stage.figures("b").errors, 2);
}

#[test]
fn a_fallback_with_on_below_a_retry_answers_some_failures_and_the_rest_are_retried() {
    let log = RefCell::default();
    #[retry(attempts = 3, backoff = fixed(0ms))]
    #[fallback(third, on = Failure::Error(Fault::NotFound))]
    fn guarded(log: Log<'_>, act: Act<'_>) -> Answer {
        note(log, "body", act())
    }
    let _stage = Stage::new();
    assert_eq!(guarded(&log, NOT_FOUND), Ok(3));
    assert_eq!(log.take(), ["body", "third"]);
    assert_eq!(guarded(&log, DOWN), Err(Fault::Down));
    assert_eq!(log.take(), ["body", "body", "body"]);
}
