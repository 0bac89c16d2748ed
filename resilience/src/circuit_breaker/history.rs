//! What a window holds.
//!
//! Successes are counted by the threads that had them; failures and slow calls are written down here, under the
//! breaker's lock. A window in calls keeps the position of each: the position of the newest call is the number of
//! successes counted so far plus the failures written down, so an old failure leaves the window as successes pass,
//! without one of them coming here. A window in time keeps them by bucket, where the threads' successes come to as well,
//! all of a bucket at once, when their thread goes on to the next one.

use std::collections::VecDeque;

use super::{
    cell::Cell,
    config::Window,
    settings::Settings,
    share::{BUCKETS, Held, NO_BUCKET},
};
use crate::{
    cells::Cells,
    clock::{Nanos, nanos},
};

/// What the window of a circuit breaker holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Counts {
    /// Calls that succeeded or failed.
    pub calls: u64,
    /// Calls that failed.
    pub failures: u64,
    /// Calls, failed or not, that took longer than `slow_call`.
    pub slow: u64,
    /// Those of them that failed.
    pub slow_failures: u64,
}

impl Counts {
    /// The share of calls that failed, 0 if there was none.
    #[must_use]
    pub fn failure_rate(&self) -> f64 {
        share(self.failures, self.calls)
    }

    /// The share of calls that were slow, 0 if there was none.
    #[must_use]
    pub fn slow_rate(&self) -> f64 {
        share(self.slow, self.calls)
    }
}

/// Divided, not multiplied: the quotient of `3` and `30` is the same number as the written `0.1`.
#[allow(clippy::cast_precision_loss)] // A window holds far fewer than 2^52 calls.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The failures and slow calls of a window. Boxed, since most breakers have none.
pub(super) enum History {
    None,
    Calls(Box<LastCalls>),
    Time(Box<LastTime>),
}

impl History {
    /// An empty window, as `settings` say.
    pub(super) fn new(
        settings: &Settings,
        cells: &Cells<Cell>,
        origin: Nanos,
        now: Nanos,
        first: u64,
    ) -> Self {
        match settings.window {
            None => Self::None,
            Some(Window::Calls(length)) => Self::Calls(Box::new(LastCalls {
                length: u64::from(length),
                reset_after: nanos(settings.reset_after),
                base: cells.sum(|cell| &cell.ok),
                failed: 0,
                failures: VecDeque::new(),
                slow: VecDeque::new(),
                slow_failures: 0,
            })),
            Some(Window::Time(time)) => {
                let mut window = LastTime {
                    bucket: bucket_length(time),
                    origin,
                    first,
                    from: 0,
                    base: 0,
                    buckets: [Bucket::new(NO_BUCKET); BUCKETS],
                };
                window.clear(cells, now);
                Self::Time(Box::new(window))
            }
        }
    }

    /// Empties the window.
    pub(super) fn clear(&mut self, cells: &Cells<Cell>, now: Nanos) {
        match self {
            Self::None => {}
            Self::Calls(window) => {
                window.base = cells.sum(|cell| &cell.ok);
                window.failed = 0;
                window.failures.clear();
                window.slow.clear();
                window.slow_failures = 0;
            }
            Self::Time(window) => window.clear(cells, now),
        }
    }

    /// Leaves the first so many successes outside a window in calls.
    pub(super) fn leave_out(&mut self, successes: u64) {
        if let Self::Calls(window) = self {
            window.base = successes;
        }
    }

    /// Writes a failure down, a slow one or not.
    pub(super) fn fail(&mut self, cells: &Cells<Cell>, now: Nanos, slow: bool) {
        match self {
            Self::None => {}
            Self::Calls(window) => {
                window.failed += 1;
                let position = window.position(cells);
                window.failures.push_back(Mark { position, at: now });
                if slow {
                    window.slow.push_back(Slow { position, failed: true });
                    window.slow_failures += 1;
                }
            }
            Self::Time(window) => {
                window.follow(cells, now);
                let bucket = window.bucket_mut(now);
                bucket.failures = bucket.failures.saturating_add(1);
                bucket.slow = bucket.slow.saturating_add(u32::from(slow));
                bucket.slow_failures = bucket.slow_failures.saturating_add(u32::from(slow));
            }
        }
    }

    /// Writes a slow success down, which its thread has counted already.
    pub(super) fn slow(&mut self, cells: &Cells<Cell>, now: Nanos) {
        match self {
            Self::None => {}
            Self::Calls(window) => {
                let position = window.position(cells);
                window.slow.push_back(Slow { position, failed: false });
            }
            Self::Time(window) => {
                window.follow(cells, now);
                let bucket = window.bucket_mut(now);
                bucket.slow = bucket.slow.saturating_add(1);
            }
        }
    }

    /// Takes over the successes of a thread that goes on to another bucket.
    pub(super) fn take(&mut self, held: Held) {
        if let Self::Time(window) = self
            && held.bucket != NO_BUCKET
        {
            window.take(held);
        }
    }

    /// What the window holds at `now`.
    pub(super) fn counts(&mut self, cells: &Cells<Cell>, now: Nanos) -> Counts {
        match self {
            Self::None => Counts::default(),
            Self::Calls(window) => window.counts(cells, now),
            Self::Time(window) => {
                window.follow(cells, now);
                window.counts(cells, now)
            }
        }
    }
}

/// The last N calls.
pub(super) struct LastCalls {
    length: u64,
    reset_after: Nanos,
    /// The successes counted when the window was empty.
    base: u64,
    /// Failures written down since.
    failed: u64,
    failures: VecDeque<Mark>,
    slow: VecDeque<Slow>,
    /// Those of them that failed.
    slow_failures: u64,
}

#[derive(Clone, Copy)]
struct Mark {
    position: u64,
    at: Nanos,
}

#[derive(Clone, Copy)]
struct Slow {
    position: u64,
    failed: bool,
}

impl LastCalls {
    /// The position of the newest call, from 1.
    fn position(&self, cells: &Cells<Cell>) -> u64 {
        cells.sum(|cell| &cell.ok).saturating_sub(self.base) + self.failed
    }

    fn counts(&mut self, cells: &Cells<Cell>, now: Nanos) -> Counts {
        let newest = self.position(cells);
        let oldest = newest.saturating_sub(self.length);
        // Marks of concurrent calls may stand one or two places out of order; each leaves when its turn comes.
        while self
            .failures
            .front()
            .is_some_and(|mark| mark.position <= oldest || now.saturating_sub(mark.at) > self.reset_after)
        {
            self.failures.pop_front();
        }
        while let Some(mark) = self.slow.pop_front_if(|mark| mark.position <= oldest) {
            self.slow_failures -= u64::from(mark.failed);
        }
        Counts {
            calls: newest.min(self.length),
            failures: self.failures.len() as u64,
            slow: self.slow.len() as u64,
            slow_failures: self.slow_failures,
        }
    }
}

/// The last ten buckets of time.
pub(super) struct LastTime {
    bucket: Nanos,
    origin: Nanos,
    /// The number of the bucket at `origin`.
    first: u64,
    /// Earlier buckets are forgotten, and `base` successes of this one.
    from: u64,
    base: u64,
    buckets: [Bucket; BUCKETS],
}

#[derive(Clone, Copy)]
struct Bucket {
    number: u64,
    /// Those of threads that have gone on.
    successes: u64,
    /// A bucket is over long before the greatest number, at which they stay: each failure takes the lock.
    failures: u32,
    slow: u32,
    slow_failures: u32,
}

impl Bucket {
    const fn new(number: u64) -> Self {
        Self { number, successes: 0, failures: 0, slow: 0, slow_failures: 0 }
    }
}

/// The length of a bucket of a window.
pub(super) fn bucket_length(window: std::time::Duration) -> Nanos {
    nanos(window).div_ceil(BUCKETS as u64).max(1)
}

/// The number of the bucket at `now`, and its end.
pub(super) fn bucket_at(now: Nanos, origin: Nanos, length: Nanos, first: u64) -> (u64, Nanos) {
    let passed = now.saturating_sub(origin) / length;
    (first + passed, origin.saturating_add((passed + 1).saturating_mul(length)))
}

impl LastTime {
    fn number(&self, now: Nanos) -> u64 {
        bucket_at(now, self.origin, self.bucket, self.first).0
    }

    /// Starts again where the clock has jumped to before the window's beginning; it would otherwise stay empty until the
    /// lost time is over.
    fn follow(&mut self, cells: &Cells<Cell>, now: Nanos) {
        if self.number(now) < self.from {
            self.clear(cells, now);
        }
    }

    fn bucket_mut(&mut self, now: Nanos) -> &mut Bucket {
        let number = self.number(now);
        let bucket = &mut self.buckets[slot(number)];
        if bucket.number != number {
            *bucket = Bucket::new(number);
        }
        bucket
    }

    fn take(&mut self, held: Held) {
        let bucket = &mut self.buckets[slot(held.bucket)];
        // A later bucket has this place: nobody wants the earlier one any more.
        if bucket.number != NO_BUCKET && bucket.number > held.bucket {
            return;
        }
        if bucket.number != held.bucket {
            *bucket = Bucket::new(held.bucket);
        }
        bucket.successes += held.successes;
    }

    fn clear(&mut self, cells: &Cells<Cell>, now: Nanos) {
        self.from = self.number(now);
        self.base = cells
            .iter()
            .map(Cell::held)
            .filter(|held| held.bucket == self.from)
            .map(|held| held.successes)
            .sum();
        for bucket in &mut self.buckets {
            bucket.number = NO_BUCKET;
        }
    }

    fn counts(&self, cells: &Cells<Cell>, now: Nanos) -> Counts {
        let newest = self.number(now);
        let oldest = (newest + 1).saturating_sub(BUCKETS as u64).max(self.from);
        let mut counts = Counts::default();
        let is_in = |number: u64| (oldest..=newest).contains(&number);
        for held in cells.iter().map(Cell::held).filter(|held| is_in(held.bucket)) {
            counts.calls += held.successes;
        }
        for bucket in self.buckets.iter().filter(|bucket| is_in(bucket.number)) {
            counts.calls += bucket.successes + u64::from(bucket.failures);
            counts.failures += u64::from(bucket.failures);
            counts.slow += u64::from(bucket.slow);
            counts.slow_failures += u64::from(bucket.slow_failures);
        }
        if is_in(self.from) {
            counts.calls = counts.calls.saturating_sub(self.base);
        }
        counts
    }
}

/// Where the failures of a bucket are kept.
#[allow(clippy::cast_possible_truncation)] // A remainder of ten.
const fn slot(bucket: u64) -> usize {
    (bucket % BUCKETS as u64) as usize
}
