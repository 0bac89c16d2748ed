//! A place in the user's code that joins a service by name.

use std::{ops::Deref, sync::OnceLock};

use crate::{Registry, Service, pipeline::Passage, registry, testing};

/// A function that runs inside a service, which its first call looks for.
pub struct ServiceSite {
    name: &'static str,
    operation: &'static str,
    service: OnceLock<Service>,
}

impl ServiceSite {
    /// A site whose service is not yet found.
    #[must_use]
    pub const fn new(name: &'static str, operation: &'static str) -> Self {
        Self { name, operation, service: OnceLock::new() }
    }

    /// Its service, in the registry in force.
    pub fn join(&'static self) -> Joined {
        match testing::current() {
            Some(registry) => Joined(Found::InScope(self.find(&registry))),
            None => Joined(Found::AtSite(self.service.get_or_init(|| self.find(registry::global())))),
        }
    }

    fn find(&self, registry: &Registry) -> Service {
        registry.join_service(self.name).operation(self.operation)
    }
}

/// The service of one call.
pub struct Joined(Found);

enum Found {
    AtSite(&'static Service),
    InScope(Service),
}

impl Joined {
    /// A call begins, inside so many circuit breakers of the function's own stack.
    #[must_use]
    pub fn begin(&self, permits: usize) -> Passage<'_> {
        self.passage().inside_of(permits)
    }
}

impl Deref for Joined {
    type Target = Service;

    fn deref(&self) -> &Service {
        match &self.0 {
            Found::AtSite(service) => service,
            Found::InScope(service) => service,
        }
    }
}
