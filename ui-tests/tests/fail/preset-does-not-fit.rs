use resilience::{
    Rejected, bulkhead, circuit_breaker, presets::{CACHE, DATABASE}, rate_limit, resilient, retry, timeout,
};

#[retry(preset = CACHE)]
fn no_retry() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(preset = DATABASE)]
fn no_rate() -> Result<(), Rejected> {
    Ok(())
}

resilience::preset! {
    pub const LONE: Preset = { retry(attempts = 3) };
}

#[circuit_breaker("a", preset = LONE)]
fn no_breaker() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("a", preset = crate::LONE)]
fn no_bulkhead() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(preset = LONE)]
async fn no_timeout() -> Result<(), Rejected> {
    Ok(())
}

// 20 calls at least, by the preset.
#[circuit_breaker("a", preset = CACHE, window = 10)]
fn written_beside_preset() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", preset = CACHE, threshold = 0)]
fn written_bad() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(DATABASE, retry(attempts = 0), timeout(0s))]
async fn section_bad() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(LONE, rate_limit(burst = 3))]
fn section_incomplete() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(DATABASE)]
fn blocking() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(DATABASE, timeout(10s), total_timeout(5s))]
async fn timeouts() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
