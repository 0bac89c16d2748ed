use std::time::Duration;

use super::{Attempts, Config, Settings, backoff::LONGEST};
use crate::{
    Clock, ConfigError, PolicyKind,
    cells::Cells,
    clock::{Nanos, nanos},
    event,
    sync::{AtomicU32, AtomicU64, Mutex, Ordering, lock},
};

/// What one retry is: its settings and its figures. Handles and sites share it.
pub struct Core {
    pub(super) name: &'static str,
    clock: Clock,
    cells: Cells<Cell>,
    attempts: AtomicU32,
    /// 1 if attempts need to know when the first started.
    timed: AtomicU32,
    settings: Mutex<Settings>,
}

#[derive(Default)]
struct Cell {
    first: AtomicU64,
    later: AtomicU64,
    failed_first: AtomicU64,
    failed_later: AtomicU64,
    exhausted: AtomicU64,
    retries: AtomicU64,
}

/// Why a call is not repeated.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Stop {
    NotWanted,
    Exhausted,
}

impl Core {
    pub(crate) fn new(name: &'static str, config: &Config, clock: Clock) -> Self {
        let settings = config.settings();
        Self {
            name,
            clock,
            cells: Cells::new(),
            attempts: AtomicU32::new(settings.attempts),
            timed: AtomicU32::new(u32::from(settings.max_elapsed.is_some())),
            settings: Mutex::new(settings),
        }
    }

    /// A call begins. `timed` if it will ask how long it took.
    #[inline]
    pub(crate) fn start(&self, timed: bool) -> Attempts<'_> {
        let timed = timed || self.timed.load(Ordering::Relaxed) == 1;
        let started = if timed { self.clock.now() } else { 0 };
        Attempts::new(self, self.attempts.load(Ordering::Relaxed), started)
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    #[inline]
    pub(super) fn count_success(&self, repeated: bool) {
        self.cells.count(|cell| if repeated { &cell.later } else { &cell.first });
    }

    pub(super) fn count_failure(&self, repeated: bool, stop: Stop) {
        self.cells.count(|cell| if repeated { &cell.failed_later } else { &cell.failed_first });
        if stop == Stop::Exhausted {
            self.cells.count(|cell| &cell.exhausted);
        }
    }

    pub(super) fn count_retry(&self, attempt: u32, delay: Duration) {
        self.cells.count(|cell| &cell.retries);
        event::retrying(self.name, attempt, delay);
    }

    /// How long to wait after the failed `attempt`; `None` if the next could not start in time.
    pub(super) fn next_delay(
        &self,
        attempt: u32,
        started: Nanos,
        previous: Nanos,
        hint: Option<Duration>,
    ) -> Option<Duration> {
        let settings = *lock(&self.settings);
        let computed = settings.backoff.delay(attempt, previous);
        let decorrelated = settings.backoff.is_decorrelated();
        let mut delay = if decorrelated { computed } else { settings.jitter.spread(computed) };
        let left = match settings.max_elapsed {
            // `started` is 0 for a call that began before the limit was set; it is not held to it.
            Some(most) if started > 0 => nanos(most).checked_sub(self.clock.now().saturating_sub(started))?,
            _ => Nanos::MAX,
        };
        if let Some(hint) = hint.map(|hint| nanos(hint.min(LONGEST)))
            && hint > delay
        {
            if hint > left {
                return None;
            }
            let above = if decorrelated { 0 } else { settings.jitter.above(computed) };
            delay = hint.saturating_add(above).min(left);
        }
        (delay <= left).then(|| Duration::from_nanos(delay))
    }

    pub(crate) fn reconfigure(&self, config: &Config) -> Result<(), ConfigError> {
        config.validate()?;
        let settings = config.settings();
        *lock(&self.settings) = settings;
        self.attempts.store(settings.attempts, Ordering::Relaxed);
        self.timed.store(u32::from(settings.max_elapsed.is_some()), Ordering::Relaxed);
        event::reconfigured(self.name, PolicyKind::Retry);
        Ok(())
    }

    pub(crate) fn settings(&self) -> Settings {
        *lock(&self.settings)
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            succeeded_without_retry: self.cells.sum(|cell| &cell.first),
            succeeded_with_retry: self.cells.sum(|cell| &cell.later),
            failed_without_retry: self.cells.sum(|cell| &cell.failed_first),
            failed_with_retry: self.cells.sum(|cell| &cell.failed_later),
            exhausted: self.cells.sum(|cell| &cell.exhausted),
            retries: self.cells.sum(|cell| &cell.retries),
            settings: self.settings(),
        }
    }
}

/// The figures of a retry at one moment, counted since it exists. Calls that were dropped are in none of them.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// Calls whose first attempt succeeded.
    pub succeeded_without_retry: u64,
    /// Calls that a later attempt saved.
    pub succeeded_with_retry: u64,
    /// Calls whose first attempt failed and was not repeated.
    pub failed_without_retry: u64,
    /// Calls that failed although they were repeated.
    pub failed_with_retry: u64,
    /// Failed calls whose repeats were wanted and used up.
    pub exhausted: u64,
    /// Repeats: attempts beyond the first.
    pub retries: u64,
    /// The settings in force.
    pub settings: Settings,
}
