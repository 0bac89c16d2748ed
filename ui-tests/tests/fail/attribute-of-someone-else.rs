use resilience::{Rejected, circuit_breaker};
use tokio::main as retry;

#[circuit_breaker("a")]
#[retry]
async fn stolen() -> Result<u8, Rejected> {
    Ok(0)
}

#[circuit_breaker("b")]
#[timeout(1s)]
async fn not_imported() -> Result<u8, Rejected> {
    Ok(0)
}

fn main() {}
