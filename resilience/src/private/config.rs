//! Settings, as the compiler checks them.

use std::{marker::PhantomData, time::Duration};

use crate::{
    circuit_breaker::{self, Window},
    name,
    retry::Backoff,
    timeout,
};

/// Proves that an attribute's path is ours: module and macro share one name, and the module holds one of these.
pub struct Marker<T>(PhantomData<fn() -> T>);

impl<T> Marker<T> {
    /// The mark.
    #[must_use]
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// Stops the compilation with a validator's words, at the caller's token.
///
/// # Panics
///
/// In constants only: that is the compile error.
#[track_caller]
pub const fn check(problem: Option<&'static str>) {
    if let Some(problem) = problem {
        panic!("{}", problem);
    }
}

/// What is wrong with a policy's name.
#[must_use]
pub const fn name_problem(name: &str) -> Option<&'static str> {
    name::problem(name)
}

/// Why a timeout inside a breaker makes its `slow_call` meaningless.
#[must_use]
pub const fn slow_call_problem(
    breaker: &circuit_breaker::Config,
    timeout: &timeout::Config,
) -> Option<&'static str> {
    breaker.slow_call_problem(timeout.settings().limit)
}

/// Why a timeout inside another is no use.
#[must_use]
pub const fn nested_timeout_problem(
    outer: &timeout::Config,
    inner: &timeout::Config,
) -> Option<&'static str> {
    inner.nested_problem(outer)
}

/// Why a preset with a timeout cannot guard a function that is not async.
#[must_use]
pub const fn sync_timeout_problem(timeout: Option<timeout::Config>) -> Option<&'static str> {
    match timeout {
        Some(_) => Some(
            "this preset has a timeout, which needs an async function: a blocking call cannot be dropped",
        ),
        None => None,
    }
}

/// A setting whose type decides what it means.
pub struct Value<T>(pub T);

impl Value<u32> {
    /// A window of so many calls.
    #[must_use]
    pub const fn window(self) -> Window {
        Window::Calls(self.0)
    }
}

impl Value<Duration> {
    /// A window of so much time.
    #[must_use]
    pub const fn window(self) -> Window {
        Window::Time(self.0)
    }
}

impl Value<Window> {
    /// The window itself.
    #[must_use]
    pub const fn window(self) -> Window {
        self.0
    }
}

impl Value<Backoff> {
    /// The backoff itself.
    #[must_use]
    pub const fn backoff(self) -> Backoff {
        self.0
    }
}

impl Value<fn(u32) -> Duration> {
    /// The backoff that a function computes.
    #[must_use]
    pub const fn backoff(self) -> Backoff {
        Backoff::custom(self.0)
    }
}
