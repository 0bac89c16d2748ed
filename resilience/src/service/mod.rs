//! Service: a dependency by name, with the policies around it, as one thing.
//!
//! Where an attribute guards one function, a service guards every call to one dependency, wherever it is made: its
//! policies are found under its name, its calls are counted together and by operation, and one view shows it all.
//!
//! ```
//! use resilience::{presets::DATABASE, registry};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! registry().add_service("orders-db", DATABASE)?;
//!
//! // Anywhere else in the program:
//! let database = registry().service("orders-db").expect("registered at the start");
//! let order = database.operation("query").call_async(|| async { Ok::<_, std::io::Error>("order 7") }).await?;
//! assert_eq!(order, "order 7");
//!
//! let seen = database.snapshot();
//! assert_eq!((seen.figures.successes, seen.operations[0].label), (1, "query"));
//! # Ok(())
//! # }
//! ```
//!
//! A function joins it with an attribute, [`#[resilient(service = "orders-db")]`](macro@crate::resilient).
//!
//! Settings are changed while the program runs as those of every policy are, by name:
//! `registry().circuit_breaker("orders-db")` is the service's breaker. Which layers it has is decided once.
//!
//! # Without a breaker, without a fallback
//!
//! Some calls must go ahead whatever the breaker says, a health check for example, and some want the error and not what
//! stands in for it. [`Service::without_breaker`] and [`Service::without_fallback`] give a view of the same service for
//! such calls; keep it for an instance, or make it for one call.
//!
//! ```
//! use resilience::{circuit_breaker::Config, Service};
//!
//! let search = Service::builder("search-v2").circuit_breaker(Config::new()).register()?;
//! search.pipeline();
//! resilience::registry().circuit_breaker("search-v2").unwrap().force_open();
//!
//! assert!(search.call(|| Ok::<_, &str>(1)).is_err());
//! assert_eq!(search.without_breaker().call(|| Ok::<_, &str>(1)), Ok(1));
//! # Ok::<(), resilience::ConfigError>(())
//! ```

mod builder;
mod operations;
mod shelf;
mod snapshot;
mod tally;

use std::{
    fmt,
    future::Future,
    sync::{Arc, OnceLock},
};

pub use builder::ServiceBuilder;
pub use snapshot::{OperationSnapshot, Snapshot};
pub use tally::Figures;

pub(crate) use shelf::Shelf;
pub(crate) use tally::{End, Tally};

use operations::{Operation, Operations};
use tally::Counts;

use crate::{
    ConfigError, Failure, Pipeline, PolicyKind,
    label::Label,
    pipeline::{AsyncTier, Classification, Passage, Rules, Tier, Without},
};

/// What one service is. Handles and sites share it.
pub(crate) struct Core {
    name: &'static str,
    first: Pipeline,
    is_registered: bool,
    /// The pipeline of a registration that came after the first call.
    later: OnceLock<Pipeline>,
    counts: Counts,
    operations: Operations,
}

impl Core {
    fn new(name: &'static str, pipeline: Pipeline, is_registered: bool) -> Self {
        Self {
            name,
            first: pipeline,
            is_registered,
            later: OnceLock::new(),
            counts: Counts::new(),
            operations: Operations::default(),
        }
    }

    fn is_registered(&self) -> bool {
        self.is_registered || self.later.get().is_some()
    }

    fn pipeline(&self) -> &Pipeline {
        self.later.get().unwrap_or(&self.first)
    }

    fn register(&self, pipeline: &Pipeline) -> Result<(), ConfigError> {
        if !self.is_registered {
            // Somebody else may be quicker; then the check says whether that was another pipeline.
            let _ = self.later.set(pipeline.clone());
        }
        self.check_like(pipeline)
    }

    /// A service has the layers that it was first registered with.
    fn check_like(&self, pipeline: &Pipeline) -> Result<(), ConfigError> {
        if !self.is_registered() || self.pipeline().is_like(pipeline) {
            return Ok(());
        }
        Err(ConfigError::with(
            "service",
            format!(
                "service `{}` is registered already with other layers, {:?}: register it once, or under another name",
                self.name,
                self.pipeline()
            ),
        ))
    }
}

/// A service: a cheap handle. Clones are one service, and so are the views that name an operation or go without a layer.
#[derive(Clone)]
pub struct Service {
    core: Arc<Core>,
    operation: Option<Arc<Operation>>,
    without: Without,
}

impl Service {
    /// A service that is given its policies one by one.
    pub fn builder(name: &str) -> ServiceBuilder {
        ServiceBuilder::new(name)
    }

    fn from_core(core: Arc<Core>) -> Self {
        Self { core, operation: None, without: Without::default() }
    }

    fn check_like(&self, pipeline: &Pipeline) -> Result<(), ConfigError> {
        self.core.check_like(pipeline)
    }

    /// The service's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.core.name
    }

    /// Whether somebody has registered it. A function with `#[resilient(service = ..)]` that is called before has a circuit
    /// breaker and a bulkhead with default settings around it, which a later registration replaces.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.core.is_registered()
    }

    /// Its policies, in the order in which calls pass them.
    #[must_use]
    pub fn pipeline(&self) -> &Pipeline {
        self.core.pipeline()
    }

    /// The same service, for calls of this operation: they are counted under its label too, and events name it.
    ///
    /// A service tells 128 labels apart; later ones, and a label that cannot be a name, are counted as `(other)`. Keep the
    /// view where calls are frequent, since each of these looks the label up.
    #[must_use]
    pub fn operation(&self, label: &str) -> Self {
        Self { operation: Some(self.core.operations.get(label)), ..self.clone() }
    }

    /// Whether calls of this operation have been made.
    #[cfg(feature = "catalogue")]
    pub(crate) fn has_operation(&self, label: &str) -> bool {
        self.core.operations.has(label)
    }

    /// The same service, for calls that pass no layer of this kind.
    #[must_use]
    pub fn without(&self, kind: PolicyKind) -> Self {
        Self { without: self.without.and(kind), ..self.clone() }
    }

    /// The same service, for calls that its circuit breaker neither refuses nor counts.
    #[must_use]
    pub fn without_breaker(&self) -> Self {
        self.without(PolicyKind::CircuitBreaker)
    }

    /// The same service, for calls for which nothing stands in.
    #[must_use]
    pub fn without_fallback(&self) -> Self {
        self.without(PolicyKind::Fallback)
    }

    /// Everything about it at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            name: self.core.name,
            is_registered: self.core.is_registered(),
            figures: self.core.counts.figures(),
            operations: self.operations(),
            layers: self.core.pipeline().snapshot(),
        }
    }

    /// How its calls ended.
    pub(crate) fn figures(&self) -> Figures {
        self.core.counts.figures()
    }

    /// The operations that calls have named.
    pub(crate) fn operations(&self) -> Vec<OperationSnapshot> {
        self.core.operations.snapshots()
    }

    /// A call that somebody else drives.
    pub(crate) fn passage(&self) -> Passage<'_> {
        let operation = self.operation.as_deref();
        let label = Label { service: self.core.name, operation: operation.map(|operation| operation.label) };
        let tally =
            Tally { service: &self.core.counts, operation: operation.map(|operation| &operation.counts) };
        self.core.pipeline().passage(self.without, label, tally)
    }

    /// Calls `f` inside every layer: see [`Pipeline::call`].
    ///
    /// # Errors
    ///
    /// As [`Pipeline::call`]. The ready-made presets have timeouts, so services made of them refuse blocking calls, unless
    /// they go [without](Self::without) the timeout.
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
        self.passage().call(rules, f)
    }

    /// Awaits what `f` makes inside every layer: see [`Pipeline::call_async`].
    ///
    /// # Errors
    ///
    /// As [`Pipeline::call_async`].
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
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), resilience::ConfigError> {
    /// use resilience::{pipeline::Rules, presets::CACHE, registry};
    ///
    /// let cache = registry().add_service("sessions", CACHE)?;
    /// let rules = Rules::new().fallback(|_failure| async { Ok("from the database") });
    /// let session = cache.call_async_with(rules, || async { Err("connection reset") }).await;
    /// assert_eq!(session, Ok("from the database"));
    /// # Ok(())
    /// # }
    /// ```
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
        self.passage().call_async(rules, f)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("name", &self.name()).finish_non_exhaustive()
    }
}
