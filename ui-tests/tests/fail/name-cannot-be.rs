use resilience::{Rejected, bulkhead, circuit_breaker, fallback, rate_limit, retry};

const EMPTY: &str = "";
const NUMBER: u32 = 5;

#[circuit_breaker("")]
fn empty() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead(name = EMPTY)]
fn empty_constant() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit("a\nb", 100 / 1s)]
fn two_lines() -> Result<(), Rejected> {
    Ok(())
}

#[retry(name = concat!("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"))]
fn long() -> Result<(), Rejected> {
    Ok(())
}

#[fallback(value = (), name = "")]
fn empty_fallback() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker(name = NUMBER)]
fn number() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
