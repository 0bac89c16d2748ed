use resilience::{Rejected, rate_limit};

#[rate_limit]
fn no_rate() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit("a", burst = 3)]
fn no_rate_beside_a_name() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(0 / 1s)]
fn no_calls() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(100 / 0s)]
fn no_time() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(100 / 2d)]
fn long_period() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(100 / 1ns)]
fn too_fast() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit("a", 100 / 1s, burst = 0)]
fn burst_zero() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit("a", 1 / 1h, burst = 1_000_000)]
fn burst_large() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(100 / 1s, max_wait = 2d)]
fn wait_long() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
