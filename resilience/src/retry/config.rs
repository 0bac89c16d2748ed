use std::time::Duration;

use super::backoff::{Backoff, Jitter, LONGEST};
use crate::written;

const MOST_ATTEMPTS: u32 = 1_000_000;

/// The written settings of a retry; what is not written has its default.
///
/// ```
/// use std::time::Duration;
/// use resilience::retry::{Backoff, Config, Jitter};
///
/// const PATIENT: Config = Config::new()
///     .attempts(5)
///     .backoff(Backoff::exponential(Duration::from_millis(100), Duration::from_secs(10)))
///     .jitter(Jitter::Equal)
///     .max_elapsed(Duration::from_secs(30));
///
/// assert!(PATIENT.validate().is_ok());
/// assert_eq!(PATIENT.attempts(0).validate().unwrap_err().to_string(), "`attempts` must be at least 1, the first call");
/// ```
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Config {
    attempts: Option<u32>,
    backoff: Option<Backoff>,
    jitter: Option<Jitter>,
    max_elapsed: Option<Duration>,
    enabled: Option<bool>,
}

written::show_written!(Config: attempts backoff jitter max_elapsed enabled);
written::validated!(Config);
written::keyed!(Config:
    attempts = count,
    backoff = backoff,
    jitter = jitter,
    max_elapsed = duration,
    enabled = flag,
);

/// Every key, in the order in which problems are reported.
const KEYS: [&str; 5] = ["attempts", "backoff", "jitter", "max_elapsed", "enabled"];

const DEFAULT_BACKOFF: Backoff = Backoff::exponential(Duration::from_millis(200), Duration::from_secs(30));

impl Config {
    /// Nothing written: three attempts, exponential from 200 ms to 30 s with full jitter.
    #[must_use]
    pub const fn new() -> Self {
        Self { attempts: None, backoff: None, jitter: None, max_elapsed: None, enabled: None }
    }

    /// How often the call is made at most, the first time included: 1 to 1,000,000; 3.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// How long to wait between attempts; exponential from 200 ms to 30 s. No delay is longer than a week.
    #[must_use]
    pub const fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = Some(backoff);
        self
    }

    /// What chance does to the waits; full. A decorrelated backoff is its own jitter.
    #[must_use]
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = Some(jitter);
        self
    }

    /// No attempt starts later than this after the first: above 0, at most a week; no limit. Below a second, a backoff that
    /// is not written starts at a fifth of it.
    #[must_use]
    pub const fn max_elapsed(mut self, time: Duration) -> Self {
        self.max_elapsed = Some(time);
        self
    }

    /// Whether it does anything; true. Switched off, the call is made once and its failure goes on as it is.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// The written settings of `self`, and those of `base` where `self` has none.
    #[must_use]
    pub const fn or(self, base: Self) -> Self {
        Self {
            attempts: if self.attempts.is_some() { self.attempts } else { base.attempts },
            backoff: if self.backoff.is_some() { self.backoff } else { base.backoff },
            jitter: if self.jitter.is_some() { self.jitter } else { base.jitter },
            max_elapsed: if self.max_elapsed.is_some() { self.max_elapsed } else { base.max_elapsed },
            enabled: if self.enabled.is_some() { self.enabled } else { base.enabled },
        }
    }

    /// What is wrong with one written setting, by itself or beside the others. The one validator of a retry.
    #[must_use]
    pub const fn problem(&self, setting: &str) -> Option<&'static str> {
        match setting.as_bytes() {
            b"attempts" => match self.attempts {
                Some(0) => Some("`attempts` must be at least 1, the first call"),
                Some(n) if n > MOST_ATTEMPTS => Some("`attempts` can be at most 1000000"),
                _ => None,
            },
            b"backoff" => match &self.backoff {
                Some(backoff) => backoff.problem(),
                None => None,
            },
            b"jitter" => match (&self.jitter, &self.backoff) {
                (Some(_), Some(backoff)) if backoff.is_decorrelated() => {
                    Some("a `decorrelated` backoff is its own jitter: remove `jitter`")
                }
                _ => None,
            },
            b"max_elapsed" => self.max_elapsed_problem(),
            _ => None,
        }
    }

    const fn max_elapsed_problem(&self) -> Option<&'static str> {
        let Some(most) = self.max_elapsed else { return None };
        if most.is_zero() || most.as_nanos() > LONGEST.as_nanos() {
            return Some("`max_elapsed` must be above 0 and at most 7 days");
        }
        // A default backoff that was not written is capped to fit instead.
        match &self.backoff {
            Some(backoff) => match backoff.first() {
                Some(first) if first.as_nanos() > most.as_nanos() => Some(
                    "`max_elapsed` is shorter than the first delay of `backoff`: nothing would be repeated",
                ),
                _ => None,
            },
            None => None,
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __retry_section(&self) -> Option<Self> {
        Some(*self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::new()
    }

    /// The settings in force: what is written, and defaults that fit beside it.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // Less than a second.
    pub const fn settings(&self) -> Settings {
        Settings {
            attempts: match self.attempts {
                Some(attempts) => attempts,
                None => 3,
            },
            backoff: match (self.backoff, self.max_elapsed) {
                (Some(backoff), _) => backoff,
                // Capped to fit: three attempts with full waits are still within the limit.
                (None, Some(most)) if most.as_millis() < 1000 => {
                    Backoff::exponential(Duration::from_nanos(most.as_nanos() as u64 / 5), most)
                }
                (None, _) => DEFAULT_BACKOFF,
            },
            jitter: match self.jitter {
                Some(jitter) => jitter,
                None => Jitter::Full,
            },
            max_elapsed: self.max_elapsed,
            enabled: !matches!(self.enabled, Some(false)),
        }
    }
}

/// The settings of a retry that are in force: see the setters of [`Config`] for the meaning of each.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
#[allow(missing_docs)] // Each field is the setting of its name.
pub struct Settings {
    pub attempts: u32,
    pub backoff: Backoff,
    pub jitter: Jitter,
    pub max_elapsed: Option<Duration>,
    pub enabled: bool,
}
