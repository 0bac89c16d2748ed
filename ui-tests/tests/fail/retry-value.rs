use resilience::{Rejected, retry};

#[retry(attempts = 0)]
fn attempts_zero() -> Result<(), Rejected> {
    Ok(())
}

#[retry(attempts = 1_000_001)]
fn attempts_large() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = fixed(8d))]
fn delay_long() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = exponential(1s..8d))]
fn cap_long() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = linear(2s..1s))]
fn backwards() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = exponential(1s..2s, factor = 0.5))]
fn factor_small() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = exponential(1s..2s, factor = 1000))]
fn factor_large() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = decorrelated(1s..2s), jitter = full)]
fn jitter_twice() -> Result<(), Rejected> {
    Ok(())
}

#[retry(max_elapsed = 0s)]
fn elapsed_zero() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = fixed(10s), max_elapsed = 5s)]
fn elapsed_short() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
