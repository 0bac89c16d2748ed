//! Settings, as the compiler checks them.

use std::time::Duration;

use crate::{
    Preset, bulkhead,
    circuit_breaker::{self, Window},
    name, rate_limit,
    retry::{self, Backoff},
    timeout,
};

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

/// A policy's name that is written, if there is nothing wrong with it.
///
/// # Panics
///
/// In constants only: that is the compile error.
#[must_use]
#[track_caller]
pub const fn named(name: &'static str) -> Option<&'static str> {
    check(name::problem(name));
    Some(name)
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

/// What an attribute names as its preset, which has to be one: of a field, rustc says that and no more.
#[derive(Clone, Copy)]
pub struct Given {
    pub preset: Preset,
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

/// What `window = X` may be.
#[diagnostic::on_unimplemented(
    message = "`window` is a number of calls or a duration, but this is `{Self}`",
    label = "expected a `u32`, a `Duration` or a `Window`"
)]
pub trait IsWindow {}

#[diagnostic::do_not_recommend]
impl IsWindow for u32 {}
#[diagnostic::do_not_recommend]
impl IsWindow for Duration {}
#[diagnostic::do_not_recommend]
impl IsWindow for Window {}

/// What `backoff = X` may be.
#[diagnostic::on_unimplemented(
    message = "`backoff` is a `Backoff` or a function of the attempt's number, but this is `{Self}`",
    label = "expected a `Backoff` or a `fn(u32) -> Duration`"
)]
pub trait IsBackoff {}

#[diagnostic::do_not_recommend]
impl IsBackoff for Backoff {}
#[diagnostic::do_not_recommend]
impl IsBackoff for fn(u32) -> Duration {}

/// Methods of last resort. The inherent ones of [`Value`] win; what has none gets here, and the bound says what is wrong, in
/// words of ours and without "no method named".
pub trait NoValue {
    type Inner;

    fn window(self) -> Window
    where
        Self::Inner: IsWindow;

    fn backoff(self) -> Backoff
    where
        Self::Inner: IsBackoff;
}

impl<T> NoValue for Value<T> {
    type Inner = T;

    fn window(self) -> Window
    where
        T: IsWindow,
    {
        unreachable!("the inherent method wins")
    }

    fn backoff(self) -> Backoff
    where
        T: IsBackoff,
    {
        unreachable!("the inherent method wins")
    }
}

/// What `preset = X` may be in the attribute of a policy with the settings `C`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a preset that this attribute can use",
    label = "expected a `Preset`, or a constant of this policy's `Config`"
)]
pub trait PresetFor<C> {}

macro_rules! preset_for {
    ($($module:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl PresetFor<$module::Config> for Preset {}
        #[diagnostic::do_not_recommend]
        impl PresetFor<$module::Config> for $module::Config {}
    )*};
}

preset_for! { circuit_breaker retry bulkhead rate_limit timeout }

/// The same for presets. Written out, since rustc shows these lines.
pub trait NoPreset {
    fn __circuit_breaker_section(&self) -> Option<circuit_breaker::Config>
    where
        Self: PresetFor<circuit_breaker::Config>,
    {
        unreachable!("the inherent method wins")
    }

    fn __retry_section(&self) -> Option<retry::Config>
    where
        Self: PresetFor<retry::Config>,
    {
        unreachable!("the inherent method wins")
    }

    fn __bulkhead_section(&self) -> Option<bulkhead::Config>
    where
        Self: PresetFor<bulkhead::Config>,
    {
        unreachable!("the inherent method wins")
    }

    fn __rate_limit_section(&self) -> Option<rate_limit::Config>
    where
        Self: PresetFor<rate_limit::Config>,
    {
        unreachable!("the inherent method wins")
    }

    fn __timeout_section(&self) -> Option<timeout::Config>
    where
        Self: PresetFor<timeout::Config>,
    {
        unreachable!("the inherent method wins")
    }
}

impl<T> NoPreset for T {}
