use resilience::{Rejected, circuit_breaker, fallback, presets::HTTP_API, resilient, retry, timeout};

#[circuit_breaker("a", threshold = 5, threshold = 6, name = "b")]
fn twice() -> Result<(), Rejected> {
    Ok(())
}

#[retry(attempts = , jitter = full)]
fn no_value() -> Result<(), Rejected> {
    Ok(())
}

#[retry(attempts = 3 jitter = full)]
fn no_comma() -> Result<(), Rejected> {
    Ok(())
}

#[fallback(value = (), value = ())]
fn values() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(HTTP_API, preset = HTTP_API)]
async fn presets() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(HTTP_API, retry(attempts = 2), retry(attempts = 3))]
async fn sections() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker]
#[retry = 3]
#[timeout = "3s"]
async fn assigned() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
