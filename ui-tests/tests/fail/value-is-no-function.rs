use resilience::{Rejected, circuit_breaker, fallback, retry};

#[circuit_breaker("a", failure_if = true)]
fn breaker() -> Result<(), Rejected> {
    Ok(())
}

#[retry(retry_if = Rejected::Any(_), retry_after = 5s, on_retry = "log", exhausted = make())]
fn repeats() -> Result<(), Rejected> {
    Ok(())
}

#[fallback(value = (), on = _, all_failed = 5)]
fn tiers() -> Result<(), Rejected> {
    Ok(())
}

#[fallback(5)]
fn literal() -> Result<u8, Rejected> {
    Ok(0)
}

#[fallback(cached())]
fn called() -> Result<u8, Rejected> {
    Ok(0)
}

struct Client;

impl Client {
    #[fallback(self.cached)]
    fn field(&self) -> Result<u8, Rejected> {
        Ok(0)
    }
}

#[fallback]
fn nothing() -> Result<u8, Rejected> {
    Ok(0)
}

#[fallback(value = 3, all_failed = |failures| failures[0])]
fn never() -> Result<u8, Rejected> {
    Ok(0)
}

fn main() {}
