//! Fallback tiers: functions and closures, sync and async, all brought to one shape.

use std::future::{Future, Ready, ready};

use super::bounds::Answer;

/// The marker of a tier that answers at once. Inferred, never named.
pub enum Now {}

/// The marker of a tier that answers later. Inferred, never named.
pub enum Later {}

/// What a tier may return in an async function. The marker keeps the two impls apart: a `Result` is no future.
#[diagnostic::on_unimplemented(
    message = "a fallback must return `Result<{T}, {E}>`, or a future of it, but this one returns `{Self}`",
    label = "expected `Result<{T}, {E}>`, or a future of it"
)]
pub trait Tier<When, T, E> {
    type Answer: Future<Output = Result<T, E>>;

    fn answer(self) -> Self::Answer;
}

#[diagnostic::do_not_recommend]
impl<T, E> Tier<Now, T, E> for Result<T, E> {
    type Answer = Ready<Self>;

    fn answer(self) -> Ready<Self> {
        ready(self)
    }
}

#[diagnostic::do_not_recommend]
impl<F: Future<Output = Result<T, E>>, T, E> Tier<Later, T, E> for F {
    type Answer = F;

    fn answer(self) -> F {
        self
    }
}

/// The future of a tier. `impl Future` and not `F::Answer`: the latter would put a second, unreadable error beside
/// that of [`Tier`].
pub fn given<R, When, F>(tier: F) -> impl Future<Output = Result<R::Value, R::Error>>
where
    R: Answer,
    F: Tier<When, R::Value, R::Error>,
{
    tier.answer()
}

/// Gives a closure the type of its argument, which `|failure| ..` alone does not have when its body is checked.
#[inline]
pub fn on<A, R>(argument: A, closure: impl FnOnce(A) -> R) -> R {
    closure(argument)
}
