use super::{Layer, Pipeline, order};
use crate::{Bulkhead, CircuitBreaker, ConfigError, Fallback, RateLimit, Retry, Timeout};

/// Makes a [`Pipeline`], the outermost layer first.
///
/// Policies come from a registry, where everybody finds them by name, or stand alone. The same kind may stand more than
/// once where that means something: a timeout above a retry bounds the whole call, below it each attempt.
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it builds"]
pub struct PipelineBuilder {
    layers: Vec<Layer>,
}

macro_rules! layers {
    ($($(#[$doc:meta])* $method:ident $variant:ident;)*) => {$(
        $(#[$doc])*
        pub fn $method(self, policy: $variant) -> Self {
            self.layer(Layer::$variant(policy))
        }
    )*};
}

impl PipelineBuilder {
    pub(super) const fn new() -> Self {
        Self { layers: Vec::new() }
    }

    pub(crate) fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    layers! {
        /// Here stands the fallback that a call's [`Rules`](super::Rules) bring, and is counted under this name. A call
        /// that brings none passes.
        fallback Fallback;
        /// Everything further down is repeated.
        retry Retry;
        /// Counts what is further down, and stops calling it.
        circuit_breaker CircuitBreaker;
        /// So many calls at once go further down.
        bulkhead Bulkhead;
        /// So many calls in a period go further down.
        rate_limit RateLimit;
        /// What is further down is dropped when it takes longer. For awaited calls only.
        timeout Timeout;
    }

    /// The pipeline.
    ///
    /// ```
    /// use resilience::{Fallback, Pipeline, Retry, retry::Config};
    ///
    /// let problem = Pipeline::builder()
    ///     .retry(Retry::new("stock", Config::new())?)
    ///     .fallback(Fallback::new("stock")?)
    ///     .build()
    ///     .unwrap_err();
    /// assert_eq!(
    ///     problem.to_string(),
    ///     "a `fallback` below a retry hides every failure from it, so nothing would be retried; write it above the retry"
    /// );
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No layer at all, or an order that contradicts itself: a fallback below a retry, two retries or fallbacks, the same
    /// policy twice, two timeouts directly above each other, a timeout that is not below the one around it, a breaker's
    /// `slow_call` that is not below the timeout inside it.
    pub fn build(self) -> Result<Pipeline, ConfigError> {
        order::check(&self.layers)?;
        Ok(Pipeline::of(self.layers))
    }
}
