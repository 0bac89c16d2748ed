use resilience::{Rejected, bulkhead, circuit_breaker, rate_limit, resilient, retry, timeout};

#[circuit_breaker("a", 5)]
fn threshold() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", "b")]
fn two_names() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker(threshold = 3, "late")]
fn late_name() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker(threshold)]
fn key_alone() -> Result<(), Rejected> {
    Ok(())
}

#[retry(3)]
fn attempts() -> Result<(), Rejected> {
    Ok(())
}

#[retry("orders")]
fn retry_name() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("a", 10)]
fn places() -> Result<(), Rejected> {
    Ok(())
}

#[timeout("calls", 1s)]
async fn timeout_name() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(1s, 2s)]
async fn two_limits() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(100 / 1s, 200 / 2s)]
fn two_rates() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit("a", burst = 3, 200 / 2s)]
fn late_rate() -> Result<(), Rejected> {
    Ok(())
}

#[retry(attempts)]
fn retry_key_alone() -> Result<(), Rejected> {
    Ok(())
}

#[retry(jitter = full, fast)]
fn word() -> Result<(), Rejected> {
    Ok(())
}

#[retry(attempts: 3)]
fn colon() -> Result<(), Rejected> {
    Ok(())
}

#[retry(attempts(3))]
fn call() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(retry(attempts = 2), resilience::presets::HTTP_API)]
async fn late_preset() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
