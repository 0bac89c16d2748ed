use std::fmt;

use super::minute::Scores;
use crate::clock::Nanos;

/// How well a service does, by its score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Grade {
    /// A score of 0.9 or more.
    Healthy,
    /// A score of 0.7 or more: it works, and something is wrong.
    Degraded,
    /// A lower score: do not count on it.
    Failed,
    /// Nobody knows: there is no sample, or none that is young enough.
    Error,
}

/// The lowest scores of the upper two grades.
const HEALTHY: f64 = 0.9;
const DEGRADED: f64 = 0.7;
/// How far beyond a border a score must be to count as beyond it.
const MARGIN: f64 = 0.05;

impl Grade {
    /// The grade of a score.
    pub(super) fn of(score: f64) -> Self {
        if score >= HEALTHY {
            Self::Healthy
        } else if score >= DEGRADED {
            Self::Degraded
        } else {
            Self::Failed
        }
    }

    /// A stable name for logs and labels: `healthy`, `degraded`, `failed`, `error`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The grade of one service, or of all together, from sample to sample.
pub(super) struct Course {
    pub(super) grade: Grade,
    pub(super) score: f64,
    /// When it got its grade.
    pub(super) since: Nanos,
    /// The scores of the last hour.
    pub(super) scores: Scores,
    leaning: Option<Leaning>,
}

/// The way in which the last sample would have changed the grade.
#[derive(Clone, Copy, PartialEq)]
enum Leaning {
    Up,
    Down,
}

impl Course {
    pub(super) const fn new(now: Nanos) -> Self {
        Self { grade: Grade::Healthy, score: 1.0, since: now, scores: Scores::new(), leaning: None }
    }

    /// Takes a further score. Returns the grade before, if it is another one now.
    ///
    /// A score well below the grade's border changes it at once. One just below it, and every better grade, must be seen
    /// in two samples in a row, and better means better by the margin as well.
    pub(super) fn step(&mut self, score: f64, now: Nanos, minute: u32) -> Option<Grade> {
        self.score = score;
        self.scores.push(minute, score);
        let before = self.grade;
        let leant = self.leaning.take();
        let plain = Grade::of(score);
        if plain > before {
            if Grade::of(score + MARGIN) > before || leant == Some(Leaning::Down) {
                self.grade = plain;
            } else {
                self.leaning = Some(Leaning::Down);
            }
        } else {
            let safe = Grade::of(score - MARGIN);
            if safe < before {
                if leant == Some(Leaning::Up) {
                    self.grade = safe;
                } else {
                    self.leaning = Some(Leaning::Up);
                }
            }
        }
        if self.grade == before {
            return None;
        }
        self.since = now;
        Some(before)
    }
}
