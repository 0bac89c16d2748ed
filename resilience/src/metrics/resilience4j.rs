//! The figures under the names of resilience4j, for dashboards that know them.

use super::{
    Family, Instrument, Sample, Subject,
    sample::{List, Value},
};
use crate::{Figures, PolicyKind, PolicySnapshot, Registry, circuit_breaker};

macro_rules! theirs {
    ($($constant:ident = $policy:ident $name:literal $instrument:ident, $help:literal;)*) => {
        $(
            static $constant: Family = Family {
                subject: Subject::Policy(PolicyKind::$policy),
                name: $name,
                instrument: Instrument::$instrument,
                unit: None,
                help: $help,
                whole_name: Some(concat!("resilience4j_", $name)),
            };
        )*
        /// Every family, by kind of policy.
        pub(super) static FAMILIES: &[&Family] = &[$(&$constant),*];
    };
}

theirs! {
    STATE = CircuitBreaker "circuitbreaker_state" Gauge, "1 for the state that the circuit breaker is in, 0 for the others";
    CALLS = CircuitBreaker "circuitbreaker_calls" Counter, "Calls that were successful, failed, or ignored";
    BUFFERED = CircuitBreaker "circuitbreaker_buffered_calls" Gauge, "Calls that the window holds now";
    SLOW = CircuitBreaker "circuitbreaker_slow_calls" Gauge, "Slow calls that the window holds now";
    FAILURE_RATE = CircuitBreaker "circuitbreaker_failure_rate" Gauge, "The failure rate in per cent, -1 below the least number of calls";
    SLOW_RATE = CircuitBreaker "circuitbreaker_slow_call_rate" Gauge, "The rate of slow calls in per cent, -1 below the least number of calls";
    NOT_PERMITTED = CircuitBreaker "circuitbreaker_not_permitted_calls" Counter, "Calls that the circuit breaker refused";
    RETRY_CALLS = Retry "retry_calls" Counter, "Calls by how they ended and whether they were repeated";
    AVAILABLE = Bulkhead "bulkhead_available_concurrent_calls" Gauge, "Places that are free";
    ALLOWED = Bulkhead "bulkhead_max_allowed_concurrent_calls" Gauge, "Places";
    PERMITS = RateLimit "ratelimiter_available_permissions" Gauge, "Permits that a caller could take now";
    WAITING = RateLimit "ratelimiter_waiting_threads" Gauge, "Callers that wait for a permit";
    TIMED_OUT = Timeout "timelimiter_calls" Counter, "Calls that were dropped";
}

/// The same figures as [`samples`](super::samples), as far as resilience4j has them, by its names.
#[allow(clippy::cast_precision_loss)] // No window and no queue holds 2^53 calls.
pub(super) fn samples(registry: &Registry) -> Vec<Sample> {
    let mut list = List::default();
    for PolicySnapshot { name, figures, .. } in &registry.snapshot().policies {
        list.name = name;
        match figures {
            Figures::CircuitBreaker(figures) => circuit_breaker(&mut list, figures),
            Figures::Retry(figures) => {
                let kinds = [
                    ("successful_without_retry", figures.succeeded_without_retry),
                    ("successful_with_retry", figures.succeeded_with_retry),
                    ("failed_without_retry", figures.failed_without_retry),
                    ("failed_with_retry", figures.failed_with_retry),
                ];
                list.counts(&RETRY_CALLS, "kind", kinds);
            }
            Figures::Bulkhead(figures) => {
                let places = figures.settings.max_concurrent;
                list.level(&AVAILABLE, f64::from(places.saturating_sub(figures.in_use)));
                list.level(&ALLOWED, f64::from(places));
            }
            Figures::RateLimit(figures) => {
                list.level(&PERMITS, figures.available as f64);
                list.level(&WAITING, figures.waiting as f64);
            }
            Figures::Timeout(figures) => list.counts(&TIMED_OUT, "kind", [("timeout", figures.expired)]),
            Figures::Fallback(_) => {}
        }
    }
    list.sorted(FAMILIES)
}

#[allow(clippy::cast_precision_loss)] // A window holds far fewer than 2^53 calls.
fn circuit_breaker(list: &mut List, figures: &circuit_breaker::Snapshot) {
    for (state, level) in super::sample::states(figures.state) {
        list.push(&STATE, Some(("state", state)), Value::Level(level));
    }
    let failed = figures.errors + figures.timeouts + figures.panics;
    let kinds = [("successful", figures.successes), ("failed", failed), ("ignored", figures.ignored)];
    list.counts(&CALLS, "kind", kinds);
    let window = figures.window;
    let held = [("successful", window.calls - window.failures), ("failed", window.failures)];
    for (kind, calls) in held {
        list.push(&BUFFERED, Some(("kind", kind)), Value::Level(calls as f64));
    }
    let slow = [("successful", window.slow - window.slow_failures), ("failed", window.slow_failures)];
    for (kind, calls) in slow {
        list.push(&SLOW, Some(("kind", kind)), Value::Level(calls as f64));
    }
    let is_judged = window.calls >= u64::from(figures.settings.min_calls);
    let per_cent = |rate: f64| if is_judged { rate * 100.0 } else { -1.0 };
    list.level(&FAILURE_RATE, per_cent(figures.failure_rate));
    list.level(&SLOW_RATE, per_cent(figures.slow_rate));
    list.counts(&NOT_PERMITTED, "kind", [("not_permitted", figures.refused)]);
}
