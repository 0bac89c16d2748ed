//! Implementation detail of the `resilience` crate: its attributes, which are documented there.

#![forbid(unsafe_code)]

mod admission;
mod backoff;
mod block;
mod body;
mod borrow;
mod boxed;
mod catalogue;
mod check;
mod codegen;
mod cross;
mod duration;
mod errors;
mod expand;
mod fallback;
mod function;
mod key;
mod krate;
mod layer;
mod mention;
mod name;
mod outcome;
mod pattern;
mod plan;
mod policy;
mod preset;
mod retry;
mod section;
mod service;
mod setting;
mod settings;
mod shared;
mod signature;
mod site;
mod span;
mod stack;
mod tier;
mod value;
mod words;

#[cfg(test)]
mod snapshots;

use proc_macro::TokenStream;

use crate::policy::Policy;

macro_rules! attributes {
    ($($name:ident $policy:ident)*) => {$(
        #[allow(missing_docs)] // Each is documented where `resilience` reexports it.
        #[proc_macro_attribute]
        pub fn $name(args: TokenStream, item: TokenStream) -> TokenStream {
            expand::attribute(Policy::$policy, args.into(), &item.into()).into()
        }
    )*};
}

attributes! {
    circuit_breaker CircuitBreaker
    retry Retry
    bulkhead Bulkhead
    rate_limit RateLimit
    timeout Timeout
    fallback Fallback
    resilient Resilient
}

/// The keys of other frameworks and of functions, as tables: the runtime reads files with them.
#[doc(hidden)]
#[proc_macro]
pub fn __words(_: TokenStream) -> TokenStream {
    words::tables().into()
}

#[doc(hidden)]
#[proc_macro]
pub fn __preset(input: TokenStream) -> TokenStream {
    preset::expand(input.into()).into()
}
