//! The runtime under another name: every attribute takes `crate = path`, and a preset finds its crate by itself.
#![forbid(unsafe_code)]
#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(clippy::missing_errors_doc, clippy::unnecessary_wraps, clippy::unused_async, missing_docs)]

use std::io;

use rz::{bulkhead, circuit_breaker, fallback, preset, rate_limit, resilient, retry, timeout};

preset! {
    /// Settings of this crate.
    pub const LOCAL: Preset = {
        circuit_breaker(threshold = 2),
        retry(attempts = 2, backoff = fixed(0ms)),
        timeout(5s),
    };
}

#[fallback(crate = rz, stand_in)]
#[timeout(10s, crate = rz)]
#[retry(backoff = fixed(0ms), crate = rz)]
#[rate_limit(1000 / 1s, crate = rz)]
#[circuit_breaker("renamed", threshold = 2, crate = rz)]
#[bulkhead(max_concurrent = 2, crate = rz)]
#[timeout(5s, crate = rz)]
pub async fn every_layer(text: String) -> io::Result<usize> {
    Ok(text.len())
}

async fn stand_in(_text: String) -> io::Result<usize> {
    Ok(0)
}

#[resilient(LOCAL, crate = rz)]
pub async fn with_preset(x: u32) -> io::Result<u32> {
    Ok(x)
}

pub struct Store;

#[resilient(LOCAL, crate = rz)]
impl Store {
    pub async fn get(&self, x: u32) -> io::Result<u32> {
        Ok(x)
    }

    #[retry(attempts = 3)]
    pub async fn put(&self, x: u32) -> io::Result<u32> {
        Ok(x)
    }
}

/// A re-export of the runtime, as a framework on top of it would have one.
pub mod framework {
    pub use rz as resilience;
}

#[circuit_breaker(crate = crate::framework::resilience)]
pub fn through_a_framework(x: u32) -> io::Result<u32> {
    Ok(x)
}

#[tokio::test]
async fn the_runtime_is_found_under_another_name() {
    assert_eq!(every_layer("four".into()).await.unwrap(), 4);
    assert_eq!(with_preset(4).await.unwrap(), 4);
    assert_eq!(through_a_framework(4).unwrap(), 4);
    assert_eq!((Store.get(4).await.unwrap(), Store.put(4).await.unwrap()), (4, 4));
}
