//! Each once, at the user's token, and none about what we write around the body.

#![deny(unused, deprecated)]

use resilience::{Rejected, circuit_breaker, fallback, retry, timeout};

#[deprecated]
fn old() -> u8 {
    1
}

#[circuit_breaker("a")]
pub fn unused_argument(a: u8) -> Result<u8, Rejected> {
    Ok(1)
}

#[retry]
pub fn unused_argument_under_retry(a: String, (b, c): (u8, u8)) -> Result<u8, Rejected> {
    Ok(b)
}

#[retry]
#[timeout(1s)]
pub async fn unused_argument_later(a: String, mut b: u8) -> Result<u8, Rejected> {
    Ok(b)
}

#[circuit_breaker("a")]
pub fn unused_mut(mut a: u8) -> Result<u8, Rejected> {
    let mut b = a;
    Ok(b)
}

#[retry]
pub async fn unused_local(a: u8) -> Result<u8, Rejected> {
    let b = 5;
    old();
    Ok(a)
}

#[fallback(value = old())]
pub fn unreachable(a: u8) -> Result<u8, Rejected> {
    return Ok(a);
    Ok(2)
}

#[retry]
pub async fn not_awaited() -> Result<u8, Rejected> {
    unused_local(5);
    Ok(2)
}

#[circuit_breaker("a")]
fn never_called() -> Result<u8, Rejected> {
    Ok((2))
}

fn main() {
    unused_argument(5);
}
