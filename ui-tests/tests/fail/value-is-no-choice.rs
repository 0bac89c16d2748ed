use resilience::{Rejected, circuit_breaker, retry};

#[retry(jitter = ful)]
fn jitter_slip() -> Result<(), Rejected> {
    Ok(())
}

#[retry(jitter = "full")]
fn jitter_text() -> Result<(), Rejected> {
    Ok(())
}

#[retry(jitter = random)]
fn jitter_unknown() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", initial = forced)]
fn initial_unknown() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", initial = true)]
fn initial_literal() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
