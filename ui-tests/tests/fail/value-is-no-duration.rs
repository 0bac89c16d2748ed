use resilience::{Rejected, bulkhead, circuit_breaker, rate_limit, retry, timeout};

#[timeout(30)]
async fn no_unit() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(30sec)]
async fn foreign_unit() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(30x)]
async fn unknown_unit() -> Result<(), Rejected> {
    Ok(())
}

#[timeout("soon")]
async fn no_number() -> Result<(), Rejected> {
    Ok(())
}

#[timeout("30")]
async fn text_without_unit() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(true)]
async fn no_duration() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(-5s)]
async fn negative() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", open_for = 99999999999999999999999999h, slow_call = -1s)]
fn too_long() -> Result<(), Rejected> {
    Ok(())
}

#[retry(max_elapsed = 3seconds, backoff = fixed(1))]
fn two() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead(max_wait = 5)]
fn wait() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(100 / 1)]
fn period() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
