//! One policy as a line of a table.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::address;
use crate::{
    Figures, PolicyKind, PolicySnapshot, bulkhead,
    circuit_breaker::{self, Latency, State},
    rate_limit,
};

/// Figures by name, in the order in which they are shown.
pub(super) type Totals = Vec<(&'static str, u64)>;

/// What every kind of policy counts: calls, failed ones, refused ones.
pub(super) type Counts = [u64; 3];

/// One policy at one moment. Two rows are equal if they look the same, whenever they were made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Row {
    pub(super) path: String,
    pub(super) kind: PolicyKind,
    pub(super) name: &'static str,
    pub(super) service: &'static str,
    pub(super) enabled: bool,
    pub(super) state: Option<State>,
    pub(super) in_state_ms: Passing,
    pub(super) retry_after_ms: Passing,
    pub(super) why: Option<String>,
    #[serde(serialize_with = "as_map")]
    pub(super) totals: Totals,
    pub(super) per_second: Rates,
    pub(super) failure_rate: Option<f64>,
    pub(super) slow_rate: Option<f64>,
    pub(super) saturation: Option<f64>,
    pub(super) in_use: Option<u64>,
    pub(super) places: Option<u64>,
    pub(super) waiting: Option<u64>,
    pub(super) latency: Option<Times>,
    pub(super) keys: usize,
    pub(super) conflicts: usize,
    pub(super) changed: Vec<&'static str>,
}

/// Milliseconds that go by themselves: no reason to tell anybody of a row again.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Passing(pub(super) Option<u64>);

impl PartialEq for Passing {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Calls per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Rates {
    pub(super) calls: f64,
    pub(super) failed: f64,
    pub(super) refused: f64,
}

/// How long calls took, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Times {
    calls: u64,
    p50_ms: f64,
    p90_ms: f64,
    pub(super) p99_ms: f64,
    max_ms: f64,
}

impl Times {
    /// Nothing if nothing was measured.
    fn of(latency: &Latency) -> Option<Self> {
        let times = Self {
            calls: latency.calls,
            p50_ms: as_millis(latency.p50),
            p90_ms: as_millis(latency.p90),
            p99_ms: as_millis(latency.p99),
            max_ms: as_millis(latency.max),
        };
        (latency.calls > 0).then_some(times)
    }
}

/// To a microsecond.
fn as_millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// To a thousandth.
pub(super) fn rounded(share: f64) -> f64 {
    (share * 1e3).round() / 1e3
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn as_map<S: Serializer>(totals: &Totals, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(totals.iter().copied())
}

impl Row {
    /// A policy by itself: which service it belongs to, what is changed and how often it is called is not in its snapshot.
    pub(super) fn of(policy: &PolicySnapshot) -> Self {
        let mut row = Self {
            path: address::of_policy(policy.kind, policy.name),
            kind: policy.kind,
            name: policy.name,
            service: policy.name,
            enabled: true,
            state: None,
            in_state_ms: Passing(None),
            retry_after_ms: Passing(None),
            why: None,
            totals: Vec::new(),
            per_second: Rates::default(),
            failure_rate: None,
            slow_rate: None,
            saturation: None,
            in_use: None,
            places: None,
            waiting: None,
            latency: None,
            keys: 0,
            conflicts: policy.conflicts.len(),
            changed: Vec::new(),
        };
        match &policy.figures {
            Figures::CircuitBreaker(it) => row.circuit_breaker(it),
            Figures::Retry(it) => {
                row.enabled = it.settings.enabled;
                let failed = it.failed_without_retry + it.failed_with_retry;
                row.count([it.succeeded_without_retry + it.succeeded_with_retry + failed, failed, 0]);
                row.totals.extend([
                    ("repeats", it.retries),
                    ("saved", it.succeeded_with_retry),
                    ("exhausted", it.exhausted),
                ]);
            }
            Figures::Bulkhead(it) => row.bulkhead(it),
            Figures::RateLimit(it) => row.rate_limit(it),
            Figures::Timeout(it) => {
                row.enabled = it.settings.enabled;
                row.count([0, it.expired, 0]);
                row.totals.push(("expired", it.expired));
            }
            Figures::Fallback(it) => {
                row.enabled = it.settings.enabled;
                row.count([it.used, it.failed, 0]);
                row.totals.push(("used", it.used));
            }
        }
        row
    }

    fn count(&mut self, [calls, failed, refused]: Counts) {
        self.totals = vec![("calls", calls), ("failed", failed), ("refused", refused)];
    }

    /// What [`count`](Self::count) was told.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = [0; 3];
        for (count, (_, total)) in counts.iter_mut().zip(&self.totals) {
            *count = *total;
        }
        counts
    }

    fn circuit_breaker(&mut self, it: &circuit_breaker::Snapshot) {
        self.enabled = it.settings.enabled;
        self.state = Some(it.state);
        self.in_state_ms = Passing(Some(millis(it.in_state_for)));
        self.retry_after_ms = Passing(it.retry_after.map(millis));
        self.why = it.history.last().map(|change| change.cause.to_string());
        let failed = it.errors + it.timeouts + it.panics;
        self.count([it.successes + failed, failed, it.refused]);
        self.totals.extend([
            ("slow", it.slow),
            ("errors", it.errors),
            ("timeouts", it.timeouts),
            ("panics", it.panics),
            ("ignored", it.ignored),
            ("cancelled", it.cancelled),
            ("exhausted", it.exhausted),
            ("opened", it.opened),
            ("would_have_opened", it.would_have_opened),
        ]);
        self.failure_rate = Some(rounded(it.failure_rate));
        self.slow_rate = Some(rounded(it.slow_rate));
        self.latency = it.latency.as_ref().and_then(Times::of);
        self.keys = it.keys;
    }

    fn bulkhead(&mut self, it: &bulkhead::Snapshot) {
        self.enabled = it.settings.enabled;
        self.count([it.admitted, 0, it.full + it.queue_full + it.waited_too_long]);
        self.totals.extend([
            ("full", it.full),
            ("queue_full", it.queue_full),
            ("waited_too_long", it.waited_too_long),
        ]);
        // Each key has as many.
        let keys = u64::try_from(it.keys).unwrap_or(u64::MAX).max(1);
        self.fill(u64::from(it.in_use), u64::from(it.settings.max_concurrent).saturating_mul(keys));
        self.waiting = u64::try_from(it.waiting).ok();
        self.keys = it.keys;
    }

    fn rate_limit(&mut self, it: &rate_limit::Snapshot) {
        self.enabled = it.settings.enabled;
        self.count([it.admitted, 0, it.refused]);
        self.waiting = u64::try_from(it.waiting).ok();
        self.keys = it.keys;
        let burst = u64::from(it.settings.burst);
        // That of the keys is known to nobody.
        if it.keys == 0 && !it.settings.is_unlimited() {
            self.fill(burst.saturating_sub(it.available), burst);
        }
    }

    #[allow(clippy::cast_precision_loss)] // Nobody has 2^53 places.
    fn fill(&mut self, used: u64, places: u64) {
        self.in_use = Some(used);
        self.places = Some(places);
        self.saturation = Some(rounded((used as f64 / places.max(1) as f64).min(1.0)));
    }
}
