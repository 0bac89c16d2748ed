//! What a sample reads of a policy.

use crate::{Figures, circuit_breaker::Latency, service};

/// What is counted, under names that fit every kind of policy.
#[derive(Clone, Copy)]
pub(super) enum Counter {
    Calls,
    Failed,
    Refused,
    /// Slow calls of a circuit breaker, repeats of a retry.
    Extra,
    /// Calls that a retry saved.
    Saved,
    /// Calls that a retry repeated in vain.
    Lost,
}

pub(super) const COUNTERS: usize = 6;

/// What a policy has counted since it exists, and how it is doing.
pub(super) struct Reading {
    pub(super) totals: [u64; COUNTERS],
    pub(super) latency: Option<Latency>,
    pub(super) in_use: f64,
}

impl From<&Figures> for Reading {
    fn from(figures: &Figures) -> Self {
        let mut reading = Self { totals: [0; COUNTERS], latency: None, in_use: 0.0 };
        reading.totals = match figures {
            Figures::CircuitBreaker(it) => {
                reading.latency = it.latency;
                let failed = it.errors + it.timeouts + it.panics;
                [it.successes + failed, failed, it.refused, it.slow, 0, 0]
            }
            Figures::Retry(it) => {
                let failed = it.failed_without_retry + it.failed_with_retry;
                let calls = it.succeeded_without_retry + it.succeeded_with_retry + failed;
                [calls, failed, 0, it.retries, it.succeeded_with_retry, it.failed_with_retry]
            }
            Figures::Bulkhead(it) => {
                // Each key has as many.
                let keys = u32::try_from(it.keys).unwrap_or(u32::MAX).max(1);
                let places = f64::from(it.settings.max_concurrent.max(1)) * f64::from(keys);
                reading.in_use = f64::from(it.in_use) / places;
                [it.admitted, 0, it.full + it.queue_full + it.waited_too_long, 0, 0, 0]
            }
            Figures::RateLimit(it) => [it.admitted, 0, it.refused, 0, 0, 0],
            Figures::Timeout(it) => [0, it.expired, 0, 0, 0, 0],
            Figures::Fallback(it) => [it.used, it.failed, 0, 0, 0, 0],
        };
        reading
    }
}

/// The calls of a service that somebody registered, as its callers see them.
impl From<service::Figures> for Reading {
    fn from(it: service::Figures) -> Self {
        let totals = [it.successes + it.failures, it.failures, it.rejected, 0, 0, 0];
        Self { totals, latency: None, in_use: 0.0 }
    }
}
