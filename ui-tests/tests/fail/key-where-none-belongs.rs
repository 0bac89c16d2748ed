use resilience::{Rejected, bulkhead, circuit_breaker, fallback, presets::HTTP_API, resilient, retry, timeout};

#[retry(key = host)]
fn repeated(host: &str) -> Result<(), Rejected> {
    Ok(())
}

#[timeout(1s, key = host)]
async fn timed(host: &str) -> Result<(), Rejected> {
    Ok(())
}

#[fallback(value = (), key = host)]
fn stand_in(host: &str) -> Result<(), Rejected> {
    Ok(())
}

#[resilient(HTTP_API, key = host)]
fn whole(host: &str) -> Result<(), Rejected> {
    Ok(())
}

resilience::preset! {
    pub const KEYED: Preset = { circuit_breaker(key = host) };
}

#[circuit_breaker("a", max_keys = 10)]
fn bound_of_nothing(host: &str) -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("b", key = host, max_keys = 0)]
fn no_keys(host: &str) -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("c", key = host, max_keys = 10_000_001)]
fn too_many_keys(host: &str) -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("d", partition_key = host)]
fn of_another_framework(host: &str) -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("e", key = host, key = host)]
fn twice(host: &str) -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead(key = host)]
#[bulkhead(key = host, max_concurrent = 3)]
fn neighbours(host: &str) -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
