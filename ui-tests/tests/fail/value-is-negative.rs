use resilience::{Rejected, bulkhead, circuit_breaker, rate_limit, retry};

#[circuit_breaker("a", threshold = -1, failure_rate = -0.5, window = -5)]
#[retry(attempts = -1, backoff = fixed(-1s))]
#[bulkhead(max_concurrent = -3)]
#[rate_limit(-100 / 1s, burst = -3)]
fn negative() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
