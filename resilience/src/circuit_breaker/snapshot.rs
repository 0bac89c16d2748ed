use std::time::Duration;

use super::{
    Core, Counts, Latency, Settings, State, Transition,
    cell::Cell,
    latency::{MINUTE, Spread},
};
use crate::sync::{AtomicU64, Ordering};

/// The figures of a circuit breaker at one moment.
///
/// Totals count since the breaker exists and are exact: each call is in exactly one of `successes`, `errors`,
/// `timeouts`, `panics`, `ignored`, `cancelled`, `exhausted` and `refused` once it has ended.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// The state.
    pub state: State,
    /// How long it has been in this state, or in this half-open round.
    pub in_state_for: Duration,
    /// Transitions and half-open rounds so far.
    pub generation: u32,
    /// Changes of state so far.
    pub transitions: u64,
    /// Changes into the states open, half-open and closed, asked for or not.
    pub opened: u64,
    /// See [`opened`](Self::opened).
    pub half_opened: u64,
    /// See [`opened`](Self::opened).
    pub closed: u64,
    /// The last 100 transitions, half-open rounds and resets, the oldest first.
    pub history: Vec<Transition>,
    /// How long ago a call failed last, if one did. In release builds the failures of a closed breaker are timed by the
    /// tick, which is up to 10 ms behind.
    pub since_failure: Option<Duration>,
    /// How long ago a call succeeded last, if one did. Successes read no clock, so this counts from the first snapshot
    /// that saw them: it is as good as snapshots are frequent.
    pub since_success: Option<Duration>,
    /// How long calls took in this minute and the last, if that is measured.
    pub latency: Option<Latency>,
    /// Times that it would have opened, while it was metrics-only.
    pub would_have_opened: u64,
    /// The time until an open circuit tries again.
    pub retry_after: Option<Duration>,
    /// Failures in a row that count now.
    pub consecutive_failures: u32,
    /// What the window holds now; all zero without a rule that needs one.
    pub window: Counts,
    /// The share of the window's calls that failed; 0 without any.
    pub failure_rate: f64,
    /// The share of the window's calls that were slow; 0 without any.
    pub slow_rate: f64,
    /// Calls that ended as they should, or with an error that says the service answered.
    pub successes: u64,
    /// Calls that failed with an error of their own.
    pub errors: u64,
    /// Calls that a timeout of their stack cut off.
    pub timeouts: u64,
    /// Calls that panicked.
    pub panics: u64,
    /// Calls, in any other figure as well, that took longer than `slow_call`.
    pub slow: u64,
    /// Calls that a bulkhead or a rate limit inside refused.
    pub exhausted: u64,
    /// Calls whose error `ignore` matched.
    pub ignored: u64,
    /// Calls that were dropped.
    pub cancelled: u64,
    /// Calls that this breaker refused.
    pub refused: u64,
    /// Keys that have a breaker of their own now, where calls have keys. The totals then hold what all of them have
    /// counted, transitions among them; everything else is of the calls that had no key, or no room for theirs.
    pub keys: usize,
    /// The settings in force.
    pub settings: Settings,
}

impl Core {
    pub(crate) fn settings(&self) -> Settings {
        *self.lock().settings
    }

    /// The window's counts, aged by the clock.
    pub(super) fn counts(&self) -> Counts {
        let now = self.clock.now();
        self.lock().history.counts(&self.cells, now)
    }

    pub(super) fn sum(&self, counter: impl Fn(&Cell) -> &AtomicU64) -> u64 {
        self.cells.sum(counter)
    }

    pub(super) fn state(&self) -> State {
        self.load().state()
    }

    pub(super) fn generation(&self) -> u32 {
        self.load().generation()
    }

    /// Failures in a row that still count.
    pub(super) fn consecutive(&self) -> u32 {
        let word = self.load();
        let counting = matches!(word.state(), State::Closed | State::Disabled | State::MetricsOnly);
        let idle = self.clock.now().saturating_sub(self.failed_at.load(Ordering::Acquire));
        if counting && idle <= self.reset_after.load(Ordering::Relaxed) { word.consecutive() } else { 0 }
    }

    /// The time until a refused caller may try again, where somebody knows.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self.load().state() {
            State::Open => Some(Duration::from_nanos(self.time_left(self.clock.now()))),
            _ => None,
        }
    }

    pub(super) fn in_state_for(&self) -> Duration {
        Duration::from_nanos(self.clock.now().saturating_sub(self.lock().changed_at))
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let window = self.counts();
        let successes = self.sum(|cell| &cell.ok).wrapping_add(self.sum(|cell| &cell.apart));
        let (errors, timeouts) = (self.sum(|cell| &cell.error), self.sum(|cell| &cell.timeout));
        let panics = self.sum(|cell| &cell.panic);
        let now = self.clock.now();
        let since = |at| Duration::from_nanos(now.saturating_sub(at));
        let mut ledger = self.lock();
        if ledger.successes_seen != successes {
            ledger.successes_seen = successes;
            ledger.success_seen_at = now;
        }
        let entered = |state| ledger.past.as_ref().map_or(0, |past| past.entered(state));
        let (opened, half_opened, closed) =
            (entered(State::Open), entered(State::HalfOpen), entered(State::Closed));
        let history = ledger.past.as_ref().map_or_else(Vec::new, |past| past.transitions(now));
        let success_seen_at = ledger.success_seen_at;
        let (transitions, would_have_opened, settings) =
            (ledger.transitions, ledger.would_have_opened, *ledger.settings);
        drop(ledger);
        let failed_at = self.failed_at.load(Ordering::Acquire).max(self.failed_apart.load(Ordering::Relaxed));
        let has_failed = errors.wrapping_add(timeouts).wrapping_add(panics) > 0;
        let mut snapshot = Snapshot {
            state: self.state(),
            in_state_for: self.in_state_for(),
            generation: self.generation(),
            transitions,
            opened,
            half_opened,
            closed,
            history,
            since_failure: has_failed.then(|| since(failed_at)),
            since_success: (successes > 0).then(|| since(success_seen_at)),
            latency: settings
                .latency
                .then(|| Spread::of(&self.cells, now.saturating_sub(self.origin) / MINUTE).latency()),
            would_have_opened,
            retry_after: self.retry_after(),
            consecutive_failures: self.consecutive(),
            window,
            failure_rate: window.failure_rate(),
            slow_rate: window.slow_rate(),
            successes,
            errors,
            timeouts,
            panics,
            slow: self.sum(|cell| &cell.slow),
            exhausted: self.sum(|cell| &cell.exhausted),
            ignored: self.sum(|cell| &cell.ignored),
            cancelled: self.sum(|cell| &cell.cancelled),
            refused: self.sum(|cell| &cell.refused),
            keys: 0,
            settings,
        };
        self.add_keys(&mut snapshot);
        snapshot
    }

    /// How long calls took in this minute and the last, if that is measured.
    #[cfg(feature = "dashboard")]
    pub(super) fn spread(&self) -> Option<Spread> {
        let minute = self.clock.now().saturating_sub(self.origin) / MINUTE;
        self.settings().latency.then(|| Spread::of(&self.cells, minute))
    }

    /// The totals, in the order in which those of keys are summed.
    pub(super) fn figures(&self) -> [u64; 14] {
        let ledger = self.lock();
        let (transitions, would_have_opened) = (ledger.transitions, ledger.would_have_opened);
        let entered = |state| ledger.past.as_ref().map_or(0, |past| past.entered(state));
        let [opened, half_opened, closed] = [State::Open, State::HalfOpen, State::Closed].map(entered);
        drop(ledger);
        [
            self.sum(|cell| &cell.ok).wrapping_add(self.sum(|cell| &cell.apart)),
            self.sum(|cell| &cell.error),
            self.sum(|cell| &cell.timeout),
            self.sum(|cell| &cell.panic),
            self.sum(|cell| &cell.slow),
            self.sum(|cell| &cell.exhausted),
            self.sum(|cell| &cell.ignored),
            self.sum(|cell| &cell.cancelled),
            self.sum(|cell| &cell.refused),
            transitions,
            would_have_opened,
            opened,
            half_opened,
            closed,
        ]
    }
}
