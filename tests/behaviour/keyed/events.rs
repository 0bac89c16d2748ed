//! Events of the instance of a key say which key it is.

use std::sync::Arc;

use resilience::{Event, EventKind, Events, bulkhead, rate_limit, testing::Scope};

use super::*;

fn scope() -> (Scope, ManualClock) {
    let clock = ManualClock::new();
    (Scope::with_clock(clock.clone()), clock)
}

fn all(events: &mut Events) -> Vec<Arc<Event>> {
    std::iter::from_fn(|| events.try_next()).map(|heard| heard.unwrap()).collect()
}

/// Kind of event and key, of everything that is told.
fn keys(events: &mut Events) -> Vec<(&'static str, Option<String>)> {
    all(events).iter().map(|event| (event.kind.as_str(), event.key.clone())).collect()
}

fn of(key: &str, kinds: &[&'static str]) -> Vec<(&'static str, Option<String>)> {
    kinds.iter().map(|kind| (*kind, Some(key.to_owned()))).collect()
}

#[test]
fn transitions_and_refusals_of_a_breaker_name_the_key() {
    let (scope, clock) = scope();
    let config = Config::new().threshold(1).open_for(SECOND).half_open(1);
    let hosts = scope.registry().add_circuit_breaker("hosts", config).unwrap().keyed();
    let mut events = scope.registry().events();
    fail(&hosts, "db-1");
    succeed(&hosts, "db-1");
    succeed(&hosts, "db-2");
    clock.advance(SECOND);
    succeed(&hosts, "db-1");
    let kinds = ["transition", "rejected", "transition", "transition"];
    assert_eq!(keys(&mut events), of("db-1", &kinds));
}

#[test]
fn a_metrics_only_key_names_itself_when_it_would_open() {
    let (scope, _clock) = scope();
    let hosts = scope.registry().add_circuit_breaker("hosts", Config::new().threshold(1)).unwrap().keyed();
    hosts.get_or_add("db-1").unwrap().metrics_only();
    let mut events = scope.registry().events();
    fail(&hosts, "db-1");
    assert_eq!(keys(&mut events), of("db-1", &["would_open"]));
}

#[test]
fn a_key_refused_because_all_are_names_itself() {
    let (scope, _clock) = scope();
    let policy = scope.registry().add_circuit_breaker("hosts", Config::new()).unwrap();
    policy.force_open();
    let mut events = scope.registry().events();
    succeed(&policy.keyed(), "db-1");
    let _ = policy.call(|| Ok::<_, &str>(()));
    assert_eq!(keys(&mut events), [("rejected", Some("db-1".to_owned())), ("rejected", None)]);
}

#[test]
fn refusals_of_a_bulkhead_and_of_a_rate_limit_name_the_key() {
    let (scope, _clock) = scope();
    let registry = scope.registry();
    let pool = registry.add_bulkhead("pool", bulkhead::Config::new().max_concurrent(1)).unwrap().keyed();
    let quota = registry.add_rate_limit("quota", rate_limit::Config::new().rate(1, SECOND)).unwrap().keyed();
    let mut events = registry.events();
    let _place = pool.acquire("tenant-1").unwrap();
    assert!(pool.acquire("tenant-1").is_err());
    assert!(pool.acquire("tenant-2").is_ok());
    quota.acquire("10.0.0.1").unwrap();
    assert!(quota.acquire("10.0.0.1").is_err());
    let expected = [of("tenant-1", &["rejected"]), of("10.0.0.1", &["rejected"])].concat();
    assert_eq!(keys(&mut events), expected);
}

#[test]
fn a_caller_that_waited_in_vain_names_its_key() {
    let (scope, _clock) = scope();
    let config = bulkhead::Config::new().max_concurrent(1).max_wait(MS);
    let pool = scope.registry().add_bulkhead("pool", config).unwrap().keyed();
    let mut events = scope.registry().events();
    let _place = pool.acquire("tenant-1").unwrap();
    assert!(pool.acquire("tenant-1").is_err());
    assert_eq!(keys(&mut events), of("tenant-1", &["rejected"]));
}

#[test]
fn a_call_for_whose_key_there_is_no_room_has_none() {
    let (scope, _clock) = scope();
    let config = bulkhead::Config::new().max_concurrent(1).max_keys(1);
    let pool = scope.registry().add_bulkhead("pool", config).unwrap().keyed();
    let mut events = scope.registry().events();
    let _busy = pool.acquire("tenant-1").unwrap();
    let _shared = pool.acquire("tenant-2").unwrap();
    assert!(pool.acquire("tenant-3").is_err());
    assert_eq!(keys(&mut events), [("rejected", None)]);
}

#[test]
fn a_hostile_key_stays_on_the_line_of_its_event() {
    let (scope, _clock) = scope();
    let hosts = scope.registry().add_circuit_breaker("hosts", Config::new().threshold(1)).unwrap().keyed();
    let mut events = scope.registry().events();
    fail(&hosts, "a\"\ncircuit_breaker payments: closed -> open");
    let event = &all(&mut events)[0];
    assert!(matches!(event.kind, EventKind::Transition { .. }));
    assert!(
        event.to_string().starts_with(
            "circuit_breaker hosts[\"a\\\"\\ncircuit_breaker payments: closed -> open\"]: closed -> open"
        ),
        "{event}"
    );
}

#[test]
fn the_key_is_in_the_json_of_an_event() {
    let (scope, _clock) = scope();
    let hosts = scope.registry().add_circuit_breaker("hosts", Config::new().threshold(1)).unwrap().keyed();
    let mut events = scope.registry().events();
    fail(&hosts, "db-1");
    let event = serde_json::to_value(&*all(&mut events)[0]).unwrap();
    assert_eq!((&event["name"], &event["key"]), (&"hosts".into(), &"db-1".into()));
}
