use resilience::{Rejected, circuit_breaker, presets::{self, CACHE}, resilient, retry};

#[resilient(CASHE)]
async fn slip() -> Result<(), Rejected> {
    Ok(())
}

#[retry(preset = presets::DATABASES)]
fn path() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a", preset = CACHE)]
fn used() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
