use resilience::{Rejected, circuit_breaker, retry};

#[circuit_breaker("a")]
#[retry]
async fn missing_semicolon() -> Result<u8, Rejected> {
    let a = 5
    let b = 6;
    Ok(a + b)
}

#[retry]
fn missing_operand() -> Result<u8, Rejected> {
    Ok(5 + )
}

fn main() {}
