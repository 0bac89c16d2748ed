use resilience::{Rejected, bulkhead, circuit_breaker, fallback, presets::HTTP_API, rate_limit, resilient, timeout};

pub struct Plain;

type Answer<T> = Result<T, Plain>;

#[circuit_breaker("a")]
fn blocking() -> Result<u8, Plain> {
    Ok(1)
}

#[circuit_breaker("a")]
async fn later() -> Result<u8, Plain> {
    Ok(1)
}

#[bulkhead("a")]
fn alias() -> Answer<u8> {
    Ok(1)
}

#[timeout(1s)]
async fn io() -> std::io::Result<u8> {
    Ok(1)
}

#[rate_limit(10 / 1s)]
fn generic<E: std::error::Error>() -> Result<u8, E> {
    Ok(1)
}

#[circuit_breaker("a")]
fn opaque() -> Result<impl Copy, Plain> {
    Ok(1)
}

#[resilient(HTTP_API)]
async fn preset() -> Result<u8, Plain> {
    Ok(1)
}

// Some failures pass the fallback.
#[fallback(value = 1, on = resilience::Failure::Error(Plain))]
#[circuit_breaker("a")]
fn partly() -> Result<u8, Plain> {
    Ok(1)
}

struct Client<T>(T);

impl<T> Client<T> {
    #[circuit_breaker("a")]
    #[timeout(1s)]
    async fn method(&self) -> Result<u8, T> {
        Ok(1)
    }
}

fn main() {
    let _: Option<Rejected> = None;
}
