use std::time::Duration;

use crate::{keyed, written};

/// The most calls at a time, and the longest queue.
pub(super) const MOST: u32 = 1_000_000;
/// The longest wait.
const LONGEST: Duration = Duration::from_hours(24);

/// Every key, in the order in which problems are reported.
const KEYS: [&str; 5] = ["max_concurrent", "max_wait", "max_queue", "enabled", "max_keys"];

/// The written settings of a bulkhead; what is not written has its default.
///
/// The setters check nothing, so that they can stand in a constant; [`validate`](Self::validate) does, and whoever
/// takes a config calls it.
///
/// ```
/// use std::time::Duration;
/// use resilience::bulkhead::Config;
///
/// const DATABASE: Config = Config::new().max_concurrent(20).max_wait(Duration::from_millis(50)).max_queue(100);
///
/// assert!(DATABASE.validate().is_ok());
/// assert_eq!(
///     DATABASE.max_concurrent(0).validate().unwrap_err().to_string(),
///     "`max_concurrent` must be at least 1",
/// );
/// ```
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Config {
    max_concurrent: Option<u32>,
    max_wait: Option<Duration>,
    max_queue: Option<u32>,
    enabled: Option<bool>,
    max_keys: Option<u32>,
}

written::show_written!(Config: max_concurrent max_wait max_queue enabled max_keys);
written::validated!(Config);
written::keyed!(Config:
    max_concurrent = count,
    max_wait = duration,
    max_queue = count,
    enabled = flag,
    max_keys = count,
);

impl Config {
    /// Nothing written: 25 calls at a time, the next one is refused at once.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_concurrent: None, max_wait: None, max_queue: None, enabled: None, max_keys: None }
    }

    /// Calls at a time: 1 to 1,000,000; 25.
    #[must_use]
    pub const fn max_concurrent(mut self, calls: u32) -> Self {
        self.max_concurrent = Some(calls);
        self
    }

    /// How long a caller waits for a place when all are taken: up to a day; 0, which refuses at once.
    #[must_use]
    pub const fn max_wait(mut self, time: Duration) -> Self {
        self.max_wait = Some(time);
        self
    }

    /// Callers that may wait at a time: 1 to 1,000,000; without it only `max_wait` bounds the waiting. Needs
    /// [`max_wait`](Self::max_wait).
    #[must_use]
    pub const fn max_queue(mut self, callers: u32) -> Self {
        self.max_queue = Some(callers);
        self
    }

    /// Whether it does anything; true. Switched off, every call gets a place, up to 1,048,575 at a time; places are still
    /// counted, so that switched on again it knows who is inside. That is all it costs then: what a call costs that finds a
    /// place free, with the most places that there can be, so that threads do not meet.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// Keys of which each has a bulkhead of its own, where `key = ..` is written: 1 to 10,000,000; 10,000. One more key than
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
        or!(max_concurrent max_wait max_queue enabled max_keys)
    }

    /// What is wrong with one written setting, by itself or beside the others.
    ///
    /// The one validator of a bulkhead: attributes and presets ask it at compile time, everything else through
    /// [`validate`](Self::validate).
    #[must_use]
    pub const fn problem(&self, setting: &str) -> Option<&'static str> {
        match setting.as_bytes() {
            b"max_concurrent" => match self.max_concurrent {
                Some(0) => Some("`max_concurrent` must be at least 1"),
                Some(n) if n > MOST => Some("`max_concurrent` can be at most 1000000"),
                _ => None,
            },
            b"max_wait" => match self.max_wait {
                Some(time) if time.as_nanos() > LONGEST.as_nanos() => Some("`max_wait` can be at most 1 day"),
                _ => None,
            },
            b"max_queue" => match self.max_queue {
                Some(_) if !self.waits() => Some(
                    "`max_queue` needs a `max_wait` above zero: write how long a caller may wait, like `max_wait = 50ms`",
                ),
                Some(0) => Some("`max_queue` must be at least 1; to let nobody wait, leave out `max_wait`"),
                Some(n) if n > MOST => Some("`max_queue` can be at most 1000000"),
                _ => None,
            },
            b"max_keys" => keyed::max_keys_problem(self.max_keys),
            _ => None,
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __bulkhead_section(&self) -> Option<Self> {
        Some(*self)
    }

    /// Whether nothing is written.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::new()
    }

    const fn waits(&self) -> bool {
        matches!(self.max_wait, Some(time) if !time.is_zero())
    }

    /// The settings in force: what is written, and the defaults.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        Settings {
            max_concurrent: match self.max_concurrent {
                Some(calls) => calls,
                None => 25,
            },
            max_wait: match self.max_wait {
                Some(time) => time,
                None => Duration::ZERO,
            },
            max_queue: self.max_queue,
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
    /// Calls at a time.
    pub max_concurrent: u32,
    /// How long a caller waits for a place; zero refuses at once.
    pub max_wait: Duration,
    /// Callers that may wait at a time, if that is bounded.
    pub max_queue: Option<u32>,
    /// Whether it does anything.
    pub enabled: bool,
    /// Keys of which each has a bulkhead of its own.
    pub max_keys: u32,
}
