use resilience::{Rejected, circuit_breaker};

#[circuit_breaker("a", slow_rate = 50%)]
fn slow_rate_alone() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", window = 30s)]
fn window_alone() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", min_calls = 30)]
fn min_calls_alone() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = 50%, window = 10, min_calls = 20)]
fn min_calls_above_window() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_count = 20, window = 10)]
fn count_above_window() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", half_open = 2, success_threshold = 3)]
fn successes_above_trials() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", failure_rate = 50%, window = 10m, reset_after = 5m)]
fn reset_below_window() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", success_threshold = 256)]
fn too_many_successes() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
