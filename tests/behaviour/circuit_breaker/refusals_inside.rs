//! What a layer inside the breaker refuses says nothing about the dependency, unless somebody wants it to.

use futures::executor::block_on;
use resilience::{
    Bulkhead, CircuitBreaker, ManualClock, Reason, bulkhead, circuit_breaker, circuit_breaker::State,
    rate_limit, testing::Scope,
};
use resilience_tests::Fault;

use super::SECOND;

#[circuit_breaker("stock", threshold = 1, open_for = 1s, half_open = 1)]
#[bulkhead("stock", max_concurrent = 1)]
fn read(fail: bool) -> Result<(), Fault> {
    if fail { Err(Fault::Down) } else { Ok(()) }
}

#[circuit_breaker("stock", threshold = 1, open_for = 1s, half_open = 1)]
#[bulkhead("stock", max_concurrent = 1)]
async fn read_later() -> Result<(), Fault> {
    Ok(())
}

#[circuit_breaker("strict", threshold = 1, count_rejections = true)]
#[bulkhead("strict", max_concurrent = 1)]
fn read_strictly() -> Result<(), Fault> {
    Ok(())
}

#[circuit_breaker("limited", threshold = 1)]
#[rate_limit("limited", 1 / 1h)]
fn read_seldom() -> Result<(), Fault> {
    Ok(())
}

fn parts(scope: &Scope, name: &str) -> (CircuitBreaker, Option<Bulkhead>) {
    (scope.registry().circuit_breaker(name).unwrap(), scope.registry().bulkhead(name))
}

#[test]
fn a_full_bulkhead_inside_is_neither_success_nor_failure() {
    let scope = Scope::with_clock(ManualClock::new());
    let _inside = scope.enter();
    read(false).unwrap();
    let (breaker, bulkhead) = parts(&scope, "stock");
    let bulkhead = bulkhead.unwrap();
    let _place = bulkhead.acquire().unwrap();
    for _ in 0..10 {
        assert!(
            matches!(read(true), Err(Fault::Refused(refused)) if refused.reason() == Reason::BulkheadFull)
        );
    }
    let seen = breaker.snapshot();
    assert_eq!((seen.state, seen.exhausted, seen.errors, seen.ignored), (State::Closed, 10, 0, 0));
}

#[test]
fn a_full_bulkhead_inside_gives_the_trial_back() {
    let clock = ManualClock::new();
    let scope = Scope::with_clock(clock.clone());
    let _inside = scope.enter();
    assert!(read(true).is_err());
    let (breaker, bulkhead) = parts(&scope, "stock");
    let bulkhead = bulkhead.unwrap();
    clock.advance(SECOND);
    {
        let _place = bulkhead.acquire().unwrap();
        for _ in 0..10 {
            assert!(read(false).is_err());
            assert!(block_on(read_later()).is_err());
        }
        assert_eq!((breaker.state(), breaker.snapshot().exhausted), (State::HalfOpen, 20));
    }
    read(false).unwrap();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn count_rejections_makes_a_full_bulkhead_inside_a_failure() {
    let scope = Scope::with_clock(ManualClock::new());
    let _inside = scope.enter();
    read_strictly().unwrap();
    let (breaker, bulkhead) = parts(&scope, "strict");
    let bulkhead = bulkhead.unwrap();
    let _place = bulkhead.acquire().unwrap();
    assert!(read_strictly().is_err());
    assert_eq!((breaker.state(), breaker.snapshot().exhausted), (State::Open, 1));
}

#[test]
fn a_used_up_rate_limit_inside_is_neither_success_nor_failure() {
    let scope = Scope::with_clock(ManualClock::new());
    let _inside = scope.enter();
    read_seldom().unwrap();
    let (breaker, _) = parts(&scope, "limited");
    for _ in 0..10 {
        assert!(
            matches!(read_seldom(), Err(Fault::Refused(refused)) if refused.reason() == Reason::RateLimited)
        );
    }
    assert_eq!((breaker.state(), breaker.snapshot().exhausted), (State::Closed, 10));
}
