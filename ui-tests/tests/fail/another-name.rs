use resilience::{Rejected, circuit_breaker, retry as again};

#[circuit_breaker("a")]
#[again(attempts = 2)]
fn below() -> Result<u8, Rejected> {
    Ok(0)
}

fn main() {}
