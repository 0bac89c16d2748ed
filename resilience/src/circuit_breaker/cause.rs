use std::fmt;

use super::Counts;

/// Why a circuit breaker changed its state.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Cause {
    /// So many failures in a row.
    Consecutive(u32),
    /// So many failures in the window.
    Count(Counts),
    /// So high a share of failures in the window.
    FailureRate(Counts),
    /// So high a share of slow calls in the window.
    SlowRate(Counts),
    /// An open circuit tries again.
    OpenTimeOver,
    /// The trial calls of a half-open round did not report in time: another round begins.
    TrialsOverdue,
    /// Enough trial calls succeeded.
    TrialsSucceeded,
    /// Too many trial calls failed.
    TrialsFailed,
    /// Somebody asked for it.
    Asked,
    /// Switched on or off.
    Switched,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consecutive(1) => f.write_str("1 failure in a row"),
            Self::Consecutive(failures) => write!(f, "{failures} failures in a row"),
            Self::Count(counts) => write!(f, "{} failures among {} calls", counts.failures, counts.calls),
            Self::FailureRate(counts) => {
                write!(f, "{:.1} % of {} calls failed", counts.failure_rate() * 100.0, counts.calls)
            }
            Self::SlowRate(counts) => {
                write!(f, "{:.1} % of {} calls were slow", counts.slow_rate() * 100.0, counts.calls)
            }
            Self::OpenTimeOver => f.write_str("the open time is over"),
            Self::TrialsOverdue => f.write_str("trial calls did not report in time"),
            Self::TrialsSucceeded => f.write_str("trial calls succeeded"),
            Self::TrialsFailed => f.write_str("trial calls failed"),
            Self::Asked => f.write_str("asked for"),
            Self::Switched => f.write_str("switched on or off"),
        }
    }
}
