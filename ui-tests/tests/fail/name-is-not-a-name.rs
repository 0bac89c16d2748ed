use resilience::{Rejected, bulkhead, circuit_breaker, rate_limit};

const QUOTES: &str = "quotes";
const quotes: &str = "quotes";

#[circuit_breaker(QUOTES)]
fn constant() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead(crate::QUOTES, max_concurrent = 2)]
fn path() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(QUOTES, 100 / 1s)]
fn limit() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker(name = quotes)]
fn lower_case() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker(name = 5)]
fn number() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker(5)]
fn bare_number() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
