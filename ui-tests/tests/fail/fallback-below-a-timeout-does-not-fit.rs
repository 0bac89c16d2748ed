use resilience::{Failure, Rejected, circuit_breaker, fallback, timeout};

fn cached(_symbol: &str) -> Result<u8, Rejected> {
    Ok(1)
}

fn text(_symbol: &str) -> Result<String, Rejected> {
    Ok(String::new())
}

async fn bare(_symbol: &str) -> u8 {
    1
}

fn no_arguments() -> Result<u8, Rejected> {
    Ok(1)
}

#[timeout(1s)]
#[fallback(text)]
async fn other_type(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[timeout(1s)]
#[fallback(bare)]
#[circuit_breaker("a")]
async fn no_result(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[timeout(1s)]
#[fallback(cached, no_arguments)]
async fn fewer_arguments(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[timeout(1s)]
#[fallback(|_| async { "text" })]
async fn closure_type(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[timeout(1s)]
#[fallback(value = bare(symbol).await.to_string())]
async fn value_type(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[timeout(1s)]
#[fallback(value = 1, on = Failure::Error(_) if bare(symbol).await)]
async fn condition_type(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

fn main() {}
