use resilience::{Rejected, bulkhead, circuit_breaker, fallback, retry, timeout};

type Answer = Option<u8>;

#[circuit_breaker("a")]
fn number(a: u8) -> u8 {
    a
}

#[circuit_breaker("a")]
async fn option(a: u8) -> Option<u8> {
    Some(a)
}

#[bulkhead("a")]
fn alias(a: u8) -> Answer {
    Some(a)
}

#[retry(on_retry = |_| ())]
fn repeated(a: u8) -> u8 {
    a
}

#[retry]
async fn repeated_later(a: String) -> String {
    a
}

#[fallback(value = 3)]
fn with_value() -> u8 {
    1
}

#[timeout(1s)]
async fn limited() -> () {}

#[circuit_breaker("a", failure_if = |answer| answer.is_err())]
fn judged() -> bool {
    true
}

struct Client;

impl Client {
    #[circuit_breaker("a")]
    fn generic<T: Default>(&self) -> T {
        T::default()
    }

    #[circuit_breaker("a")]
    fn own(self) -> Self {
        self
    }
}

#[retry(retry_if = |answer| answer.is_err())]
async fn judged_later() -> bool {
    true
}

#[circuit_breaker("a")]
fn vector() -> Vec<impl Copy> {
    vec![1]
}

fn main() {
    let _: Result<(), Rejected> = Ok(());
}
