use resilience::{Rejected, bulkhead, circuit_breaker, fallback, rate_limit, resilient, retry, timeout};

#[circuit_breaker("a", treshold = 5, windw = 30s)]
fn slips() -> Result<(), Rejected> {
    Ok(())
}

#[retry(bananas = 3)]
fn nothing_like_it() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("b", max_concurent = 3)]
fn one_letter() -> Result<(), Rejected> {
    Ok(())
}

#[rate_limit(100 / 1s, brust = 3)]
fn turned() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(1s, nam = "x")]
async fn short() -> Result<(), Rejected> {
    Ok(())
}

#[fallback(value = (), all_faild = |_| unreachable!())]
fn tier() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(presett = resilience::presets::CACHE)]
async fn preset() -> Result<(), Rejected> {
    Ok(())
}

#[retry(preset_name = 3, r#in = 4)]
fn keyword() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
