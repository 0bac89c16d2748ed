use std::{future::Future, pin::Pin};

use resilience::{Rejected, circuit_breaker, fallback, presets::HTTP_API, resilient, retry, timeout};

#[circuit_breaker("a")]
const fn constant() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a")]
#[track_caller]
fn tracked() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a")]
fn future() -> impl Future<Output = Result<(), Rejected>> {
    async { Ok(()) }
}

#[circuit_breaker("a")]
fn boxed() -> Pin<Box<dyn Future<Output = Result<(), Rejected>> + Send>> {
    Box::pin(async { Ok(()) })
}

#[timeout(1s)]
fn blocking() -> Result<(), Rejected> {
    Ok(())
}

#[resilient(retry(attempts = 2), timeout(1s), total_timeout(5s))]
fn blocking_section() -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("a")]
fn nothing() {}

#[circuit_breaker("a")]
async fn nothing_later() {}

#[circuit_breaker("a")]
fn opaque() -> impl Iterator<Item = u8> {
    [0].into_iter()
}

trait Service {
    #[circuit_breaker("a")]
    fn required(&self) -> Result<(), Rejected>;

    #[retry]
    #[circuit_breaker("a")]
    async fn required_later(&self) -> Result<(), Rejected>;
}

struct Client(u8);

impl Client {
    #[retry]
    fn by_value(self) -> Result<(), Rejected> {
        Ok(())
    }

    #[retry]
    fn boxed(self: Box<Self>) -> Result<(), Rejected> {
        Ok(())
    }

    #[resilient(HTTP_API)]
    async fn maybe_by_value(self) -> Result<(), Rejected> {
        Ok(())
    }

    #[fallback(Self::cached)]
    fn given_to_a_tier(self) -> Result<(), Rejected> {
        Ok(())
    }

    fn cached(self) -> Result<(), Rejected> {
        Ok(())
    }

    #[retry]
    fn lent(&mut self) -> Result<&mut u8, Rejected> {
        Ok(&mut self.0)
    }

    #[retry]
    async fn lent_by_name<'a>(&self, out: &'a mut u8) -> Result<&'a u8, Rejected> {
        Ok(out)
    }
}

unsafe extern "C" {
    #[circuit_breaker("a")]
    fn foreign(format: *const u8, ...) -> Result<(), Rejected>;
}

fn main() {}
