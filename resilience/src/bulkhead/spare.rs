//! The spare place of one thread.

use crate::sync::{AtomicU32, Ordering};

/// This thread keeps nothing: it gives its places back to the pool.
const FORBIDDEN: u32 = 0;
/// This thread may keep the next place that it gives back.
const EMPTY: u32 = 1;
/// A free place lies here.
const FULL: u32 = 2;

/// Room for one free place, in the cell of a thread.
///
/// Its own thread puts a place in and takes it out again. Whoever needs every free place *withdraws* it, from any thread
/// under the lock of the queue: one exchange takes the place and the permission to keep another, so a place cannot come
/// in unnoticed afterwards.
pub(super) struct Spare(AtomicU32);

impl Default for Spare {
    fn default() -> Self {
        Self(AtomicU32::new(FORBIDDEN))
    }
}

impl Spare {
    /// Takes the place that lies here. Only its own thread calls this.
    #[inline]
    pub(super) fn take(&self) -> bool {
        self.turn(FULL, EMPTY, Ordering::Acquire)
    }

    /// Leaves a place here, if that is allowed and none lies here yet. Only its own thread calls this.
    #[inline]
    pub(super) fn put(&self) -> bool {
        self.turn(EMPTY, FULL, Ordering::Release)
    }

    #[inline]
    fn turn(&self, from: u32, to: u32, success: Ordering) -> bool {
        // The look first: for a thread without permission it is all there is to do.
        self.0.load(Ordering::Relaxed) == from
            && self.0.compare_exchange(from, to, success, Ordering::Relaxed).is_ok()
    }

    /// Allows its thread to keep a place. Only its own thread calls this, under the lock.
    pub(super) fn allow(&self) {
        self.0.store(EMPTY, Ordering::Relaxed);
    }

    /// Whether its thread may keep a place. True and stable for its own thread under the lock.
    pub(super) fn is_allowed(&self) -> bool {
        self.0.load(Ordering::Relaxed) != FORBIDDEN
    }

    /// Whether a place lies here.
    pub(super) fn is_full(&self) -> bool {
        self.0.load(Ordering::Relaxed) == FULL
    }

    /// Takes the permission away, under the lock, and the place with it: `None` if there was no permission, otherwise
    /// whether a place lay here.
    pub(super) fn withdraw(&self) -> Option<bool> {
        if !self.is_allowed() {
            return None;
        }
        Some(self.0.swap(FORBIDDEN, Ordering::Acquire) == FULL)
    }
}
