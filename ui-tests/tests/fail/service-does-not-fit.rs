//! A service brings its own policies: what cannot stand beside it, above it or below it.

use resilience::{circuit_breaker, presets::DATABASE, resilient, retry, timeout};

type Answer = std::io::Result<u32>;

#[resilient(DATABASE, service = "database")]
fn with_a_preset() -> Answer {
    Ok(1)
}

#[resilient(service = "database", name = "other", retry(attempts = 2), fallback(value = 7))]
fn with_settings() -> Answer {
    Ok(1)
}

#[resilient(service = "database")]
#[timeout(2s)]
async fn above_another() -> Answer {
    Ok(1)
}

#[retry]
#[resilient(service = "database")]
fn below_a_retry() -> Answer {
    Ok(1)
}

#[resilient(DATABASE, operation = "query")]
async fn operation_alone() -> Answer {
    Ok(1)
}

#[resilient(service = database, operation = 7)]
fn not_strings() -> Answer {
    Ok(1)
}

#[resilient(service = "")]
fn empty() -> Answer {
    Ok(1)
}

#[resilient(service = "database", operation = "two\nlines")]
fn two_lines() -> Answer {
    Ok(1)
}

#[circuit_breaker(service = "database")]
fn of_another_attribute() -> Answer {
    Ok(1)
}

struct Client;

impl Client {
    #[resilient(service = "database")]
    fn consumed(self) -> Answer {
        Ok(1)
    }
}

struct NotClone;

#[resilient(service = "database")]
fn not_clone(_argument: NotClone) -> Answer {
    Ok(1)
}

#[derive(Debug)]
struct Plain;

#[resilient(service = "database")]
fn error_without_refusals() -> Result<u32, Plain> {
    Ok(1)
}

fn main() {
    let _ = DATABASE;
}
