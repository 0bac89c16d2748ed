//! The last minute of one policy, by the second.

use std::collections::VecDeque;

use serde::Serialize;

use super::row::{Counts, Rates, Row, Totals};

/// The seconds that are kept.
const KEPT: usize = 60;
/// The seconds that rates are taken over.
pub(super) const RATED: usize = 10;

/// What happened in one second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Point {
    pub(super) calls: u32,
    pub(super) failed: u32,
    pub(super) refused: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) p99_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) saturation: Option<f64>,
}

/// The last seconds of one policy.
#[derive(Default)]
pub(super) struct Track {
    counted: Counts,
    /// The places in use in each of the last seconds.
    in_use: VecDeque<u64>,
    /// The totals of the last seconds, those that rates are taken over and one before them.
    totals: VecDeque<Totals>,
    /// Whether it was there before somebody watched.
    is_old: bool,
    points: VecDeque<Point>,
    /// As it was last told.
    pub(super) row: Option<Row>,
}

/// The points by what they hold; a list that says nothing is left out.
#[derive(Debug, Serialize)]
pub(super) struct History {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    p99_ms: Vec<Option<f64>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    saturation: Vec<Option<f64>>,
}

impl Track {
    /// One that begins here: what was counted before belongs to no second.
    pub(super) fn from_now(row: &Row) -> Self {
        Self {
            is_old: true,
            counted: row.counts(),
            totals: VecDeque::from([row.totals.clone()]),
            ..Self::default()
        }
    }

    /// A further second.
    pub(super) fn push(&mut self, row: &Row) -> Point {
        let counts = row.counts();
        let [calls, failed, refused] = [0, 1, 2].map(|at: usize| {
            let more = counts[at].saturating_sub(self.counted[at]);
            u32::try_from(more).unwrap_or(u32::MAX)
        });
        self.counted = counts;
        if self.totals.len() > RATED {
            self.totals.pop_front();
        }
        self.totals.push_back(row.totals.clone());
        if self.in_use.len() == RATED {
            self.in_use.pop_front();
        }
        self.in_use.push_back(row.in_use.unwrap_or(0));
        let point = Point {
            calls,
            failed,
            refused,
            p99_ms: row.latency.map(|latency| latency.p99_ms),
            saturation: row.saturation,
        };
        if self.points.len() == KEPT {
            self.points.pop_front();
        }
        self.points.push_back(point);
        point
    }

    /// How much one of the totals grew in the last seconds, at most so many as rates are taken over.
    pub(super) fn growth(&self, of: &str) -> u64 {
        let total = |totals: Option<&Totals>| {
            totals.into_iter().flatten().find(|(name, _)| *name == of).map_or(0, |(_, total)| *total)
        };
        // A policy that is new began at nothing.
        let before = if self.totals.len() > RATED || self.is_old { total(self.totals.front()) } else { 0 };
        total(self.totals.back()).saturating_sub(before)
    }

    /// The most places in use that one of the last seconds saw.
    pub(super) fn most_in_use(&self) -> u32 {
        self.in_use.iter().max().map_or(0, |most| u32::try_from(*most).unwrap_or(u32::MAX))
    }

    pub(super) fn rates(&self) -> Rates {
        let points = || self.points.iter().rev().take(RATED);
        let seconds = u32::try_from(points().count()).unwrap_or(1).max(1);
        let rate = |count: fn(&Point) -> u32| {
            let sum: f64 = points().map(|point| f64::from(count(point))).sum();
            // The sum of nothing is -0, which would be told as such.
            (sum / f64::from(seconds) * 10.0).round() / 10.0 + 0.0
        };
        Rates {
            calls: rate(|point| point.calls),
            failed: rate(|point| point.failed),
            refused: rate(|point| point.refused),
        }
    }

    pub(super) fn history(&self) -> History {
        let counts = |count: fn(&Point) -> u32| {
            let counts: Vec<u32> = self.points.iter().map(count).collect();
            if counts.iter().any(|count| *count > 0) { counts } else { Vec::new() }
        };
        let levels = |level: fn(&Point) -> Option<f64>| {
            let levels: Vec<Option<f64>> = self.points.iter().map(level).collect();
            let is_there = levels.iter().any(|level| level.is_some_and(|level| level > 0.0));
            if is_there { levels } else { Vec::new() }
        };
        History {
            calls: counts(|point| point.calls),
            failed: counts(|point| point.failed),
            refused: counts(|point| point.refused),
            p99_ms: levels(|point| point.p99_ms),
            saturation: levels(|point| point.saturation),
        }
    }
}
