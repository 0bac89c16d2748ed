use resilience::{Rejected, circuit_breaker, resilient, retry};

const NUMBER: u32 = 5;
const BREAKER: circuit_breaker::Config = circuit_breaker::Config::new();

#[resilient(NUMBER)]
async fn number() -> Result<(), Rejected> {
    Ok(())
}

#[retry(preset = BREAKER)]
fn another_policy() -> Result<(), Rejected> {
    Ok(())
}

#[retry(preset = NUMBER)]
fn number_in_retry() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
