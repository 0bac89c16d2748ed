//! What the user wrote in the function itself, beside the body, and that awaits.

use std::{
    cell::Cell,
    future::{pending, ready},
};

use resilience::{Failure, circuit_breaker, fallback, retry, timeout};

use super::*;

#[test]
fn a_value_that_awaits_is_cut_off() {
    #[timeout(5ms)]
    #[fallback(value = other().await.unwrap(), on = Failure::Error(_))]
    #[circuit_breaker("own")]
    async fn down() -> Answer {
        Err(Fault::Down)
    }
    let stage = Stage::new();
    cut_off(&stage, down());
    assert_cancelled(&stage, 1);
    assert_eq!((stage.figures("own").errors, stage.figures("own").timeouts), (1, 0));
}

#[test]
fn a_value_that_awaits_in_a_macro_is_cut_off() {
    #[timeout(5ms)]
    #[fallback(value = tokio::join!(other()).0.unwrap())]
    async fn down() -> Answer {
        Err(Fault::Down)
    }
    let stage = Stage::new();
    cut_off(&stage, down());
    assert_cancelled(&stage, 1);
}

#[test]
fn a_value_that_awaits_keeps_what_it_is_made_of() {
    #[timeout(5ms)]
    #[fallback(value = u32::try_from(ready(&name).await.len()).unwrap())]
    #[retry(attempts = 2, backoff = fixed(0ms))]
    async fn down(name: String) -> Answer {
        assert_eq!(name, "four");
        Err(Fault::Down)
    }
    let stage = Stage::new();
    assert_eq!(stage.run(down("four".to_owned())), Ok(4));
}

#[test]
fn a_question_mark_in_a_value_that_awaits_leaves_the_function() {
    #[timeout(5ms)]
    #[fallback(value = { ready(()).await; answer? }, on = Failure::Error(_))]
    #[circuit_breaker("own")]
    async fn down(answer: Answer) -> Answer {
        assert!(answer.is_ok() || answer == Err(Fault::NotFound));
        Err(Fault::Down)
    }
    let stage = Stage::new();
    assert_eq!(stage.run(down(Ok(4))), Ok(4));
    assert_eq!(stage.run(down(Err(Fault::NotFound))), Err(Fault::NotFound));
}

#[test]
fn a_return_in_a_value_that_awaits_leaves_the_function() {
    type Boxed = Box<dyn std::error::Error + Send + Sync>;

    #[timeout(5ms)]
    #[fallback(value = { if ready(is_gone).await { return Err(Box::new(Fault::NotFound)) } 1 }, on = Failure::Error(_))]
    async fn down(is_gone: bool) -> Result<u32, Boxed> {
        Err(Box::new(Fault::Down))
    }
    let stage = Stage::new();
    assert_eq!(stage.run(down(false)).unwrap(), 1);
    assert_eq!(stage.run(down(true)).unwrap_err().downcast_ref(), Some(&Fault::NotFound));
}

#[test]
fn a_condition_that_awaits_is_cut_off() {
    #[timeout(5ms)]
    #[fallback(value = 1, on = Failure::Error(_) if other().await.is_ok())]
    #[circuit_breaker("own")]
    async fn down() -> Answer {
        Err(Fault::Down)
    }
    let stage = Stage::new();
    cut_off(&stage, down());
    assert_cancelled(&stage, 1);
}

struct Till {
    sales: Cell<u32>,
}

impl Till {
    #[timeout(5ms)]
    #[fallback(
        value = { assert_ne!(self.sales.get(), other.get()); self.sales.get() + own.get() + other.get() },
        on = Failure::Error(_) if self.sales.get() + other.get() < ready(9).await
    )]
    #[circuit_breaker("own")]
    async fn count(&mut self, other: &mut Cell<u32>, own: Cell<u32>) -> Answer {
        ready(()).await;
        other.set(own.get());
        Err(Fault::Down)
    }

    #[timeout(5ms)]
    #[fallback(value = ready(4).await, on = Failure::Error(_) if ready(true).await)]
    #[circuit_breaker("own")]
    async fn count_once(&mut self, other: &mut Cell<u32>) -> Answer {
        other.set(self.sales.get());
        Err(Fault::Down)
    }
}

#[test]
fn a_value_or_a_condition_that_awaits_leaves_a_future_send() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let stage = Stage::new();
    let mut till = Till { sales: Cell::new(1) };
    assert_eq!(stage.run(assert_send(till.count(&mut Cell::new(2), Cell::new(3)))), Ok(7));
    assert_eq!(stage.run(assert_send(till.count_once(&mut Cell::new(2)))), Ok(4));
}

#[test]
fn the_innermost_timeout_around_a_value_strikes_first() {
    #[timeout(12ms)]
    #[retry(attempts = 9, backoff = fixed(0ms))]
    #[timeout(5ms)]
    #[fallback(value = pending().await, on = Failure::Error(Fault::Down))]
    async fn down(runs: &Cell<u32>) -> Answer {
        runs.set(runs.get() + 1);
        Err(Fault::Down)
    }
    let stage = Stage::new();
    let runs = Cell::new(0);
    assert_eq!(refusal(stage.run(down(&runs))).limit(), Some(12 * MS));
    assert_eq!((runs.get(), stage.elapsed()), (3, 12 * MS));
}
