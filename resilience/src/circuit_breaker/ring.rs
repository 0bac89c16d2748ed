//! The successes of a window in time: per thread, a ring of buckets.
//!
//! A bucket is one word, its number above and the count below, so that a reader in another thread never takes the count
//! of one bucket for that of another. Only the owner writes, with plain stores. The bucket in use has a word of its own,
//! at a place that does not change: the processor finds its count there sooner than through an index. As long as the
//! tick has not reached the end of that bucket, a success is one comparison and one increment.

use crate::{
    clock::Nanos,
    sync::{AtomicU64, Ordering},
};

/// Buckets of a window.
pub(super) const BUCKETS: usize = 10;
/// Slots of a ring: a power of two above the buckets, so that the slot in use is never one still wanted.
const SLOTS: usize = 16;
const COUNT_BITS: u32 = 36;
const COUNT: u64 = (1 << COUNT_BITS) - 1;
/// Numbers of buckets are kept modulo 2^28: with the shortest buckets, of 1 ms, they repeat after three days, and only a
/// slot that its thread has not touched for exactly so long could be mistaken.
const NUMBER: u64 = (1 << (64 - COUNT_BITS)) - 1;

pub(super) struct Ring {
    /// The end of the bucket in use, as a reading of the clock.
    until: AtomicU64,
    /// The bucket in use. Its slot is written when the next one begins.
    current: AtomicU64,
    slots: [AtomicU64; SLOTS],
}

/// The slot of a bucket.
#[allow(clippy::cast_possible_truncation)] // Only the lowest bits matter.
const fn at(number: u64) -> usize {
    number as usize % SLOTS
}

/// No bucket yet: the greatest number is the last that any breaker reaches.
const EMPTY: u64 = NUMBER << COUNT_BITS;

/// The word after one more success in the bucket of this number.
fn one_more(word: u64, number: u64) -> u64 {
    if word >> COUNT_BITS == number {
        word + u64::from(word & COUNT < COUNT)
    } else {
        number << COUNT_BITS | 1
    }
}

impl Default for Ring {
    fn default() -> Self {
        Self {
            until: AtomicU64::new(0),
            current: AtomicU64::new(EMPTY),
            slots: std::array::from_fn(|_| AtomicU64::new(EMPTY)),
        }
    }
}

impl Ring {
    /// Counts a success if `tick` still lies in the current bucket. Only for a cell that this thread alone writes.
    #[inline]
    pub(super) fn add_own(&self, tick: Nanos) -> bool {
        if tick >= self.until.load(Ordering::Relaxed) {
            return false;
        }
        self.current.store(self.current.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        true
    }

    /// Counts a success in `bucket`, which ends at `until`. `own` if this thread alone writes the cell; the one that the
    /// overflow of threads shares uses no current bucket.
    pub(super) fn add(&self, bucket: u64, until: Nanos, own: bool) {
        let number = bucket & NUMBER;
        if own {
            let mut current = self.current.load(Ordering::Relaxed);
            if current >> COUNT_BITS != number {
                self.slots[at(current >> COUNT_BITS)].store(current, Ordering::Relaxed);
                // It holds this bucket already where the clock went backwards.
                current = self.slots[at(number)].load(Ordering::Relaxed);
            }
            // After the slot: who finds another bucket here finds this one there.
            self.current.store(one_more(current, number), Ordering::Release);
            self.until.store(until, Ordering::Relaxed);
            return;
        }
        let slot = &self.slots[at(number)];
        let mut word = slot.load(Ordering::Relaxed);
        while let Err(now) =
            slot.compare_exchange_weak(word, one_more(word, number), Ordering::Relaxed, Ordering::Relaxed)
        {
            word = now;
        }
    }

    /// Has so many successes in `bucket`. For a ring that has none yet.
    pub(super) fn fill(&self, bucket: u64, successes: u64) {
        self.current.store((bucket & NUMBER) << COUNT_BITS | successes, Ordering::Relaxed);
    }

    /// Makes the next success look at the clock again.
    pub(super) fn expire(&self) {
        self.until.store(0, Ordering::Relaxed);
    }

    /// The successes of `bucket`.
    pub(super) fn count(&self, bucket: u64) -> u64 {
        let number = bucket & NUMBER;
        let current = self.current.load(Ordering::Acquire);
        let word = if current >> COUNT_BITS == number {
            current
        } else {
            self.slots[at(number)].load(Ordering::Relaxed)
        };
        if word >> COUNT_BITS == number { word & COUNT } else { 0 }
    }
}
