//! The rate limit of a key.

use std::{
    future::{Future, ready},
    pin::pin,
    task::{Context, Poll, Waker},
};

use resilience::{RateLimit, rate_limit::Config};

use super::{Failure, Keyed, ManualClock, Reason, SECOND};

fn limits(config: Config) -> (Keyed<RateLimit>, ManualClock) {
    let clock = ManualClock::new();
    (RateLimit::with_clock("addresses", config, clock.clone()).unwrap().keyed(), clock)
}

#[test]
fn each_key_has_its_permits() {
    let (addresses, clock) = limits(Config::new().rate(2, SECOND));
    for key in ["a", "a", "b"] {
        assert_eq!(addresses.call(key, || Ok::<_, ()>(7)), Ok(7));
    }
    let refused = addresses.acquire("a").unwrap_err();
    assert_eq!((refused.name(), refused.retry_after()), ("addresses", Some(SECOND / 2)));
    assert!(addresses.try_acquire("a").is_err());
    assert!(addresses.try_acquire("b").is_ok());
    clock.advance(SECOND / 2);
    assert!(addresses.acquire("a").is_ok());
    assert!(addresses.acquire("a").is_err());
}

#[test]
fn permits_taken_before_the_first_refusal_stay_taken() {
    let (addresses, clock) = limits(Config::new().rate(4, SECOND));
    for _ in 0..4 {
        addresses.acquire("a").unwrap();
    }
    assert!(addresses.acquire("a").is_err());
    clock.advance(SECOND / 2);
    assert_eq!((0..4).filter(|_| addresses.acquire("a").is_ok()).count(), 2);
    let seen = addresses.get("a").unwrap().snapshot();
    assert_eq!((seen.admitted, seen.refused, seen.available), (6, 3, 0));
}

#[test]
fn a_caller_waits_for_the_permit_of_its_key() {
    let (addresses, clock) = limits(Config::new().rate(1, SECOND).max_wait(SECOND));
    let cx = &mut Context::from_waker(Waker::noop());
    addresses.acquire("a").unwrap();
    let mut waiting = pin!(addresses.call_async("a", ready(Ok::<_, ()>(7))));
    assert!(waiting.as_mut().poll(cx).is_pending());
    assert!(matches!(pin!(addresses.acquire_async("b")).poll(cx), Poll::Ready(Ok(()))));
    match pin!(addresses.call_async("a", ready(Ok::<_, ()>(7)))).poll(cx) {
        Poll::Ready(Err(Failure::Rejected(rejected))) => assert_eq!(rejected.reason(), Reason::RateLimited),
        other => panic!("{other:?}"),
    }
    clock.advance(SECOND);
    assert!(matches!(waiting.as_mut().poll(cx), Poll::Ready(Ok(7))));
}

#[test]
fn new_settings_reach_every_key() {
    let (addresses, _clock) = limits(Config::new().rate(1, SECOND));
    addresses.acquire("compact").unwrap();
    addresses.acquire("full").unwrap();
    assert!(addresses.acquire("full").is_err());
    addresses.policy().reconfigure(Config::new().rate(1, 10 * SECOND).burst(2)).unwrap();
    for key in ["compact", "full"] {
        assert!(addresses.acquire(key).is_ok(), "{key}");
        assert_eq!(addresses.acquire(key).unwrap_err().retry_after(), Some(SECOND), "{key}");
    }
}

#[test]
fn the_policy_shows_the_sums_of_its_keys() {
    let (addresses, _clock) = limits(Config::new().rate(1, SECOND).max_keys(3));
    for key in 0..10 {
        let _ = addresses.acquire(&key.to_string());
        let _ = addresses.acquire(&key.to_string());
    }
    let seen = addresses.policy().snapshot();
    assert_eq!((seen.keys, seen.admitted, seen.refused), (3, 10, 10));
}
