//! The tick: a rough time that costs one load.
//!
//! One thread stores the time every few milliseconds while somebody asks for it. "Not started", "parked after some
//! idle seconds", "stalled" and "exact mode" are all the same value, later than every time: a comparison
//! `tick < until` fails, and the caller goes to its slow path, which reads the exact clock and wakes the thread.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{Nanos, system_now};

/// The tick that nobody knows: later than every reading.
pub(crate) const UNKNOWN: Nanos = Nanos::MAX;

const PERIOD: Duration = Duration::from_millis(5);
/// A thread that wakes this late publishes "unknown" for one round, so that nobody measures across the stall.
const STALL: Duration = Duration::from_millis(20);
/// Rounds without a request after which the thread parks: ten seconds.
const IDLE_ROUNDS: u32 = 2_000;

/// No tick where time may be paused: debug builds, and the feature `test-util`.
const EXACT: bool = cfg!(any(debug_assertions, feature = "test-util"));

static TICK: AtomicU64 = AtomicU64::new(UNKNOWN);
static STALLED: Stall = Stall { from: AtomicU64::new(UNKNOWN), until: AtomicU64::new(0) };
static WANTED: AtomicBool = AtomicBool::new(false);
static TICKER: Mutex<Ticker> = Mutex::new(Ticker { started: false, parked: false });
static UNPARK: Condvar = Condvar::new();

struct Ticker {
    started: bool,
    parked: bool,
}

#[inline]
pub(super) fn read() -> Nanos {
    if EXACT { UNKNOWN } else { TICK.load(Ordering::Relaxed) }
}

/// The last time that the tick stood still: the tick it stood at, and the time at which it went on.
struct Stall {
    from: AtomicU64,
    until: AtomicU64,
}

impl Stall {
    fn record(&self, from: Nanos, until: Nanos) {
        if from == UNKNOWN {
            return; // Nobody read a tick in there.
        }
        self.until.store(until, Ordering::Relaxed);
        self.from.store(from, Ordering::Release);
    }

    /// The latest moment at which `tick` may have been read: while the tick stood at it, any up to when it went on.
    fn latest(&self, tick: Nanos) -> Nanos {
        if self.from.load(Ordering::Acquire) == tick { self.until.load(Ordering::Relaxed) } else { tick }
    }
}

/// The latest moment at which `tick` may have been read, as far as the last stall is concerned.
pub(super) fn latest(tick: Nanos) -> Nanos {
    STALLED.latest(tick)
}

/// Makes sure that ticks follow.
pub(super) fn wake() {
    if EXACT {
        return;
    }
    WANTED.store(true, Ordering::Relaxed);
    if TICK.load(Ordering::Relaxed) != UNKNOWN {
        return;
    }
    let mut ticker = TICKER.lock().unwrap_or_else(PoisonError::into_inner);
    if !ticker.started {
        // Without a thread every reading stays exact: slower, never wrong.
        ticker.started = std::thread::Builder::new().name("resilience-tick".into()).spawn(run).is_ok();
    } else if ticker.parked {
        UNPARK.notify_one();
    }
}

fn run() {
    let mut idle = 0;
    let mut last = Instant::now();
    loop {
        if WANTED.swap(false, Ordering::Relaxed) {
            idle = 0;
        } else {
            idle += 1;
        }
        if idle > IDLE_ROUNDS {
            TICK.store(UNKNOWN, Ordering::Relaxed);
            let mut ticker = TICKER.lock().unwrap_or_else(PoisonError::into_inner);
            ticker.parked = true;
            while !WANTED.load(Ordering::Relaxed) {
                ticker = UNPARK
                    .wait_timeout(ticker, Duration::from_mins(1))
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
            ticker.parked = false;
            last = Instant::now();
        }
        let now = Instant::now();
        let stalled = now.saturating_duration_since(last) > STALL;
        last = now;
        if stalled {
            STALLED.record(TICK.load(Ordering::Relaxed), system_now());
            TICK.store(UNKNOWN, Ordering::Release);
        } else {
            TICK.store(system_now(), Ordering::Relaxed);
        }
        std::thread::sleep(PERIOD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_makes_only_a_call_that_began_in_it_shorter() {
        let stall = Stall { from: AtomicU64::new(UNKNOWN), until: AtomicU64::new(0) };
        assert_eq!(stall.latest(100), 100, "there was none");
        stall.record(100, 900);
        assert_eq!(stall.latest(100), 900, "the call may have begun when the stall ended");
        assert_eq!(stall.latest(95), 95, "a call that began before it took as long as it looks");
        assert_eq!(stall.latest(950), 950);
    }
}
