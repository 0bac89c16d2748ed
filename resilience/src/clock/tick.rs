//! The tick: a rough time that costs one load.
//!
//! One thread stores the time every few milliseconds while somebody asks for it. "Not started", "parked after some
//! idle seconds", "stalled" and "exact mode" are all the same value, later than every time: a comparison
//! `tick < until` fails, and the caller goes to its slow path, which reads the exact clock and wakes the thread.
//!
//! # What a tick is worth
//!
//! A tick is a time that has come, so it is never too late. It may be too early without bound: the thread may be kept
//! from running, and in a forked process there is none. Three things keep that harmless.
//!
//! - Whoever reads the exact clock compares ([`Ticks::distrust`]). A tick further behind than a tick can be is taken
//!   down, and everybody reads the exact clock until the next is published. A thread that is not heard of for a second
//!   is replaced.
//! - The thread takes a tick down before it reads the time until which it was up, and notes it if that was too long.
//! - Only then is the tick *closed*, and [`Ticks::end`] says until when it may have been read. Of a tick that is not
//!   closed that is any moment up to now. So a late note, or one that never comes, makes an answer later, never too
//!   early.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Nanos, nanos, system_now};

/// The tick that nobody knows: later than every reading.
pub(crate) const UNKNOWN: Nanos = Nanos::MAX;

const PERIOD: Duration = Duration::from_millis(5);
/// Ticks are further apart than this, so that one can be told from another by its upper bits.
pub(crate) const SHORTEST: Nanos = 1 << 20;
/// Two ticks are at most so far apart. A thread that wakes later leaves a gap of one round, so that nobody measures
/// across the stall.
pub(crate) const LONGEST: Nanos = nanos(Duration::from_millis(20));
/// Rounds without a request after which the thread parks: ten seconds.
const IDLE_ROUNDS: u32 = 2_000;
/// A thread that is not heard of for so long is replaced.
const DEAD: Nanos = nanos(Duration::from_secs(1));

/// No tick where time may be paused: debug builds, and the feature `test-util`.
const EXACT: bool = cfg!(any(debug_assertions, feature = "test-util"));

static TICKS: Ticks = Ticks::new();
static WANTED: AtomicBool = AtomicBool::new(false);
static TICKER: Mutex<Ticker> = Mutex::new(Ticker { number: 0, parked: false, heard: 0 });
static UNPARK: Condvar = Condvar::new();

/// What is known of the thread. A forked process inherits it without the thread, and perhaps locked for ever: callers
/// only try the lock.
struct Ticker {
    /// Counts the threads that were started; older ones end when they see it.
    number: u64,
    parked: bool,
    heard: Nanos,
}

#[inline]
pub(super) fn read() -> Nanos {
    if EXACT { UNKNOWN } else { TICKS.read() }
}

/// The latest moment at which `tick` may have been read, as far as the last stall is concerned.
pub(super) fn latest(tick: Nanos) -> Nanos {
    TICKS.stall.latest(tick)
}

/// See [`Ticks::end`].
pub(super) fn end(tick: Nanos, now: Nanos) -> Nanos {
    TICKS.end(tick, now)
}

/// See [`Ticks::distrust`].
pub(super) fn distrust(now: Nanos) {
    TICKS.distrust(now);
}

/// Makes sure that ticks follow.
pub(super) fn wake() {
    if EXACT {
        return;
    }
    // The line is everybody's: written only when it says something new.
    if !WANTED.load(Ordering::Relaxed) {
        WANTED.store(true, Ordering::Relaxed);
    }
    if TICKS.read() == UNKNOWN {
        rouse();
    }
}

#[cold]
fn rouse() {
    // Somebody else is at it, or the thread itself is about to publish.
    let Ok(mut ticker) = TICKER.try_lock() else { return };
    let now = system_now();
    if ticker.parked {
        // It is counted as heard of: in a forked process nobody answers, and the thread is replaced.
        (ticker.parked, ticker.heard) = (false, now);
        UNPARK.notify_all();
    } else if ticker.number == 0 || now.saturating_sub(ticker.heard) > DEAD {
        ticker.number += 1;
        ticker.heard = now;
        let number = ticker.number;
        // Without a thread every reading stays exact: slower, never wrong.
        let _ = std::thread::Builder::new().name("resilience-tick".into()).spawn(move || run(number));
    }
}

fn run(number: u64) {
    let mut idle = 0;
    loop {
        idle = if WANTED.swap(false, Ordering::Relaxed) { 0 } else { idle + 1 };
        let mut ticker = TICKER.lock().unwrap_or_else(PoisonError::into_inner);
        if ticker.number != number {
            return;
        }
        if idle > IDLE_ROUNDS {
            TICKS.pause(system_now);
            ticker.parked = true;
            while ticker.parked && !WANTED.load(Ordering::Relaxed) {
                ticker = UNPARK
                    .wait_timeout(ticker, Duration::from_mins(1))
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
            if ticker.number != number {
                return;
            }
            ticker.parked = false;
        }
        ticker.heard = system_now();
        TICKS.turn(system_now);
        drop(ticker);
        std::thread::sleep(PERIOD);
    }
}

/// The tick that is up, and what is known of those before. One thread at a time publishes, under the lock above.
pub(super) struct Ticks {
    tick: AtomicU64,
    /// The newest tick that was published.
    last: AtomicU64,
    /// The newest tick that is closed: down for good, and its stall noted if there was one.
    closed: AtomicU64,
    stall: Stall,
}

impl Ticks {
    pub(super) const fn new() -> Self {
        Self {
            tick: AtomicU64::new(UNKNOWN),
            last: AtomicU64::new(0),
            closed: AtomicU64::new(0),
            stall: Stall { from: AtomicU64::new(0), until: AtomicU64::new(0) },
        }
    }

    #[inline]
    pub(super) fn read(&self) -> Nanos {
        self.tick.load(Ordering::Relaxed)
    }

    /// One round: the next tick goes up in place of the last, unless that was up for too long.
    pub(super) fn turn(&self, clock: impl Fn() -> Nanos) {
        let last = self.last.load(Ordering::Relaxed);
        let is_open = last != self.closed.load(Ordering::Relaxed);
        let now = clock();
        let distance = now.saturating_sub(last);
        if distance <= SHORTEST || (is_open && distance > LONGEST) {
            self.close(UNKNOWN, clock);
        } else {
            self.last.store(now, Ordering::Relaxed);
            self.replace(last, now, clock);
        }
    }

    /// No tick until the next round.
    pub(super) fn pause(&self, clock: impl Fn() -> Nanos) {
        self.close(UNKNOWN, clock);
    }

    fn close(&self, next: Nanos, clock: impl Fn() -> Nanos) {
        self.replace(self.last.load(Ordering::Relaxed), next, clock);
    }

    fn replace(&self, last: Nanos, next: Nanos, clock: impl Fn() -> Nanos) {
        // Everybody who read `last` did so before this, and this is done before the clock is read.
        self.tick.swap(next, Ordering::SeqCst);
        if last != self.closed.load(Ordering::Relaxed) {
            let end = clock();
            if end.saturating_sub(last) > LONGEST {
                self.stall.record(last, end);
            }
            self.closed.store(last, Ordering::Release);
        }
    }

    /// Takes the tick down if it is further behind the exact reading `now` than a tick can be. Its thread is starved, or
    /// there is none.
    #[inline]
    pub(super) fn distrust(&self, now: Nanos) {
        let tick = self.read();
        if now.saturating_sub(tick) > LONGEST {
            // The thread's next round closes it.
            let _ = self.tick.compare_exchange(tick, UNKNOWN, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// The latest moment, up to the exact reading `now`, at which anybody may have read `tick`.
    pub(super) fn end(&self, tick: Nanos, now: Nanos) -> Nanos {
        if self.closed.load(Ordering::Acquire) < tick {
            return now;
        }
        let (from, until) = self.stall.last();
        let usual = tick.saturating_add(LONGEST);
        // Of the stalls before the last nothing is known but that they ended before it.
        if tick <= from { usual.max(until).min(now) } else { usual.min(now) }
    }
}

/// The last time that the tick stood still: the tick it stood at, and the time at which it went on.
struct Stall {
    from: AtomicU64,
    until: AtomicU64,
}

impl Stall {
    fn record(&self, from: Nanos, until: Nanos) {
        self.until.store(until, Ordering::Relaxed);
        self.from.store(from, Ordering::Release);
    }

    /// A stall recorded meanwhile may lend its end to the one before: later, never too early.
    fn last(&self) -> (Nanos, Nanos) {
        let from = self.from.load(Ordering::Acquire);
        (from, self.until.load(Ordering::Relaxed))
    }

    /// The latest moment at which `tick` may have been read: while the tick stood at it, any up to when it went on.
    fn latest(&self, tick: Nanos) -> Nanos {
        let (from, until) = self.last();
        if from == tick { until } else { tick }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Nanos = 1_000_000;

    fn turn(ticks: &Ticks, now: Nanos) {
        ticks.turn(|| now);
    }

    #[test]
    fn a_stall_makes_only_a_call_that_began_in_it_shorter() {
        let stall = Stall { from: AtomicU64::new(0), until: AtomicU64::new(0) };
        assert_eq!(stall.latest(100), 100, "there was none");
        stall.record(100, 900);
        assert_eq!(stall.latest(100), 900, "the call may have begun when the stall ended");
        assert_eq!(stall.latest(95), 95, "a call that began before it took as long as it looks");
        assert_eq!(stall.latest(950), 950);
    }

    #[test]
    fn a_late_round_leaves_a_gap_and_the_next_goes_on() {
        let ticks = Ticks::new();
        turn(&ticks, 100 * MS);
        assert_eq!(ticks.read(), 100 * MS);
        turn(&ticks, 105 * MS);
        assert_eq!(ticks.read(), 105 * MS);
        turn(&ticks, 200 * MS);
        assert_eq!(ticks.read(), UNKNOWN);
        turn(&ticks, 300 * MS);
        assert_eq!(ticks.read(), 300 * MS, "a late round after a gap is no stall of any tick");
    }

    #[test]
    fn two_ticks_are_never_close_together() {
        let ticks = Ticks::new();
        turn(&ticks, 100 * MS);
        turn(&ticks, 100 * MS + SHORTEST);
        assert_eq!(ticks.read(), UNKNOWN);
        turn(&ticks, 100 * MS + SHORTEST + 1);
        assert_eq!(ticks.read(), 100 * MS + SHORTEST + 1);
    }

    #[test]
    fn a_tick_far_behind_the_exact_clock_is_taken_down() {
        let ticks = Ticks::new();
        turn(&ticks, 100 * MS);
        ticks.distrust(100 * MS + LONGEST);
        assert_eq!(ticks.read(), 100 * MS);
        ticks.distrust(101 * MS + LONGEST);
        assert_eq!(ticks.read(), UNKNOWN);
        ticks.distrust(900 * MS);
        assert_eq!(ticks.read(), UNKNOWN);
        turn(&ticks, 901 * MS);
        turn(&ticks, 906 * MS);
        assert_eq!(ticks.read(), 906 * MS, "it goes on once there are rounds again");
        assert_eq!(ticks.stall.latest(100 * MS), 901 * MS);
    }

    #[test]
    fn a_tick_may_have_been_read_until_now_as_long_as_it_is_not_closed() {
        let ticks = Ticks::new();
        turn(&ticks, 100 * MS);
        assert_eq!(ticks.end(100 * MS, 103 * MS), 103 * MS);
        assert_eq!(ticks.end(100 * MS, 900 * MS), 900 * MS);
        ticks.distrust(900 * MS);
        assert_eq!(ticks.end(100 * MS, 900 * MS), 900 * MS, "down, but nobody has noted since when");
    }

    #[test]
    fn a_closed_tick_was_up_for_its_usual_time_or_its_stall() {
        let ticks = Ticks::new();
        turn(&ticks, 100 * MS);
        turn(&ticks, 105 * MS);
        assert_eq!(ticks.end(100 * MS, 900 * MS), 100 * MS + LONGEST);
        assert_eq!(ticks.end(100 * MS, 106 * MS), 106 * MS);
        turn(&ticks, 500 * MS);
        assert_eq!(ticks.end(105 * MS, 900 * MS), 500 * MS);
        assert_eq!(ticks.end(100 * MS, 900 * MS), 500 * MS, "it could have been a stall of its own");
        turn(&ticks, 505 * MS);
        turn(&ticks, 510 * MS);
        assert_eq!(ticks.end(505 * MS, 900 * MS), 505 * MS + LONGEST);
    }

    #[test]
    fn a_round_that_is_interrupted_counts_the_interruption_as_a_stall() {
        let ticks = Ticks::new();
        turn(&ticks, 100 * MS);
        let reading = AtomicU64::new(105 * MS);
        // 400 ms go by between the reading of the next tick and its publication.
        ticks.turn(|| reading.swap(505 * MS, Ordering::Relaxed));
        assert_eq!(ticks.end(100 * MS, 900 * MS), 505 * MS);
    }

    #[test]
    fn a_pause_closes_the_tick() {
        let ticks = Ticks::new();
        turn(&ticks, 100 * MS);
        ticks.pause(|| 105 * MS);
        assert_eq!(ticks.read(), UNKNOWN);
        assert_eq!(ticks.end(100 * MS, 900 * MS), 100 * MS + LONGEST);
        turn(&ticks, 800 * MS);
        assert_eq!(ticks.read(), 800 * MS);
    }
}
