//! Random schedules of many threads at keys that are compact and become whole machines: every call is counted once, and what
//! is asked of all keys reaches those that are just being made.
//!
//! `RUSTFLAGS="--cfg resilience_shuttle" cargo test -p resilience --no-default-features --release --test shuttle_keyed`
#![cfg(resilience_shuttle)]

use std::time::Duration;

use resilience::{
    CircuitBreaker, Keyed, ManualClock,
    circuit_breaker::{Config, State, Window},
};
use shuttle::{sync::Arc, thread};

const SECOND: Duration = Duration::from_secs(1);

type Hosts = Arc<Keyed<CircuitBreaker>>;

fn model(check: impl Fn() + Send + Sync + Clone + 'static) {
    shuttle::check_random(check.clone(), 3_000);
    shuttle::check_pct(check, 3_000, 4);
}

fn hosts(config: Config) -> Hosts {
    Arc::new(CircuitBreaker::with_clock("hosts", config, ManualClock::new()).unwrap().keyed())
}

/// Runs one part on each of so many threads.
fn together(hosts: &Hosts, threads: u32, part: impl Fn(&Keyed<CircuitBreaker>, u32) + Send + Sync + 'static) {
    let part = Arc::new(part);
    let running: Vec<_> = (0..threads)
        .map(|number| {
            let (hosts, part) = (Arc::clone(hosts), Arc::clone(&part));
            thread::spawn(move || part(&hosts, number))
        })
        .collect();
    running.into_iter().for_each(|thread| thread.join().unwrap());
}

fn fail(hosts: &Keyed<CircuitBreaker>, key: &str) {
    if let Ok(permit) = hosts.acquire(key) {
        permit.failure();
    }
}

#[test]
fn a_key_counts_every_call_once_whenever_it_becomes_a_machine() {
    for config in [
        Config::new().threshold(100),
        Config::new().failure_count(100).window(Window::Calls(200)),
        Config::new().failure_count(100).window(Window::Time(10 * SECOND)),
    ] {
        model(move || {
            let hosts = hosts(config);
            together(&hosts, 5, |hosts, number| {
                for turn in 0..3 {
                    let permit = hosts.acquire("db-1").unwrap();
                    match (number + turn) % 5 {
                        0 => permit.failure(),
                        1 => permit.ignore(),
                        _ => permit.success(),
                    }
                }
            });
            let seen = hosts.get("db-1").unwrap().snapshot();
            assert_eq!((seen.successes, seen.errors, seen.ignored, seen.state), (9, 3, 3, State::Closed));
            assert_eq!(hosts.policy().snapshot().successes, 9, "and so does the sum");
        });
    }
}

#[test]
fn a_window_holds_the_calls_from_before_its_key_became_a_machine() {
    model(|| {
        let hosts = hosts(Config::new().failure_rate(0.5).min_calls(8));
        together(&hosts, 8, |hosts, number| {
            let permit = hosts.acquire("db-1").unwrap();
            if number % 2 == 0 { permit.failure() } else { permit.success() }
        });
        let key = hosts.get("db-1").unwrap();
        assert_eq!((key.state(), key.snapshot().generation), (State::Open, 1));
    });
}

#[test]
fn a_success_that_was_admitted_before_its_key_opened_changes_nothing() {
    model(|| {
        let hosts = hosts(Config::new().threshold(1));
        together(&hosts, 5, |hosts, number| match number {
            0 => fail(hosts, "db-1"),
            _ => drop(hosts.acquire("db-1").map(|permit| permit.success())),
        });
        let seen = hosts.get("db-1").unwrap().snapshot();
        assert_eq!((seen.state, seen.generation, seen.errors), (State::Open, 1, 1));
        assert_eq!(seen.successes + seen.refused, 4);
    });
}

#[test]
fn what_is_asked_of_all_keys_reaches_one_that_becomes_a_machine() {
    model(|| {
        let hosts = hosts(Config::new().threshold(100));
        hosts.acquire("db-1").unwrap().success();
        together(&hosts, 4, |hosts, number| match number {
            0 => hosts.policy().force_open(),
            1 => drop(hosts.acquire("db-1").map(|permit| permit.success())),
            _ => fail(hosts, "db-1"),
        });
        assert_eq!(hosts.get("db-1").unwrap().state(), State::ForcedOpen);
        assert!(hosts.acquire("db-1").is_err());
        assert!(hosts.acquire("db-2").is_err(), "nor is a new one let through");
    });
}

#[test]
fn new_settings_reach_a_key_that_becomes_a_machine() {
    model(|| {
        let hosts = hosts(Config::new().threshold(100));
        hosts.acquire("db-1").unwrap().success();
        together(&hosts, 3, |hosts, number| match number {
            0 => hosts.policy().reconfigure(Config::new().threshold(3)).unwrap(),
            _ => fail(hosts, "db-1"),
        });
        fail(&hosts, "db-1");
        assert_eq!(hosts.get("db-1").unwrap().state(), State::Open, "the third failure in a row");
    });
}

#[test]
fn nothing_is_lost_while_keys_take_each_others_places() {
    model(|| {
        let hosts = hosts(Config::new().threshold(100).max_keys(1));
        together(&hosts, 4, |hosts, number| {
            for turn in 0..3 {
                let permit = hosts.acquire(["db-1", "db-2", "db-3"][turn]).unwrap();
                if number % 2 == 0 { permit.failure() } else { permit.success() }
            }
        });
        let seen = hosts.policy().snapshot();
        assert_eq!((seen.successes, seen.errors), (6, 6));
        assert!(hosts.len() <= 1);
    });
}
