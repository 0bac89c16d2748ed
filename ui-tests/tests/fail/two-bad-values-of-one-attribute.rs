use resilience::{Rejected, circuit_breaker, retry};

#[circuit_breaker("", threshold = 0, half_open = 0)]
#[retry(attempts = 0, max_elapsed = 0s)]
fn both() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
