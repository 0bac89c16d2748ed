//! What the registry and the snapshots say of keys.

use resilience::{Figures, PolicyKind, testing::Scope};

use super::*;

#[test]
fn the_policy_shows_the_sums_of_its_keys_and_how_many_there_are() {
    let (hosts, _clock) = breakers(Config::new().threshold(2));
    for key in ["a", "b", "b"] {
        succeed(&hosts, key);
    }
    (0..3).for_each(|_| fail(&hosts, "c"));
    let _ = hosts.policy().call(|| Ok::<_, ()>(()));
    let seen = hosts.policy().snapshot();
    assert_eq!((seen.keys, seen.successes, seen.errors, seen.refused, seen.transitions), (3, 4, 2, 1, 1));
    assert_eq!(seen.state, State::Closed, "that of the calls without a key");
}

#[test]
fn keys_are_listed_in_order_each_with_its_figures() {
    let (hosts, clock) = breakers(Config::new().threshold(1));
    for key in ["b", "a", "b"] {
        succeed(&hosts, key);
    }
    fail(&hosts, "c");
    clock.advance(SECOND);
    let keys: Vec<_> = hosts
        .keys()
        .into_iter()
        .map(|key| (key.key, key.figures.state, key.figures.successes, key.figures.in_state_for))
        .collect();
    assert_eq!(
        keys,
        [
            ("a".to_owned(), State::Closed, 1, SECOND),
            ("b".to_owned(), State::Closed, 2, SECOND),
            ("c".to_owned(), State::Open, 0, SECOND),
        ]
    );
}

#[test]
fn the_sums_keep_what_keys_have_counted_that_left() {
    let (hosts, _clock) = breakers(Config::new().max_keys(2));
    for key in 0..100 {
        succeed(&hosts, &key.to_string());
        fail(&hosts, &key.to_string());
    }
    let seen = hosts.policy().snapshot();
    assert_eq!((seen.keys, seen.successes, seen.errors), (2, 100, 100));
}

#[test]
fn the_registry_lists_one_policy_with_all_its_keys() {
    let scope = Scope::with_clock(ManualClock::new());
    let hosts = scope.registry().add_circuit_breaker("hosts", Config::new()).unwrap().keyed();
    (0..10).for_each(|key| succeed(&hosts, &key.to_string()));
    let snapshot = scope.registry().snapshot();
    assert_eq!(snapshot.policies.len(), 1);
    let Figures::CircuitBreaker(seen) = &snapshot.get(PolicyKind::CircuitBreaker, "hosts").unwrap().figures
    else {
        panic!("another kind")
    };
    assert_eq!((seen.keys, seen.successes), (10, 10));
}

#[test]
fn a_key_serialises_with_its_figures() {
    let (hosts, _clock) = breakers(Config::new());
    succeed(&hosts, "a");
    let json = serde_json::to_value(hosts.keys()).unwrap();
    assert_eq!((json[0]["key"].as_str(), json[0]["figures"]["successes"].as_u64()), (Some("a"), Some(1)));
}

#[test]
fn looking_at_a_key_does_not_change_it() {
    let (hosts, _clock) = breakers(Config::new());
    succeed(&hosts, "a");
    let first = hosts.keys();
    assert_eq!(hosts.keys(), first);
    assert_eq!(hosts.get("a").unwrap().snapshot(), first[0].figures);
}
