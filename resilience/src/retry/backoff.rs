use std::{fmt, time::Duration};

use crate::clock::{Nanos, nanos};

/// No delay is longer than this, whatever a formula or a function of the user says.
pub(super) const LONGEST: Duration = Duration::from_hours(7 * 24);

/// How long to wait after the n-th attempt failed, n counted from 1, before jitter.
///
/// Every kind saturates at its cap for any attempt number.
#[derive(Clone, Copy)]
pub struct Backoff(Kind);

#[derive(Clone, Copy)]
enum Kind {
    Fixed(Duration),
    Linear(Duration, Duration),
    Exponential(Duration, Duration, f64),
    Fibonacci(Duration, Duration),
    Decorrelated(Duration, Duration),
    Custom(fn(u32) -> Duration),
}

impl Backoff {
    /// The same delay each time; zero waits for nothing.
    #[must_use]
    pub const fn fixed(delay: Duration) -> Self {
        Self(Kind::Fixed(delay))
    }

    /// `first`, `2 * first`, `3 * first`, ... up to `cap`.
    #[must_use]
    pub const fn linear(first: Duration, cap: Duration) -> Self {
        Self(Kind::Linear(first, cap))
    }

    /// `first`, `2 * first`, `4 * first`, ... up to `cap`.
    #[must_use]
    pub const fn exponential(first: Duration, cap: Duration) -> Self {
        Self::exponential_by(first, cap, 2.0)
    }

    /// `first * factor^(n - 1)` up to `cap`; a factor of 1 to 100.
    #[must_use]
    pub const fn exponential_by(first: Duration, cap: Duration, factor: f64) -> Self {
        Self(Kind::Exponential(first, cap, factor))
    }

    /// `first`, `first`, `2 * first`, `3 * first`, `5 * first`, ... up to `cap`.
    #[must_use]
    pub const fn fibonacci(first: Duration, cap: Duration) -> Self {
        Self(Kind::Fibonacci(first, cap))
    }

    /// A random delay between `first` and three times the delay before, up to `cap`; its own jitter.
    #[must_use]
    pub const fn decorrelated(first: Duration, cap: Duration) -> Self {
        Self(Kind::Decorrelated(first, cap))
    }

    /// A function of the number of the attempt that failed, from 1.
    #[must_use]
    pub const fn custom(delay: fn(u32) -> Duration) -> Self {
        Self(Kind::Custom(delay))
    }

    pub(super) const fn problem(&self) -> Option<&'static str> {
        match self.0 {
            Kind::Fixed(delay) if delay.as_nanos() > LONGEST.as_nanos() => {
                Some("a delay of `backoff` can be at most 7 days")
            }
            Kind::Linear(first, cap)
            | Kind::Exponential(first, cap, _)
            | Kind::Fibonacci(first, cap)
            | Kind::Decorrelated(first, cap) => {
                if first.as_nanos() > cap.as_nanos() {
                    Some("the first delay of `backoff` cannot be longer than its cap: write `first..cap`")
                } else if cap.as_nanos() > LONGEST.as_nanos() {
                    Some("a delay of `backoff` can be at most 7 days")
                } else if let Kind::Exponential(_, _, factor) = self.0
                    && !(factor >= 1.0 && factor <= 100.0)
                {
                    Some("the `factor` of `exponential` must be at least 1 and at most 100")
                } else {
                    None
                }
            }
            Kind::Fixed(_) | Kind::Custom(_) => None,
        }
    }

    pub(super) const fn is_decorrelated(&self) -> bool {
        matches!(self.0, Kind::Decorrelated(..))
    }

    /// The first delay, as far as it is known without asking.
    pub(super) const fn first(&self) -> Option<Duration> {
        match self.0 {
            Kind::Fixed(first)
            | Kind::Linear(first, _)
            | Kind::Exponential(first, ..)
            | Kind::Fibonacci(first, _)
            | Kind::Decorrelated(first, _) => Some(first),
            Kind::Custom(_) => None,
        }
    }

    /// The delay after every attempt, if it is the same.
    pub(super) fn fixed_delay(&self) -> Option<Nanos> {
        if let Kind::Fixed(delay) = self.0 { Some(nanos(delay)) } else { None }
    }

    /// The delay after the failed `attempt`, from 1; `previous` is the delay before it, zero at first.
    pub(super) fn delay(&self, attempt: u32, previous: Nanos) -> Nanos {
        match self.0 {
            Kind::Fixed(delay) => nanos(delay),
            Kind::Linear(first, cap) => nanos(first).saturating_mul(u64::from(attempt)).min(nanos(cap)),
            Kind::Exponential(first, cap, factor) => exponential(nanos(first), nanos(cap), factor, attempt),
            Kind::Fibonacci(first, cap) => nanos(first).saturating_mul(fibonacci(attempt)).min(nanos(cap)),
            Kind::Decorrelated(first, cap) => {
                let (first, cap) = (nanos(first), nanos(cap));
                fastrand::u64(first..=previous.max(first).saturating_mul(3)).min(cap)
            }
            Kind::Custom(delay) => nanos(delay(attempt).min(LONGEST)),
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
// A float that is too large, or infinite, becomes the greatest integer, which the cap then cuts.
fn exponential(first: Nanos, cap: Nanos, factor: f64, attempt: u32) -> Nanos {
    let doublings = attempt.saturating_sub(1);
    if factor.to_bits() == 2.0_f64.to_bits() {
        return first.saturating_mul(1_u64.checked_shl(doublings).unwrap_or(u64::MAX)).min(cap);
    }
    let power = factor.powi(i32::try_from(doublings).unwrap_or(i32::MAX));
    ((first as f64 * power).round() as u64).min(cap)
}

fn fibonacci(n: u32) -> u64 {
    let (mut a, mut b) = (1_u64, 1_u64);
    for _ in 2..n.min(100) {
        (a, b) = (b, a.saturating_add(b));
    }
    b
}

impl PartialEq for Backoff {
    #[allow(clippy::many_single_char_names)] // Two pairs and their factors.
    fn eq(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (Kind::Fixed(a), Kind::Fixed(b)) => a == b,
            (Kind::Linear(a, b), Kind::Linear(c, d))
            | (Kind::Fibonacci(a, b), Kind::Fibonacci(c, d))
            | (Kind::Decorrelated(a, b), Kind::Decorrelated(c, d)) => (a, b) == (c, d),
            (Kind::Exponential(a, b, x), Kind::Exponential(c, d, y)) => {
                (a, b) == (c, d) && x.to_bits() == y.to_bits()
            }
            (Kind::Custom(a), Kind::Custom(b)) => std::ptr::fn_addr_eq(a, b),
            _ => false,
        }
    }
}

/// As an attribute would write it.
impl fmt::Display for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Fixed(delay) => write!(f, "fixed({delay:?})"),
            Kind::Linear(first, cap) => write!(f, "linear({first:?}..{cap:?})"),
            Kind::Exponential(first, cap, 2.0) => write!(f, "exponential({first:?}..{cap:?})"),
            Kind::Exponential(first, cap, factor) => {
                write!(f, "exponential({first:?}..{cap:?}, factor = {factor})")
            }
            Kind::Fibonacci(first, cap) => write!(f, "fibonacci({first:?}..{cap:?})"),
            Kind::Decorrelated(first, cap) => write!(f, "decorrelated({first:?}..{cap:?})"),
            Kind::Custom(_) => f.write_str("a function"),
        }
    }
}

impl fmt::Debug for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Backoff {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What chance does to a computed delay, so that callers that failed together do not come back together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Jitter {
    /// Anything between nothing and the computed delay.
    #[default]
    Full,
    /// Half of the computed delay, and anything up to the other half.
    Equal,
    /// The computed delay.
    None,
}

impl Jitter {
    /// A delay of at most `computed`.
    pub(super) fn spread(self, computed: Nanos) -> Nanos {
        match self {
            _ if computed == 0 => 0,
            Self::Full => fastrand::u64(0..=computed),
            Self::Equal => computed / 2 + fastrand::u64(0..=computed - computed / 2),
            Self::None => computed,
        }
    }

    /// Whether nothing is random about it.
    pub(super) fn spread_is_exact(self, computed: Nanos) -> bool {
        computed == 0 || matches!(self, Self::None)
    }

    /// What goes on top of a hint that is not to be undercut.
    pub(super) fn above(self, computed: Nanos) -> Nanos {
        match self {
            Self::Full => fastrand::u64(0..=computed),
            Self::Equal => fastrand::u64(0..=computed / 2),
            Self::None => 0,
        }
    }
}
