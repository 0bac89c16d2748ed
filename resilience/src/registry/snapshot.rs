use std::time::SystemTime;

use super::{Conflict, Registry, shelf::Row};
use crate::{
    Outbox, PolicyKind, Service, bulkhead, circuit_breaker,
    config::WrittenSetting,
    fallback, outbox, rate_limit, retry,
    service::{self, OperationSnapshot},
    timeout,
};

/// Every policy, service and outbox of a registry at one moment.
///
/// With the feature `serde` it can be serialised:
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use resilience::{circuit_breaker::Config, registry};
///
/// registry().add_circuit_breaker("inventory", Config::new())?;
/// let json = serde_json::to_value(registry().snapshot()).expect("plain data");
/// assert_eq!(json["policies"][0]["kind"], "circuit_breaker");
/// assert_eq!(json["policies"][0]["figures"]["state"], "closed");
/// # }
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// When it was taken, by the system's wall clock; ages in it count back from here.
    pub at: SystemTime,
    /// The policies, by kind and name.
    pub policies: Vec<PolicySnapshot>,
    /// The services that were registered, or that functions have joined, by name.
    pub services: Vec<ServiceSnapshot>,
    /// The outboxes that somebody has, by name.
    pub outboxes: Vec<outbox::Snapshot>,
}

impl Snapshot {
    /// The policy of this kind and name.
    #[must_use]
    pub fn get(&self, kind: PolicyKind, name: &str) -> Option<&PolicySnapshot> {
        self.policies.iter().find(|policy| policy.kind == kind && policy.name == name)
    }

    /// The service of this name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&ServiceSnapshot> {
        self.services.iter().find(|service| service.name == name)
    }

    /// The outbox of this name.
    #[must_use]
    pub fn outbox(&self, name: &str) -> Option<&outbox::Snapshot> {
        self.outboxes.iter().find(|outbox| outbox.name == name)
    }
}

/// One service at one moment. The figures of its policies are those of [`Snapshot::policies`].
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ServiceSnapshot {
    /// What it is called.
    pub name: &'static str,
    /// Whether somebody has registered it; before that, default policies stand around the functions that join it.
    pub is_registered: bool,
    /// How its calls ended.
    pub figures: service::Figures,
    /// The operations that calls have named, by label.
    pub operations: Vec<OperationSnapshot>,
    /// Its policies, in the order in which calls pass them.
    pub layers: Vec<LayerName>,
}

/// A policy that is a layer of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LayerName {
    /// What it is.
    pub kind: PolicyKind,
    /// What it is called.
    pub name: &'static str,
}

impl From<&Service> for ServiceSnapshot {
    fn from(service: &Service) -> Self {
        Self {
            name: service.name(),
            is_registered: service.is_registered(),
            figures: service.figures(),
            operations: service.operations(),
            layers: service.pipeline().layers().map(|(kind, name)| LayerName { kind, name }).collect(),
        }
    }
}

/// One policy at one moment.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PolicySnapshot {
    /// What it is.
    pub kind: PolicyKind,
    /// What it is called.
    pub name: &'static str,
    /// Where its settings come from: `file:line:column (module::function)`, or `code`.
    pub place: String,
    /// Places that give it other settings, which are not in force.
    pub conflicts: Vec<Conflict>,
    /// Which of its settings are written, and in which layer; the others are defaults. If file, environment and run time
    /// contradict the program's settings they are left out, and so they are here.
    pub written: Vec<WrittenSetting>,
    /// Its settings and figures.
    pub figures: Figures,
}

/// The settings and figures of a policy.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(untagged))]
#[non_exhaustive]
#[allow(clippy::large_enum_variant)] // Made to be read once, then dropped.
pub enum Figures {
    /// Of a circuit breaker.
    CircuitBreaker(circuit_breaker::Snapshot),
    /// Of a retry.
    Retry(retry::Snapshot),
    /// Of a bulkhead.
    Bulkhead(bulkhead::Snapshot),
    /// Of a rate limit.
    RateLimit(rate_limit::Snapshot),
    /// Of a timeout.
    Timeout(timeout::Snapshot),
    /// Of a fallback.
    Fallback(fallback::Snapshot),
}

pub(super) fn of(registry: &Registry) -> Snapshot {
    let mut policies = Vec::new();
    macro_rules! list {
        ($($shelf:ident $kind:ident)*) => {
            $(
                policies.extend(registry.0.$shelf.list().into_iter().map(|Row { name, core, place, conflicts, written }| PolicySnapshot {
                    kind: PolicyKind::$kind,
                    name,
                    place,
                    conflicts,
                    written,
                    figures: Figures::$kind(core.snapshot()),
                }));
            )*
        };
    }
    list!(circuit_breaker CircuitBreaker retry Retry bulkhead Bulkhead rate_limit RateLimit timeout Timeout fallback Fallback);
    Snapshot {
        at: SystemTime::now(),
        policies,
        services: registry.services().iter().map(ServiceSnapshot::from).collect(),
        outboxes: registry.outboxes().iter().map(Outbox::snapshot).collect(),
    }
}
