//! Many threads, many keys.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    thread,
};

use resilience::{Bulkhead, RateLimit, bulkhead, rate_limit};

use super::*;

const THREADS: usize = 8;

/// Runs this on every thread at once, each with its number.
fn on_all(run: impl Fn(usize) + Sync) {
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (run, barrier) = (&run, &barrier);
            scope.spawn(move || {
                barrier.wait();
                run(number);
            });
        }
    });
}

#[test]
fn every_call_is_counted_once_whoever_comes_and_leaves() {
    let (hosts, _clock) = breakers(Config::new().threshold(1_000_000).max_keys(50));
    let admitted = AtomicU64::new(0);
    on_all(|number| {
        for call in 0..5000_usize {
            let key = (call * 31 + number * 17) % 120;
            match hosts.acquire(&key.to_string()) {
                Ok(permit) if call % 7 == 0 => permit.failure(),
                Ok(permit) if call % 11 == 0 => drop(permit),
                Ok(permit) => permit.success(),
                Err(rejected) => panic!("{rejected}"),
            }
            admitted.fetch_add(1, Ordering::Relaxed);
            assert!(hosts.len() <= 50);
        }
    });
    let seen = hosts.policy().snapshot();
    assert_eq!(seen.successes + seen.errors + seen.cancelled, admitted.into_inner());
    assert_eq!(seen.errors, (0..5000).filter(|call| call % 7 == 0).count() as u64 * THREADS as u64);
}

#[test]
fn one_key_of_many_threads_is_one_breaker() {
    let (hosts, _clock) = breakers(Config::new().threshold(1_000_000));
    on_all(|number| {
        for call in 0..5000 {
            let permit = hosts.acquire("hot").unwrap();
            if number == 0 && call == 2500 { permit.failure() } else { permit.success() }
        }
    });
    let seen = hosts.get("hot").unwrap().snapshot();
    assert_eq!((seen.successes, seen.errors), (5000 * THREADS as u64 - 1, 1));
}

#[test]
fn no_more_calls_of_a_key_run_at_once_than_it_has_places() {
    let tenants = Bulkhead::new("tenants", bulkhead::Config::new().max_concurrent(3)).unwrap().keyed();
    let running = [const { AtomicU32::new(0) }; 4];
    on_all(|number| {
        for call in 0..5000 {
            let key = (call + number) % running.len();
            if let Ok(_place) = tenants.acquire(&key.to_string()) {
                assert!(running[key].fetch_add(1, Ordering::SeqCst) < 3);
                if call % 64 == 0 {
                    thread::yield_now();
                }
                running[key].fetch_sub(1, Ordering::SeqCst);
            }
        }
    });
    let seen = tenants.policy().snapshot();
    assert_eq!((seen.in_use, seen.admitted + seen.full), (0, 5000 * THREADS as u64));
}

#[test]
fn no_more_calls_of_a_key_go_than_its_burst_while_the_clock_stands_still() {
    let config = rate_limit::Config::new().rate(100, SECOND * 3600);
    let addresses = RateLimit::with_clock("addresses", config, ManualClock::new()).unwrap().keyed();
    let admitted = [const { AtomicU32::new(0) }; 4];
    on_all(|number| {
        for call in 0..1000 {
            let key = (call + number) % admitted.len();
            if addresses.acquire(&key.to_string()).is_ok() {
                admitted[key].fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(admitted.map(AtomicU32::into_inner), [100; 4]);
}

#[test]
fn hands_at_the_controls_and_new_settings_meet_calls_of_all_keys() {
    let (hosts, _clock) = breakers(Config::new().threshold(3).max_keys(20));
    on_all(|number| {
        for call in 0..500 {
            let key = (call % 40).to_string();
            match (number, call % 20) {
                (0, 3) => hosts.policy().force_open(),
                (0, 7) => hosts.policy().close(),
                (0, 11) => hosts.policy().reset(),
                (1, 5) => hosts.policy().reconfigure(Config::new().threshold(3).max_keys(10 + call)).unwrap(),
                (2, 6) => drop(hosts.keys()),
                (_, 9) => fail(&hosts, &key),
                _ => succeed(&hosts, &key),
            }
        }
    });
    hosts.policy().close();
    assert!(hosts.keys().iter().all(|key| key.figures.state == State::Closed));
}
