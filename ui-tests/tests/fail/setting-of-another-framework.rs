use resilience::{Rejected, bulkhead, circuit_breaker, fallback, rate_limit, retry, timeout};

#[circuit_breaker("a", failure_threshold = 5, recovery_timeout = 30s, minimum_number_of_calls = 3)]
fn breaker() -> Result<(), Rejected> {
    Ok(())
}

#[retry(max_retries = 3, delay = 100ms, multiplier = 2)]
fn repeats() -> Result<(), Rejected> {
    Ok(())
}

#[retry(max_attempts = 3, initial_delay = 100ms, timeout = 3s)]
fn more_repeats() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead(max_concurrent_calls = 3)]
fn places() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(limit_for_period = 100, limit_refresh_period = 1s)]
fn rate() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(duration = 5s)]
async fn limit() -> Result<(), Rejected> {
    Ok(())
}

#[fallback(fallback_method = "cached")]
fn tiers() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
