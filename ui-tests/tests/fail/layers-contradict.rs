use resilience::{Rejected, circuit_breaker, presets::HTTP_API, resilient, retry, timeout};

#[circuit_breaker("a", slow_call = 2s, slow_rate = 50%)]
#[timeout(1s)]
async fn slow_never() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(1s)]
#[circuit_breaker("a")]
#[timeout(2s)]
async fn inner_never() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(1s)]
#[retry]
#[timeout(1s)]
async fn attempt_never() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(1s)]
#[resilient(HTTP_API)]
async fn preset_never() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
