use resilience::{Rejected, circuit_breaker, fallback, presets::HTTP_API, resilient, retry, timeout};

#[circuit_breaker("a", attempts = 3)]
fn breaker() -> Result<(), Rejected> {
    Ok(())
}

#[retry(threshold = 3, burst = 2)]
fn repeats() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(1s, max_wait = 2s)]
async fn limit() -> Result<(), Rejected> {
    Ok(())
}

#[fallback(value = (), preset = HTTP_API)]
fn tiers() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(HTTP_API, attempts = 2)]
async fn preset() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(HTTP_API, retry(threshold = 2))]
async fn section() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
