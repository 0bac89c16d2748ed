//! What is remembered of the last hour, in bounded memory.
//!
//! A policy has a ring of 16 points of at least 4 s each, which hold the last minute, and one of 60 points of a minute
//! each, of which those without a call are left out. A point has 48 bytes, so a busy policy takes less than 4 KB, and one
//! that is never called less than 1 KB. A service has its scores of 60 minutes, 480 bytes.

use std::{collections::VecDeque, time::Duration};

use super::{
    minute::Minute,
    reading::{COUNTERS, Counter, Reading},
};
use crate::clock::Nanos;

const SECOND: Nanos = 1_000_000_000;
/// The points that hold the last minute, and the least that one of them holds, in seconds.
const RECENT: usize = 16;
const STEP: u32 = 4;
const MINUTE: u32 = 60;
/// The minutes remembered.
pub(super) const HOUR: u32 = 60;

/// The seconds since `first`.
#[allow(clippy::cast_possible_truncation)] // Cut to fit, after 136 years.
pub(super) fn seconds(first: Nanos, now: Nanos) -> u32 {
    (now.saturating_sub(first) / SECOND).min(u64::from(u32::MAX)) as u32
}

/// The number of the minute that `second` is in.
pub(super) const fn minute(second: u32) -> u32 {
    second / MINUTE
}

/// What happened in one piece of time.
#[derive(Clone, Copy, Default)]
struct Point {
    /// The second at which it begins, or the number of its minute.
    at: u32,
    counts: [u32; COUNTERS],
    p50: u32,
    p90: u32,
    p99: u32,
    max: u32,
    /// The share of places in use, in thousandths: the last sample's, and the most.
    in_use: u16,
    most_in_use: u16,
}

impl Point {
    fn is_idle(&self) -> bool {
        self.counts == [0; COUNTERS] && self.most_in_use == 0
    }

    fn merge(&mut self, later: &Self) {
        for (count, more) in self.counts.iter_mut().zip(later.counts) {
            *count = count.saturating_add(more);
        }
        self.p50 = self.p50.max(later.p50);
        self.p90 = self.p90.max(later.p90);
        self.p99 = self.p99.max(later.p99);
        self.max = self.max.max(later.max);
        self.in_use = later.in_use;
        self.most_in_use = self.most_in_use.max(later.most_in_use);
    }
}

/// Times are kept in microseconds: up to 71 minutes.
#[allow(clippy::cast_possible_truncation)] // Cut to fit.
fn micros(time: Duration) -> u32 {
    time.as_micros().min(u128::from(u32::MAX)) as u32
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Between 0 and 1000.
pub(super) fn thousandths(share: f64) -> u16 {
    (share.clamp(0.0, 1.0) * 1000.0).round() as u16
}

/// The last hour of one policy.
pub(super) struct Track {
    /// The minute in which it was first seen.
    since: u32,
    totals: [u64; COUNTERS],
    recent: VecDeque<Point>,
    minutes: VecDeque<Point>,
}

impl Track {
    pub(super) const fn new(second: u32) -> Self {
        Self {
            since: minute(second),
            totals: [0; COUNTERS],
            recent: VecDeque::new(),
            minutes: VecDeque::new(),
        }
    }

    /// Takes what happened since the sample before.
    pub(super) fn push(&mut self, second: u32, reading: &Reading) {
        let mut point = Point { at: second, ..Point::default() };
        for ((count, total), now) in point.counts.iter_mut().zip(&mut self.totals).zip(reading.totals) {
            *count = u32::try_from(now.saturating_sub(*total)).unwrap_or(u32::MAX);
            *total = now;
        }
        if let Some(latency) = reading.latency.filter(|latency| latency.calls > 0) {
            point.p50 = micros(latency.p50);
            point.p90 = micros(latency.p90);
            point.p99 = micros(latency.p99);
            point.max = micros(latency.max);
        }
        point.in_use = thousandths(reading.in_use);
        point.most_in_use = point.in_use;
        match self.recent.back_mut() {
            // A clock that jumped backwards adds to the newest point as well.
            Some(newest) if second < newest.at.saturating_add(STEP) => newest.merge(&point),
            _ => keep(&mut self.recent, RECENT, point),
        }
        point.at = minute(second);
        match self.minutes.back_mut() {
            Some(newest) if point.at <= newest.at => newest.merge(&point),
            _ if point.is_idle() => {}
            _ => keep(&mut self.minutes, HOUR as usize, point),
        }
    }

    /// The last minute: the points that began in it, and at least the newest.
    pub(super) fn last_minute(&self, second: u32) -> Sum {
        let newest = self.recent.back().map_or(0, |point| point.at);
        let from = second.saturating_sub(MINUTE - 1).min(newest);
        let points: Vec<_> = self.recent.iter().filter(|point| point.at >= from).collect();
        let used: u32 = points.iter().map(|point| u32::from(point.in_use)).sum();
        let number = u32::try_from(points.len()).unwrap_or(u32::MAX).max(1);
        Sum { in_use: f64::from(used) / f64::from(number) / 1000.0, ..Sum::of(points.into_iter()) }
    }

    /// The last so many minutes, this one included.
    pub(super) fn last(&self, minutes: u32, second: u32) -> Sum {
        Sum::of(self.within(minutes, second))
    }

    /// Whether it has been watched for so many minutes.
    pub(super) fn is_known_for(&self, minutes: u32, second: u32) -> bool {
        minute(second).saturating_sub(self.since) >= minutes
    }

    fn within(&self, minutes: u32, second: u32) -> impl Iterator<Item = &Point> {
        let from = (minute(second) + 1).saturating_sub(minutes);
        self.minutes.iter().filter(move |point| point.at >= from)
    }

    /// What `p90` has been in most minutes of the last hour, the last five left out; nothing without ten of them.
    pub(super) fn usual_p90(&self, second: u32) -> Option<Duration> {
        let until = minute(second).saturating_sub(4);
        let before = self.within(HOUR, second).filter(|point| point.at < until && point.p90 > 0);
        let mut seen: Vec<u32> = before.map(|point| point.p90).collect();
        if seen.len() < 10 {
            return None;
        }
        seen.sort_unstable();
        Some(Duration::from_micros(u64::from(seen[seen.len() / 2])))
    }

    /// The minutes of the last hour in which something happened, the oldest first.
    pub(super) fn minutes(&self, second: u32) -> Vec<Minute> {
        let time = |micros: u32| (micros > 0).then(|| Duration::from_micros(u64::from(micros)));
        let now = minute(second);
        let seen = |point: &Point| Minute {
            ago: now.saturating_sub(point.at),
            score: None,
            calls: point.counts[Counter::Calls as usize].into(),
            failures: point.counts[Counter::Failed as usize].into(),
            refused: point.counts[Counter::Refused as usize].into(),
            in_use: f64::from(point.most_in_use) / 1000.0,
            p50: time(point.p50),
            p90: time(point.p90),
            p99: time(point.p99),
            max: time(point.max),
        };
        self.within(HOUR, second).map(seen).collect()
    }
}

pub(super) fn keep<T>(ring: &mut VecDeque<T>, most: usize, newest: T) {
    if ring.len() == most {
        ring.pop_front();
    }
    ring.push_back(newest);
}

/// What happened in a stretch of time.
#[derive(Clone, Copy, Default)]
pub(super) struct Sum {
    counts: [u64; COUNTERS],
    /// The most that one of the minutes had.
    pub(super) p99: Duration,
    pub(super) max: Duration,
    /// The mean share of places in use; see [`Track::last_minute`].
    pub(super) in_use: f64,
    pub(super) most_in_use: f64,
}

impl Sum {
    fn of<'a>(points: impl Iterator<Item = &'a Point>) -> Self {
        let mut sum = Self::default();
        for point in points {
            for (count, more) in sum.counts.iter_mut().zip(point.counts) {
                *count += u64::from(more);
            }
            sum.p99 = sum.p99.max(Duration::from_micros(point.p99.into()));
            sum.max = sum.max.max(Duration::from_micros(point.max.into()));
            sum.most_in_use = sum.most_in_use.max(f64::from(point.most_in_use) / 1000.0);
        }
        sum
    }

    pub(super) const fn get(&self, counter: Counter) -> u64 {
        self.counts[counter as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Figures;

    #[test]
    fn a_policy_takes_less_than_four_kilobytes() {
        let clock = crate::ManualClock::new();
        let config = crate::bulkhead::Config::new();
        let bulkhead = crate::Bulkhead::with_clock("any", config, clock).unwrap();
        let mut track = Track::new(0);
        for second in 0..3 * 3600 {
            drop(bulkhead.try_acquire());
            track.push(second, &Reading::from(&Figures::Bulkhead(bulkhead.snapshot())));
        }
        let points = track.recent.capacity() + track.minutes.capacity();
        assert!(points * size_of::<Point>() + size_of::<Track>() < 4096, "{points} points");
        assert_eq!((track.recent.len(), track.minutes.len()), (RECENT, HOUR as usize));
    }
}
