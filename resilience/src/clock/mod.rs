//! Time, as the policies see it.
//!
//! Every policy has one [`Clock`], handed to it by its registry. A reading is a number of nanoseconds that only makes
//! sense beside other readings of the same clock, and every difference saturates: a clock that jumps backwards makes
//! waits longer or shorter, never wrong in kind.

mod manual;
#[cfg(any(test, resilience_loom))]
mod scripted;
mod sleep;
mod tick;
mod timer;

use std::{fmt, sync::OnceLock, time::Duration};

pub use manual::ManualClock;
#[cfg(any(test, resilience_loom))]
#[cfg_attr(not(resilience_loom), allow(unreachable_pub, reason = "only the models outside see it"))]
pub use scripted::ScriptedClock;
pub(crate) use sleep::Sleep;
pub(crate) use tick::{LONGEST, SHORTEST, UNKNOWN};

/// A reading of a clock, in nanoseconds since a moment that only the clock knows.
pub(crate) type Nanos = u64;

/// Where a system clock's readings start: far from zero, so that a reading before the first one is still positive.
const ORIGIN: Nanos = 1 << 60;

/// The clock of a registry or of a single policy.
#[derive(Clone)]
pub struct Clock(Kind);

#[derive(Clone)]
enum Kind {
    System,
    Exact,
    Manual(ManualClock),
    #[cfg(any(test, resilience_loom))]
    Scripted(ScriptedClock),
}

impl Clock {
    /// The operating system's monotonic clock; the default.
    ///
    /// In release builds, decisions on the fast path that need a rough time only (windows in time, long slow-call
    /// limits, whether an open circuit still refuses, the start of a timeout, the permits of a busy rate limit with a
    /// generous burst) read a tick of at most 10 ms from one lazily started thread; everything else is exact. In debug
    /// builds and with the feature `test-util` every reading is exact. With the feature `tokio` the exact readings are
    /// tokio's, which follow `tokio::time::pause`; the tick does not.
    #[must_use]
    pub const fn system() -> Self {
        Self(Kind::System)
    }

    /// The same clock without the tick: every reading is exact and follows `tokio::time::pause`, also in a release
    /// build without the feature `test-util`.
    #[must_use]
    pub const fn exact() -> Self {
        Self(Kind::Exact)
    }

    /// A clock that stands still until `clock` is advanced.
    #[must_use]
    pub const fn manual(clock: ManualClock) -> Self {
        Self(Kind::Manual(clock))
    }

    /// The exact time.
    pub(crate) fn now(&self) -> Nanos {
        match &self.0 {
            Kind::System | Kind::Exact => system_now(),
            Kind::Manual(clock) => clock.now(),
            #[cfg(any(test, resilience_loom))]
            Kind::Scripted(clock) => clock.now(),
        }
    }

    /// The time of the last tick, or [`UNKNOWN`], which is later than everything: ask [`Clock::now`] then.
    #[inline]
    pub(crate) fn tick(&self) -> Nanos {
        match self.0 {
            Kind::System => tick::read(),
            Kind::Exact | Kind::Manual(_) => UNKNOWN,
            #[cfg(any(test, resilience_loom))]
            Kind::Scripted(ref clock) => clock.ticks().read(),
        }
    }

    /// The same for whom nothing is to be had without a tick; `None` on a clock that has none at all.
    #[inline]
    pub(crate) fn ticking(&self) -> Option<Nanos> {
        match self.0 {
            Kind::System => Some(tick::read()),
            Kind::Exact | Kind::Manual(_) => None,
            #[cfg(any(test, resilience_loom))]
            Kind::Scripted(ref clock) => Some(clock.ticks().read()),
        }
    }

    /// Compares the exact reading `now`, just taken, with the tick, and takes a tick down that is too far behind: its
    /// thread is starved, or there is none. Whoever may read the tick many times without the exact clock does this now
    /// and then.
    #[inline]
    pub(crate) fn check(&self, now: Nanos) {
        match self.0 {
            Kind::System => tick::distrust(now),
            Kind::Exact | Kind::Manual(_) => {}
            #[cfg(any(test, resilience_loom))]
            Kind::Scripted(ref clock) => clock.ticks().distrust(now),
        }
    }

    /// A tick that is up and not far behind the exact reading `now`, taken before this call; and a request that more
    /// follow.
    #[cold]
    pub(crate) fn fresh_tick(&self, now: Nanos) -> Option<Nanos> {
        if let Kind::System = self.0 {
            tick::wake();
        }
        self.check(now);
        let tick = self.tick();
        (tick <= now && now - tick <= LONGEST).then_some(tick)
    }

    /// The latest moment, up to the exact reading `now`, at which anybody may have read `tick`.
    #[cold]
    pub(crate) fn end(&self, tick: Nanos, now: Nanos) -> Nanos {
        match &self.0 {
            Kind::System => tick::end(tick, now),
            Kind::Exact | Kind::Manual(_) => now,
            #[cfg(any(test, resilience_loom))]
            Kind::Scripted(clock) => clock.ticks().end(tick, now),
        }
    }

    /// Whether [`tick`] is of this clock.
    pub(crate) const fn ticks(&self) -> bool {
        matches!(self.0, Kind::System)
    }

    /// The latest moment at which `reading` may have been taken: a tick that stood still was read for longer than it says.
    #[cold]
    pub(crate) fn latest(&self, reading: Nanos) -> Nanos {
        if let Kind::System = self.0 { tick::latest(reading) } else { reading }
    }

    /// The exact time, and a request that ticks follow. For the slow path of whoever met [`UNKNOWN`].
    #[cold]
    pub(crate) fn wake(&self) -> Nanos {
        if let Kind::System = self.0 {
            tick::wake();
        }
        self.now()
    }

    /// A future that is ready once `wait` has passed.
    pub(crate) fn sleep(&self, wait: Duration) -> Sleep {
        match &self.0 {
            Kind::System | Kind::Exact => Sleep::system(wait),
            Kind::Manual(clock) => Sleep::manual(clock.clone(), wait),
            #[cfg(any(test, resilience_loom))]
            Kind::Scripted(_) => Sleep::system(wait),
        }
    }

    /// Blocks the thread for `wait`. A manual clock is moved forward instead.
    pub(crate) fn block(&self, wait: Duration) {
        match &self.0 {
            Kind::System | Kind::Exact => std::thread::sleep(wait),
            Kind::Manual(clock) => clock.advance(wait),
            #[cfg(any(test, resilience_loom))]
            Kind::Scripted(clock) => clock.advance(wait),
        }
    }

    /// Parks the thread until somebody unparks it, or for `wait` at most; a manual clock is moved forward by `wait`
    /// instead. Returns whether the whole of `wait` is known to have passed.
    pub(crate) fn park(&self, wait: Duration) -> bool {
        match &self.0 {
            Kind::System | Kind::Exact => {
                let start = std::time::Instant::now();
                std::thread::park_timeout(wait);
                start.elapsed() >= wait
            }
            Kind::Manual(clock) => {
                clock.advance(wait);
                true
            }
            #[cfg(any(test, resilience_loom))]
            Kind::Scripted(clock) => {
                clock.advance(wait);
                true
            }
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl From<ManualClock> for Clock {
    fn from(clock: ManualClock) -> Self {
        Self::manual(clock)
    }
}

#[cfg(any(test, resilience_loom))]
impl From<ScriptedClock> for Clock {
    fn from(clock: ScriptedClock) -> Self {
        Self(Kind::Scripted(clock))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::System => f.write_str("Clock::System"),
            Kind::Exact => f.write_str("Clock::Exact"),
            Kind::Manual(clock) => clock.fmt(f),
            #[cfg(any(test, resilience_loom))]
            Kind::Scripted(_) => f.write_str("Clock::Scripted"),
        }
    }
}

/// The time of the last tick of the system's clock, for whoever has asked [`Clock::ticks`] before.
#[inline]
pub(crate) fn tick() -> Nanos {
    tick::read()
}

#[cfg(feature = "tokio")]
use tokio::time::Instant;

#[cfg(not(feature = "tokio"))]
use std::time::Instant;

/// Readings count from the first one. A paused tokio clock may have been moved ahead of real time when the next
/// runtime starts, so a reading before the first is possible and stays in order.
fn system_now() -> Nanos {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let now = Instant::now();
    let first = *FIRST.get_or_init(|| now);
    if now >= first {
        ORIGIN.saturating_add(nanos(now - first))
    } else {
        ORIGIN.saturating_sub(nanos(first - now))
    }
}

#[allow(clippy::cast_possible_truncation)] // Cut to fit.
/// A duration in nanoseconds; more than 584 years are as good as 584 years.
pub(crate) const fn nanos(duration: Duration) -> Nanos {
    let nanos = duration.as_nanos();
    if nanos > u64::MAX as u128 { u64::MAX } else { nanos as u64 }
}
