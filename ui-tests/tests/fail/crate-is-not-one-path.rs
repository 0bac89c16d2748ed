use resilience::{Rejected, circuit_breaker, retry};

#[circuit_breaker("a", crate = resilience)]
#[retry(crate = ::resilience)]
fn two() -> Result<u8, Rejected> {
    Ok(1)
}

#[circuit_breaker("a", crate = "resilience")]
fn text() -> Result<u8, Rejected> {
    Ok(1)
}

fn main() {}
