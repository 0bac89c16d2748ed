use super::Service;
use crate::{
    Bulkhead, CircuitBreaker, ConfigError, Fallback, Pipeline, Preset, RateLimit, Registry, Retry, Timeout,
    bulkhead, circuit_breaker, fallback, name, pipeline::PipelineBuilder, rate_limit, registry, retry,
    timeout,
};

/// Registers a [`Service`] with the policies that it is given, in the recommended order: fallback, total timeout, retry,
/// rate limit, circuit breaker, bulkhead, timeout.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it registers"]
pub struct ServiceBuilder {
    name: String,
    preset: Preset,
}

macro_rules! sections {
    ($($(#[$doc:meta])* $section:ident $module:ident;)*) => {$(
        $(#[$doc])*
        pub fn $section(mut self, config: $module::Config) -> Self {
            self.preset = self.preset.$section(config);
            self
        }
    )*};
}

impl ServiceBuilder {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), preset: Preset::EMPTY }
    }

    /// With every section of a preset. What is given after it replaces its section.
    pub fn preset(mut self, preset: Preset) -> Self {
        self.preset = preset;
        self
    }

    sections! {
        /// With a circuit breaker.
        circuit_breaker circuit_breaker;
        /// With a retry.
        retry retry;
        /// With a bulkhead.
        bulkhead bulkhead;
        /// With a rate limit.
        rate_limit rate_limit;
        /// With a timeout for each attempt.
        timeout timeout;
        /// With a timeout for the whole call, registered as `NAME.total`.
        total_timeout timeout;
    }

    /// Registers the service in the [registry](registry()) in force.
    ///
    /// # Errors
    ///
    /// A name or a setting that cannot be, settings that contradict each other, no policy at all, or other layers than those
    /// that a service of this name is registered with. Nothing has changed then. Settings that differ from those that
    /// another place has given a policy of this name are no error, but a [`Conflict`](crate::Conflict).
    pub fn register(self) -> Result<Service, ConfigError> {
        self.register_in(&registry())
    }

    /// Registers the service in a registry.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    pub fn register_in(self, registry: &Registry) -> Result<Service, ConfigError> {
        let trial = self.pipeline(&Alone)?;
        let name = name::intern(&self.name)?;
        if let Some(service) = registry.service(&self.name) {
            service.check_like(&trial)?;
        }
        registry.enter_service(name, &self.pipeline(registry)?)
    }

    fn pipeline(&self, source: &impl Source) -> Result<Pipeline, ConfigError> {
        let (name, preset) = (self.name.as_str(), &self.preset);
        if *preset == Preset::EMPTY {
            return Err(ConfigError::with(
                "service",
                format!(
                    "service `{name}` has no policy, so it would guard nothing: give it a preset, as in `.preset(presets::HTTP_API)`, or settings, as in `.circuit_breaker(..)`"
                ),
            ));
        }
        let mut builder = Pipeline::builder().fallback(source.fallback(name)?);
        if let Some(config) = preset.__total_timeout_section() {
            builder = builder.timeout(source.timeout(&format!("{name}.total"), config)?);
        }
        if let Some(config) = preset.__retry_section() {
            builder = builder.retry(source.retry(name, config)?);
        }
        if let Some(config) = preset.__rate_limit_section() {
            builder = builder.rate_limit(source.rate_limit(name, config)?);
        }
        if let Some(config) = preset.__circuit_breaker_section() {
            builder = builder.circuit_breaker(source.circuit_breaker(name, config)?);
        }
        if let Some(config) = preset.__bulkhead_section() {
            builder = builder.bulkhead(source.bulkhead(name, config)?);
        }
        if let Some(config) = preset.__timeout_section() {
            builder = builder.timeout(source.timeout(name, config)?);
        }
        PipelineBuilder::build(builder)
    }
}

/// Where the policies of a service come from.
trait Source {
    fn fallback(&self, name: &str) -> Result<Fallback, ConfigError>;
    fn retry(&self, name: &str, config: retry::Config) -> Result<Retry, ConfigError>;
    fn rate_limit(&self, name: &str, config: rate_limit::Config) -> Result<RateLimit, ConfigError>;
    fn circuit_breaker(
        &self,
        name: &str,
        config: circuit_breaker::Config,
    ) -> Result<CircuitBreaker, ConfigError>;
    fn bulkhead(&self, name: &str, config: bulkhead::Config) -> Result<Bulkhead, ConfigError>;
    fn timeout(&self, name: &str, config: timeout::Config) -> Result<Timeout, ConfigError>;
}

/// Policies outside every registry: whether the settings fit is known before anything is registered.
struct Alone;

macro_rules! sources {
    ($($method:ident $add:ident $policy:ident $module:ident;)*) => {
        impl Source for Alone {
            fn fallback(&self, name: &str) -> Result<Fallback, ConfigError> {
                Fallback::new(name)
            }
            $(fn $method(&self, name: &str, config: $module::Config) -> Result<$policy, ConfigError> {
                $policy::new(name, config)
            })*
        }

        impl Source for Registry {
            fn fallback(&self, name: &str) -> Result<Fallback, ConfigError> {
                self.add_fallback(name, fallback::Config::new())
            }
            $(fn $method(&self, name: &str, config: $module::Config) -> Result<$policy, ConfigError> {
                self.$add(name, config)
            })*
        }
    };
}

sources! {
    retry add_retry Retry retry;
    rate_limit add_rate_limit RateLimit rate_limit;
    circuit_breaker add_circuit_breaker CircuitBreaker circuit_breaker;
    bulkhead add_bulkhead Bulkhead bulkhead;
    timeout add_timeout Timeout timeout;
}
