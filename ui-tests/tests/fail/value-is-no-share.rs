use resilience::{Rejected, circuit_breaker};

#[circuit_breaker("a", failure_rate = 50)]
fn whole() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = "50%")]
fn text() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = -50%)]
fn negative() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", threshold = 50%)]
fn count() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = 1e999%)]
fn infinite() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = 1e999)]
fn infinite_fraction() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
