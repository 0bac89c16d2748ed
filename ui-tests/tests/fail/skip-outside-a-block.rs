use resilience::{Rejected, circuit_breaker, resilient};

#[resilient(skip)]
fn function() -> Result<u32, Rejected> {
    Ok(1)
}

struct Store;

impl Store {
    #[circuit_breaker]
    #[resilient(skip)]
    fn method(&self) -> Result<u32, Rejected> {
        Ok(1)
    }
}

fn main() {
    let _ = (function(), Store.method());
}
