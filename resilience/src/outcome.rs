use std::{error::Error, fmt};

use crate::Rejected;

/// What a call yields between two layers of a stack, when it did not succeed: the function's own error, or a
/// refusal by one of the layers.
///
/// Fallback closures and the `on` patterns of `#[fallback]` see it; callers never do, since the outermost layer turns
/// a refusal into the function's own error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure<E> {
    /// The function ran and returned this error.
    Error(E),
    /// A layer refused the call, or cut it off.
    Rejected(Rejected),
}

impl<E> Failure<E> {
    /// The function's own error, if it is one.
    pub const fn error(&self) -> Option<&E> {
        match self {
            Self::Error(error) => Some(error),
            Self::Rejected(_) => None,
        }
    }

    /// The refusal, if it is one.
    pub const fn rejected(&self) -> Option<&Rejected> {
        match self {
            Self::Error(_) => None,
            Self::Rejected(rejected) => Some(rejected),
        }
    }

    /// The function's error type again: a refusal is converted with `From<Rejected>`.
    pub fn into_error(self) -> E
    where
        E: From<Rejected>,
    {
        match self {
            Self::Error(error) => error,
            Self::Rejected(rejected) => rejected.into(),
        }
    }
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Rejected(rejected) => rejected.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for Failure<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Error(error) => error.source(),
            Self::Rejected(_) => None,
        }
    }
}

impl<E> From<Rejected> for Failure<E> {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

/// How a circuit breaker takes the outcome of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The dependency answered as it should.
    Success,
    /// The dependency failed.
    Failure,
    /// Says nothing about the dependency: counted apart, never judged.
    Neither,
}
