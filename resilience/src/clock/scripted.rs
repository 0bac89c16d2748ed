use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Nanos, nanos, tick::Ticks};

/// A clock for the models, with a tick of its own: time passes and rounds of the tick come when the model says so.
#[derive(Clone)]
pub struct ScriptedClock(Arc<Script>);

struct Script {
    now: AtomicU64,
    readings: AtomicU64,
    ticks: Ticks,
}

impl ScriptedClock {
    /// At its beginning, without a tick.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Script {
            now: AtomicU64::new(super::ORIGIN),
            readings: AtomicU64::new(0),
            ticks: Ticks::new(),
        }))
    }

    /// Moves the time forward.
    pub fn advance(&self, by: Duration) {
        self.0.now.fetch_add(nanos(by), Ordering::Relaxed);
    }

    /// A round of the tick.
    pub fn turn(&self) {
        self.turn_for(Duration::ZERO);
    }

    /// A round of the tick during which so much time passes.
    pub fn turn_for(&self, time: Duration) {
        self.0.ticks.turn(|| self.0.now.fetch_add(nanos(time), Ordering::Relaxed));
    }

    /// The tick's thread goes to sleep.
    pub fn pause(&self) {
        self.0.ticks.pause(|| self.0.now.load(Ordering::Relaxed));
    }

    /// The time since the beginning.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.0.now.load(Ordering::Relaxed) - super::ORIGIN)
    }

    /// How often the exact time was read, rounds of the tick aside.
    #[must_use]
    pub fn readings(&self) -> u64 {
        self.0.readings.load(Ordering::Relaxed)
    }

    pub(super) fn now(&self) -> Nanos {
        self.0.readings.fetch_add(1, Ordering::Relaxed);
        self.0.now.load(Ordering::Relaxed)
    }

    pub(super) fn ticks(&self) -> &Ticks {
        &self.0.ticks
    }
}

impl Default for ScriptedClock {
    fn default() -> Self {
        Self::new()
    }
}
