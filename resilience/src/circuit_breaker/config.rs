use std::time::Duration;

use crate::{keyed, written};

/// The most consecutive failures that `threshold` may ask for; the state word counts them in 24 bits.
pub(super) const MOST_CONSECUTIVE: u32 = (1 << 24) - 1;
/// The longest window in calls.
const MOST_CALLS: u32 = 1_000_000;
/// The most trial calls of one half-open round; the state word counts them in 8 bits.
const MOST_TRIALS: u32 = 255;
/// The shortest `open_for`.
const SHORTEST_OPEN: Duration = Duration::from_millis(1);
/// The shortest window in time: ten buckets of a millisecond.
const SHORTEST_WINDOW: Duration = Duration::from_millis(10);
/// No setting in time is longer than this.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// What the failure counts and rates of a breaker are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Window {
    /// The last so many calls.
    Calls(u32),
    /// The last so much time, kept in ten buckets: the calls of the current bucket and of the nine before it.
    Time(Duration),
}

/// The state in which a breaker is created. It applies once: changing settings never reapplies it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Initial {
    /// Calls pass and are judged.
    #[default]
    Closed,
    /// Calls pass and are counted, nothing is judged.
    Disabled,
    /// Calls pass and are judged, but the breaker only says that it would open.
    MetricsOnly,
    /// Every call is refused.
    ForcedOpen,
}

/// The written settings of a circuit breaker; what is not written has its default.
///
/// Only written settings can contradict each other: a default that does not fit beside a written one is capped.
/// The setters check nothing, so that they can stand in a constant; [`validate`](Self::validate) does, and
/// whoever takes a config calls it.
///
/// ```
/// use std::time::Duration;
/// use resilience::circuit_breaker::{Config, Window};
///
/// const SEARCH: Config = Config::new()
///     .failure_rate(0.5)
///     .window(Window::Time(Duration::from_secs(30)))
///     .min_calls(20)
///     .open_for_between(Duration::from_secs(5), Duration::from_secs(300));
///
/// assert!(SEARCH.validate().is_ok());
/// assert_eq!(
///     SEARCH.failure_rate(1.5).validate().unwrap_err().to_string(),
///     "`failure_rate` must be above 0 % and at most 100 %",
/// );
/// ```
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Config {
    pub(super) threshold: Option<u32>,
    pub(super) failure_count: Option<u32>,
    pub(super) failure_rate: Option<f64>,
    pub(super) slow_call: Option<Duration>,
    pub(super) slow_rate: Option<f64>,
    pub(super) window: Option<Window>,
    pub(super) min_calls: Option<u32>,
    pub(super) open_for: Option<(Duration, Duration)>,
    pub(super) half_open: Option<u32>,
    pub(super) success_threshold: Option<u32>,
    pub(super) half_open_for: Option<Duration>,
    pub(super) reset_after: Option<Duration>,
    pub(super) initial: Option<Initial>,
    pub(super) count_rejections: Option<bool>,
    pub(super) latency: Option<bool>,
    pub(super) enabled: Option<bool>,
    pub(super) max_keys: Option<u32>,
}

written::show_written!(Config: threshold failure_count failure_rate slow_call slow_rate window min_calls open_for half_open success_threshold half_open_for reset_after initial count_rejections latency enabled max_keys);
written::validated!(Config);
written::keyed!(Config:
    threshold = count,
    failure_count = count,
    failure_rate = share,
    slow_call = duration,
    slow_rate = share,
    window = window,
    min_calls = count,
    open_for = growing,
    half_open = count,
    success_threshold = count,
    half_open_for = duration,
    reset_after = duration,
    initial = initial,
    count_rejections = flag,
    latency = flag,
    enabled = flag,
    max_keys = count,
);

/// Every key, in the order in which problems are reported.
const KEYS: [&str; 17] = [
    "threshold",
    "failure_count",
    "failure_rate",
    "slow_call",
    "slow_rate",
    "window",
    "min_calls",
    "open_for",
    "half_open",
    "success_threshold",
    "half_open_for",
    "reset_after",
    "initial",
    "count_rejections",
    "latency",
    "enabled",
    "max_keys",
];

impl Config {
    /// Nothing written: five consecutive failures open the circuit for a minute.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            threshold: None,
            failure_count: None,
            failure_rate: None,
            slow_call: None,
            slow_rate: None,
            window: None,
            min_calls: None,
            open_for: None,
            half_open: None,
            success_threshold: None,
            half_open_for: None,
            reset_after: None,
            initial: None,
            count_rejections: None,
            latency: None,
            enabled: None,
            max_keys: None,
        }
    }

    /// Opens after this many consecutive failures: 1 to 16,777,215; 5 if no other rule is given.
    #[must_use]
    pub const fn threshold(mut self, failures: u32) -> Self {
        self.threshold = Some(failures);
        self
    }

    /// Opens when the window holds this many failures: at least 1, not more than a window in calls is long.
    #[must_use]
    pub const fn failure_count(mut self, failures: u32) -> Self {
        self.failure_count = Some(failures);
        self
    }

    /// Opens when this share of the window's calls failed: above 0, at most 1, judged from `min_calls` on.
    #[must_use]
    pub const fn failure_rate(mut self, rate: f64) -> Self {
        self.failure_rate = Some(rate);
        self
    }

    /// A call that took longer than this is slow: 1 ms to a week. By itself a statistic; see
    /// [`slow_rate`](Self::slow_rate).
    #[must_use]
    pub const fn slow_call(mut self, limit: Duration) -> Self {
        self.slow_call = Some(limit);
        self
    }

    /// Opens when this share of the window's calls was slow: above 0, at most 1, judged from `min_calls` on. A slow
    /// trial call is then a failed one. Needs [`slow_call`](Self::slow_call).
    #[must_use]
    pub const fn slow_rate(mut self, rate: f64) -> Self {
        self.slow_rate = Some(rate);
        self
    }

    /// What counts and rates are taken over: up to 1,000,000 calls, or 10 ms to a week. If a count or a rate is given
    /// without it, the last 100 calls, or as many as `failure_count` or `min_calls` need.
    #[must_use]
    pub const fn window(mut self, window: Window) -> Self {
        self.window = Some(window);
        self
    }

    /// No rate is judged below this many calls in the window: at least 1; 10, or the window's length if that is less.
    #[must_use]
    pub const fn min_calls(mut self, calls: u32) -> Self {
        self.min_calls = Some(calls);
        self
    }

    /// How long an open circuit refuses calls before it tries again: 1 ms to a week; 60 s.
    #[must_use]
    pub const fn open_for(self, time: Duration) -> Self {
        self.open_for_between(time, time)
    }

    /// A growing open time: the first opening lasts `first`, the k-th reopening in a row a random time between
    /// `first` and the lesser of `most` and `first * 2^k`. Closing starts again from `first`.
    #[must_use]
    pub const fn open_for_between(mut self, first: Duration, most: Duration) -> Self {
        self.open_for = Some((first, most));
        self
    }

    /// Trial calls that a half-open round admits: 1 to 255; 3, or `success_threshold` if that is more.
    #[must_use]
    pub const fn half_open(mut self, trials: u32) -> Self {
        self.half_open = Some(trials);
        self
    }

    /// Trial calls that must succeed to close the circuit: 1 to `half_open`; 3, or `half_open` if that is less.
    #[must_use]
    pub const fn success_threshold(mut self, successes: u32) -> Self {
        self.success_threshold = Some(successes);
        self
    }

    /// When every trial place has been taken and the last was taken longer ago than this, a new round starts: 1 ms to
    /// a week; 30 s.
    #[must_use]
    pub const fn half_open_for(mut self, time: Duration) -> Self {
        self.half_open_for = Some(time);
        self
    }

    /// A failure older than this no longer counts: after this long without one, failures in a row start again from
    /// zero, and a window in calls leaves out those that are older. 1 ms to a week; 5 min, or the length of a window in
    /// time if that is more.
    #[must_use]
    pub const fn reset_after(mut self, time: Duration) -> Self {
        self.reset_after = Some(time);
        self
    }

    /// The state in which the breaker is created; closed.
    #[must_use]
    pub const fn initial(mut self, state: Initial) -> Self {
        self.initial = Some(state);
        self
    }

    /// Whether a refusal by a bulkhead or a rate limit inside the breaker is a failure; it is counted apart and says
    /// nothing otherwise.
    #[must_use]
    pub const fn count_rejections(mut self, count: bool) -> Self {
        self.count_rejections = Some(count);
        self
    }

    /// Whether it measures how long calls take, for the percentiles of its [`Snapshot`](super::Snapshot): each call then
    /// reads the clock twice, and each thread that calls needs 2 KB; no.
    #[must_use]
    pub const fn latency(mut self, measure: bool) -> Self {
        self.latency = Some(measure);
        self
    }

    /// Whether it does anything; true. Switched off, every call passes, uncounted but for its totals, and the state reads
    /// [`Disabled`](super::State::Disabled). Switched on again it is closed, or what it was told to be by hand.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// Keys of which each has a breaker of its own, where `key = ..` is written: 1 to 10,000,000; 10,000. One more key than
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
        or!(threshold failure_count failure_rate slow_call slow_rate window min_calls open_for half_open
            success_threshold half_open_for reset_after initial count_rejections latency enabled max_keys)
    }

    /// What is wrong with one written setting, by itself or beside the others.
    ///
    /// The one validator of a circuit breaker: attributes and presets ask it at compile time, everything else through
    /// [`validate`](Self::validate).
    #[must_use]
    pub const fn problem(&self, setting: &str) -> Option<&'static str> {
        match setting.as_bytes() {
            b"threshold" => match self.threshold {
                Some(0) => Some("`threshold` must be at least 1"),
                Some(n) if n > MOST_CONSECUTIVE => Some("`threshold` can be at most 16777215"),
                _ => None,
            },
            b"failure_count" => self.failure_count_problem(),
            b"failure_rate" => match self.failure_rate {
                Some(rate) if !is_rate(rate) => Some("`failure_rate` must be above 0 % and at most 100 %"),
                _ => None,
            },
            b"slow_call" => match self.slow_call {
                Some(time) if is_outside(time, Duration::from_millis(1)) => {
                    Some("`slow_call` must be at least 1ms and at most 7 days")
                }
                _ => None,
            },
            b"slow_rate" => match self.slow_rate {
                Some(rate) if !is_rate(rate) => Some("`slow_rate` must be above 0 % and at most 100 %"),
                Some(_) if self.slow_call.is_none() => {
                    Some("`slow_rate` needs `slow_call`, the time above which a call is slow")
                }
                _ => None,
            },
            b"window" => self.window_problem(),
            b"min_calls" => self.min_calls_problem(),
            b"open_for" => match self.open_for {
                Some((first, most))
                    if is_outside(first, SHORTEST_OPEN) || is_outside(most, SHORTEST_OPEN) =>
                {
                    Some("`open_for` must be at least 1ms and at most 7 days")
                }
                Some((first, most)) if first.as_nanos() > most.as_nanos() => {
                    Some("`open_for = a..b` needs `a` to be at most `b`")
                }
                _ => None,
            },
            b"half_open" => match self.half_open {
                Some(0) => Some("`half_open` must be at least 1"),
                Some(n) if n > MOST_TRIALS => Some("`half_open` can be at most 255"),
                _ => None,
            },
            b"success_threshold" => match self.success_threshold {
                Some(0) => Some("`success_threshold` must be at least 1"),
                Some(n) if n > MOST_TRIALS => Some("`success_threshold` can be at most 255"),
                Some(n) if n > self.trials() => {
                    Some("`success_threshold` cannot be more than `half_open`, the trial calls of a round")
                }
                _ => None,
            },
            b"half_open_for" => match self.half_open_for {
                Some(time) if is_outside(time, SHORTEST_OPEN) => {
                    Some("`half_open_for` must be at least 1ms and at most 7 days")
                }
                _ => None,
            },
            b"reset_after" => match (self.reset_after, self.window) {
                (Some(time), _) if is_outside(time, SHORTEST_OPEN) => {
                    Some("`reset_after` must be at least 1ms and at most 7 days")
                }
                (Some(time), Some(Window::Time(window))) if time.as_nanos() < window.as_nanos() => {
                    Some("`reset_after` cannot be shorter than `window`, which would never fill")
                }
                _ => None,
            },
            b"max_keys" => keyed::max_keys_problem(self.max_keys),
            _ => None,
        }
    }

    const fn failure_count_problem(&self) -> Option<&'static str> {
        match (self.failure_count, self.window) {
            (Some(0), _) => Some("`failure_count` must be at least 1"),
            (Some(n), Some(Window::Calls(calls))) if n > calls => {
                Some("`failure_count` cannot be more than the calls in `window`")
            }
            (Some(n), _) if n > MOST_CALLS => Some("`failure_count` can be at most 1000000"),
            _ => None,
        }
    }

    const fn window_problem(&self) -> Option<&'static str> {
        match self.window {
            Some(Window::Calls(0)) => Some("`window` must be at least 1 call, or a duration"),
            Some(Window::Calls(n)) if n > MOST_CALLS => Some("`window` can be at most 1000000 calls"),
            Some(Window::Time(time)) if is_outside(time, SHORTEST_WINDOW) => {
                Some("`window` must be at least 10ms and at most 7 days")
            }
            Some(_) if !self.has_window_rule() => {
                Some("nothing uses this `window`: add `failure_rate`, `failure_count` or `slow_rate`")
            }
            _ => None,
        }
    }

    const fn min_calls_problem(&self) -> Option<&'static str> {
        match (self.min_calls, self.window) {
            (Some(0), _) => Some("`min_calls` must be at least 1"),
            (Some(n), _) if n > MOST_CALLS => Some("`min_calls` can be at most 1000000"),
            (Some(_), _) if self.failure_rate.is_none() && self.slow_rate.is_none() => {
                Some("nothing uses this `min_calls`: add `failure_rate` or `slow_rate`")
            }
            (Some(n), Some(Window::Calls(calls))) if n > calls => {
                Some("`min_calls` cannot be more than the calls in `window`: the circuit would never open")
            }
            _ => None,
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __circuit_breaker_section(&self) -> Option<Self> {
        Some(*self)
    }

    /// Why a timeout of `limit` inside the breaker makes `slow_call` meaningless, if it does.
    pub(crate) const fn slow_call_problem(&self, limit: Duration) -> Option<&'static str> {
        match self.slow_call {
            Some(slow) if slow.as_nanos() >= limit.as_nanos() => {
                Some("`slow_call` must be below the timeout inside the breaker, or no call is ever slow")
            }
            _ => None,
        }
    }

    /// Whether anything is written.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::new()
    }

    pub(super) const fn has_window_rule(&self) -> bool {
        self.failure_count.is_some() || self.failure_rate.is_some() || self.slow_rate.is_some()
    }
}

const fn is_rate(rate: f64) -> bool {
    // False for NaN, which compares with nothing.
    rate > 0.0 && rate <= 1.0
}

const fn is_outside(time: Duration, least: Duration) -> bool {
    time.as_nanos() < least.as_nanos() || time.as_nanos() > LONGEST.as_nanos()
}
