//! Asks a type whether it can be printed, and takes no for an answer.

use std::fmt::Debug;

use crate::Failure;

/// A question about a failure. The first of two traits that fits answers it: [`DebugYes`] on the probe itself,
/// [`DebugNo`] one reference further.
pub struct Probe<'a, E>(pub &'a Failure<E>);

/// The error can be printed.
pub trait DebugYes<'a> {
    /// The error, or the refusal.
    fn debug(&self) -> Option<&'a dyn Debug>;
}

impl<'a, E: Debug> DebugYes<'a> for Probe<'a, E> {
    fn debug(&self) -> Option<&'a dyn Debug> {
        match self.0 {
            Failure::Error(error) => Some(error),
            Failure::Rejected(rejected) => Some(rejected),
        }
    }
}

/// The error cannot be printed.
pub trait DebugNo<'a> {
    /// The refusal, if it is one.
    fn debug(&self) -> Option<&'a dyn Debug>;
}

impl<'a, E> DebugNo<'a> for &Probe<'a, E> {
    fn debug(&self) -> Option<&'a dyn Debug> {
        match self.0 {
            Failure::Error(_) => None,
            Failure::Rejected(rejected) => Some(rejected),
        }
    }
}
