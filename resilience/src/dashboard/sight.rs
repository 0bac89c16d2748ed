//! Everything that a registry says at one moment.

use std::collections::BTreeMap;

use super::{
    row::Row,
    view::{ServiceRow, Services},
};
use crate::{
    ConfigError, PolicyKind, PolicySnapshot, Registry, Snapshot,
    config::{Change, Setting, each_kind},
    health::Report,
};

pub(super) struct Sight {
    pub(super) snapshot: Snapshot,
    /// One for each policy of the snapshot, in its order.
    pub(super) rows: Vec<Row>,
    pub(super) services: Vec<ServiceRow>,
    pub(super) report: Report,
}

impl Sight {
    pub(super) fn of(registry: &Registry) -> Self {
        let (snapshot, registered) = (registry.snapshot(), registry.services());
        let report = registry.health().brief();
        let services = Services::of(&snapshot, &registered, &report);
        let keys = changed_keys(registry);
        let row = |policy| {
            let mut row = Row::of(policy);
            row.service = services.of_policy(row.kind, row.name);
            row.changed = keys.get(&(row.kind, row.name)).cloned().unwrap_or_default();
            row
        };
        let rows = snapshot.policies.iter().map(row).collect();
        Self { rows, services: services.rows, report, snapshot }
    }

    /// One policy of it.
    pub(super) fn find(self, kind: PolicyKind, name: &str) -> Option<(PolicySnapshot, Row)> {
        let mut both = self.snapshot.policies.into_iter().zip(self.rows);
        both.find(|(policy, _)| policy.kind == kind && policy.name == name)
    }
}

/// Asks the shelf of a kind.
macro_rules! ask {
    ($registry:ident, $kind:expr, $($question:tt)*) => {
        match $kind {
            PolicyKind::CircuitBreaker => $registry.inner().circuit_breaker.$($question)*,
            PolicyKind::Retry => $registry.inner().retry.$($question)*,
            PolicyKind::Bulkhead => $registry.inner().bulkhead.$($question)*,
            PolicyKind::RateLimit => $registry.inner().rate_limit.$($question)*,
            PolicyKind::Timeout => $registry.inner().timeout.$($question)*,
            PolicyKind::Fallback => $registry.inner().fallback.$($question)*,
        }
    };
}

/// Every key of a policy, if there is one.
pub(super) fn explain(registry: &Registry, kind: PolicyKind, name: &str) -> Option<Vec<Setting>> {
    ask!(registry, kind, explain(name))
}

/// What a key would be if it were set to this.
pub(super) fn preview(
    registry: &Registry,
    kind: PolicyKind,
    name: &str,
    key: &str,
    value: &str,
) -> Result<Option<Setting>, ConfigError> {
    ask!(registry, kind, preview(name, key, value))
}

/// Everything that is written at run time.
pub(super) fn changes(registry: &Registry) -> Vec<Change> {
    let inner = registry.inner();
    let mut all = Vec::new();
    macro_rules! extend {
        ($($kind:ident)*) => {
            $(all.extend(inner.$kind.changes());)*
        };
    }
    each_kind!(extend);
    all
}

/// The keys that are written at run time, of every policy that has some.
fn changed_keys(registry: &Registry) -> BTreeMap<(PolicyKind, &'static str), Vec<&'static str>> {
    let inner = registry.inner();
    let mut all = BTreeMap::new();
    let mut add = |kind, keys: BTreeMap<&'static str, Vec<&'static str>>| {
        all.extend(keys.into_iter().map(|(name, keys)| ((kind, name), keys)));
    };
    add(PolicyKind::CircuitBreaker, inner.circuit_breaker.changed_keys());
    add(PolicyKind::Retry, inner.retry.changed_keys());
    add(PolicyKind::Bulkhead, inner.bulkhead.changed_keys());
    add(PolicyKind::RateLimit, inner.rate_limit.changed_keys());
    add(PolicyKind::Timeout, inner.timeout.changed_keys());
    add(PolicyKind::Fallback, inner.fallback.changed_keys());
    all
}
