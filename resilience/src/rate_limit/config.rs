use std::time::Duration;

use crate::{keyed, written};

const DAY: Duration = Duration::from_hours(24);
/// The longest time that a whole burst may take to come back. It keeps every sum of the machine far from overflow.
const LONGEST_REFILL: Duration = Duration::from_hours(30 * 24);
/// What a rate limit without a rate allows: the fastest rate that can be written, which no caller reaches.
const UNLIMITED: (u32, Duration) = (1_000_000_000, Duration::from_secs(1));

/// Every key, in the order in which problems are reported.
const KEYS: [&str; 5] = ["rate", "burst", "max_wait", "enabled", "max_keys"];

/// The written settings of a rate limit; what is not written has its default. The rate has none: it must be written.
///
/// The setters check nothing, so that they can stand in a constant; [`validate`](Self::validate) does, and whoever
/// takes a config calls it.
///
/// ```
/// use std::time::Duration;
/// use resilience::rate_limit::Config;
///
/// const GEOCODER: Config = Config::new().rate(100, Duration::from_secs(1)).burst(10);
///
/// assert!(GEOCODER.validate().is_ok());
/// assert_eq!(GEOCODER.burst(0).validate().unwrap_err().to_string(), "`burst` must be at least 1");
/// ```
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Config {
    rate: Option<(u32, Duration)>,
    burst: Option<u32>,
    max_wait: Option<Duration>,
    enabled: Option<bool>,
    max_keys: Option<u32>,
}

written::show_written!(Config: rate burst max_wait enabled max_keys);
written::validated!(Config);
written::keyed!(Config:
    rate = rate,
    burst = count,
    max_wait = duration,
    enabled = flag,
    max_keys = count,
);

impl Config {
    /// Nothing written. A rate is needed.
    #[must_use]
    pub const fn new() -> Self {
        Self { rate: None, burst: None, max_wait: None, enabled: None, max_keys: None }
    }

    /// So many calls in a period, `100 / 1s` in an attribute: at least 1 call, at most one per nanosecond, in a period of
    /// up to a day. Permits come back one by one, spread evenly over the period.
    #[must_use]
    pub const fn rate(mut self, calls: u32, period: Duration) -> Self {
        self.rate = Some((calls, period));
        self
    }

    /// Calls that may go at once after an idle time: at least 1, and not more than come back in 30 days; the rate's
    /// number of calls. In any span of time, at most `burst` calls go beyond what the rate allows in it.
    #[must_use]
    pub const fn burst(mut self, calls: u32) -> Self {
        self.burst = Some(calls);
        self
    }

    /// How long a caller may wait for its permit: up to a day; 0, which refuses at once. A caller whose turn would come
    /// later is refused at once, too.
    #[must_use]
    pub const fn max_wait(mut self, time: Duration) -> Self {
        self.max_wait = Some(time);
        self
    }

    /// Whether it does anything; true. Switched off, every call passes and takes no permit.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// Keys of which each has a rate limit of its own, where `key = ..` is written: 1 to 10,000,000; 10,000. One more key than
    /// that takes the place of another: see [`Keyed`](crate::Keyed).
    #[must_use]
    pub const fn max_keys(mut self, keys: u32) -> Self {
        self.max_keys = Some(keys);
        self
    }

    /// The written settings of `self`, and those of `base` where `self` has none.
    #[must_use]
    pub const fn or(self, base: Self) -> Self {
        macro_rules! or {
            ($($key:ident)*) => {
                Self { $($key: if self.$key.is_some() { self.$key } else { base.$key }),* }
            };
        }
        or!(rate burst max_wait enabled max_keys)
    }

    /// What is wrong with one written setting, by itself or beside the others; for `rate` also that it is missing.
    ///
    /// The one validator of a rate limit: attributes and presets ask it at compile time, everything else through
    /// [`validate`](Self::validate).
    #[must_use]
    pub const fn problem(&self, setting: &str) -> Option<&'static str> {
        match setting.as_bytes() {
            b"rate" => match self.rate {
                None => Some("a rate limit needs a rate: write so many calls in a period, like `100 / 1s`"),
                Some((0, _)) => {
                    Some("`rate` must allow at least 1 call: write `1 / 10s` for one in ten seconds")
                }
                Some((_, period)) if period.is_zero() => Some(
                    "`rate` must have a period above zero: write so many calls in a period, like `100 / 1s`",
                ),
                Some((_, period)) if period.as_nanos() > DAY.as_nanos() => {
                    Some("`rate` can have a period of at most 1 day")
                }
                Some((calls, period)) if calls as u128 > period.as_nanos() => {
                    Some("`rate` can be at most 1 call per nanosecond")
                }
                Some(_) => None,
            },
            b"burst" => match (self.burst, self.rate) {
                (Some(0), _) => Some("`burst` must be at least 1"),
                (Some(burst), Some((calls, period)))
                    if calls > 0
                        && burst as u128 * period.as_nanos() > calls as u128 * LONGEST_REFILL.as_nanos() =>
                {
                    Some("`burst` cannot be more than the calls that `rate` allows in 30 days")
                }
                _ => None,
            },
            b"max_wait" => match self.max_wait {
                Some(time) if time.as_nanos() > DAY.as_nanos() => Some("`max_wait` can be at most 1 day"),
                _ => None,
            },
            b"max_keys" => keyed::max_keys_problem(self.max_keys),
            _ => None,
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __rate_limit_section(&self) -> Option<Self> {
        Some(*self)
    }

    /// What holds until somebody has given a rate.
    pub(crate) const UNLIMITED: Self = Self::new().rate(UNLIMITED.0, UNLIMITED.1);

    /// Whether nothing is written.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::new()
    }

    /// The settings in force: what is written, and the defaults. Without a rate, which no validated config is, nothing
    /// is limited: so it is with a rate limit that a site without settings joins before another has given it a rate.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        let (calls, period) = match self.rate {
            Some(rate) => rate,
            None => UNLIMITED,
        };
        Settings {
            calls,
            period,
            burst: match self.burst {
                Some(burst) => burst,
                None => calls,
            },
            max_wait: match self.max_wait {
                Some(time) => time,
                None => Duration::ZERO,
            },
            enabled: !matches!(self.enabled, Some(false)),
            max_keys: keyed::max_keys(self.max_keys),
        }
    }
}

/// The settings in force, defaults included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Settings {
    /// Calls in a period.
    pub calls: u32,
    /// The period.
    pub period: Duration,
    /// Calls that may go at once after an idle time.
    pub burst: u32,
    /// How long a caller may wait for its permit; zero refuses at once.
    pub max_wait: Duration,
    /// Whether it does anything.
    pub enabled: bool,
    /// Keys of which each has a rate limit of its own.
    pub max_keys: u32,
}

#[cfg(any(feature = "catalogue", feature = "dashboard"))]
impl Settings {
    /// Whether nobody has given a rate.
    pub(crate) fn is_unlimited(&self) -> bool {
        (self.calls, self.period) == UNLIMITED
    }
}
