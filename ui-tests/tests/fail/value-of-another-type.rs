use std::time::Duration;

use resilience::{Rejected, bulkhead, circuit_breaker, rate_limit, retry, timeout};

const CALLS: i64 = 100;
const LIMIT: u64 = 5;

#[circuit_breaker("a", threshold = "five", window = LIMIT, failure_count = 2.5)]
fn texts() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = CALLS, open_for = LIMIT..Duration::MAX, initial = CALLS)]
fn constants() -> Result<(), Rejected> {
    Ok(())
}

#[retry(attempts = LIMIT, backoff = LIMIT, max_elapsed = LIMIT, jitter = LIMIT)]
fn repeats() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("a", max_concurrent = Duration::from_secs(1), max_wait = LIMIT)]
fn places() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(CALLS / LIMIT)]
fn rate() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(LIMIT)]
async fn limit() -> Result<(), Rejected> {
    Ok(())
}

fn wait_for_attempt(attempt: u8) -> Duration {
    Duration::from_secs(attempt.into())
}

#[retry(backoff = wait_for_attempt)]
fn backoff() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
