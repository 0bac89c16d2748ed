//! How long calls take, where that is measured.

use std::time::Duration;

use resilience::{
    CircuitBreaker, ManualClock, circuit_breaker,
    circuit_breaker::{Config, Latency},
    testing::Scope,
};

use super::{MS, SECOND, breaker};

fn take(breaker: &CircuitBreaker, clock: &ManualClock, time: Duration) {
    let permit = breaker.acquire().unwrap();
    clock.advance(time);
    permit.success();
}

fn measured(breaker: &CircuitBreaker) -> Latency {
    breaker.snapshot().latency.expect("it is measured")
}

fn is_near(time: Duration, expected: Duration) -> bool {
    time.abs_diff(expected) * 100 <= expected * 7
}

#[test]
fn nothing_is_measured_unless_asked_for() {
    let (breaker, clock) = breaker(Config::new());
    take(&breaker, &clock, SECOND);
    assert_eq!(breaker.snapshot().latency, None);
}

#[test]
fn percentiles_are_near_the_true_ones_and_the_longest_is_exact() {
    let (breaker, clock) = breaker(Config::new().latency(true));
    (1..=100).for_each(|number| take(&breaker, &clock, number * MS));
    let Latency { calls, p50, p90, p99, max, .. } = measured(&breaker);
    assert_eq!((calls, max), (100, 100 * MS));
    for (percentile, expected) in [(p50, 50 * MS), (p90, 90 * MS), (p99, 99 * MS)] {
        assert!(is_near(percentile, expected), "{percentile:?} {expected:?}");
    }
}

#[test]
fn each_percentile_is_its_own() {
    let (breaker, clock) = breaker(Config::new().latency(true));
    for (calls, time) in [(45, MS), (46, 10 * MS), (5, 100 * MS), (3, SECOND), (1, 10 * SECOND)] {
        (0..calls).for_each(|_| take(&breaker, &clock, time));
    }
    let Latency { p50, p90, p95, p99, max, .. } = measured(&breaker);
    for (time, expected) in
        [(p50, 10 * MS), (p90, 10 * MS), (p95, 100 * MS), (p99, SECOND), (max, 10 * SECOND)]
    {
        assert!(is_near(time, expected), "{time:?} {expected:?}");
    }
}

#[test]
fn failures_are_measured_like_successes() {
    let (breaker, clock) = breaker(Config::new().latency(true));
    let permit = breaker.acquire().unwrap();
    clock.advance(20 * MS);
    permit.failure();
    assert_eq!((measured(&breaker).calls, measured(&breaker).max), (1, 20 * MS));
}

#[test]
fn calls_older_than_two_minutes_no_longer_count() {
    let (breaker, clock) = breaker(Config::new().latency(true));
    take(&breaker, &clock, SECOND);
    clock.advance(60 * SECOND);
    assert_eq!(measured(&breaker).calls, 1);
    clock.advance(60 * SECOND);
    assert_eq!(measured(&breaker), Latency::default());
    take(&breaker, &clock, MS);
    assert_eq!((measured(&breaker).calls, measured(&breaker).max), (1, MS));
}

#[test]
fn the_shortest_and_the_longest_calls_have_a_place() {
    let (breaker, clock) = breaker(Config::new().latency(true));
    take(&breaker, &clock, Duration::ZERO);
    assert_eq!((measured(&breaker).calls, measured(&breaker).max), (1, Duration::ZERO));
    take(&breaker, &clock, Duration::from_hours(24 * 365));
    assert_eq!(measured(&breaker).max, Duration::from_hours(24 * 365));
}

#[test]
fn slow_calls_are_told_beside_it() {
    let (breaker, clock) = breaker(Config::new().latency(true).slow_call(SECOND));
    take(&breaker, &clock, SECOND);
    take(&breaker, &clock, SECOND + MS);
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.slow, snapshot.latency.unwrap().calls), (1, 2));
}

#[test]
fn measuring_begins_and_ends_with_the_settings() {
    let (breaker, clock) = breaker(Config::new());
    breaker.reconfigure(Config::new().latency(true)).unwrap();
    take(&breaker, &clock, MS);
    assert_eq!(measured(&breaker).calls, 1);
    breaker.reconfigure(Config::new()).unwrap();
    take(&breaker, &clock, MS);
    assert_eq!(breaker.snapshot().latency, None);
}

#[test]
fn threads_are_summed() {
    let (breaker, clock) = breaker(Config::new().latency(true));
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| (0..50).for_each(|_| take(&breaker, &clock, Duration::ZERO)));
        }
    });
    assert_eq!(measured(&breaker).calls, 200);
}

#[test]
fn an_attribute_can_ask_for_it() {
    #[circuit_breaker("measured", latency = true)]
    fn call(clock: &ManualClock) -> std::io::Result<()> {
        clock.advance(7 * MS);
        Ok(())
    }
    let clock = ManualClock::new();
    let scope = Scope::with_clock(clock.clone());
    let _inside = scope.enter();
    call(&clock).unwrap();
    assert_eq!(measured(&scope.registry().circuit_breaker("measured").unwrap()).max, 7 * MS);
}
