//! A crate without a prelude, in which every name that an expansion might need means something else.
#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(
    clippy::missing_errors_doc,
    clippy::unnecessary_wraps,
    clippy::unused_async,
    missing_docs,
    non_camel_case_types
)]

pub mod core {}
pub mod std {}
pub mod alloc {}
pub mod resilience {}
pub mod tokio {}
pub mod tracing {}

pub struct Option;
pub struct Some;
pub struct None;
pub struct Ok;
pub struct Err;
pub struct Result;
pub struct Failure;
pub struct Rejected;
pub struct Duration;
pub struct u32;
pub struct bool;
pub trait Clone {}
pub trait Future {}
pub trait From {}
pub trait Into {}
pub trait Drop {}
pub trait Send {}

#[allow(unused_macros)]
macro_rules! panic {
    () => {
        compile_error!("the expansion uses the user's `panic!`")
    };
}
#[allow(unused_macros)]
macro_rules! matches {
    () => {
        compile_error!("the expansion uses the user's `matches!`")
    };
}

/// The user's own trait with methods by the names that an expansion calls.
pub trait Meddler {
    fn admit(&self) -> ::core::primitive::u32 {
        1
    }
    fn clone(&self) -> ::core::primitive::u32 {
        2
    }
    fn success(&self) {}
}
impl<T> Meddler for T {}

#[::resilience::fallback(stand_in)]
#[::resilience::timeout(10s)]
#[::resilience::retry(attempts = 2, backoff = exponential(0ms..1ms), max_elapsed = 5s, retry_after = |_error| ::core::option::Option::None, on_retry = |_| {})]
#[::resilience::rate_limit(1000 / 1s, burst = 10)]
#[::resilience::circuit_breaker("hygiene", failure_rate = 50%, window = 10s, slow_call = 1s, slow_rate = 50%, ignore = ::std::io::Error { .. } if false)]
#[::resilience::bulkhead(max_concurrent = 2, max_wait = 10ms)]
#[::resilience::timeout(5s)]
pub async fn every_layer(
    text: ::std::string::String,
    out: &mut ::std::vec::Vec<::core::primitive::u32>,
) -> ::std::io::Result<::core::primitive::usize> {
    out.push(1);
    ::core::result::Result::Ok(text.len())
}

async fn stand_in(
    _text: ::std::string::String,
    _out: &mut ::std::vec::Vec<::core::primitive::u32>,
) -> ::std::io::Result<::core::primitive::usize> {
    ::core::result::Result::Ok(0)
}

::resilience::preset! {
    /// A preset.
    pub const LOCAL: Preset = {
        circuit_breaker(threshold = 2, open_for = 1s..5s),
        retry(attempts = 2),
        bulkhead(max_concurrent = 3),
        rate_limit(100 / 1s),
        timeout(5s),
        total_timeout(20s),
    };
}

#[::resilience::resilient(LOCAL)]
pub async fn with_preset(x: ::core::primitive::u32) -> ::std::io::Result<::core::primitive::u32> {
    ::core::result::Result::Ok(x)
}

#[::resilience::retry(backoff = fixed(0ms))]
#[::resilience::circuit_breaker]
pub fn sync(x: ::core::primitive::u32) -> ::std::io::Result<::core::primitive::u32> {
    ::core::result::Result::Ok(x)
}

pub struct Store;

#[::resilience::resilient(LOCAL, name = "hygiene-block")]
impl Store {
    pub async fn get(
        &self,
        x: ::core::primitive::u32,
    ) -> ::core::result::Result<::core::primitive::u32, ::std::io::Error> {
        ::core::result::Result::Ok(x)
    }

    #[::resilience::resilient(skip)]
    #[::resilience::retry(attempts = 1)]
    pub fn put(&mut self, x: ::core::primitive::u32) -> ::std::io::Result<::core::primitive::u32> {
        ::core::result::Result::Ok(x)
    }
}

#[::resilience::retry(attempts = 2, backoff = fixed(0ms))]
#[::resilience::rate_limit("hygiene", 1000 / 1s, key = host)]
#[::resilience::circuit_breaker("hygiene-keys", key = port, max_keys = 10)]
#[::resilience::bulkhead("hygiene", key = ::std::format!("{host}:{port}"))]
pub async fn keyed(
    host: &::core::primitive::str,
    port: ::core::primitive::u16,
) -> ::std::io::Result<::core::primitive::u16> {
    ::core::result::Result::Ok(port)
}

#[::resilience::circuit_breaker("hygiene-keys", key = host)]
pub fn keyed_sync(host: ::std::string::String) -> ::std::io::Result<::core::primitive::usize> {
    ::core::result::Result::Ok(host.len())
}
