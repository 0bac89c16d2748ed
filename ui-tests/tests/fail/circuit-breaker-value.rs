use resilience::{Rejected, circuit_breaker};

#[circuit_breaker("a", threshold = 0)]
fn threshold_zero() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", threshold = 16_777_216)]
fn threshold_large() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_count = 0)]
fn count_zero() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_count = 2_000_000, window = 10s)]
fn count_large() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = 0%)]
fn rate_zero() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = 150%)]
fn rate_large() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = f64::NAN)]
fn rate_nan() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", slow_call = 0ms, slow_rate = 101%)]
fn slow() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = 50%, window = 0)]
fn window_zero() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = 50%, window = 2_000_000)]
fn window_large() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = 50%, window = 1ms)]
fn window_short() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = 50%, min_calls = 0)]
fn min_calls_zero() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = 50%, min_calls = 2_000_000)]
fn min_calls_large() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", open_for = 0s)]
fn open_zero() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", open_for = 5m..5s)]
fn open_backwards() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", half_open = 0)]
fn trials_zero() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", half_open = 256)]
fn trials_large() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", success_threshold = 0)]
fn successes_zero() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", half_open_for = 0s, reset_after = 8d)]
fn times() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
