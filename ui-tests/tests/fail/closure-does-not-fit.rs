use std::time::Duration;

use resilience::{Rejected, circuit_breaker, fallback, retry};

#[circuit_breaker("a", failure_if = |answer| answer)]
fn no_bool() -> Result<u8, Rejected> {
    Ok(1)
}

#[circuit_breaker("a", failure_if = is_error)]
fn path() -> Result<u8, Rejected> {
    Ok(1)
}

fn is_error(answer: &Result<u8, Rejected>) -> bool {
    answer.is_err()
}

#[circuit_breaker("a", failure_if = |_| 5)]
fn number() -> Result<u8, Rejected> {
    Ok(1)
}

#[retry(retry_if = |answer: Result<&u8, &String>| answer.is_err())]
async fn other_error() -> Result<u8, Rejected> {
    Ok(1)
}

#[retry(retry_after = |_error| Duration::ZERO)]
fn no_option() -> Result<u8, Rejected> {
    Ok(1)
}

#[retry(on_retry = |retrying| retrying.attempts())]
fn no_method() -> Result<u8, Rejected> {
    Ok(1)
}

#[retry(exhausted = |exhausted| exhausted)]
fn no_error() -> Result<u8, Rejected> {
    Ok(1)
}

#[fallback(|_| Ok(2), all_failed = |failures| failures)]
fn no_error_of_all() -> Result<u8, Rejected> {
    Ok(1)
}

fn main() {}
