use resilience::{
    Rejected, bulkhead, circuit_breaker, fallback, presets::HTTP_API, rate_limit, resilient, retry, timeout,
};

#[retry]
#[fallback(value = 0)]
fn fallback_below_retry() -> Result<u8, Rejected> {
    Ok(0)
}

#[retry]
#[circuit_breaker("a")]
#[retry]
fn two_retries() -> Result<u8, Rejected> {
    Ok(0)
}

#[resilient(HTTP_API)]
#[retry]
async fn maybe_two_retries() -> Result<u8, Rejected> {
    Ok(0)
}

#[retry]
#[resilient(HTTP_API)]
async fn two_retries_maybe() -> Result<u8, Rejected> {
    Ok(0)
}

#[fallback(value = 0)]
#[fallback(value = 1)]
fn two_fallbacks() -> Result<u8, Rejected> {
    Ok(0)
}

#[circuit_breaker("a")]
#[retry]
#[circuit_breaker("a")]
fn one_breaker_twice() -> Result<u8, Rejected> {
    Ok(0)
}

#[circuit_breaker]
#[circuit_breaker(threshold = 3)]
fn two_breakers() -> Result<u8, Rejected> {
    Ok(0)
}

#[timeout(2s)]
#[timeout(1s)]
async fn two_timeouts() -> Result<u8, Rejected> {
    Ok(0)
}

#[bulkhead]
#[bulkhead]
fn two_bulkheads() -> Result<u8, Rejected> {
    Ok(0)
}

#[rate_limit("a", 10 / 1s)]
#[rate_limit("a", 10 / 1s)]
fn one_limit_twice() -> Result<u8, Rejected> {
    Ok(0)
}

fn main() {}
