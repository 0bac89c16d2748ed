//! Hands at the controls: of one key, and of all through the policy.

use resilience::circuit_breaker::{Initial, Window};

use super::*;

#[test]
fn one_key_can_be_told_what_to_do() {
    let (hosts, _clock) = breakers(Config::new().threshold(1));
    let keys = ["a", "b", "c", "d"];
    for key in keys {
        succeed(&hosts, key);
    }
    hosts.get("a").unwrap().force_open();
    hosts.get("b").unwrap().disable();
    hosts.get("c").unwrap().metrics_only();
    for key in keys {
        fail(&hosts, key);
    }
    assert_eq!(
        keys.map(|key| state(&hosts, key)),
        [State::ForcedOpen, State::Disabled, State::MetricsOnly, State::Open]
    );
    for key in keys {
        hosts.get(key).unwrap().close();
    }
    assert_eq!(keys.map(|key| state(&hosts, key)), [State::Closed; 4]);
    assert_eq!(hosts.policy().state(), State::Closed);
}

#[test]
fn a_key_can_be_refused_before_its_first_call() {
    let (hosts, _clock) = breakers(Config::new());
    assert!(hosts.get("abuser").is_none() && hosts.is_empty());
    hosts.get_or_add("abuser").unwrap().force_open();
    assert_eq!((refusal(&hosts, "abuser"), refusal(&hosts, "b")), (Some(Reason::ForcedOpen), None));
}

#[test]
fn what_is_asked_of_the_policy_is_asked_of_every_key_and_of_those_to_come() {
    let (hosts, _clock) = breakers(Config::new().threshold(1));
    succeed(&hosts, "compact");
    fail(&hosts, "open");
    let policy = hosts.policy();
    for (ask, expected) in [
        (CircuitBreaker::force_open as fn(&CircuitBreaker), State::ForcedOpen),
        (CircuitBreaker::disable, State::Disabled),
        (CircuitBreaker::metrics_only, State::MetricsOnly),
        (CircuitBreaker::close, State::Closed),
    ] {
        ask(policy);
        let new = format!("new since {expected}");
        let refused = ["compact", "open", new.as_str()].map(|key| refusal(&hosts, key).is_some());
        assert_eq!(refused, [expected == State::ForcedOpen; 3], "{expected}");
        assert_eq!(["compact", "open", new.as_str()].map(|key| state(&hosts, key)), [expected; 3]);
    }
}

#[test]
fn a_key_that_was_closed_by_hand_stays_so_while_all_others_are_forced_open() {
    let (hosts, _clock) = breakers(Config::new());
    succeed(&hosts, "a");
    hosts.policy().force_open();
    hosts.get("a").unwrap().close();
    assert_eq!((refusal(&hosts, "a"), refusal(&hosts, "b")), (None, Some(Reason::ForcedOpen)));
}

#[test]
fn every_key_begins_in_the_initial_state() {
    let (hosts, _clock) = breakers(Config::new().threshold(1).initial(Initial::MetricsOnly));
    fail(&hosts, "a");
    assert_eq!(state(&hosts, "a"), State::MetricsOnly);
    let seen = hosts.get("a").unwrap().snapshot();
    assert_eq!((seen.would_have_opened, seen.generation, seen.transitions), (1, 0, 0));
}

#[test]
fn a_reset_of_the_policy_empties_the_window_of_every_key() {
    let config = Config::new().failure_rate(0.5).window(Window::Calls(10)).min_calls(3);
    let (hosts, clock) = breakers(config);
    (0..4).for_each(|_| succeed(&hosts, "compact"));
    (0..4).for_each(|_| succeed(&hosts, "failed"));
    fail(&hosts, "failed");
    clock.advance(SECOND);
    hosts.policy().reset();
    clock.advance(SECOND);
    for key in ["compact", "failed"] {
        let seen = hosts.get(key).unwrap().snapshot();
        assert_eq!((seen.window.calls, seen.generation, seen.in_state_for), (0, 1, SECOND), "{key}");
        assert_eq!(seen.successes, 4);
        succeed(&hosts, key);
        fail(&hosts, key);
        assert_eq!(state(&hosts, key), State::Closed, "two calls");
        fail(&hosts, key);
        assert_eq!(state(&hosts, key), State::Open, "two of three");
    }
}

#[test]
fn new_settings_reach_every_key() {
    let (hosts, _clock) = breakers(Config::new().threshold(3));
    succeed(&hosts, "compact");
    fail(&hosts, "failed");
    hosts.policy().reconfigure(Config::new().threshold(2).open_for(7 * SECOND)).unwrap();
    for (key, failures) in [("compact", 2), ("failed", 1), ("new", 2)] {
        (1..failures).for_each(|_| fail(&hosts, key));
        assert_eq!(state(&hosts, key), State::Closed, "{key}");
        fail(&hosts, key);
        assert_eq!(hosts.get(key).unwrap().retry_after(), Some(7 * SECOND), "{key}");
    }
}

#[test]
fn another_window_begins_empty_for_every_key_and_the_same_is_kept() {
    let config = |calls, rate| Config::new().failure_rate(rate).window(Window::Calls(calls)).min_calls(3);
    let (hosts, _clock) = breakers(config(10, 0.5));
    let held = || hosts.get("a").unwrap().snapshot().window.calls;
    (0..2).for_each(|_| succeed(&hosts, "a"));
    hosts.policy().reconfigure(config(10, 0.3)).unwrap();
    assert_eq!(held(), 2);
    hosts.policy().reconfigure(config(20, 0.3)).unwrap();
    assert_eq!(held(), 0);
}

#[test]
fn the_registry_asks_every_key_as_well() {
    let scope = resilience::testing::Scope::with_clock(ManualClock::new());
    let registry = scope.registry();
    let hosts = registry.add_circuit_breaker("hosts", Config::new()).unwrap().keyed();
    succeed(&hosts, "a");
    registry.force_open_all();
    assert_eq!(state(&hosts, "a"), State::ForcedOpen);
    registry.reset_all();
    assert_eq!(state(&hosts, "a"), State::Closed);
}

#[test]
fn keys_are_switched_off_and_on_with_their_policy() {
    let config = Config::new().threshold(1);
    let (hosts, _clock) = breakers(config);
    fail(&hosts, "open before");
    hosts.policy().reconfigure(config.enabled(false)).unwrap();
    for key in ["open before", "new"] {
        (0..5).for_each(|_| fail(&hosts, key));
        assert_eq!(state(&hosts, key), State::Disabled, "{key}");
    }
    hosts.policy().reconfigure(config).unwrap();
    for key in ["open before", "new"] {
        assert_eq!(state(&hosts, key), State::Closed, "{key}");
        fail(&hosts, key);
        assert_eq!(state(&hosts, key), State::Open, "{key}");
    }
}
