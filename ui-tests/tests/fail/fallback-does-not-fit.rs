use resilience::{Failure, Rejected, circuit_breaker, fallback};

fn cached(_symbol: &str) -> Result<u8, Rejected> {
    Ok(1)
}

fn text(_symbol: &str) -> Result<String, Rejected> {
    Ok(String::new())
}

fn bare(_symbol: &str) -> u8 {
    1
}

fn no_arguments() -> Result<u8, Rejected> {
    Ok(1)
}

fn number(_symbol: u32) -> Result<u8, Rejected> {
    Ok(1)
}

async fn later(_symbol: &str) -> Result<u8, Rejected> {
    Ok(1)
}

#[fallback(text)]
fn other_type(symbol: &str) -> Result<u8, Rejected> {
    symbol.parse().map_err(|_| unreachable!())
}

#[fallback(bare)]
fn no_result(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(cached, no_arguments)]
fn fewer_arguments(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(cached, number)]
fn other_arguments(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(later)]
fn async_in_blocking(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(|_| "text")]
fn closure_type(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(|_, _| Ok(1))]
fn closure_arguments(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(|failure: Rejected| Err(failure))]
fn closure_argument(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(value = "text")]
fn value_type(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(value = Ok(3))]
fn value_in_ok(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(text)]
async fn other_type_later(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(bare)]
async fn no_result_later(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(cached, no_arguments)]
#[circuit_breaker("a")]
async fn fewer_arguments_later(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(|_| async { "text" })]
async fn closure_type_later(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

#[fallback(|failure| match failure { Failure::Error(_) => Ok("text"), other => Ok("other") })]
async fn closure_result_later(symbol: &str) -> Result<u8, Rejected> {
    cached(symbol)
}

fn main() {}
