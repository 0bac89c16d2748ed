//! `max_keys`: who stays, who leaves, and who goes without.

use resilience::{RateLimit, circuit_breaker::KeyPermit, rate_limit};

use super::*;

fn some(keys: std::ops::Range<usize>) -> impl Iterator<Item = String> {
    keys.map(|key| format!("key-{key}"))
}

#[test]
fn there_are_never_more_keys_than_max_keys() {
    for most in [1, 2, 3, 64, 100] {
        let (hosts, _clock) = breakers(Config::new().max_keys(most));
        for key in some(0..1000) {
            succeed(&hosts, &key);
            assert!(hosts.len() <= most as usize);
        }
        assert_eq!(hosts.len(), most as usize);
        assert_eq!(hosts.keys().len(), most as usize);
    }
}

#[test]
fn by_default_ten_thousand_keys_stay() {
    let (hosts, _clock) = breakers(Config::new());
    some(0..10_100).for_each(|key| succeed(&hosts, &key));
    assert_eq!(hosts.len(), 10_000);
}

#[test]
fn no_key_leaves_while_there_is_room() {
    let (hosts, _clock) = breakers(Config::new().max_keys(500));
    some(0..500).for_each(|key| succeed(&hosts, &key));
    assert!(some(0..500).all(|key| hosts.get(&key).is_some()));
}

#[test]
fn whoever_calls_with_many_keys_moves_no_open_circuit_and_no_order_by_hand() {
    let (hosts, _clock) = breakers(Config::new().threshold(1).max_keys(1000).open_for(SECOND * 3600));
    let open: Vec<String> = (0..300).map(|key| format!("down-{key}")).collect();
    for key in &open {
        fail(&hosts, key);
    }
    hosts.get_or_add("forced").unwrap().force_open();
    hosts.get_or_add("spared").unwrap().disable();
    let mut key = String::new();
    for number in 0..50_000_u32 {
        key.clear();
        std::fmt::Write::write_fmt(&mut key, format_args!("attack-{number:09}")).unwrap();
        hosts.acquire(&key).unwrap().success();
    }
    assert_eq!(hosts.len(), 1000);
    assert!(open.iter().all(|key| refusal(&hosts, key) == Some(Reason::CircuitOpen)));
    assert_eq!((state(&hosts, "forced"), state(&hosts, "spared")), (State::ForcedOpen, State::Disabled));
    assert_eq!(hosts.policy().snapshot().successes, 50_000);
}

#[test]
fn keys_that_fail_leave_before_those_that_are_open() {
    let (hosts, _clock) = breakers(Config::new().threshold(2).max_keys(100));
    for _ in 0..2 {
        some(0..50).for_each(|key| fail(&hosts, &key));
    }
    some(1000..3000).for_each(|key| fail(&hosts, &key));
    assert!(some(0..50).all(|key| refusal(&hosts, &key) == Some(Reason::CircuitOpen)));
}

#[test]
fn idle_keys_leave_before_those_that_have_failed() {
    let (hosts, _clock) = breakers(Config::new().threshold(5).max_keys(100));
    some(0..50).for_each(|key| fail(&hosts, &key));
    some(1000..3000).for_each(|key| succeed(&hosts, &key));
    let failures = |key: String| hosts.get(&key).map(|key| key.snapshot().consecutive_failures);
    assert!(some(0..50).all(|key| failures(key) == Some(1)));
}

#[test]
fn open_circuits_leave_when_there_is_nothing_else_and_new_keys_are_guarded() {
    let (hosts, _clock) = breakers(Config::new().threshold(1).max_keys(10));
    some(0..1000).for_each(|key| fail(&hosts, &key));
    assert_eq!(hosts.len(), 10);
    assert_eq!(hosts.policy().snapshot().errors, 1000, "each was called, and opened");
    fail(&hosts, "last");
    assert_eq!(refusal(&hosts, "last"), Some(Reason::CircuitOpen));
}

#[test]
fn a_circuit_that_has_closed_again_leaves_like_any_other() {
    let (hosts, clock) = breakers(Config::new().threshold(1).half_open(1).open_for(SECOND).max_keys(20));
    some(0..20).for_each(|key| fail(&hosts, &key));
    fail(&hosts, "down"); // One of the twenty makes room, and all are known to be open.
    clock.advance(SECOND);
    let left: Vec<String> = hosts.keys().into_iter().map(|key| key.key).filter(|key| key != "down").collect();
    for key in &left {
        succeed(&hosts, key);
    }
    assert!(left.iter().all(|key| state(&hosts, key) == State::Closed));
    some(1000..3000).for_each(|key| succeed(&hosts, &key));
    assert!(left.iter().all(|key| hosts.get(key).is_none()));
    assert!(hosts.get("down").is_some());
}

#[test]
fn the_key_unused_for_longest_leaves_first_about() {
    let (hosts, _clock) = breakers(Config::new().max_keys(256));
    for round in 0..20 {
        succeed(&hosts, "used all the time");
        some(round * 100..(round + 1) * 100).for_each(|key| {
            succeed(&hosts, &key);
            succeed(&hosts, "used all the time");
        });
    }
    assert_eq!(hosts.get("used all the time").unwrap().snapshot().successes, 2020);
}

#[test]
fn a_key_with_a_running_call_never_leaves_and_its_result_counts() {
    let (hosts, _clock) = breakers(Config::new().threshold(1).max_keys(4));
    let permit = hosts.acquire("running").unwrap();
    some(0..1000).for_each(|key| succeed(&hosts, &key));
    permit.failure();
    assert_eq!(state(&hosts, "running"), State::Open);
    let handle = hosts.get_or_add("held").unwrap();
    some(0..1000).for_each(|key| succeed(&hosts, &key));
    assert_eq!(handle.state(), State::Closed);
    assert!(hosts.get("held").is_some());
}

#[test]
fn where_every_key_is_in_use_a_new_one_shares_the_instance_of_the_policy() {
    let (hosts, _clock) = breakers(Config::new().threshold(2).max_keys(2));
    let held = ["a", "b"].map(|key| hosts.acquire(key).unwrap());
    assert!(hosts.get_or_add("c").is_none());
    for key in ["c", "d"] {
        fail(&hosts, key);
    }
    assert_eq!(hosts.policy().state(), State::Open, "the two shared it");
    assert_eq!(refusal(&hosts, "e"), Some(Reason::CircuitOpen), "never unprotected");
    assert_eq!(refusal(&hosts, "a"), None);
    held.into_iter().for_each(KeyPermit::success);
    succeed(&hosts, "e");
    assert_eq!(state(&hosts, "e"), State::Closed);
    assert_eq!(hosts.len(), 2);
}

#[test]
fn fewer_keys_are_reached_at_once_and_more_have_room() {
    let (hosts, _clock) = breakers(Config::new().threshold(1).max_keys(100));
    some(0..100).for_each(|key| succeed(&hosts, &key));
    fail(&hosts, "down");
    hosts.policy().reconfigure(Config::new().threshold(1).max_keys(10)).unwrap();
    assert_eq!(hosts.len(), 10);
    assert_eq!(state(&hosts, "down"), State::Open);
    hosts.policy().reconfigure(Config::new().threshold(1).max_keys(50)).unwrap();
    some(1000..2000).for_each(|key| succeed(&hosts, &key));
    assert_eq!(hosts.len(), 50);
}

#[test]
fn a_rate_limit_is_not_renewed_by_calling_with_other_keys() {
    let clock = ManualClock::new();
    let config = rate_limit::Config::new().rate(2, SECOND * 3600).max_keys(100);
    let addresses = RateLimit::with_clock("addresses", config, clock.clone()).unwrap().keyed();
    (0..3).for_each(|n| assert!(addresses.acquire("greedy").is_ok() == (n < 2), "{n}"));
    assert!(addresses.acquire("greedy").is_err());
    some(0..10_000).for_each(|key| addresses.acquire(&key).unwrap());
    assert!(addresses.acquire("greedy").is_err(), "keys with permits left went first");
    clock.advance(SECOND * 7200);
    some(10_000..20_000).for_each(|key| addresses.acquire(&key).unwrap());
    assert_eq!(addresses.len(), 100);
}

#[test]
fn a_long_key_is_known_by_its_beginning_and_its_hash() {
    let (hosts, _clock) = breakers(Config::new().threshold(1));
    let [one, other] = ["x", "y"].map(|end| format!("é{}{end}", "é".repeat(100_000)));
    fail(&hosts, &one);
    assert_eq!((refusal(&hosts, &one), refusal(&hosts, &other)), (Some(Reason::CircuitOpen), None));
    let kept: Vec<String> = hosts.keys().into_iter().map(|key| key.key).collect();
    assert!(kept.iter().all(|key| key.len() <= 256 && key.starts_with("éé")), "{kept:?}");
    assert_ne!(kept[0], kept[1]);
}

#[test]
fn a_key_of_256_bytes_is_kept_as_it_is() {
    let (hosts, _clock) = breakers(Config::new());
    let key = "k".repeat(256);
    succeed(&hosts, &key);
    assert_eq!(hosts.get(&key).unwrap().key(), key);
}

#[test]
fn a_bound_that_cannot_be_is_refused_with_what_to_write() {
    for (keys, message) in
        [(0, "`max_keys` must be at least 1"), (10_000_001, "`max_keys` can be at most 10000000")]
    {
        let errors = [
            Config::new().max_keys(keys).validate().unwrap_err(),
            resilience::bulkhead::Config::new().max_keys(keys).validate().unwrap_err(),
            rate_limit::Config::new().rate(1, SECOND).max_keys(keys).validate().unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.to_string() == message && error.setting() == "max_keys"));
    }
}
