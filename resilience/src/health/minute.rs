use std::{collections::VecDeque, time::Duration};

use super::trend::{HOUR, keep, minute, thousandths};

/// One minute of a service or of a policy.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Minute {
    /// How many minutes ago; 0 is the one that is not over.
    pub ago: u32,
    /// The lowest score of the service in it; none of a policy.
    pub score: Option<f64>,
    /// Calls that succeeded or failed. Of a bulkhead or a rate limit those that it let through, of a fallback those for
    /// which it stood in.
    pub calls: u64,
    /// Those of them that failed; of a timeout those that it dropped.
    pub failures: u64,
    /// Calls that were refused.
    pub refused: u64,
    /// The greatest share of places in use that a sample saw.
    pub in_use: f64,
    /// Half of the calls took no longer. Percentiles are of this minute and the one before, where they are measured.
    pub p50: Option<Duration>,
    /// 90 % of the calls took no longer.
    pub p90: Option<Duration>,
    /// 99 % of the calls took no longer.
    pub p99: Option<Duration>,
    /// The longest.
    pub max: Option<Duration>,
}

/// The scores of the last hour: for each minute its number and the lowest, in thousandths.
pub(super) struct Scores(VecDeque<(u32, u16)>);

impl Scores {
    pub(super) const fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(super) fn push(&mut self, minute: u32, score: f64) {
        let score = thousandths(score);
        match self.0.back_mut() {
            Some((newest, lowest)) if minute <= *newest => *lowest = score.min(*lowest),
            _ => keep(&mut self.0, HOUR as usize, (minute, score)),
        }
    }

    /// How many minutes ago, and the lowest score then.
    pub(super) fn iter(&self, second: u32) -> impl Iterator<Item = (u32, f64)> {
        let now = minute(second);
        let ago = move |&(at, score): &(u32, u16)| (now.saturating_sub(at), f64::from(score) / 1000.0);
        self.0.iter().map(ago).filter(|(ago, _)| *ago < HOUR)
    }

    /// Where it goes: the last five minutes beside the ten before.
    pub(super) fn direction(&self, second: u32) -> Direction {
        let mean = |from: u32, to: u32| {
            let (mut sum, mut number) = (0.0, 0.0);
            for (_, score) in self.iter(second).filter(|(ago, _)| (from..to).contains(ago)) {
                sum += score;
                number += 1.0;
            }
            (number > 0.0).then(|| sum / number)
        };
        match (mean(0, 5), mean(5, 15)) {
            (Some(now), Some(before)) if now > before + 0.05 => Direction::Improving,
            (Some(now), Some(before)) if now < before - 0.05 => Direction::Worsening,
            _ => Direction::Steady,
        }
    }
}

/// Where the score of a service goes: the mean of its last five minutes beside that of the ten before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Direction {
    /// Higher by more than 0.05.
    Improving,
    /// Neither, or not known yet.
    Steady,
    /// Lower by more than 0.05.
    Worsening,
}

impl Direction {
    /// A stable name for logs and labels: `improving`, `steady`, `worsening`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Improving => "improving",
            Self::Steady => "steady",
            Self::Worsening => "worsening",
        }
    }
}

impl std::fmt::Display for Direction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
