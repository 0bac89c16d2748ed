//! The user's own `Result`, `Ok`, `Option`, `Some`, `core` and `std`, and names like ours.

#![deny(warnings)]
#![allow(dead_code, unused_macros, non_snake_case)]

use resilience::{circuit_breaker, fallback, retry, timeout};

mod core {}
mod std {}

type Result<T> = ::core::result::Result<T, resilience::Rejected>;

struct Some;
struct None;
struct Option;
struct Failure;
trait Clone {}

macro_rules! panic {
    () => {};
}

#[retry]
#[circuit_breaker("a")]
fn blocking(__failure: u8, __value: u8, __answer: u8, __error: ::std::string::String) -> Result<u8> {
    let __permit1 = __failure;
    enum Shadow {
        Ok,
        Err,
    }
    {
        use Shadow::*;
        drop((Ok, Err));
    }
    drop(__error);
    Ok(__permit1 + __value + __answer)
}

#[fallback(value = 3)]
#[retry]
#[timeout(1s)]
async fn later(__retry0: u8, __site: u8, __tier: ::std::string::String) -> Result<u8> {
    drop(__tier);
    Ok(__retry0 + __site)
}

fn main() {
    let _ = blocking(1, 2, 3, ::std::string::String::new());
    ::core::mem::drop(later(1, 2, ::std::string::String::new()));
}
