//! The successes of a window in time: per thread, a ring of buckets.
//!
//! A slot is one word, the bucket's number above and the count below, so that a reader in another thread never takes
//! the count of one bucket for that of another. Only the owner writes, with plain stores. As long as the tick has not
//! reached the end of the current bucket, a success is one comparison and one increment.

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
    /// The bucket in use, which says its slot, and its end as a reading of the clock.
    bucket: AtomicU64,
    until: AtomicU64,
    slots: [AtomicU64; SLOTS],
}

/// The slot of a bucket.
#[allow(clippy::cast_possible_truncation)] // Only the lowest bits matter.
const fn at(bucket: u64) -> usize {
    bucket as usize % SLOTS
}

impl Default for Ring {
    fn default() -> Self {
        // No slot holds a bucket yet: the greatest number is the last that any breaker reaches.
        let empty = || AtomicU64::new(NUMBER << COUNT_BITS);
        Self { until: AtomicU64::new(0), bucket: AtomicU64::new(0), slots: std::array::from_fn(|_| empty()) }
    }
}

impl Ring {
    /// Counts a success if `tick` still lies in the current bucket. Only for a cell that this thread alone writes.
    #[inline]
    pub(super) fn add_own(&self, tick: Nanos) -> bool {
        if tick >= self.until.load(Ordering::Relaxed) {
            return false;
        }
        let slot = &self.slots[at(self.bucket.load(Ordering::Relaxed))];
        slot.store(slot.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        true
    }

    /// Counts a success in `bucket`, which ends at `until`.
    pub(super) fn add(&self, bucket: u64, until: Nanos) {
        let at = at(bucket);
        let number = (bucket & NUMBER) << COUNT_BITS;
        let slot = &self.slots[at];
        let mut word = slot.load(Ordering::Relaxed);
        loop {
            let next =
                if word & !COUNT == number { word + u64::from(word & COUNT < COUNT) } else { number | 1 };
            // A compare-exchange, since the cell that the overflow of threads shares comes this way too.
            match slot.compare_exchange_weak(word, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        self.bucket.store(bucket, Ordering::Relaxed);
        self.until.store(until, Ordering::Relaxed);
    }

    /// Makes the next success look at the clock again.
    pub(super) fn expire(&self) {
        self.until.store(0, Ordering::Relaxed);
    }

    /// The successes of `bucket`.
    pub(super) fn count(&self, bucket: u64) -> u64 {
        let word = self.slots[at(bucket)].load(Ordering::Relaxed);
        if word >> COUNT_BITS == bucket & NUMBER { word & COUNT } else { 0 }
    }
}
