use resilience::{Rejected, presets::CACHE, resilient, retry};

const NUMBER: u32 = 5;

#[resilient("cache")]
async fn text() -> Result<(), Rejected> {
    Ok(())
}

#[retry(preset = 5)]
fn number() -> Result<(), Rejected> {
    Ok(())
}

#[resilient]
async fn nothing() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(name = "x")]
async fn only_a_name() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(CACHE, CACHE)]
async fn two() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(CACHE, retrys(attempts = 2))]
async fn slip() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(CACHE, hedging(attempts = 2))]
async fn unknown() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(CACHE, retry(crate = resilience))]
async fn inner_crate() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
