use std::{cell::Cell, rc::Rc};

use resilience::{Rejected, circuit_breaker, fallback, retry, timeout};

fn send<T: Send>(_: T) {}

#[circuit_breaker("a")]
async fn guard_over_await() -> Result<u8, Rejected> {
    let number = Rc::new(5);
    tokio::task::yield_now().await;
    Ok(*number)
}

#[retry]
#[timeout(1s)]
async fn guard_over_await_under_retry() -> Result<u8, Rejected> {
    let number = Rc::new(5);
    tokio::task::yield_now().await;
    Ok(*number)
}

#[retry]
async fn argument(number: Rc<u8>) -> Result<u8, Rejected> {
    tokio::task::yield_now().await;
    Ok(*number)
}

#[fallback(local)]
async fn tier() -> Result<u8, Rejected> {
    Ok(1)
}

async fn local() -> Result<u8, Rejected> {
    let number = Cell::new(5);
    let number = &number;
    tokio::task::yield_now().await;
    Ok(number.get())
}

fn main() {
    send(guard_over_await());
    send(guard_over_await_under_retry());
    send(argument(Rc::new(1)));
    send(tier());
    tokio::spawn(guard_over_await());
}
