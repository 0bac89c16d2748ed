use std::time::Duration;

use crate::written;

const LONGEST: Duration = Duration::from_hours(7 * 24);

/// The written settings of a timeout.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Config {
    limit: Option<Duration>,
    enabled: Option<bool>,
}

written::show_written!(Config: limit enabled);
written::validated!(Config);
written::keyed!(Config:
    limit = duration,
    enabled = flag,
);

/// Every key, in the order in which problems are reported.
const KEYS: [&str; 2] = ["limit", "enabled"];

impl Config {
    /// Nothing written; a timeout needs its [`limit`](Self::limit).
    #[must_use]
    pub const fn new() -> Self {
        Self { limit: None, enabled: None }
    }

    /// How long a call may take: above 0, at most a week.
    #[must_use]
    pub const fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Whether it does anything; true. Switched off, a call takes as long as it takes.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// The written settings of `self`, and those of `base` where `self` has none.
    #[must_use]
    pub const fn or(self, base: Self) -> Self {
        Self {
            limit: if self.limit.is_some() { self.limit } else { base.limit },
            enabled: if self.enabled.is_some() { self.enabled } else { base.enabled },
        }
    }

    /// What is wrong with the setting. The one validator of a timeout.
    #[must_use]
    pub const fn problem(&self, setting: &str) -> Option<&'static str> {
        match (setting.as_bytes(), self.limit) {
            (b"limit", None) => Some("a timeout needs its limit: write `timeout(2s)`"),
            (b"limit", Some(limit)) if limit.is_zero() => Some("a timeout must be above 0"),
            (b"limit", Some(limit)) if limit.as_nanos() > LONGEST.as_nanos() => {
                Some("a timeout can be at most 7 days")
            }
            _ => None,
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __timeout_section(&self) -> Option<Self> {
        Some(*self)
    }

    /// What holds until somebody has given a limit.
    pub(crate) const UNLIMITED: Self = Self::new().limit(LONGEST);

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::new()
    }

    /// The settings in force.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        Settings {
            limit: match self.limit {
                Some(limit) => limit,
                None => LONGEST,
            },
            enabled: !matches!(self.enabled, Some(false)),
        }
    }

    /// Why a timeout inside one of `outer` is no use, if it is none.
    pub(crate) const fn nested_problem(&self, outer: &Self) -> Option<&'static str> {
        match (outer.limit, self.limit) {
            (Some(outer), Some(inner)) if inner.as_nanos() >= outer.as_nanos() => {
                Some("this timeout never strikes: it is not below the timeout around it")
            }
            _ => None,
        }
    }
}

/// The settings of a timeout that are in force.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Settings {
    /// How long a call may take.
    pub limit: Duration,
    /// Whether it does anything.
    pub enabled: bool,
}
