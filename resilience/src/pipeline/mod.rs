//! Pipeline: any policies in any order, put together while the program runs.
//!
//! An attribute is for a function that is written down; a pipeline is for what only a configuration knows. It is made of
//! the same policies, in the same words: the first layer is the outermost, a position means what it means there, and an
//! order that contradicts itself is refused for the same reasons.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
//! use std::time::Duration;
//! use resilience::{Failure, Pipeline, circuit_breaker, registry, retry, timeout};
//!
//! let registry = registry();
//! let pipeline = Pipeline::builder()
//!     .retry(registry.add_retry("geocoder", retry::Config::new().attempts(2))?)
//!     .circuit_breaker(registry.add_circuit_breaker("geocoder", circuit_breaker::Config::new())?)
//!     .timeout(registry.add_timeout("geocoder", timeout::Config::new().limit(Duration::from_secs(2)))?)
//!     .build()?;
//!
//! let mut calls = 0;
//! let place = pipeline
//!     .call_async(|| {
//!         calls += 1;
//!         let fails = calls == 1;
//!         async move { if fails { Err("connection reset") } else { Ok("48.1 N") } }
//!     })
//!     .await;
//! assert_eq!(place, Ok("48.1 N"));
//! assert_eq!(registry.circuit_breaker("geocoder").unwrap().snapshot().errors, 1);
//! # Ok::<(), resilience::ConfigError>(())
//! # }).unwrap();
//! ```
//!
//! What depends on the types of a call, which errors count and what stands in for a failure, is said at the call, with
//! [`Rules`].
//!
//! A call allocates nothing through up to eight layers, and once beyond. One that has to wait under a timeout allocates
//! the timer. The future takes less than a kilobyte beside what it awaits, and is `Send` if that is.
//! A dropped call gives everything back, and a panic is counted, as below an attribute.
//!
//! A blocking call cannot be stopped from outside. Through a pipeline with a timeout it is therefore refused at once,
//! whatever it does, with [`Reason::NeedsAsync`](crate::Reason::NeedsAsync), so the first test of it says so; go without
//! the timeout where the client has limits of its own:
//!
//! ```
//! use std::time::Duration;
//! use resilience::{Failure, Pipeline, PolicyKind, Reason, Timeout, CircuitBreaker, circuit_breaker, timeout};
//!
//! let pipeline = Pipeline::builder()
//!     .circuit_breaker(CircuitBreaker::new("disk", circuit_breaker::Config::new())?)
//!     .timeout(Timeout::new("disk", timeout::Config::new().limit(Duration::from_secs(2)))?)
//!     .build()?;
//! let refused = pipeline.call(|| Ok::<_, &str>(1)).unwrap_err();
//! assert_eq!(refused.rejected().map(|rejected| rejected.reason()), Some(Reason::NeedsAsync));
//! assert_eq!(pipeline.without(PolicyKind::Timeout).call(|| Ok::<_, &str>(1)), Ok(1));
//! # Ok::<(), resilience::ConfigError>(())
//! ```

mod builder;
mod classes;
mod driver;
mod entering;
mod layer;
mod leaving;
mod order;
mod passage;
mod rules;
mod tier;

use std::{fmt, future::Future, sync::Arc};

pub use builder::PipelineBuilder;
pub use classes::{
    Ask, Classes, Classification, Cover, Exhaust, Gather, Notify, OfAnswers, OfEnds, OfErrors, OfFailures,
    OfRepeats, Unset,
};
pub use layer::LayerSnapshot;
pub use rules::Rules;
pub use tier::{AsyncTier, FallBack, Tier};

pub(crate) use layer::{Layer, Without};
#[doc(hidden)]
pub use passage::Passage;

use crate::{Failure, PolicyKind, label::Label, service::Tally};

/// Policies in the order in which calls pass them: a cheap handle, all clones of which are one pipeline.
#[derive(Clone)]
pub struct Pipeline {
    layers: Arc<[Layer]>,
    without: Without,
}

impl Pipeline {
    /// A pipeline layer by layer, the outermost first.
    pub fn builder() -> PipelineBuilder {
        PipelineBuilder::new()
    }

    /// Layers whose order is known to be sound.
    pub(crate) fn of(layers: Vec<Layer>) -> Self {
        Self { layers: layers.into(), without: Without::default() }
    }

    /// The same pipeline, for calls that pass no layer of this kind. Its policies are the same objects.
    #[must_use]
    pub fn without(&self, kind: PolicyKind) -> Self {
        Self { layers: Arc::clone(&self.layers), without: self.without.and(kind) }
    }

    /// The kinds and names of its layers, the outermost first.
    pub fn layers(&self) -> impl Iterator<Item = (PolicyKind, &'static str)> {
        self.layers.iter().map(|layer| (layer.kind(), layer.name()))
    }

    /// Every layer with its settings and figures at this moment, the outermost first.
    #[must_use]
    pub fn snapshot(&self) -> Vec<LayerSnapshot> {
        self.layers.iter().map(Layer::snapshot).collect()
    }

    #[cfg(feature = "catalogue")]
    pub(crate) fn policies(&self) -> &[Layer] {
        &self.layers
    }

    /// A call of a service.
    pub(crate) fn passage<'a>(&'a self, without: Without, label: Label, tally: Tally<'a>) -> Passage<'a> {
        Passage::new(&self.layers, without, Some(label), Some(tally))
    }

    fn own_passage(&self) -> Passage<'_> {
        Passage::new(&self.layers, self.without, None, None)
    }

    /// Whether the same policies stand in the same order.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.layers().eq(other.layers())
    }

    /// Calls `f` inside every layer, again for each attempt of a retry; blocks while a layer lets callers wait.
    ///
    /// # Errors
    ///
    /// [`Failure::Error`] with the last error of `f`, [`Failure::Rejected`] with the refusal of a layer. A pipeline with a
    /// timeout refuses every blocking call: see [the module](self).
    pub fn call<T, E>(&self, f: impl FnMut() -> Result<T, E>) -> Result<T, Failure<E>> {
        self.call_with(Rules::new(), f)
    }

    /// The same by other [`Rules`].
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call), or what the fallback of the rules returns.
    pub fn call_with<T, E, C, G>(
        &self,
        rules: Rules<C, G>,
        f: impl FnMut() -> Result<T, E>,
    ) -> Result<T, Failure<E>>
    where
        C: Classification<T, E>,
        G: Tier<T, E>,
    {
        self.own_passage().call(rules, f)
    }

    /// Awaits what `f` makes inside every layer; for each attempt of a retry it makes another. Dropping the returned future
    /// cancels the call and gives everything back.
    ///
    /// # Errors
    ///
    /// [`Failure::Error`] with the last error of the futures, [`Failure::Rejected`] with the refusal of a layer.
    pub fn call_async<T, E, M, F>(
        &self,
        f: M,
    ) -> impl Future<Output = Result<T, Failure<E>>> + use<'_, T, E, M, F>
    where
        M: FnMut() -> F,
        F: Future<Output = Result<T, E>>,
    {
        self.call_async_with(Rules::new(), f)
    }

    /// The same by other [`Rules`].
    ///
    /// # Errors
    ///
    /// As [`call_async`](Self::call_async), or what the fallback of the rules answers with.
    pub fn call_async_with<T, E, C, G, M, F>(
        &self,
        rules: Rules<C, G>,
        f: M,
    ) -> impl Future<Output = Result<T, Failure<E>>> + use<'_, T, E, C, G, M, F>
    where
        C: Classification<T, E>,
        G: AsyncTier<T, E>,
        M: FnMut() -> F,
        F: Future<Output = Result<T, E>>,
    {
        self.own_passage().call_async(rules, f)
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Shown(PolicyKind, &'static str);
        impl fmt::Debug for Shown {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", self.0, self.1)
            }
        }
        f.debug_list().entries(self.layers().map(|(kind, name)| Shown(kind, name))).finish()
    }
}
