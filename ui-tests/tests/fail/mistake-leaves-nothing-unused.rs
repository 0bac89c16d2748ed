#![deny(warnings)]

use resilience::{
    Rejected, circuit_breaker,
    presets::{CACHE, DATABASE},
    resilient,
};

#[resilient(DATABASE, nam = "x")]
async fn preset(x: u8) -> Result<u8, Rejected> {
    Ok(x)
}

struct Client;

impl Client {
    #[circuit_breaker(preset = CACHE, treshold = 3)]
    fn section(&self, x: u8) -> Result<u8, Rejected> {
        Ok(x)
    }
}

fn main() {
    drop(preset(1));
    let _ = Client.section(1);
}
