use std::time::Duration;

use super::{
    classes::{Classes, OfAnswers, OfEnds, OfErrors, OfFailures, OfRepeats, Unset},
    tier::FallBack,
};
use crate::{
    Failure, Verdict,
    retry::{Exhausted, Retrying},
};

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
        Self { classes: Classes::new(), tier: Unset }
    }
}

#[allow(
    clippy::type_complexity,
    reason = "a parameter for each thing that can be said; nobody writes them down"
)]
impl<J, W, H, O, N, X, A, G> Rules<Classes<J, W, H, O, N, X, A>, G> {
    /// What an error means to the circuit breakers of the pipeline. An `Ok` is a success.
    pub fn classify<E, F: Fn(&E) -> Verdict>(
        self,
        classify: F,
    ) -> Rules<Classes<OfErrors<F>, W, H, O, N, X, A>, G> {
        let Classes { wanted, hint, covered, told, spent, gathered, .. } = self.classes;
        let judge = OfErrors(classify);
        Rules { classes: Classes { judge, wanted, hint, covered, told, spent, gathered }, tier: self.tier }
    }

    /// What an answer, an `Ok` too, means to the circuit breakers of the pipeline; in the place of
    /// [`classify`](Self::classify).
    pub fn judge<T, E, F: Fn(Result<&T, &E>) -> Verdict>(
        self,
        judge: F,
    ) -> Rules<Classes<OfAnswers<F>, W, H, O, N, X, A>, G> {
        let Classes { wanted, hint, covered, told, spent, gathered, .. } = self.classes;
        let judge = OfAnswers(judge);
        Rules { classes: Classes { judge, wanted, hint, covered, told, spent, gathered }, tier: self.tier }
    }

    /// Which errors are worth a repeat. An `Ok` is not. Refusals of the pipeline's own layers follow fixed rules: an open
    /// circuit ends the retrying, a rate limit or a full bulkhead is waited for, a timeout is repeated.
    pub fn retry_on<E, F: Fn(&E) -> bool>(
        self,
        wanted: F,
    ) -> Rules<Classes<J, OfErrors<F>, H, O, N, X, A>, G> {
        let Classes { judge, hint, covered, told, spent, gathered, .. } = self.classes;
        let wanted = OfErrors(wanted);
        Rules { classes: Classes { judge, wanted, hint, covered, told, spent, gathered }, tier: self.tier }
    }

    /// Which answers, an `Ok` too, are worth a repeat; in the place of [`retry_on`](Self::retry_on).
    pub fn retry_if<T, E, F: Fn(Result<&T, &E>) -> bool>(
        self,
        wanted: F,
    ) -> Rules<Classes<J, OfAnswers<F>, H, O, N, X, A>, G> {
        let Classes { judge, hint, covered, told, spent, gathered, .. } = self.classes;
        let wanted = OfAnswers(wanted);
        Rules { classes: Classes { judge, wanted, hint, covered, told, spent, gathered }, tier: self.tier }
    }

    /// The server's own hint, when to try again. A longer one replaces the delay that the retry would take.
    pub fn retry_after<E, F: Fn(&E) -> Option<Duration>>(
        self,
        hint: F,
    ) -> Rules<Classes<J, W, OfErrors<F>, O, N, X, A>, G> {
        let Classes { judge, wanted, covered, told, spent, gathered, .. } = self.classes;
        let hint = OfErrors(hint);
        Rules { classes: Classes { judge, wanted, hint, covered, told, spent, gathered }, tier: self.tier }
    }

    /// Told of each repeat, before the wait for it; never after the last attempt. The errors of the call must be `Debug`,
    /// since they are shown to it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{Pipeline, Retry, pipeline::Rules, retry::{Backoff, Config, Retrying}};
    ///
    /// let retry = Retry::new("feed", Config::new().attempts(2).backoff(Backoff::fixed(Duration::ZERO)))?;
    /// let pipeline = Pipeline::builder().retry(retry).build()?;
    /// let rules = Rules::new().on_retry(|retrying: &Retrying<'_>| {
    ///     assert_eq!((retrying.attempt, retrying.delay), (1, Duration::ZERO));
    ///     assert_eq!(format!("{:?}", retrying.error.unwrap()), "\"connection reset\"");
    /// });
    /// assert!(pipeline.call_with(rules, || Err::<(), _>("connection reset")).is_err());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn on_retry<F: Fn(&Retrying<'_>)>(
        self,
        hook: F,
    ) -> Rules<Classes<J, W, H, O, OfRepeats<F>, X, A>, G> {
        let Classes { judge, wanted, hint, covered, spent, gathered, .. } = self.classes;
        let told = OfRepeats(hook);
        Rules { classes: Classes { judge, wanted, hint, covered, told, spent, gathered }, tier: self.tier }
    }

    /// Makes the error of a call whose repeats were wanted and are used up; without this it is the last one. Layers above
    /// the retry, and the [`fallback`](Self::fallback), see the error that this makes.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{Failure, Pipeline, Retry, pipeline::Rules, retry::{Backoff, Config, Exhausted}};
    ///
    /// let retry = Retry::new("feed", Config::new().attempts(3).backoff(Backoff::fixed(Duration::ZERO)))?;
    /// let pipeline = Pipeline::builder().retry(retry).build()?;
    /// let rules = Rules::new().exhausted(|end: Exhausted<String>| match end.last {
    ///     Failure::Error(last) => format!("{last}, {} times", end.attempts),
    ///     Failure::Rejected(rejected) => rejected.to_string(),
    /// });
    /// let answer = pipeline.call_with(rules, || Err::<(), _>(String::from("connection reset")));
    /// assert_eq!(answer, Err(Failure::Error("connection reset, 3 times".into())));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn exhausted<E, F: Fn(Exhausted<E>) -> E>(
        self,
        map: F,
    ) -> Rules<Classes<J, W, H, O, N, OfEnds<F>, A>, G> {
        let Classes { judge, wanted, hint, covered, told, gathered, .. } = self.classes;
        let spent = OfEnds(map);
        Rules { classes: Classes { judge, wanted, hint, covered, told, spent, gathered }, tier: self.tier }
    }

    /// Which failures the [`fallback`](Self::fallback) is for; without this, for every one.
    pub fn fallback_on<E, F: Fn(&Failure<E>) -> bool>(
        self,
        covered: F,
    ) -> Rules<Classes<J, W, H, OfErrors<F>, N, X, A>, G> {
        let Classes { judge, wanted, hint, told, spent, gathered, .. } = self.classes;
        let covered = OfErrors(covered);
        Rules { classes: Classes { judge, wanted, hint, covered, told, spent, gathered }, tier: self.tier }
    }

    /// What answers when the call cannot: given the failure, it returns a `Result`, or a future of one for
    /// [`call_async_with`](crate::Pipeline::call_async_with). It stands where the pipeline has its fallback, and outermost
    /// in a pipeline that has none, where no figure counts it.
    pub fn fallback<E, R, F: FnOnce(Failure<E>) -> R>(
        self,
        tier: F,
    ) -> Rules<Classes<J, W, H, O, N, X, A>, FallBack<F>> {
        Rules { classes: self.classes, tier: FallBack(tier) }
    }
}

#[allow(
    clippy::type_complexity,
    reason = "a parameter for each thing that can be said; nobody writes them down"
)]
impl<J, W, H, O, N, X, A, G> Rules<Classes<J, W, H, O, N, X, A>, FallBack<G>> {
    /// Makes the error of a call whose [`fallback`](Self::fallback) failed as well, of both failures in their order; without
    /// this it is the fallback's. The errors of the call must be `Clone`, since the fallback is given the first of them.
    ///
    /// ```
    /// use resilience::{Failure, Pipeline, CircuitBreaker, circuit_breaker::Config, pipeline::Rules};
    ///
    /// let pipeline = Pipeline::builder().circuit_breaker(CircuitBreaker::new("stock", Config::new())?).build()?;
    /// let rules = Rules::new()
    ///     .fallback(|_| Err(String::from("no copy")))
    ///     .all_failed(|[call, copy]: [Failure<String>; 2]| format!("{call}; {copy}"));
    /// let answer = pipeline.call_with(rules, || Err::<u32, _>(String::from("timed out")));
    /// assert_eq!(answer, Err(Failure::Error("timed out; no copy".into())));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn all_failed<E, F: Fn([Failure<E>; 2]) -> E>(
        self,
        map: F,
    ) -> Rules<Classes<J, W, H, O, N, X, OfFailures<F>>, FallBack<G>> {
        let Classes { judge, wanted, hint, covered, told, spent, .. } = self.classes;
        let gathered = OfFailures(map);
        Rules { classes: Classes { judge, wanted, hint, covered, told, spent, gathered }, tier: self.tier }
    }
}
