//! What stands in for a call that fails: the part of [`Rules`](super::Rules) that is used up.

use std::future::{Future, Ready};

use super::classes::Unset;
use crate::Failure;

/// A closure that stands in.
#[derive(Clone, Copy, Debug)]
pub struct FallBack<F>(pub(super) F);

/// What stands in for a blocking call.
pub trait Tier<T, E> {
    /// The closure, if there is one.
    type Run: FnOnce(Failure<E>) -> Result<T, E>;

    /// The closure, if there is one.
    fn run(self) -> Option<Self::Run>;
}

impl<T, E> Tier<T, E> for Unset {
    type Run = fn(Failure<E>) -> Result<T, E>;

    fn run(self) -> Option<Self::Run> {
        None
    }
}

impl<T, E, F: FnOnce(Failure<E>) -> Result<T, E>> Tier<T, E> for FallBack<F> {
    type Run = F;

    fn run(self) -> Option<F> {
        Some(self.0)
    }
}

/// What stands in for an awaited call.
pub trait AsyncTier<T, E> {
    /// What it answers with.
    type Answer: Future<Output = Result<T, E>>;
    /// The closure, if there is one.
    type Run: FnOnce(Failure<E>) -> Self::Answer;

    /// The closure, if there is one.
    fn run(self) -> Option<Self::Run>;
}

impl<T, E> AsyncTier<T, E> for Unset {
    type Answer = Ready<Result<T, E>>;
    type Run = fn(Failure<E>) -> Self::Answer;

    fn run(self) -> Option<Self::Run> {
        None
    }
}

impl<T, E, A: Future<Output = Result<T, E>>, F: FnOnce(Failure<E>) -> A> AsyncTier<T, E> for FallBack<F> {
    type Answer = A;
    type Run = F;

    fn run(self) -> Option<F> {
        Some(self.0)
    }
}
