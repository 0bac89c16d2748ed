use std::{fmt, time::Duration};

/// A value to write, which displays as attributes write it: `30s`, `5s..5m`, `10`, `50%`, `150 / 1s`, `true`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Value {
    /// A time.
    Time(Duration),
    /// A range of times.
    Times(Duration, Duration),
    /// A number.
    Count(u32),
    /// A share between 0 and 1.
    Share(f64),
    /// So many in this time.
    Rate(u32, Duration),
    /// Yes or no.
    Flag(bool),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Time(time) => Written(time).fmt(f),
            Self::Times(from, to) => write!(f, "{}..{}", Written(from), Written(to)),
            Self::Count(number) => write!(f, "{number}"),
            Self::Share(share) => write!(f, "{}%", (share * 1000.0).round() / 10.0),
            Self::Rate(calls, period) => write!(f, "{calls} / {}", Written(period)),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

/// A time in the largest unit that leaves nothing over.
struct Written(Duration);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        for (unit, name) in [
            (3_600_000_000_000, "h"),
            (60_000_000_000, "m"),
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
        ] {
            if nanos > 0 && nanos.is_multiple_of(unit) {
                return write!(f, "{}{name}", nanos / unit);
            }
        }
        write!(f, "{nanos}ns")
    }
}

/// The next time of two digits, at least 1 ms: what a person would write.
pub(super) fn rounded_up(time: Duration) -> Duration {
    let millis = u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX).max(1);
    let step = 10_u64.pow(millis.ilog10().saturating_sub(1));
    Duration::from_millis(millis.div_ceil(step).saturating_mul(step))
}
