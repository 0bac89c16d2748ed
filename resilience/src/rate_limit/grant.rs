//! Permits that go by the tick.
//!
//! Reading the exact clock costs more than all the rest of a call. So a busy rate limit gives out, once per tick and under
//! its lock, all the permits that are there by the exact clock, as a *grant*: for as long as that tick is up, a call takes
//! one of them by decrementing a number, and needs no clock. A grant ends when a call finds another tick or no permit
//! left. That call takes the lock, reads the exact clock, and settles: the permits that were taken, at moments nobody
//! knows, count as taken at the last moment at which they can have been.
//!
//! # The bound holds
//!
//! Within a grant no more permits go than were there when it was given, and later there could only be more. After it,
//! its permits count as taken no earlier than they were, so no window that begins inside it looks emptier than it is. The
//! last moment is that of the settling, or [the end of the tick](Clock::end) if that is known to lie before: a rate limit
//! may stand idle for long after a grant, and its burst must come back meanwhile.
//!
//! A thread may be kept waiting between its look at the tick and its decrement. Its permit counts as taken at its look, or
//! when the grant was given if that was later, which is also a moment of its call. If the grant it saw is settled by then,
//! the decrement finds nothing, or a permit of a later grant, which it may take as well.
//!
//! What it costs: a permit may count as taken up to the distance of two ticks too late. This does not add up, and a rate
//! limit whose burst comes back in less than [`GENEROUS`] gives no grants. A refusal is always judged by the exact clock,
//! after settling.

use super::gcra::{self, Gcra, Units};
use crate::{
    Clock,
    clock::{LONGEST, Nanos, SHORTEST},
    sync::{AtomicU64, Ordering},
};

/// A burst that takes less to come back is never given out as a grant: a tick would be a noticeable part of it.
pub(super) const GENEROUS: Units = gcra::moment(16 * LONGEST);
/// Fewer permits are not worth a grant.
pub(super) const WORTHWHILE: u64 = 64;

/// The lower bits of the word count the permits left, from `EMPTY` up. Threads that come too late count below it, each
/// once; the number of threads is far from [`EMPTY`].
const COUNT_BITS: u32 = 24;
const COUNT: u64 = (1 << COUNT_BITS) - 1;
const EMPTY: u64 = 1 << (COUNT_BITS - 1);
/// More than all threads together can take while a tick is up.
const MOST: u64 = EMPTY - 1;

/// The word of a grant that is empty. Its upper bits are the tick's time in 2^20 ns, which tells ticks apart: they have a
/// greater distance. They return after 36 years of a process.
const fn empty(tick: Nanos) -> u64 {
    const { assert!(SHORTEST == 1 << 20) };
    (tick >> 20 << COUNT_BITS) | EMPTY
}

/// Permits for the calls that come while a tick is up.
pub(super) struct Grant(AtomicU64);

impl Grant {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(EMPTY))
    }

    /// Takes a permit, if there is one for this tick.
    #[inline]
    pub(super) fn take(&self, tick: Nanos) -> bool {
        let left = self.0.load(Ordering::Relaxed).wrapping_sub(empty(tick));
        // None left, or the word of another tick: then it is far away, whichever of the two is the greater.
        if left.wrapping_sub(1) >= MOST {
            return false;
        }
        self.0.fetch_sub(1, Ordering::AcqRel) & COUNT > EMPTY
    }

    /// Permits that are left.
    pub(super) fn left(&self) -> u64 {
        (self.0.load(Ordering::Acquire) & COUNT).saturating_sub(EMPTY)
    }

    /// Takes back the permits that are left, and says how many they are.
    pub(super) fn close(&self) -> u64 {
        (self.0.swap(EMPTY, Ordering::AcqRel) & COUNT).saturating_sub(EMPTY)
    }

    fn open(&self, tick: Nanos, permits: u64) {
        // A swap, so that it is ordered with the decrements of those that come too late for the grant before.
        self.0.swap(empty(tick) + permits, Ordering::AcqRel);
    }
}

/// What a rate limit with a grant out must remember for the settling.
pub(super) struct Given {
    tick: Nanos,
    permits: u64,
    spacing: Units,
}

impl Given {
    /// Gives out what is there, if there is a tick to go by and it is worth it. The tat stands still until the settling.
    pub(super) fn new(grant: &Grant, gcra: Gcra, tat: Units, reading: Nanos, clock: &Clock) -> Option<Self> {
        let permits = gcra.available(tat, gcra::moment(reading)).min(MOST);
        if gcra.tolerance < GENEROUS || permits < WORTHWHILE {
            return None;
        }
        let tick = clock.fresh_tick(reading)?;
        grant.open(tick, permits);
        Some(Self { tick, permits, spacing: gcra.spacing })
    }

    /// How many were taken, if so many are left.
    pub(super) fn taken(&self, left: u64) -> u64 {
        self.permits.saturating_sub(left)
    }

    /// The tat after so many were taken, at a reading of the exact clock that is not older than the last of them.
    pub(super) fn settle(&self, taken: u64, tat: Units, reading: Nanos, clock: &Clock) -> Units {
        if taken == 0 {
            return tat;
        }
        let last = gcra::moment(clock.end(self.tick, reading));
        last.wrapping_add(gcra::until(tat, last)).wrapping_add(taken * self.spacing)
    }
}
