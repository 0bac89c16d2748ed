use std::time::SystemTime;

use super::{Conflict, Inner, shelf::Row};
use crate::{PolicyKind, bulkhead, circuit_breaker, fallback, rate_limit, retry, timeout};

/// Every policy of a registry at one moment, by kind and name.
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
}

impl Snapshot {
    /// The policy of this kind and name.
    #[must_use]
    pub fn get(&self, kind: PolicyKind, name: &str) -> Option<&PolicySnapshot> {
        self.policies.iter().find(|policy| policy.kind == kind && policy.name == name)
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

pub(super) fn of(registry: &Inner) -> Snapshot {
    let mut policies = Vec::new();
    macro_rules! list {
        ($($shelf:ident $kind:ident)*) => {
            $(
                policies.extend(registry.$shelf.list().into_iter().map(|Row { name, core, place, conflicts }| PolicySnapshot {
                    kind: PolicyKind::$kind,
                    name,
                    place,
                    conflicts,
                    figures: Figures::$kind(core.snapshot()),
                }));
            )*
        };
    }
    list!(circuit_breaker CircuitBreaker retry Retry bulkhead Bulkhead rate_limit RateLimit timeout Timeout fallback Fallback);
    Snapshot { at: SystemTime::now(), policies }
}
