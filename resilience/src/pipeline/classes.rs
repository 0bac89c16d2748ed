//! What outcomes mean: the part of [`Rules`](super::Rules) that is asked by reference.

use std::{fmt::Debug, time::Duration};

use crate::{
    Failure, Verdict,
    retry::{Exhausted, Retrying},
};

/// What outcomes mean: the part of [`Rules`](super::Rules) that is asked by reference.
#[derive(Clone, Copy, Debug, Default)]
pub struct Classes<J = Unset, W = Unset, H = Unset, O = Unset, N = Unset, X = Unset, A = Unset> {
    pub(super) judge: J,
    pub(super) wanted: W,
    pub(super) hint: H,
    pub(super) covered: O,
    pub(super) told: N,
    pub(super) spent: X,
    pub(super) gathered: A,
}

impl Classes {
    pub(super) const fn new() -> Self {
        Self {
            judge: Unset,
            wanted: Unset,
            hint: Unset,
            covered: Unset,
            told: Unset,
            spent: Unset,
            gathered: Unset,
        }
    }
}

/// Nothing was said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unset;

/// A closure that is asked about errors.
#[derive(Clone, Copy, Debug)]
pub struct OfErrors<F>(pub(super) F);

/// A closure that is asked about every answer.
#[derive(Clone, Copy, Debug)]
pub struct OfAnswers<F>(pub(super) F);

/// A closure that is told of repeats.
#[derive(Clone, Copy, Debug)]
pub struct OfRepeats<F>(pub(super) F);

/// A closure that is given calls whose repeats are used up.
#[derive(Clone, Copy, Debug)]
pub struct OfEnds<F>(pub(super) F);

/// A closure that is given every failure of a call.
#[derive(Clone, Copy, Debug)]
pub struct OfFailures<F>(pub(super) F);

/// A question about an answer.
pub trait Ask<T, E, A> {
    /// What the closure says; `default` where nothing was said.
    fn ask(&self, answer: Result<&T, &E>, ok: A, error: A) -> A;
}

impl<T, E, A> Ask<T, E, A> for Unset {
    fn ask(&self, answer: Result<&T, &E>, ok: A, error: A) -> A {
        if answer.is_ok() { ok } else { error }
    }
}

impl<T, E, A, F: Fn(&E) -> A> Ask<T, E, A> for OfErrors<F> {
    fn ask(&self, answer: Result<&T, &E>, ok: A, _: A) -> A {
        match answer {
            Ok(_) => ok,
            Err(error) => (self.0)(error),
        }
    }
}

impl<T, E, A, F: Fn(Result<&T, &E>) -> A> Ask<T, E, A> for OfAnswers<F> {
    fn ask(&self, answer: Result<&T, &E>, _: A, _: A) -> A {
        (self.0)(answer)
    }
}

/// Which failures a fallback is for.
pub trait Cover<E> {
    /// Whether it is for this one.
    fn covers(&self, failure: &Failure<E>) -> bool;
}

impl<E> Cover<E> for Unset {
    fn covers(&self, _: &Failure<E>) -> bool {
        true
    }
}

impl<E, F: Fn(&Failure<E>) -> bool> Cover<E> for OfErrors<F> {
    fn covers(&self, failure: &Failure<E>) -> bool {
        (self.0)(failure)
    }
}

/// Who hears of repeats.
pub trait Notify<E> {
    /// The attempt of this number failed like that, or gave an answer that is not wanted; the next follows after `delay`.
    fn notify(&self, attempt: u32, delay: Duration, failure: Option<&Failure<E>>);
}

impl<E> Notify<E> for Unset {
    fn notify(&self, _: u32, _: Duration, _: Option<&Failure<E>>) {}
}

impl<E: Debug, F: Fn(&Retrying<'_>)> Notify<E> for OfRepeats<F> {
    fn notify(&self, attempt: u32, delay: Duration, failure: Option<&Failure<E>>) {
        let error = failure.map(|failure| match failure {
            Failure::Error(error) => error as &dyn Debug,
            Failure::Rejected(rejected) => rejected,
        });
        (self.0)(&Retrying { attempt, delay, error });
    }
}

/// What a call whose repeats are used up ends with.
pub trait Exhaust<E> {
    /// Whether anybody asks how long the call took.
    const IS_TIMED: bool;

    /// The failure of the whole call.
    fn exhaust(&self, end: Exhausted<E>) -> Failure<E>;
}

impl<E> Exhaust<E> for Unset {
    const IS_TIMED: bool = false;

    fn exhaust(&self, end: Exhausted<E>) -> Failure<E> {
        end.last
    }
}

impl<E, F: Fn(Exhausted<E>) -> E> Exhaust<E> for OfEnds<F> {
    const IS_TIMED: bool = true;

    fn exhaust(&self, end: Exhausted<E>) -> Failure<E> {
        Failure::Error((self.0)(end))
    }
}

/// What a call whose fallback failed ends with.
pub trait Gather<E> {
    /// What is kept of the call's failure while the fallback runs.
    type Kept;

    /// Keeps it.
    fn keep(&self, failure: &Failure<E>) -> Self::Kept;

    /// The error of the whole call.
    fn gather(&self, kept: Self::Kept, last: E) -> E;
}

impl<E> Gather<E> for Unset {
    type Kept = ();

    fn keep(&self, _: &Failure<E>) {}

    fn gather(&self, (): (), last: E) -> E {
        last
    }
}

impl<E: Clone, F: Fn([Failure<E>; 2]) -> E> Gather<E> for OfFailures<F> {
    type Kept = Failure<E>;

    fn keep(&self, failure: &Failure<E>) -> Failure<E> {
        failure.clone()
    }

    fn gather(&self, kept: Failure<E>, last: E) -> E {
        (self.0)([kept, Failure::Error(last)])
    }
}

/// Everything that the layers ask about the outcome of a call.
pub trait Classification<T, E> {
    /// Whether anybody asks how long a call took whose repeats are used up.
    const IS_TIMED: bool;
    /// What is kept of a failure while the fallback runs.
    type Kept;

    /// What it means to a circuit breaker.
    fn verdict(&self, answer: Result<&T, &E>) -> Verdict;
    /// Whether it is worth a repeat.
    fn is_wanted_again(&self, answer: Result<&T, &E>) -> bool;
    /// When the server wants to be asked again.
    fn hint(&self, error: &E) -> Option<Duration>;
    /// The attempt of this number will be repeated after `delay`.
    fn repeats(&self, attempt: u32, delay: Duration, failure: Option<&Failure<E>>);
    /// The failure of a call whose repeats are used up.
    fn exhausted(&self, end: Exhausted<E>) -> Failure<E>;
    /// Whether the fallback is for it.
    fn covers(&self, failure: &Failure<E>) -> bool;
    /// Keeps of it what is asked for when the fallback has failed.
    fn keep(&self, failure: &Failure<E>) -> Self::Kept;
    /// The error of a call whose fallback failed, with what was kept.
    fn all_failed(&self, kept: Self::Kept, last: E) -> E;
}

impl<T, E, J, W, H, O, N, X, A> Classification<T, E> for Classes<J, W, H, O, N, X, A>
where
    J: Ask<T, E, Verdict>,
    W: Ask<T, E, bool>,
    H: Ask<T, E, Option<Duration>>,
    O: Cover<E>,
    N: Notify<E>,
    X: Exhaust<E>,
    A: Gather<E>,
{
    const IS_TIMED: bool = X::IS_TIMED;
    type Kept = A::Kept;

    fn verdict(&self, answer: Result<&T, &E>) -> Verdict {
        self.judge.ask(answer, Verdict::Success, Verdict::Failure)
    }

    fn is_wanted_again(&self, answer: Result<&T, &E>) -> bool {
        self.wanted.ask(answer, false, true)
    }

    fn hint(&self, error: &E) -> Option<Duration> {
        self.hint.ask(Err(error), None, None)
    }

    fn repeats(&self, attempt: u32, delay: Duration, failure: Option<&Failure<E>>) {
        self.told.notify(attempt, delay, failure);
    }

    fn exhausted(&self, end: Exhausted<E>) -> Failure<E> {
        self.spent.exhaust(end)
    }

    fn covers(&self, failure: &Failure<E>) -> bool {
        self.covered.covers(failure)
    }

    fn keep(&self, failure: &Failure<E>) -> A::Kept {
        self.gathered.keep(failure)
    }

    fn all_failed(&self, kept: A::Kept, last: E) -> E {
        self.gathered.gather(kept, last)
    }
}
