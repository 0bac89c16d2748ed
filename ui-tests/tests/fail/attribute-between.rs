use resilience::{Rejected, circuit_breaker, retry, timeout};

#[retry]
#[tokio::main]
#[circuit_breaker("a")]
async fn between() -> Result<u8, Rejected> {
    Ok(0)
}

#[retry]
/// Says something, does nothing.
#[allow(dead_code)]
#[inline]
#[tokio::main]
#[timeout(1s)]
#[must_use]
async fn among_harmless_ones() -> Result<u8, Rejected> {
    Ok(0)
}

fn main() {}
