//! The function is there in spite of the mistake, so its callers are not in error too.

use resilience::{Rejected, circuit_breaker, retry};

#[circuit_breaker("a", treshold = 3)]
#[retry(attempts = 3)]
fn quote(symbol: &str) -> Result<u8, Rejected> {
    symbol.parse().map_err(|_| unreachable!())
}

#[retry(attempts = 3, max_elapsed = 30x)]
async fn quote_later(symbol: &str) -> Result<u8, Rejected> {
    quote(symbol)
}

struct Client;

impl Client {
    #[retry(3)]
    fn get(&self) -> Result<u8, Rejected> {
        quote("a")
    }
}

async fn caller() -> Result<u8, Rejected> {
    Ok(quote("a")? + quote_later("b").await? + Client.get()?)
}

fn main() {
    drop(caller());
}
