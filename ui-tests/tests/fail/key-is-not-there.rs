use resilience::{Rejected, circuit_breaker};

#[circuit_breaker("e", key = hots)]
fn slip(host: &str) -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("f", key = self.host)]
async fn no_receiver(host: &str) -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
