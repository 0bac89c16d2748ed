//! The bulkhead of a key.

use std::{
    future::{Future, ready},
    pin::pin,
    task::{Context, Poll, Waker},
};

use resilience::{Bulkhead, bulkhead::Config};

use super::{Failure, Keyed, MS, ManualClock, Reason, SECOND};

fn pools(config: Config) -> (Keyed<Bulkhead>, ManualClock) {
    let clock = ManualClock::new();
    (Bulkhead::with_clock("tenants", config, clock.clone()).unwrap().keyed(), clock)
}

#[test]
fn each_key_has_its_places() {
    let (tenants, _clock) = pools(Config::new().max_concurrent(2));
    let held = [tenants.acquire("a").unwrap(), tenants.acquire("a").unwrap()];
    assert_eq!(tenants.acquire("a").unwrap_err().reason(), Reason::BulkheadFull);
    assert_eq!(tenants.try_acquire("a").unwrap_err().name(), "tenants");
    assert_eq!(tenants.call("b", || Ok::<_, ()>(7)), Ok(7));
    drop(held);
    assert!(tenants.acquire("a").is_ok());
}

#[test]
fn places_taken_before_a_key_was_full_are_given_back_to_it() {
    let (tenants, _clock) = pools(Config::new().max_concurrent(2));
    let (first, second) = (tenants.acquire("a").unwrap(), tenants.try_acquire("a").unwrap());
    assert!(tenants.acquire("a").is_err());
    drop(first);
    let third = tenants.acquire("a").unwrap();
    assert!(tenants.acquire("a").is_err());
    drop((second, third));
    let seen = tenants.get("a").unwrap().snapshot();
    assert_eq!((seen.in_use, seen.admitted, seen.full), (0, 3, 2));
}

#[test]
fn a_caller_waits_for_a_place_of_its_key() {
    let (tenants, clock) = pools(Config::new().max_concurrent(1).max_wait(SECOND));
    let place = tenants.acquire("a").unwrap();
    let mut waiting = pin!(tenants.acquire_async("a"));
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(waiting.as_mut().poll(cx).is_pending());
    assert_eq!(tenants.get("a").unwrap().snapshot().waiting, 1);
    assert!(matches!(pin!(tenants.acquire_async("b")).poll(cx), Poll::Ready(Ok(_))));
    drop(place);
    assert!(matches!(waiting.as_mut().poll(cx), Poll::Ready(Ok(_))));
    let _place = tenants.acquire("c").unwrap();
    let mut late = pin!(tenants.call_async("c", ready(Ok::<_, ()>(()))));
    assert!(late.as_mut().poll(cx).is_pending());
    clock.advance(SECOND + MS);
    match late.as_mut().poll(cx) {
        Poll::Ready(Err(Failure::Rejected(rejected))) => assert_eq!(rejected.reason(), Reason::WaitedTooLong),
        other => panic!("{other:?}"),
    }
}

#[test]
fn new_settings_reach_every_key() {
    let (tenants, _clock) = pools(Config::new().max_concurrent(1));
    let _compact = tenants.acquire("compact").unwrap();
    let _full = tenants.acquire("full").unwrap();
    assert!(tenants.acquire("full").is_err());
    tenants.policy().reconfigure(Config::new().max_concurrent(2)).unwrap();
    for key in ["compact", "full"] {
        let _second = tenants.acquire(key).unwrap();
        assert!(tenants.acquire(key).is_err(), "{key}");
    }
}

#[test]
fn the_policy_shows_the_sums_of_its_keys() {
    let (tenants, _clock) = pools(Config::new().max_concurrent(1).max_keys(2));
    for key in 0..10 {
        tenants.call(&key.to_string(), || Ok::<_, ()>(())).unwrap();
    }
    let _held = tenants.acquire("a").unwrap();
    let _ = tenants.acquire("a");
    let seen = tenants.policy().snapshot();
    assert_eq!((seen.keys, seen.in_use, seen.admitted, seen.full), (2, 1, 11, 1));
}

#[test]
fn where_every_key_is_in_use_new_ones_share_the_places_of_the_policy() {
    let (tenants, _clock) = pools(Config::new().max_concurrent(1).max_keys(1));
    let _held = tenants.acquire("a").unwrap();
    let shared = tenants.acquire("b").unwrap();
    assert!(format!("{shared:?}").contains("key: None"));
    assert!(tenants.acquire("c").is_err());
    assert!(tenants.policy().acquire().is_err());
    drop(shared);
    assert!(tenants.acquire("c").is_ok());
}
