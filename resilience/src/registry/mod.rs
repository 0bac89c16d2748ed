//! Every policy of the process, by kind and name.

#[cfg(feature = "json")]
mod export;
mod home;
mod shelf;
mod snapshot;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

pub(crate) use home::Home;
pub use shelf::Conflict;
pub(crate) use shelf::Shelf;
pub use snapshot::{Figures, LayerName, PolicySnapshot, ServiceSnapshot, Snapshot};

use crate::{
    Bulkhead, CircuitBreaker, Clock, ConfigError, Fallback, Keyed, RateLimit, Retry, Timeout, bulkhead,
    circuit_breaker, config,
    event::{Bus, Origin},
    fallback, health,
    name::Name,
    outbox,
    private::{Policy, Site},
    rate_limit, retry, service, testing, timeout,
};

/// Every policy, by kind and name: finds it, lists it, changes it.
///
/// A name is one object wherever it is used, in every function and crate of the process. A site without settings joins
/// it. The first site that gives settings applies them; a later one that gives different settings is listed as a
/// [`Conflict`] and warned of once, and changes nothing. A policy without a name is one object per function, named
/// `module::function`, then `module::function#2`.
///
/// Handles are cheap to clone, and so is the registry. It keeps its policies as long as it lives; the process-wide one
/// lives for ever.
///
/// ```
/// use resilience::{circuit_breaker::{Config, State}, registry};
///
/// let breaker = registry().add_circuit_breaker("payments", Config::new().threshold(3))?;
/// registry().circuit_breaker("payments").expect("it is there").force_open();
/// assert_eq!(breaker.state(), State::ForcedOpen);
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

#[doc(hidden)]
pub struct Inner {
    pub(crate) home: Home,
    bus: Arc<Bus>,
    pub(crate) circuit_breaker: Shelf<circuit_breaker::Config>,
    pub(crate) retry: Shelf<retry::Config>,
    pub(crate) bulkhead: Shelf<bulkhead::Config>,
    pub(crate) rate_limit: Shelf<rate_limit::Config>,
    pub(crate) timeout: Shelf<timeout::Config>,
    pub(crate) fallback: Shelf<fallback::Config>,
    pub(crate) health: health::Chart,
    pub(crate) services: service::Shelf,
    pub(crate) outboxes: outbox::Shelf,
    pub(crate) config: config::State,
}

/// The registry in force: that of the test scope that this thread or task is in, else the process-wide one.
#[must_use]
pub fn registry() -> Registry {
    testing::current().unwrap_or_else(|| global().clone())
}

pub(crate) fn global() -> &'static Registry {
    static GLOBAL: OnceLock<Registry> = OnceLock::new();
    GLOBAL.get_or_init(|| Registry::with(Clock::system(), true))
}

impl Registry {
    /// A registry of a test scope.
    pub(crate) fn new(clock: Clock) -> Self {
        Self::with(clock, false)
    }

    fn with(clock: Clock, is_global: bool) -> Self {
        let bus = Bus::open();
        let registry = Self(Arc::new(Inner {
            home: Home { clock, origin: bus.origin(), key: None },
            bus,
            circuit_breaker: Shelf::new(is_global),
            retry: Shelf::new(is_global),
            bulkhead: Shelf::new(is_global),
            rate_limit: Shelf::new(is_global),
            timeout: Shelf::new(is_global),
            fallback: Shelf::new(is_global),
            health: health::Chart::default(),
            services: service::Shelf::default(),
            outboxes: outbox::Shelf::default(),
            config: config::State::default(),
        }));
        registry.0.bus.belongs_to(&registry.0);
        registry
    }

    /// Where the events of this registry go.
    pub(crate) fn bus(&self) -> Arc<Bus> {
        Arc::clone(&self.0.bus)
    }

    /// Tells the policies that test scopes exist, or no longer do.
    pub(crate) fn set_scoped(&self, scoped: bool) {
        self.0.circuit_breaker.set_scoped(scoped);
        self.0.retry.set_scoped(scoped);
        self.0.bulkhead.set_scoped(scoped);
        self.0.timeout.set_scoped(scoped);
    }

    pub(crate) const fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    pub(crate) const fn of(inner: Arc<Inner>) -> Self {
        Self(inner)
    }

    /// Whether both are one registry.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The policy of a site.
    pub(crate) fn join<C: Policy>(&self, site: &'static Site<C>) -> &'static C::Core {
        C::shelf(&self.0).join(site, &self.0.home)
    }

    #[cfg(feature = "catalogue")]
    pub(crate) fn shelf<C: Policy>(&self) -> &Shelf<C> {
        C::shelf(&self.0)
    }

    /// Other settings for a policy, which a handle of it asks for: where a registry hears of it, as its layer of the run
    /// time.
    pub(crate) fn reconfigure<C: Policy>(
        origin: Origin,
        name: Name,
        core: &C::Core,
        config: &C,
    ) -> Result<(), ConfigError> {
        match origin.registry() {
            Some(Self(inner)) => C::shelf(&inner).reconfigure(name.as_str(), config, origin),
            None => C::reconfigure(core, config),
        }
    }

    fn add<C: Policy>(&self, name: &str, config: &C) -> Result<Arc<C::Core>, ConfigError> {
        C::shelf(&self.0).add(name, config, &self.0.home)
    }

    /// The policy of this name, made if there is none; the settings have been checked.
    pub(crate) fn enter<C: Policy>(&self, name: Name, config: &C) -> Arc<C::Core> {
        C::shelf(&self.0).enter(name, config, &self.0.home)
    }

    fn find<C: Policy>(&self, name: &str) -> Option<Arc<C::Core>> {
        C::shelf(&self.0).find(name)
    }

    /// The circuit breaker of this name.
    #[must_use]
    pub fn circuit_breaker(&self, name: &str) -> Option<CircuitBreaker> {
        self.find::<circuit_breaker::Config>(name).map(CircuitBreaker::from_core)
    }

    /// The circuit breaker of this name, made if there is none. Settings apply as those of a site do: if the first to
    /// give some.
    ///
    /// # Errors
    ///
    /// A name or a setting that cannot be.
    pub fn add_circuit_breaker(
        &self,
        name: &str,
        config: circuit_breaker::Config,
    ) -> Result<CircuitBreaker, ConfigError> {
        self.add(name, &config).map(CircuitBreaker::from_core)
    }

    /// The circuit breakers that the one of this name has, one for each key.
    #[must_use]
    pub fn keyed_circuit_breaker(&self, name: &str) -> Option<Keyed<CircuitBreaker>> {
        Some(self.circuit_breaker(name)?.keyed())
    }

    /// The bulkheads that the one of this name has, one for each key.
    #[must_use]
    pub fn keyed_bulkhead(&self, name: &str) -> Option<Keyed<Bulkhead>> {
        Some(self.bulkhead(name)?.keyed())
    }

    /// The rate limits that the one of this name has, one for each key.
    #[must_use]
    pub fn keyed_rate_limit(&self, name: &str) -> Option<Keyed<RateLimit>> {
        Some(self.rate_limit(name)?.keyed())
    }

    /// The retry of this name.
    #[must_use]
    pub fn retry(&self, name: &str) -> Option<Retry> {
        self.find::<retry::Config>(name).map(Retry::from_core)
    }

    /// The retry of this name, made if there is none; see [`add_circuit_breaker`](Self::add_circuit_breaker).
    ///
    /// # Errors
    ///
    /// A name or a setting that cannot be.
    pub fn add_retry(&self, name: &str, config: retry::Config) -> Result<Retry, ConfigError> {
        self.add(name, &config).map(Retry::from_core)
    }

    /// The bulkhead of this name.
    #[must_use]
    pub fn bulkhead(&self, name: &str) -> Option<Bulkhead> {
        self.find::<bulkhead::Config>(name).map(Bulkhead::from_core)
    }

    /// The bulkhead of this name, made if there is none; see [`add_circuit_breaker`](Self::add_circuit_breaker).
    ///
    /// # Errors
    ///
    /// A name or a setting that cannot be.
    pub fn add_bulkhead(&self, name: &str, config: bulkhead::Config) -> Result<Bulkhead, ConfigError> {
        self.add(name, &config).map(Bulkhead::from_core)
    }

    /// The rate limit of this name.
    #[must_use]
    pub fn rate_limit(&self, name: &str) -> Option<RateLimit> {
        self.find::<rate_limit::Config>(name).map(RateLimit::from_core)
    }

    /// The rate limit of this name, made if there is none; see [`add_circuit_breaker`](Self::add_circuit_breaker).
    ///
    /// # Errors
    ///
    /// A name or a setting that cannot be.
    pub fn add_rate_limit(&self, name: &str, config: rate_limit::Config) -> Result<RateLimit, ConfigError> {
        self.add(name, &config).map(RateLimit::from_core)
    }

    /// The timeout of this name.
    #[must_use]
    pub fn timeout(&self, name: &str) -> Option<Timeout> {
        self.find::<timeout::Config>(name).map(Timeout::from_core)
    }

    /// The timeout of this name, made if there is none; see [`add_circuit_breaker`](Self::add_circuit_breaker).
    ///
    /// # Errors
    ///
    /// A name or a setting that cannot be.
    pub fn add_timeout(&self, name: &str, config: timeout::Config) -> Result<Timeout, ConfigError> {
        self.add(name, &config).map(Timeout::from_core)
    }

    /// The fallback of this name.
    #[must_use]
    pub fn fallback(&self, name: &str) -> Option<Fallback> {
        self.find::<fallback::Config>(name).map(Fallback::from_core)
    }

    /// The fallback of this name, made if there is none; see [`add_circuit_breaker`](Self::add_circuit_breaker).
    ///
    /// # Errors
    ///
    /// A name that cannot be.
    pub fn add_fallback(&self, name: &str, config: fallback::Config) -> Result<Fallback, ConfigError> {
        self.add(name, &config).map(Fallback::from_core)
    }

    /// Every circuit breaker, by name.
    #[must_use]
    pub fn circuit_breakers(&self) -> Vec<CircuitBreaker> {
        self.0.circuit_breaker.cores().into_iter().map(CircuitBreaker::from_core).collect()
    }

    /// Resets every circuit breaker: see [`CircuitBreaker::reset`].
    pub fn reset_all(&self) {
        self.circuit_breakers().iter().for_each(CircuitBreaker::reset);
    }

    /// Closes every circuit breaker: see [`CircuitBreaker::close`].
    pub fn close_all(&self) {
        self.circuit_breakers().iter().for_each(CircuitBreaker::close);
    }

    /// Forces every circuit breaker open: see [`CircuitBreaker::force_open`].
    pub fn force_open_all(&self) {
        self.circuit_breakers().iter().for_each(CircuitBreaker::force_open);
    }

    /// Disables every circuit breaker: see [`CircuitBreaker::disable`].
    pub fn disable_all(&self) {
        self.circuit_breakers().iter().for_each(CircuitBreaker::disable);
    }

    /// Makes every circuit breaker metrics-only: see [`CircuitBreaker::metrics_only`].
    pub fn metrics_only_all(&self) {
        self.circuit_breakers().iter().for_each(CircuitBreaker::metrics_only);
    }

    /// Everything at this moment: policies with their settings and figures, by kind and name; services; outboxes.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        snapshot::of(self)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.bus.close();
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("clock", &self.0.home.clock).finish_non_exhaustive()
    }
}
