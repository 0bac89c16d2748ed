//! A place in the user's code that joins a service by name.

use std::{ops::Deref, sync::OnceLock};

#[cfg(feature = "catalogue")]
use crate::catalogue::{Membership, Place};
use crate::{Registry, Service, pipeline::Passage, private::Source, registry, testing};

/// A function that runs inside a service, which its first call looks for.
pub struct ServiceSite {
    name: &'static str,
    operation: &'static str,
    #[cfg_attr(
        not(feature = "catalogue"),
        expect(dead_code, reason = "only the catalogue says where it stands")
    )]
    source: Source,
    service: OnceLock<Service>,
}

impl ServiceSite {
    /// A site whose service is not yet found.
    #[must_use]
    pub const fn new(name: &'static str, operation: &'static str, source: Source) -> Self {
        Self { name, operation, source, service: OnceLock::new() }
    }

    #[cfg(feature = "catalogue")]
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    #[cfg(feature = "catalogue")]
    pub(crate) const fn membership(&self, is_registered: bool) -> Membership {
        let Self { name, operation, ref source, .. } = *self;
        Membership { name, operation, place: Place::of(source), is_registered }
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
