use std::time::Duration;

use super::{Core, Counts, Settings, State, cell::Cell};
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
    /// Times that it would have opened, while it was metrics-only.
    pub would_have_opened: u64,
    /// The time until an open circuit tries again.
    pub retry_after: Option<Duration>,
    /// Failures in a row that count now.
    pub consecutive_failures: u32,
    /// What the window holds now; all zero without a rule that needs one.
    pub window: Counts,
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
        let (transitions, would_have_opened, settings) = {
            let ledger = self.lock();
            (ledger.transitions, ledger.would_have_opened, *ledger.settings)
        };
        Snapshot {
            state: self.state(),
            in_state_for: self.in_state_for(),
            generation: self.generation(),
            transitions,
            would_have_opened,
            retry_after: self.retry_after(),
            consecutive_failures: self.consecutive(),
            window,
            successes: self.sum(|cell| &cell.ok).wrapping_add(self.sum(|cell| &cell.apart)),
            errors: self.sum(|cell| &cell.error),
            timeouts: self.sum(|cell| &cell.timeout),
            panics: self.sum(|cell| &cell.panic),
            slow: self.sum(|cell| &cell.slow),
            exhausted: self.sum(|cell| &cell.exhausted),
            ignored: self.sum(|cell| &cell.ignored),
            cancelled: self.sum(|cell| &cell.cancelled),
            refused: self.sum(|cell| &cell.refused),
            settings,
        }
    }
}
