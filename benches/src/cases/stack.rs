//! Everything at once: a fallback around a retry around a breaker around a bulkhead, in async functions around a timeout.

use std::time::Duration;

use resilience::{
    Bulkhead, CircuitBreaker, Failure, Fallback, Retry, Timeout, bulkhead, circuit_breaker, fallback, retry,
    timeout,
};

use crate::{
    case::Case,
    row::{Row, Subject},
    work::{FATAL, Fault, ready, work},
};

use super::nothing;

#[inline(never)]
#[fallback(value = 0)]
#[retry]
#[circuit_breaker("bench-stack")]
#[bulkhead("bench-stack")]
fn stack(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[fallback(value = 0)]
#[retry]
#[circuit_breaker("bench-stack-async")]
#[bulkhead("bench-stack-async")]
#[timeout(1s)]
async fn stack_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[fallback(value = 0)]
#[retry(backoff = fixed(0ms), jitter = none)]
#[circuit_breaker("bench-stack-open", threshold = 1, open_for = 7d)]
#[bulkhead("bench-stack-open")]
fn open(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[fallback(value = 0)]
#[retry(backoff = fixed(0ms), jitter = none)]
#[circuit_breaker("bench-stack-open")]
#[bulkhead("bench-stack-open")]
#[timeout(1s)]
async fn open_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

/// Opens the breaker of `open` and `open_async`.
fn open_it() {
    let _ = open(FATAL);
}

/// The same layers as handles.
#[derive(Clone)]
struct Layers {
    fallback: Fallback,
    retry: Retry,
    breaker: CircuitBreaker,
    bulkhead: Bulkhead,
    timeout: Timeout,
}

impl Layers {
    fn new() -> Self {
        Self::made().expect("settings without a contradiction")
    }

    fn made() -> Result<Self, resilience::ConfigError> {
        let config = circuit_breaker::Config::new().threshold(1).open_for(Duration::from_hours(7 * 24));
        Ok(Self {
            fallback: Fallback::new("bench")?,
            retry: Retry::new("bench", retry::Config::new())?,
            breaker: CircuitBreaker::new("bench", config)?,
            bulkhead: Bulkhead::new("bench", bulkhead::Config::new())?,
            timeout: Timeout::new("bench", timeout::Config::new().limit(Duration::from_secs(1)))?,
        })
    }

    fn opened() -> Self {
        let layers = Self::new();
        let _ = layers.breaker.call(|| work::<Fault>(FATAL));
        layers
    }

    fn call(&self, x: u64) -> Result<u64, Fault> {
        self.fallback.call(
            || self.retry.call_if(|| self.breaker.call(|| self.bulkhead.call(|| work::<Fault>(x))), ours),
            |_| Ok(0),
        )
    }

    async fn call_async(&self, x: u64) -> Result<u64, Fault> {
        let attempt = || {
            let limited = self.timeout.call_async(ready(x, work::<Fault>));
            self.breaker.call_async(self.bulkhead.call_async(limited))
        };
        self.fallback.call_async(self.retry.call_async_if(attempt, ours), async |_| Ok(0)).await
    }
}

/// Whether it was the guarded function's own error, which is worth another attempt.
fn ours<E>(failure: &Failure<E>) -> bool {
    failure.error().is_some()
}

pub(super) fn rows() -> Vec<Row> {
    use Subject::{Attribute, Handle};
    vec![
        Row::function(Case::Stack, Attribute, nothing, stack),
        Row::async_function(Case::Stack, Attribute, nothing, stack_async),
        Row::policy(Case::Stack, Handle, Layers::new, |layers, x| layers.call(x)),
        Row::async_policy(Case::Stack, Handle, Layers::new, async |layers: &mut Layers, x| {
            layers.call_async(x).await
        }),
        Row::function(Case::StackOpen, Attribute, open_it, open),
        Row::async_function(Case::StackOpen, Attribute, open_it, open_async),
        Row::policy(Case::StackOpen, Handle, Layers::opened, |layers, x| layers.call(x)),
        Row::async_policy(Case::StackOpen, Handle, Layers::opened, async |layers: &mut Layers, x| {
            layers.call_async(x).await
        }),
    ]
}
