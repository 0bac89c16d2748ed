use resilience::{circuit_breaker, resilient, retry};

#[circuit_breaker("a")]
struct Client;

#[retry]
impl Client {}

#[resilient(resilience::presets::CACHE)]
mod client {}

#[retry]
const ATTEMPTS: u32 = 3;

#[retry]
trait Service {
    fn get(&self);
}

fn main() {}
