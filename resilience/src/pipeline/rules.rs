use std::{
    future::{Future, Ready},
    time::Duration,
};

use crate::{Failure, Verdict};

/// What the outcomes of a call mean to the layers of a pipeline, and what stands in for one that fails: everything of a
/// stack that depends on the types of the call and so cannot be part of the [`Pipeline`](crate::Pipeline) itself.
///
/// What is not said is as in the attributes: every `Err` is a failure to each circuit breaker and worth a repeat, every
/// `Ok` is neither, and nothing stands in.
///
/// ```
/// use resilience::{Failure, Pipeline, Verdict, CircuitBreaker, circuit_breaker::Config, pipeline::Rules};
///
/// #[derive(Debug, PartialEq)]
/// enum StockError {
///     UnknownItem,
///     Down,
/// }
///
/// let breaker = CircuitBreaker::new("stock", Config::new().threshold(1))?;
/// let pipeline = Pipeline::builder().circuit_breaker(breaker.clone()).build()?;
/// let rules = Rules::new()
///     .classify(|error: &StockError| match error {
///         StockError::UnknownItem => Verdict::Neither,
///         StockError::Down => Verdict::Failure,
///     })
///     .fallback(|failure| match failure {
///         Failure::Error(StockError::Down) | Failure::Rejected(_) => Ok(0),
///         Failure::Error(error) => Err(error),
///     });
///
/// let unknown = pipeline.call_with(rules, || Err::<u32, _>(StockError::UnknownItem));
/// assert_eq!(unknown, Err(Failure::Error(StockError::UnknownItem)));
/// assert_eq!(pipeline.call_with(rules, || Err(StockError::Down)), Ok(0));
/// assert_eq!((breaker.snapshot().ignored, breaker.snapshot().errors), (1, 1));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
///
/// The closures are kept as they are, without a box, and a value of rules can be copied or cloned if they can.
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "rules do nothing until a call is made with them"]
pub struct Rules<C = Classes, G = Unset> {
    pub(super) classes: C,
    pub(super) tier: G,
}

impl Rules {
    /// Nothing said.
    pub const fn new() -> Self {
        Self { classes: Classes { judge: Unset, wanted: Unset, hint: Unset, covered: Unset }, tier: Unset }
    }
}

impl<J, W, H, O, G> Rules<Classes<J, W, H, O>, G> {
    /// What an error means to the circuit breakers of the pipeline. An `Ok` is a success.
    pub fn classify<E, F: Fn(&E) -> Verdict>(self, classify: F) -> Rules<Classes<OfErrors<F>, W, H, O>, G> {
        let Classes { wanted, hint, covered, .. } = self.classes;
        Rules { classes: Classes { judge: OfErrors(classify), wanted, hint, covered }, tier: self.tier }
    }

    /// What an answer, an `Ok` too, means to the circuit breakers of the pipeline; in the place of
    /// [`classify`](Self::classify).
    pub fn judge<T, E, F: Fn(Result<&T, &E>) -> Verdict>(
        self,
        judge: F,
    ) -> Rules<Classes<OfAnswers<F>, W, H, O>, G> {
        let Classes { wanted, hint, covered, .. } = self.classes;
        Rules { classes: Classes { judge: OfAnswers(judge), wanted, hint, covered }, tier: self.tier }
    }

    /// Which errors are worth a repeat. An `Ok` is not. Refusals of the pipeline's own layers follow fixed rules: an open
    /// circuit ends the retrying, a rate limit or a full bulkhead is waited for, a timeout is repeated.
    pub fn retry_on<E, F: Fn(&E) -> bool>(self, wanted: F) -> Rules<Classes<J, OfErrors<F>, H, O>, G> {
        let Classes { judge, hint, covered, .. } = self.classes;
        Rules { classes: Classes { judge, wanted: OfErrors(wanted), hint, covered }, tier: self.tier }
    }

    /// Which answers, an `Ok` too, are worth a repeat; in the place of [`retry_on`](Self::retry_on).
    pub fn retry_if<T, E, F: Fn(Result<&T, &E>) -> bool>(
        self,
        wanted: F,
    ) -> Rules<Classes<J, OfAnswers<F>, H, O>, G> {
        let Classes { judge, hint, covered, .. } = self.classes;
        Rules { classes: Classes { judge, wanted: OfAnswers(wanted), hint, covered }, tier: self.tier }
    }

    /// The server's own hint, when to try again. A longer one replaces the delay that the retry would take.
    pub fn retry_after<E, F: Fn(&E) -> Option<Duration>>(
        self,
        hint: F,
    ) -> Rules<Classes<J, W, OfErrors<F>, O>, G> {
        let Classes { judge, wanted, covered, .. } = self.classes;
        Rules { classes: Classes { judge, wanted, hint: OfErrors(hint), covered }, tier: self.tier }
    }

    /// Which failures the [`fallback`](Self::fallback) is for; without this, for every one.
    pub fn fallback_on<E, F: Fn(&Failure<E>) -> bool>(
        self,
        covered: F,
    ) -> Rules<Classes<J, W, H, OfErrors<F>>, G> {
        let Classes { judge, wanted, hint, .. } = self.classes;
        Rules { classes: Classes { judge, wanted, hint, covered: OfErrors(covered) }, tier: self.tier }
    }

    /// What answers when the call cannot: given the failure, it returns a `Result`, or a future of one for
    /// [`call_async_with`](crate::Pipeline::call_async_with). It stands where the pipeline has its fallback, and outermost
    /// in a pipeline that has none, where no figure counts it.
    pub fn fallback<E, R, F: FnOnce(Failure<E>) -> R>(
        self,
        tier: F,
    ) -> Rules<Classes<J, W, H, O>, FallBack<F>> {
        Rules { classes: self.classes, tier: FallBack(tier) }
    }
}

/// What outcomes mean: the part of [`Rules`] that is asked by reference.
#[derive(Clone, Copy, Debug, Default)]
pub struct Classes<J = Unset, W = Unset, H = Unset, O = Unset> {
    judge: J,
    wanted: W,
    hint: H,
    covered: O,
}

/// Nothing was said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unset;

/// A closure that is asked about errors.
#[derive(Clone, Copy, Debug)]
pub struct OfErrors<F>(F);

/// A closure that is asked about every answer.
#[derive(Clone, Copy, Debug)]
pub struct OfAnswers<F>(F);

/// A closure that stands in.
#[derive(Clone, Copy, Debug)]
pub struct FallBack<F>(F);

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

/// Everything that the layers ask about the outcome of a call.
pub trait Classification<T, E> {
    /// What it means to a circuit breaker.
    fn verdict(&self, answer: Result<&T, &E>) -> Verdict;
    /// Whether it is worth a repeat.
    fn is_wanted_again(&self, answer: Result<&T, &E>) -> bool;
    /// When the server wants to be asked again.
    fn hint(&self, error: &E) -> Option<Duration>;
    /// Whether the fallback is for it.
    fn covers(&self, failure: &Failure<E>) -> bool;
}

impl<T, E, J, W, H, O> Classification<T, E> for Classes<J, W, H, O>
where
    J: Ask<T, E, Verdict>,
    W: Ask<T, E, bool>,
    H: Ask<T, E, Option<Duration>>,
    O: Cover<E>,
{
    fn verdict(&self, answer: Result<&T, &E>) -> Verdict {
        self.judge.ask(answer, Verdict::Success, Verdict::Failure)
    }

    fn is_wanted_again(&self, answer: Result<&T, &E>) -> bool {
        self.wanted.ask(answer, false, true)
    }

    fn hint(&self, error: &E) -> Option<Duration> {
        self.hint.ask(Err(error), None, None)
    }

    fn covers(&self, failure: &Failure<E>) -> bool {
        self.covered.covers(failure)
    }
}

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
