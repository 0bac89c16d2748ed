use std::time::Duration;

use super::config::{Config, Initial, Window};
use crate::keyed;

impl Config {
    pub(super) const fn trials(&self) -> u32 {
        match (self.half_open, self.success_threshold) {
            (Some(trials), _) => trials,
            (None, Some(successes)) if successes > 3 => successes,
            (None, _) => 3,
        }
    }

    /// The window that a rule takes which was given without one: the last 100 calls, or more if a rule needs more.
    const fn default_window(&self) -> u32 {
        let mut calls = 100;
        if let Some(failures) = self.failure_count
            && failures > calls
        {
            calls = failures;
        }
        if let Some(least) = self.min_calls
            && least > calls
        {
            calls = least;
        }
        calls
    }

    /// The settings in force: what is written, and defaults that fit beside it.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        let window = match self.window {
            Some(window) => Some(window),
            None if self.has_window_rule() => Some(Window::Calls(self.default_window())),
            None => None,
        };
        let (open_for, open_for_most) = match self.open_for {
            Some(range) => range,
            None => (Duration::from_mins(1), Duration::from_mins(1)),
        };
        let half_open = self.trials();
        Settings {
            threshold: match self.threshold {
                None if !self.has_window_rule() => Some(5),
                written => written,
            },
            failure_count: self.failure_count,
            failure_rate: self.failure_rate,
            slow_call: self.slow_call,
            slow_rate: self.slow_rate,
            window,
            min_calls: match (self.min_calls, window) {
                (Some(calls), _) => calls,
                (None, Some(Window::Calls(calls))) if calls < 10 => calls,
                (None, _) => 10,
            },
            open_for,
            open_for_most,
            half_open,
            success_threshold: match self.success_threshold {
                Some(successes) => successes,
                None if half_open < 3 => half_open,
                None => 3,
            },
            half_open_for: match self.half_open_for {
                Some(time) => time,
                None => Duration::from_secs(30),
            },
            reset_after: match (self.reset_after, window) {
                (Some(time), _) => time,
                (None, Some(Window::Time(time))) if time.as_secs() >= 300 => time,
                (None, _) => Duration::from_mins(5),
            },
            initial: match self.initial {
                Some(state) => state,
                None => Initial::Closed,
            },
            count_rejections: matches!(self.count_rejections, Some(true)),
            latency: matches!(self.latency, Some(true)),
            enabled: !matches!(self.enabled, Some(false)),
            max_keys: keyed::max_keys(self.max_keys),
        }
    }
}

/// The settings of a circuit breaker that are in force: see the setters of [`Config`] for the meaning of each.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
#[allow(missing_docs)] // Each field is the setting of its name.
pub struct Settings {
    pub threshold: Option<u32>,
    pub failure_count: Option<u32>,
    pub failure_rate: Option<f64>,
    pub slow_call: Option<Duration>,
    pub slow_rate: Option<f64>,
    pub window: Option<Window>,
    pub min_calls: u32,
    /// The time of the first opening, `a` of `open_for = a..b`.
    pub open_for: Duration,
    /// The most that a reopening may last, `b` of `open_for = a..b`.
    pub open_for_most: Duration,
    pub half_open: u32,
    pub success_threshold: u32,
    pub half_open_for: Duration,
    pub reset_after: Duration,
    pub initial: Initial,
    pub count_rejections: bool,
    /// Whether it measures how long calls take.
    pub latency: bool,
    pub enabled: bool,
    pub max_keys: u32,
}
