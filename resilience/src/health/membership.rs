//! Which policies make a service.

use std::collections::{BTreeMap, HashMap};

use crate::{Figures, PolicySnapshot, Service, Snapshot};

/// The policies of each service: those that share a name, and those of a service that somebody registered. A policy
/// without a name of its own stands with the named one above the same function, so a service is whole whichever layer of
/// its stack was named. What is switched off guards nothing, and is part of no service.
pub(crate) fn services<'a>(
    snapshot: &'a Snapshot,
    registered: &[Service],
) -> BTreeMap<&'static str, Vec<&'a PolicySnapshot>> {
    let mut layers = HashMap::new();
    for service in registered {
        layers.extend(service.pipeline().layers().map(|layer| (layer, service.name())));
    }
    // The first of a function counts, and circuit breakers come first.
    let mut named = HashMap::new();
    for policy in &snapshot.policies {
        if let Some(function) = function(&policy.place)
            && unnumbered(policy.name) != function
        {
            named.entry(function).or_insert(policy.name);
        }
    }
    let mut services = BTreeMap::<_, Vec<_>>::new();
    for policy in snapshot.policies.iter().filter(|policy| is_enabled(&policy.figures)) {
        let own = unnumbered(policy.name);
        let is_nameless = function(&policy.place) == Some(own);
        let service = match layers.get(&(policy.kind, policy.name)) {
            Some(service) => service,
            None if is_nameless => named.get(own).copied().unwrap_or(own),
            None => policy.name,
        };
        services.entry(service).or_default().push(policy);
    }
    services
}

fn is_enabled(figures: &Figures) -> bool {
    match figures {
        Figures::CircuitBreaker(it) => it.settings.enabled,
        Figures::Retry(it) => it.settings.enabled,
        Figures::Bulkhead(it) => it.settings.enabled,
        Figures::RateLimit(it) => it.settings.enabled,
        Figures::Timeout(it) => it.settings.enabled,
        Figures::Fallback(it) => it.settings.enabled,
    }
}

/// The function of a place, `file:line:column (module::function)`.
fn function(place: &str) -> Option<&str> {
    place.strip_suffix(')')?.rsplit_once(" (").map(|(_, function)| function)
}

/// The name of a policy without a name, without the number that tells it from others of its function.
fn unnumbered(name: &'static str) -> &'static str {
    match name.rsplit_once('#') {
        Some((plain, number)) if number.bytes().all(|digit| digit.is_ascii_digit()) => plain,
        _ => name,
    }
}
