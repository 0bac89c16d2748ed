//! The successes of a window in time: what a thread has of the bucket that it counts in.
//!
//! A thread counts its successes in one word that only grows. Beside it stand the bucket that its newest successes belong
//! to, and how many it had before that bucket began; the difference is its share. As long as the tick has not reached the
//! end of the bucket, a success is one comparison and one increment. The first one after that looks at the clock, and
//! hands the share over to the window, under the breaker's lock: whoever holds the lock sees every share once.

use crate::{
    clock::Nanos,
    sync::{AtomicU64, Ordering},
};

/// Buckets of a window.
pub(super) const BUCKETS: usize = 10;
/// No bucket.
pub(super) const NO_BUCKET: u64 = u64::MAX;

pub(super) struct Share {
    /// The end of the bucket, as a reading of the clock; 0 if the next success must look at the clock.
    until: AtomicU64,
    bucket: AtomicU64,
    /// The successes of this thread before the bucket began.
    before: AtomicU64,
}

impl Default for Share {
    fn default() -> Self {
        Self { until: AtomicU64::new(0), bucket: AtomicU64::new(NO_BUCKET), before: AtomicU64::new(0) }
    }
}

impl Share {
    /// Whether a success at this tick belongs to the share. For the thread that it is of.
    #[inline]
    pub(super) fn takes(&self, tick: Nanos) -> bool {
        tick < self.until.load(Ordering::Relaxed)
    }

    /// Whether a success in `bucket` belongs to the share, without any other change. `ticks` if the clock may be asked by
    /// its tick. For the thread that it is of.
    pub(super) fn is_of(&self, bucket: u64, ticks: bool) -> bool {
        self.bucket.load(Ordering::Relaxed) == bucket && (!ticks || self.until.load(Ordering::Relaxed) != 0)
    }

    /// Goes on to `bucket`, which ends at `until`, when its thread has had `ok` successes. What it held before. Under the
    /// lock.
    pub(super) fn turn(&self, ok: u64, bucket: u64, until: Nanos) -> Held {
        let held = self.held(ok);
        if held.bucket != bucket {
            self.bucket.store(bucket, Ordering::Relaxed);
            self.before.store(ok, Ordering::Relaxed);
        }
        self.until.store(until, Ordering::Relaxed);
        if held.bucket == bucket { Held { bucket, successes: 0 } } else { held }
    }

    /// Has all successes but the first `before` in `bucket`. For a share that nobody else knows yet.
    pub(super) fn fill(&self, bucket: u64, before: u64) {
        self.bucket.store(bucket, Ordering::Relaxed);
        self.before.store(before, Ordering::Relaxed);
    }

    /// Makes the next success look at the clock again. Under the lock.
    pub(super) fn expire(&self) {
        self.until.store(0, Ordering::Relaxed);
    }

    /// What it holds when its thread has had `ok` successes. Under the lock.
    pub(super) fn held(&self, ok: u64) -> Held {
        let bucket = self.bucket.load(Ordering::Relaxed);
        Held { bucket, successes: ok.wrapping_sub(self.before.load(Ordering::Relaxed)) }
    }
}

/// Successes of one bucket.
#[derive(Clone, Copy)]
pub(super) struct Held {
    pub(super) bucket: u64,
    pub(super) successes: u64,
}
