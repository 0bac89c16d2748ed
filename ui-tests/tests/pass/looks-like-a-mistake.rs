//! What is legal although it resembles something that is refused.

#![deny(warnings)]

use std::{sync::Arc, time::Duration};

use resilience::{
    Failure, Rejected, bulkhead, circuit_breaker, fallback, presets::DATABASE, rate_limit, resilient,
    retry, timeout,
};

const QUOTES: &str = "quotes";
const LIMIT: Duration = Duration::from_secs(2);
const CALLS: u32 = 50;
const BREAKER: circuit_breaker::Config = circuit_breaker::Config::new();
const BACKOFF: retry::Backoff = retry::Backoff::fixed(LIMIT);

// A lower bound of a default that was not written gives way.
#[circuit_breaker("trials", half_open = 1)]
fn one_trial() -> Result<(), Rejected> {
    Ok(())
}

// A name as a bare word, as a constant, as an expression.
#[circuit_breaker(quotes)]
#[bulkhead(name = QUOTES)]
#[rate_limit(CALLS / LIMIT, name = concat!("quotes", "!"))]
fn names() -> Result<(), Rejected> {
    Ok(())
}

// Zero where it means something.
#[retry(backoff = fixed(0ms))]
#[bulkhead(max_wait = 0ms)]
fn zeros() -> Result<(), Rejected> {
    Ok(())
}

// Constants where literals are checked by the macro.
#[retry(attempts = CALLS / 25, backoff = BACKOFF, max_elapsed = LIMIT.saturating_mul(3))]
#[circuit_breaker("constants", preset = BREAKER, window = CALLS, failure_rate = 1.0 / 2.0)]
fn constants() -> Result<(), Rejected> {
    Ok(())
}

// A binding with a guard does not match everything.
#[circuit_breaker("guarded", ignore = error if error.reason().to_string().is_empty())]
fn guarded() -> Result<(), Rejected> {
    Ok(())
}

// A fallback below a retry, for some failures only.
#[retry]
#[fallback(value = (), on = Failure::Rejected(_))]
#[circuit_breaker("some")]
fn some() -> Result<(), Rejected> {
    Ok(())
}

// Two breakers of two names; a timeout above and below the retry.
#[circuit_breaker("outer")]
#[timeout(5s)]
#[retry]
#[circuit_breaker("inner")]
#[timeout(1s)]
async fn twice() -> Result<(), Rejected> {
    Ok(())
}

// A preset's timeout, where the function says its own.
#[resilient(DATABASE, timeout(1s), total_timeout(2s))]
async fn overridden() -> Result<(), Rejected> {
    Ok(())
}

struct Client;

impl Client {
    #[retry]
    fn shared(self: Arc<Self>) -> Result<(), Rejected> {
        Ok(())
    }

    #[circuit_breaker("by value")]
    fn by_value(self) -> Result<(), Rejected> {
        Ok(())
    }

    #[circuit_breaker("lent")]
    fn lent(&mut self) -> Result<&mut Self, Rejected> {
        Ok(self)
    }
}

type Answer<T> = Result<T, Rejected>;

// An alias is a `Result`.
#[circuit_breaker("alias")]
fn alias() -> Answer<u8> {
    Ok(1)
}

// An error type without `From<Rejected>`, where nothing is refused, or where an unconditional fallback stands on top.
struct Plain;

#[retry]
fn never_refused() -> Result<u8, Plain> {
    Err(Plain)
}

#[fallback(value = 3)]
#[circuit_breaker("caught")]
fn caught() -> Result<u8, Plain> {
    Ok(1)
}

fn main() {
    let _ = (one_trial(), names(), zeros(), constants(), guarded(), some(), alias());
    let _ = (never_refused().is_err(), caught().is_ok());
    drop((twice(), overridden()));
    let _ = (Arc::new(Client).shared(), Client.by_value(), Client.lent().is_ok());
}
