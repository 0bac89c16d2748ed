//! `#[fallback]`: what a tier may be, and what it is given.

use std::cell::Cell;

use resilience::{Failure, bulkhead, circuit_breaker, fallback, retry};

use super::*;

twins!(
    #[fallback(|failure| { assert_eq!(failure, Failure::Error(Fault::Down)); Ok(7) })]
    closure
);
twins!(
    #[fallback(name = "f", |_| Ok(7), on = Failure::Rejected(_))]
    #[circuit_breaker("b", threshold = 1)]
    on_refusals
);
twins!(
    #[fallback(|_| Ok(7), on = Failure::Error(Fault::Status(status)) if *status >= 500)]
    on_guarded
);
twins!(
    #[fallback(value = expensive())]
    value
);
twins!(
    #[fallback(name = "f", |_| Err(Fault::NotFound))]
    failing
);
twins!(
    #[fallback(|failure| Err(failure.into_error()))]
    #[retry(backoff = fixed(0ms))]
    #[circuit_breaker("b", threshold = 3)]
    above_a_retry
);

thread_local! {
    static EVALUATED: Cell<u32> = const { Cell::new(0) };
}

fn expensive() -> u32 {
    EVALUATED.set(EVALUATED.get() + 1);
    9
}

#[test]
fn a_closure_is_given_the_failure() {
    both!(closure, |_, call| {
        assert_eq!(call(OK), Ok(1));
        assert_eq!(call(DOWN), Ok(7));
    });
}

#[test]
fn on_says_which_failures_it_is_for() {
    both!(on_refusals, |_, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(call(OK), Ok(7), "the circuit is open");
    });
}

#[test]
fn on_is_a_pattern_with_a_guard() {
    both!(on_guarded, |_, call| {
        assert_eq!(call(&|| Err(Fault::Status(503))), Ok(7));
        assert_eq!(call(&|| Err(Fault::Status(404))), Err(Fault::Status(404)));
        assert_eq!(call(DOWN), Err(Fault::Down));
    });
}

#[test]
fn a_value_is_evaluated_only_when_needed() {
    both!(value, |_, call| {
        EVALUATED.set(0);
        assert_eq!(call(OK), Ok(1));
        assert_eq!(EVALUATED.get(), 0);
        assert_eq!(call(DOWN), Ok(9));
        assert_eq!(EVALUATED.get(), 1);
    });
}

#[test]
fn above_a_retry_it_sees_the_last_failure() {
    both!(above_a_retry, |_, call| {
        let runs = Cell::new(0);
        let answer = call(&|| {
            runs.set(runs.get() + 1);
            Err(Fault::Status(runs.get()))
        });
        assert_eq!((answer, runs.get()), (Err(Fault::Status(3)), 3));
        assert_eq!(reason(call(OK)), Reason::CircuitOpen);
    });
}

#[test]
fn figures_say_how_often_it_stood_in_and_failed() {
    both!(failing, |stage, call| {
        assert_eq!(call(OK), Ok(1));
        assert_eq!(call(DOWN), Err(Fault::NotFound));
        let figures = stage.scope.registry().fallback("f").unwrap().snapshot();
        assert_eq!((figures.used, figures.failed), (1, 1));
    });
}

#[test]
fn what_on_does_not_match_did_not_use_it() {
    both!(on_refusals, |stage, call| {
        let _ = call(DOWN);
        let used = || stage.scope.registry().fallback("f").map_or(0, |fallback| fallback.snapshot().used);
        assert_eq!(used(), 0);
        let _ = call(OK);
        assert_eq!(used(), 1);
    });
}

struct Client {
    stock: u32,
}

impl Client {
    #[fallback(Self::cached)]
    fn method(&self, symbol: &str, count: u32, log: &mut Vec<String>) -> Answer {
        log.push(format!("{symbol} {count}"));
        Err(Fault::Down)
    }

    fn cached(&self, symbol: &str, count: u32, log: &mut Vec<String>) -> Answer {
        log.push(format!("cached {symbol} {count}"));
        Ok(self.stock + count)
    }

    #[fallback(Self::cached)]
    #[retry(backoff = fixed(0ms))]
    async fn sync_tier(&self, symbol: &str, count: u32, log: &mut Vec<String>) -> Answer {
        log.push(format!("{symbol} {count}"));
        Err(Fault::Down)
    }

    #[fallback(Self::cached_async)]
    async fn async_tier(&mut self, symbol: String) -> Answer {
        self.stock += 1;
        Err(Fault::Status(u16::try_from(symbol.len()).unwrap()))
    }

    async fn cached_async(&mut self, symbol: String) -> Answer {
        std::future::ready(Ok(self.stock + u32::try_from(symbol.len()).unwrap())).await
    }

    #[fallback(free)]
    fn without_receiver(&self, x: u32) -> Answer {
        if x == 0 { Ok(self.stock) } else { Err(Fault::Down) }
    }
}

fn free(x: u32) -> Answer {
    Ok(100 + x)
}

#[test]
fn a_path_that_starts_with_self_is_given_the_receiver_and_the_arguments() {
    let _stage = Stage::new();
    let mut log = Vec::new();
    assert_eq!(Client { stock: 5 }.method("ACME", 3, &mut log), Ok(8));
    assert_eq!(log, ["ACME 3", "cached ACME 3"]);
}

#[test]
fn another_path_is_given_the_arguments_only() {
    let _stage = Stage::new();
    assert_eq!(Client { stock: 5 }.without_receiver(2), Ok(102));
    assert_eq!(Client { stock: 5 }.without_receiver(0), Ok(5));
}

#[test]
fn an_async_function_may_have_a_blocking_tier() {
    let stage = Stage::new();
    let mut log = Vec::new();
    assert_eq!(stage.run(Client { stock: 5 }.sync_tier("ACME", 3, &mut log)), Ok(8));
    assert_eq!(log, ["ACME 3", "ACME 3", "ACME 3", "cached ACME 3"]);
}

#[test]
fn an_async_function_may_have_an_async_tier() {
    let stage = Stage::new();
    assert_eq!(stage.run(Client { stock: 5 }.async_tier("ACME".into())), Ok(10));
}

#[fallback(async |failure| match failure {
    Failure::Error(Fault::Down) => Ok(std::future::ready(2).await),
    other => Err(other.into_error()),
})]
async fn async_closure(act: Act<'_>) -> Answer {
    act()
}

#[fallback(|failure| async move {
    let error = failure.into_error();
    std::future::ready(()).await;
    if error == Fault::Down { Ok(2) } else { Err(error) }
})]
async fn closure_of_a_future(act: Act<'_>) -> Answer {
    act()
}

#[test]
fn a_closure_may_be_async() {
    let stage = Stage::new();
    assert_eq!(stage.run(async_closure(DOWN)), Ok(2));
    assert_eq!(stage.run(async_closure(NOT_FOUND)), Err(Fault::NotFound));
    assert_eq!(stage.run(closure_of_a_future(DOWN)), Ok(2));
    assert_eq!(stage.run(closure_of_a_future(NOT_FOUND)), Err(Fault::NotFound));
}

/// An error type that knows no refusals.
#[derive(Debug, PartialEq)]
struct Plain;

#[fallback(|failure| if failure.rejected().is_some() { Ok(0) } else { Err(Plain) })]
#[circuit_breaker("plain", threshold = 1)]
#[bulkhead]
fn knows_no_refusals() -> Result<u32, Plain> {
    Err(Plain)
}

#[fallback(value = 3, on = Failure::Rejected(_))]
#[circuit_breaker("plain", threshold = 1)]
async fn knows_no_refusals_async() -> Result<u32, Plain> {
    Err(Plain)
}

#[test]
fn under_a_fallback_the_error_type_need_not_know_refusals() {
    let stage = Stage::new();
    assert_eq!((knows_no_refusals(), knows_no_refusals()), (Err(Plain), Ok(0)));
    stage.breaker("plain").reset();
    assert_eq!(stage.run(knows_no_refusals_async()), Err(Plain));
    assert_eq!(stage.run(knows_no_refusals_async()), Ok(3));
}
