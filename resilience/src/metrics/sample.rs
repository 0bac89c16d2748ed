use std::time::Duration;

use super::family::{self, FAMILIES, Family};
use crate::{
    Figures, PolicySnapshot, Reason, Registry, bulkhead,
    circuit_breaker::{self, State},
    rate_limit, retry,
};

/// One figure of one policy at one moment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sample {
    /// What it means.
    pub family: &'static Family,
    /// What tells it from the others of its family; first `name`, that of the policy, the service or the outbox, which only
    /// the whole system has not. There are only so many: names, states, outcomes and reasons, never the text of an error.
    pub labels: Vec<(&'static str, &'static str)>,
    /// The figure.
    pub value: Value,
}

/// A figure.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Of a counter.
    Count(u64),
    /// Of a gauge.
    Level(f64),
}

impl Value {
    /// The figure as a whole number.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Saturates, which is as near as it gets.
    pub const fn as_u64(self) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::Level(level) => level as u64,
        }
    }

    /// The figure as a floating point number.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // Beyond 2^53 calls the last digits no longer matter.
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Level(level) => level,
        }
    }
}

/// Every figure of every policy, service and outbox of a registry at this moment, those of one family beside each other.
/// The health of services and of the system is that of the last health sample; without one it is left out.
///
/// All exporters show this list, so their totals are those of the snapshots.
///
/// ```
/// use resilience::{circuit_breaker::Config, metrics::{Value, samples}, registry};
///
/// let breaker = registry().add_circuit_breaker("sampled", Config::new())?;
/// let _ = breaker.call(|| Ok::<_, &str>(7));
/// let all = samples(&registry());
/// let successes = all.iter().find(|sample| {
///     sample.family.name == "calls" && sample.labels == [("name", "sampled"), ("outcome", "success")]
/// });
/// assert_eq!(successes.map(|sample| sample.value), Some(Value::Count(1)));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[must_use]
pub fn samples(registry: &Registry) -> Vec<Sample> {
    let mut list = List::default();
    let snapshot = registry.snapshot();
    for PolicySnapshot { name, figures, .. } in &snapshot.policies {
        list.name = name;
        match figures {
            Figures::CircuitBreaker(figures) => list.circuit_breaker(figures),
            Figures::Retry(figures) => list.retry(figures),
            Figures::Bulkhead(figures) => list.bulkhead(figures),
            Figures::RateLimit(figures) => list.rate_limit(figures),
            Figures::Timeout(figures) => {
                list.count(&family::EXPIRED, figures.expired);
                list.level(&family::LIMIT, seconds(figures.settings.limit));
            }
            Figures::Fallback(figures) => {
                list.count(&family::USED, figures.used);
                list.count(&family::FAILED, figures.failed);
            }
        }
    }
    list.services(&snapshot, &registry.services());
    list.health(registry);
    snapshot.outboxes.iter().for_each(|outbox| list.outbox(outbox));
    list.sorted(FAMILIES)
}

/// Samples on their way into a list.
#[derive(Default)]
pub(super) struct List {
    samples: Vec<Sample>,
    /// The policy, service or outbox whose they are; empty for the whole system.
    pub(super) name: &'static str,
}

/// Every state, and 1 for the one that it is.
pub(super) fn states(is: State) -> impl Iterator<Item = (&'static str, f64)> {
    let states =
        [State::Closed, State::Open, State::HalfOpen, State::ForcedOpen, State::Disabled, State::MetricsOnly];
    states.into_iter().map(move |state| (state.as_str(), f64::from(u8::from(state == is))))
}

pub(super) const fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

impl List {
    /// The samples of each family beside each other, and in the order of names.
    pub(super) fn sorted(mut self, families: &[&'static Family]) -> Vec<Sample> {
        let place = |sample: &Sample| families.iter().position(|family| std::ptr::eq(*family, sample.family));
        self.samples.sort_by_key(place);
        self.samples
    }

    pub(super) fn push(
        &mut self,
        family: &'static Family,
        labels: impl IntoIterator<Item = (&'static str, &'static str)>,
        value: Value,
    ) {
        let name = Some(("name", self.name)).filter(|(_, name)| !name.is_empty());
        let labels = name.into_iter().chain(labels).collect();
        self.samples.push(Sample { family, labels, value });
    }

    pub(super) fn count(&mut self, family: &'static Family, count: u64) {
        self.push(family, None, Value::Count(count));
    }

    pub(super) fn level(&mut self, family: &'static Family, level: f64) {
        self.push(family, None, Value::Level(level));
    }

    pub(super) fn counts<const N: usize>(
        &mut self,
        family: &'static Family,
        label: &'static str,
        counts: [(&'static str, u64); N],
    ) {
        for (value, count) in counts {
            self.push(family, Some((label, value)), Value::Count(count));
        }
    }

    #[allow(clippy::cast_precision_loss)] // A window holds far fewer than 2^53 calls.
    fn circuit_breaker(&mut self, figures: &circuit_breaker::Snapshot) {
        for (state, level) in states(figures.state) {
            self.push(&family::STATE, Some(("state", state)), Value::Level(level));
        }
        self.level(&family::STATE_DURATION, seconds(figures.in_state_for));
        self.level(&family::RETRY_AFTER, seconds(figures.retry_after.unwrap_or_default()));
        let outcomes = [
            ("success", figures.successes),
            ("error", figures.errors),
            ("timeout", figures.timeouts),
            ("panic", figures.panics),
            ("exhausted", figures.exhausted),
            ("ignored", figures.ignored),
            ("cancelled", figures.cancelled),
        ];
        self.counts(&family::CALLS, "outcome", outcomes);
        self.count(&family::SLOW_CALLS, figures.slow);
        self.count(&family::REFUSED, figures.refused);
        let to = [
            (State::Open.as_str(), figures.opened),
            (State::HalfOpen.as_str(), figures.half_opened),
            (State::Closed.as_str(), figures.closed),
        ];
        self.counts(&family::TRANSITIONS, "to", to);
        self.count(&family::WOULD_HAVE_OPENED, figures.would_have_opened);
        let window = figures.window;
        for (kind, calls) in [("all", window.calls), ("failed", window.failures), ("slow", window.slow)] {
            self.push(&family::WINDOW_CALLS, Some(("kind", kind)), Value::Level(calls as f64));
        }
        self.level(&family::FAILURE_RATE, figures.failure_rate);
        self.level(&family::SLOW_RATE, figures.slow_rate);
        self.level(&family::IN_A_ROW, f64::from(figures.consecutive_failures));
        if let Some(latency) = figures.latency {
            let quantiles = [
                ("0.5", latency.p50),
                ("0.9", latency.p90),
                ("0.95", latency.p95),
                ("0.99", latency.p99),
                ("1", latency.max),
            ];
            for (quantile, time) in quantiles {
                self.push(&family::LATENCY, Some(("quantile", quantile)), Value::Level(seconds(time)));
            }
        }
    }

    fn retry(&mut self, figures: &retry::Snapshot) {
        let outcomes = [
            ("succeeded_without_retry", figures.succeeded_without_retry),
            ("succeeded_with_retry", figures.succeeded_with_retry),
            ("failed_without_retry", figures.failed_without_retry),
            ("failed_with_retry", figures.failed_with_retry),
        ];
        self.counts(&family::RETRY_CALLS, "outcome", outcomes);
        self.count(&family::REPEATS, figures.retries);
        self.count(&family::EXHAUSTED, figures.exhausted);
    }

    #[allow(clippy::cast_precision_loss)] // No queue has 2^53 callers.
    fn bulkhead(&mut self, figures: &bulkhead::Snapshot) {
        let places = figures.settings.max_concurrent;
        self.level(&family::IN_USE, f64::from(figures.in_use));
        self.level(&family::PLACES, f64::from(places));
        self.level(&family::AVAILABLE, f64::from(places.saturating_sub(figures.in_use)));
        self.level(&family::WAITING, figures.waiting as f64);
        self.count(&family::ADMITTED, figures.admitted);
        let reasons = [
            (Reason::BulkheadFull.as_str(), figures.full),
            (Reason::QueueFull.as_str(), figures.queue_full),
            (Reason::WaitedTooLong.as_str(), figures.waited_too_long),
        ];
        self.counts(&family::FULL, "reason", reasons);
    }

    #[allow(clippy::cast_precision_loss)] // No queue has 2^53 callers.
    fn rate_limit(&mut self, figures: &rate_limit::Snapshot) {
        self.level(&family::PERMITS, figures.available as f64);
        self.level(&family::QUEUE, figures.waiting as f64);
        self.count(&family::PERMITTED, figures.admitted);
        self.count(&family::LIMITED, figures.refused);
    }
}
