//! The services of a registry.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Core, Service, ServiceBuilder};
use crate::{
    Bulkhead, CircuitBreaker, ConfigError, Pipeline, Preset, Registry, bulkhead, circuit_breaker, event,
    name, pipeline::Layer, presets,
};

/// The services of a registry, by name.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<BTreeMap<&'static str, Arc<Core>>>);

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Arc<Core>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, name: &str) -> Option<Arc<Core>> {
        self.lock().get(name).map(Arc::clone)
    }
}

impl Registry {
    /// The service of this name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<Service> {
        self.inner().services.find(name).map(Service::from_core)
    }

    /// Every service, by name.
    #[must_use]
    pub fn services(&self) -> Vec<Service> {
        let cores: Vec<Arc<Core>> = self.inner().services.lock().values().map(Arc::clone).collect();
        cores.into_iter().map(Service::from_core).collect()
    }

    /// Registers a service with the policies of a preset, each under the service's name: see [`Service`].
    ///
    /// ```
    /// use resilience::{presets, registry};
    ///
    /// let database = registry().add_service("database", presets::DATABASE)?;
    /// assert_eq!(database.snapshot().layers.len(), 5);
    /// assert!(registry().circuit_breaker("database").is_some());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`ServiceBuilder::register`].
    pub fn add_service(&self, name: &str, preset: Preset) -> Result<Service, ConfigError> {
        ServiceBuilder::new(name).preset(preset).register_in(self)
    }

    /// Registers a service for each of the ready-made [`presets`], under the preset's name in lower case: `ai_provider`,
    /// `broker`, `cache`, `database`, `http_api`, `knowledge_graph`, `search`, `thinking_engine`. One that is registered
    /// already stays as it is.
    #[allow(clippy::must_use_candidate, reason = "they can be found by name later")]
    pub fn add_default_services(&self) -> Vec<Service> {
        let ready_made = [
            ("ai_provider", presets::AI_PROVIDER),
            ("broker", presets::BROKER),
            ("cache", presets::CACHE),
            ("database", presets::DATABASE),
            ("http_api", presets::HTTP_API),
            ("knowledge_graph", presets::KNOWLEDGE_GRAPH),
            ("search", presets::SEARCH),
            ("thinking_engine", presets::THINKING_ENGINE),
        ];
        let add = |(name, preset)| match self.service(name) {
            Some(service) if service.is_registered() => Some(service),
            _ => self.add_service(name, preset).ok().or_else(|| self.service(name)),
        };
        ready_made.into_iter().filter_map(add).collect()
    }

    /// Puts a pipeline under a name.
    pub(super) fn enter_service(
        &self,
        name: name::Name,
        pipeline: &Pipeline,
    ) -> Result<Service, ConfigError> {
        let mut services = self.inner().services.lock();
        let new = || Arc::new(Core::new(name.as_str(), pipeline.clone(), true));
        let core = Arc::clone(services.entry(name.as_str()).or_insert_with(new));
        drop(services);
        core.register(pipeline)?;
        Ok(Service::from_core(core))
    }

    /// The service of this name. If nobody has registered it, it is made with default policies, which a later registration
    /// replaces: nothing that names a service runs with nothing around it.
    pub(crate) fn join_service(&self, name: &str) -> Service {
        if let Some(service) = self.service(name) {
            return service;
        }
        let name = name::intern_valid(name);
        // Without settings of their own, so that those of the registration apply to the same policies.
        let breaker = CircuitBreaker::from_core(self.enter(name, &circuit_breaker::Config::new()));
        let bulkhead = Bulkhead::from_core(self.enter(name, &bulkhead::Config::new()));
        let pipeline = Pipeline::of(vec![Layer::CircuitBreaker(breaker), Layer::Bulkhead(bulkhead)]);
        let mut is_new = false;
        let core = {
            let mut services = self.inner().services.lock();
            let new = || {
                is_new = true;
                Arc::new(Core::new(name.as_str(), pipeline, false))
            };
            Arc::clone(services.entry(name.as_str()).or_insert_with(new))
        };
        if is_new {
            event::unregistered(name.as_str());
        }
        Service::from_core(core)
    }
}
