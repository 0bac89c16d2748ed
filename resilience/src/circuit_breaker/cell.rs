use once_cell::race::OnceBox;

use super::{
    latency::Latencies,
    permit::Blame,
    share::{Held, Share},
};
use crate::sync::{AtomicU64, Ordering};

/// What one thread counted on one breaker. Every counter only grows; a window is a difference of sums. What is written
/// often fills the first line.
#[derive(Default)]
#[repr(C)]
pub(super) struct Cell {
    /// Successes that belong to the window of their time.
    pub(super) ok: AtomicU64,
    /// Successes of trial calls, and late ones.
    pub(super) apart: AtomicU64,
    pub(super) error: AtomicU64,
    pub(super) timeout: AtomicU64,
    /// Refusals of a bulkhead or a rate limit inside.
    pub(super) exhausted: AtomicU64,
    /// Calls, failed or not, that took longer than `slow_call`.
    pub(super) slow: AtomicU64,
    pub(super) ignored: AtomicU64,
    /// Calls that this breaker refused.
    pub(super) refused: AtomicU64,
    pub(super) panic: AtomicU64,
    pub(super) cancelled: AtomicU64,
    /// The part of `ok` that lies in the bucket of time in use.
    pub(super) share: Share,
    pub(super) latencies: OnceBox<Latencies>,
}

impl Cell {
    /// The successes in the bucket of time in use. Under the lock.
    pub(super) fn held(&self) -> Held {
        self.share.held(self.ok.load(Ordering::Relaxed))
    }

    /// The counter of calls that ended so.
    #[inline]
    pub(super) fn of(&self, blame: Blame) -> &AtomicU64 {
        match blame {
            Blame::Success => &self.ok,
            Blame::Failure => &self.error,
            Blame::Timeout => &self.timeout,
            Blame::Panic => &self.panic,
            Blame::Exhausted => &self.exhausted,
            Blame::Neither => &self.ignored,
            Blame::Cancelled => &self.cancelled,
        }
    }
}
