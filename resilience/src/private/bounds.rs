//! What an expansion asks of the user's types: each question is one trait, and a `no` is one sentence of ours at the type.
//!
//! The blanket impls are marked `do_not_recommend`, so that rustc reports our trait and not the bound behind it.

#![allow(clippy::inline_always)] // Each is a call away from the function that it guards.

use std::time::Duration;

use crate::{
    Failure, Rejected,
    rejected::Refusal,
    retry::{Attempts, Exhausted, Retrying},
};

/// What a guarded function returns. Structural, so that aliases and associated types that are a `Result` count.
///
/// A body's answer goes through `result`, and the function's through `answer`: a return type that is no `Result` is then one
/// error, and not also a mismatch at every `Ok`. Both are identities (measured: the same instructions).
#[diagnostic::on_unimplemented(
    message = "a resilience attribute needs a function that returns `Result`, but this one returns `{Self}`",
    label = "expected `Result<T, E>`",
    note = "a refused call is an `Err`, so there must be room for one: return `Result<{Self}, resilience::Rejected>`, for example"
)]
pub trait Answer {
    type Value;
    type Error;

    fn result(self) -> Result<Self::Value, Self::Error>;
    /// The same of a body that a timeout may have cut off.
    fn in_time(result: Result<Self, Rejected>) -> Result<Self::Value, Failure<Self::Error>>
    where
        Self: Sized;
    fn answer(result: Result<Self::Value, Self::Error>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E> Answer for Result<T, E> {
    type Value = T;
    type Error = E;

    #[inline(always)]
    fn result(self) -> Self {
        self
    }

    #[inline(always)]
    fn in_time(result: Result<Self, Rejected>) -> Result<T, Failure<E>> {
        match result {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(Failure::Error(error)),
            Err(rejected) => Err(Failure::Rejected(rejected)),
        }
    }

    #[inline(always)]
    fn answer(result: Self) -> Self {
        result
    }
}

/// An error type that can say "the call was refused".
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot represent a call that a resilience attribute refused",
    label = "this error type needs `From<resilience::Rejected>`",
    note = "add `impl From<resilience::Rejected> for {Self}`, or put an unconditional `#[fallback(..)]` on top"
)]
pub trait FromRejected: Sized {
    /// The function's own error again, where a layer may have refused.
    fn into_error(failure: Failure<Self>) -> Self;

    /// The function's answer to a refusal by its outermost layer.
    fn refuse<R: Answer<Error = Self>>(rejected: &Rejected) -> R;
}

#[diagnostic::do_not_recommend]
impl<E: From<Rejected>> FromRejected for E {
    #[inline]
    fn into_error(failure: Failure<E>) -> E {
        match failure {
            Failure::Error(error) => error,
            Failure::Rejected(rejected) => rejected.into(),
        }
    }

    // A function of its own writes the answer where the caller wants it, in one piece. Inside the guarded function it would
    // share its memory with other answers, be written in halves, and the caller could not copy it before all are written.
    #[cold]
    #[inline(never)]
    fn refuse<R: Answer<Error = E>>(rejected: &Rejected) -> R {
        R::answer(Err((*rejected).into()))
    }
}

/// An argument that another attempt, or a fallback, can be given once more.
#[diagnostic::on_unimplemented(
    message = "an argument of type `{Self}` cannot be used again for another attempt or a fallback",
    label = "this argument is moved into every attempt, so it must implement `Clone`",
    note = "take it by reference, wrap it in `Arc`, or implement `Clone`"
)]
pub trait Reusable {
    #[must_use]
    fn again(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Reusable for T {
    #[inline]
    fn again(&self) -> Self {
        self.clone()
    }
}

/// A failure that is handed to a fallback closure and kept for `all_failed` as well.
#[diagnostic::on_unimplemented(
    message = "`all_failed` keeps every failure, so a closure before it needs a clone, but `{Self}` is not `Clone`",
    label = "this error type needs `Clone`",
    note = "implement `Clone`, or use the path of a function, which is given the arguments and not the failure"
)]
pub trait Keepable {
    #[must_use]
    fn keep(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: Clone> Keepable for E {
    fn keep(&self) -> Self {
        self.clone()
    }
}

/// What no expansion does. Of one function for all, so that the panic is one call where it stands.
#[cold]
#[inline(never)]
fn impossible(what: &str) -> ! {
    unreachable!("{what}")
}

/// The function's own error again, where no layer below can refuse: no bound on `E`.
///
/// # Panics
///
/// Never in an expansion: the attributes name it only where every layer below yields `Failure::Error`.
#[inline]
pub fn only_error<E>(failure: Failure<E>) -> E {
    match failure {
        Failure::Error(error) => error,
        Failure::Rejected(_) => impossible("no layer of this stack refuses calls"),
    }
}

/// The error of a body that failed.
///
/// # Panics
///
/// Never in an expansion, which has looked.
#[inline]
pub fn own_failure<T, E>(result: Result<T, E>) -> Failure<E> {
    match result {
        Err(error) => Failure::Error(error),
        Ok(_) => impossible("the body failed"),
    }
}

/// The refusal of a circuit breaker of this stack.
#[inline]
#[must_use]
pub fn refused<E>(refusal: Refusal) -> Failure<E> {
    Failure::Rejected(refusal.into())
}

/// The failure once more, for a closure, while `all_failed` keeps this one.
pub fn keep<E: Keepable>(failure: &Failure<E>) -> Failure<E> {
    match failure {
        Failure::Error(error) => Failure::Error(error.keep()),
        Failure::Rejected(rejected) => Failure::Rejected(*rejected),
    }
}

/// An argument out of its slot: a clone while somebody else may need it, itself for the `last` one.
///
/// # Panics
///
/// When the argument is asked for once more after its last use, which no expansion does.
#[inline]
pub fn lend<T: Reusable>(slot: &mut Option<T>, last: bool) -> T {
    let argument = if last { slot.take() } else { slot.as_ref().map(Reusable::again) };
    argument.expect("an argument is lent before its last use only")
}

/// The same for an attempt: itself for the last that there may be.
#[inline]
pub fn argument<T: Reusable>(attempts: &Attempts<'_>, slot: &mut Option<T>) -> T {
    lend(slot, !attempts.may_follow())
}

/// What a `value = ..` has to be.
#[inline]
pub fn value<R: Answer>(value: R::Value) -> R::Value {
    value
}

/// Gives a `failure_if` or `retry_if` closure the type of its argument.
#[inline]
pub fn predicate<T, E>(answer: Result<&T, &E>, predicate: impl FnOnce(Result<&T, &E>) -> bool) -> bool {
    predicate(answer)
}

/// The same, where only the whole type can be written.
#[inline]
pub fn predicate_of<R: Answer>(
    answer: Result<&R::Value, &R::Error>,
    predicate: impl FnOnce(Result<&R::Value, &R::Error>) -> bool,
) -> bool {
    predicate(answer)
}

/// Asks a fallback closure of a blocking function.
pub fn tier<R: Answer>(failure: Failure<R::Error>, closure: impl FnOnce(Failure<R::Error>) -> R) -> R {
    closure(failure)
}

/// Asks `all_failed` for the error of every failure.
pub fn all_failed<E, const N: usize>(
    failures: [Failure<E>; N],
    map: impl FnOnce([Failure<E>; N]) -> E,
) -> Failure<E> {
    Failure::Error(map(failures))
}

/// Asks `exhausted` for the error of a call whose repeats are used up.
pub fn exhausted<E>(exhausted: Exhausted<E>, map: impl FnOnce(Exhausted<E>) -> E) -> Failure<E> {
    Failure::Error(map(exhausted))
}

/// What a retry is told of the errors where nothing is written: every one is worth another attempt. A function of ours, since
/// a closure is one more body for rustc to build.
#[inline(always)]
#[must_use]
pub const fn always<E>(_: &E) -> bool {
    true
}

/// The same of the server's own hint: there is none.
#[inline(always)]
#[must_use]
pub const fn no_hint<E>(_: &E) -> Option<Duration> {
    None
}

/// Gives an `on_retry` closure the type of its argument.
pub fn notify(retrying: &Retrying<'_>, hook: impl FnOnce(&Retrying<'_>)) {
    hook(retrying);
}

/// Drops a failure that nobody asks for any more. A function of ours, since clippy dislikes `drop` of what has no `Drop`.
#[allow(clippy::needless_pass_by_value)]
pub fn done<E>(_failure: Failure<E>) {}
