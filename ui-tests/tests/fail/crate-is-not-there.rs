use resilience::{Rejected, circuit_breaker, retry};

#[circuit_breaker("a", threshold = 3, open_for = 5s, crate = resiliense)]
#[retry(attempts = 4, on = Rejected { .. })]
fn blocking(x: String) -> Result<usize, Rejected> {
    Ok(x.len())
}

#[circuit_breaker(key = x, crate = ::resiliense)]
async fn with_a_key(x: String) -> Result<usize, Rejected> {
    Ok(x.len())
}

fn main() {}
