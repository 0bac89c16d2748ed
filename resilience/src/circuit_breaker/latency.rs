//! How long calls take: a histogram per thread and minute, whose buckets are an eighth of a power of two wide.

use std::time::Duration;

use super::cell::Cell;
use crate::{
    cells::Cells,
    clock::Nanos,
    sync::{AtomicU32, AtomicU64, Ordering},
};

/// The time that one histogram holds.
pub(super) const MINUTE: Nanos = 60_000_000_000;

/// Each power of two is cut into so many buckets: a bucket is at most an eighth of its value wide.
const PARTS: u32 = 8;
/// The shortest time told from zero is 2^10 ns, the longest 2^42 ns, more than an hour.
const SHORTEST: u32 = 10;
const LONGEST: u32 = 42;
const BUCKETS: usize = ((LONGEST - SHORTEST) * PARTS) as usize;

/// How long the calls of this minute and of the one before took, failed or not, all threads together.
///
/// A percentile is the middle of a bucket, at most 7 % beside the true value, from 1 us to 73 min.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Latency {
    /// Calls measured.
    pub calls: u64,
    /// Half of the calls took no longer.
    pub p50: Duration,
    /// 90 % of the calls took no longer.
    pub p90: Duration,
    /// 95 % of the calls took no longer.
    pub p95: Duration,
    /// 99 % of the calls took no longer.
    pub p99: Duration,
    /// The longest, exactly.
    pub max: Duration,
}

/// What one thread measured: this minute, and the one before.
#[derive(Default)]
pub(super) struct Latencies([Minute; 2]);

struct Minute {
    number: AtomicU64,
    max: AtomicU64,
    buckets: [AtomicU32; BUCKETS],
}

impl Default for Minute {
    fn default() -> Self {
        Self {
            number: AtomicU64::new(u64::MAX),
            max: AtomicU64::new(0),
            buckets: std::array::from_fn(|_| AtomicU32::new(0)),
        }
    }
}

impl Latencies {
    /// Counts a call of `length` that ended in `minute`. Threads that share a cell may lose a few at a minute's turn.
    pub(super) fn add(&self, length: Nanos, minute: u64, own: bool) {
        let slot = &self.0[usize::from(minute % 2 == 1)];
        let before = slot.number.load(Ordering::Acquire);
        if before != minute {
            let entered =
                slot.number.compare_exchange(before, minute, Ordering::AcqRel, Ordering::Acquire).is_ok();
            if entered {
                slot.max.store(0, Ordering::Relaxed);
                slot.buckets.iter().for_each(|bucket| bucket.store(0, Ordering::Relaxed));
            }
        }
        let bucket = &slot.buckets[index(length)];
        if own {
            bucket.store(bucket.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
        } else {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        slot.max.fetch_max(length, Ordering::Relaxed);
    }
}

/// The bucket of a time.
fn index(length: Nanos) -> usize {
    let length = length.clamp(1 << SHORTEST, (1 << LONGEST) - 1);
    let power = length.ilog2();
    let part = (length >> (power - PARTS.ilog2())) - u64::from(PARTS);
    ((power - SHORTEST) * PARTS) as usize + usize::try_from(part).unwrap_or(0)
}

/// The middle of a bucket.
fn middle(index: usize) -> Nanos {
    let (power, part) = (index / PARTS as usize, (index % PARTS as usize) as u64);
    let width = 1_u64 << (power + SHORTEST as usize) >> PARTS.ilog2();
    (u64::from(PARTS) + part) * width + width / 2
}

/// What all threads measured in this minute and the one before.
pub(crate) struct Spread {
    buckets: [u64; BUCKETS],
    calls: u64,
    max: Nanos,
}

impl Spread {
    pub(super) fn of(threads: &Cells<Cell>, minute: u64) -> Self {
        let mut buckets = [0_u64; BUCKETS];
        let mut max = 0;
        let latencies = threads.iter().filter_map(|cell| cell.latencies.get());
        for slot in latencies.flat_map(|latencies| latencies.0.iter()) {
            let number = slot.number.load(Ordering::Acquire);
            if number > minute || minute - number > 1 {
                continue;
            }
            max = max.max(slot.max.load(Ordering::Relaxed));
            for (sum, bucket) in buckets.iter_mut().zip(&slot.buckets) {
                *sum += u64::from(bucket.load(Ordering::Relaxed));
            }
        }
        Self { calls: buckets.iter().sum(), buckets, max }
    }

    /// So many thousandths of the calls took no longer; zero without any.
    pub(crate) fn quantile(&self, thousandths: u64) -> Duration {
        if thousandths >= 1000 {
            return Duration::from_nanos(self.max);
        }
        let mut left = (self.calls * thousandths).div_ceil(1000).max(1);
        let at = self.buckets.iter().position(|calls| {
            let reached = left <= *calls;
            left = left.saturating_sub(*calls);
            reached
        });
        Duration::from_nanos(at.map_or(0, middle).min(self.max))
    }

    /// What a call took on average; zero without any.
    #[cfg(feature = "dashboard")]
    pub(crate) fn mean(&self) -> Duration {
        let total: u128 = self
            .buckets
            .iter()
            .enumerate()
            .map(|(at, calls)| u128::from(*calls) * u128::from(middle(at).min(self.max)))
            .sum();
        let mean = total / u128::from(self.calls.max(1));
        Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))
    }

    pub(super) fn latency(&self) -> Latency {
        if self.calls == 0 {
            return Latency::default();
        }
        Latency {
            calls: self.calls,
            p50: self.quantile(500),
            p90: self.quantile(900),
            p95: self.quantile(950),
            p99: self.quantile(990),
            max: Duration::from_nanos(self.max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_bucket_is_near_every_time_in_it() {
        let mut length = 1_u64 << SHORTEST;
        while length < 1 << LONGEST {
            let middle = middle(index(length));
            assert!(middle.abs_diff(length) * 100 <= length * 7, "{length} {middle}");
            length += length / 97;
        }
    }
}
