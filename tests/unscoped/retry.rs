//! Retries: every way that a call can end is counted.

use std::{cell::Cell, thread, time::Duration};

use resilience::{
    registry, retry,
    retry::{Backoff, Config, Jitter},
};
use resilience_tests::Fault;

/// Fails the first `failures` times.
fn flaky(failures: &Cell<u32>) -> Result<u32, Fault> {
    if failures.get() > 0 {
        failures.set(failures.get() - 1);
        return Err(Fault::Down);
    }
    Ok(1)
}

/// Succeeded at once and later, failed at once and later, exhausted, repeats.
fn figures(name: &str) -> [u64; 6] {
    let seen = registry().retry(name).unwrap().snapshot();
    [
        seen.succeeded_without_retry,
        seen.succeeded_with_retry,
        seen.failed_without_retry,
        seen.failed_with_retry,
        seen.exhausted,
        seen.retries,
    ]
}

#[retry(name = "unscoped", backoff = fixed(0s), jitter = none)]
fn call(failures: &Cell<u32>) -> Result<u32, Fault> {
    flaky(failures)
}

#[test]
fn every_end_of_a_call_is_counted_on_every_thread() {
    let calls = || {
        for failures in [0, 0, 1, 2, 3] {
            assert_eq!(call(&Cell::new(failures)).is_ok(), failures < 3);
        }
    };
    // The first finds the policy; the threads have no number yet.
    calls();
    assert_eq!(figures("unscoped"), [2, 2, 0, 1, 1, 5]);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(calls);
        }
    });
    assert_eq!(figures("unscoped"), [8, 8, 0, 4, 4, 20]);
}

#[retry(name = "unwanted", backoff = fixed(0s), jitter = none, abort_on = Fault::Down)]
fn unwanted(failures: &Cell<u32>) -> Result<u32, Fault> {
    flaky(failures)
}

#[test]
fn an_error_that_is_not_wanted_ends_the_call() {
    for _ in 0..2 {
        let failures = Cell::new(1);
        assert!(unwanted(&failures).is_err());
        assert_eq!(failures.get(), 0);
    }
    assert_eq!(figures("unwanted"), [0, 0, 2, 0, 0, 0]);
}

#[retry(name = "waited", backoff = fixed(1ms), jitter = none)]
fn waited(failures: &Cell<u32>) -> Result<u32, Fault> {
    flaky(failures)
}

#[test]
fn a_wait_between_two_attempts_is_a_repeat_like_any_other() {
    for failures in [2, 0, 3] {
        let _ = waited(&Cell::new(failures));
    }
    assert_eq!(figures("waited"), [1, 1, 0, 1, 1, 4]);
}

fn at_once(attempts: u32) -> Config {
    Config::new().attempts(attempts).backoff(Backoff::fixed(Duration::ZERO)).jitter(Jitter::None)
}

#[retry(name = "changed")]
fn changed(failures: &Cell<u32>) -> Result<u32, Fault> {
    registry().retry("changed").unwrap().reconfigure(at_once(1)).unwrap();
    flaky(failures)
}

#[test]
fn a_call_keeps_the_number_of_attempts_that_it_began_with() {
    changed(&Cell::new(0)).unwrap();
    changed(&Cell::new(1)).unwrap_err();
    assert_eq!(figures("changed"), [1, 0, 1, 0, 1, 0]);
    registry().retry("changed").unwrap().reconfigure(at_once(4)).unwrap();
    changed(&Cell::new(3)).unwrap();
    assert_eq!(figures("changed"), [1, 1, 1, 0, 1, 3]);
}
