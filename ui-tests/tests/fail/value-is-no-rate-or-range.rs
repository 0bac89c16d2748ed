use resilience::{Rejected, circuit_breaker, rate_limit};

#[rate_limit(100)]
fn no_period() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit("100 / 1s")]
fn text() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit("a", 100 per 1s)]
fn word() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(-1 / 1s)]
fn negative() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", open_for = 5s..)]
fn half() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", open_for = 5s..=5m)]
fn closed() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", threshold = 99999999999)]
fn large() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
