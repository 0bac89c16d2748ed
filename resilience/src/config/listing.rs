//! Settings as an attribute would write them.

use std::time::Duration;

#[cfg(feature = "catalogue")]
use crate::pipeline;
use crate::{
    bulkhead,
    circuit_breaker::{self, Initial, Window},
    fallback,
    private::Policy,
    rate_limit,
    retry::{self, Jitter},
    timeout,
};

/// Settings by their keys, in the order of the documentation.
pub(crate) type Values = Vec<(&'static str, String)>;

/// How much is told.
#[derive(Clone, Copy, PartialEq)]
enum Told {
    /// Not what goes without saying: a switch that is on, a bound that nobody wrote.
    Brief,
    /// That as well.
    #[cfg_attr(not(feature = "dashboard"), allow(dead_code))]
    Whole,
}

impl Told {
    fn all(self) -> bool {
        self == Self::Whole
    }
}

/// A config whose settings can be listed.
#[doc(hidden)]
pub trait Valued: Policy {
    /// The settings that hold if this config alone decides, defaults included.
    #[allow(private_interfaces)]
    fn effective(&self) -> Values;
    /// The settings in force.
    #[allow(private_interfaces)]
    fn in_force(core: &Self::Core) -> Values;
    /// The same as the two above, with what goes without saying.
    #[cfg(feature = "dashboard")]
    #[allow(private_interfaces)]
    fn all_effective(&self) -> Values;
    #[cfg(feature = "dashboard")]
    #[allow(private_interfaces)]
    fn all_in_force(core: &Self::Core) -> Values;
}

macro_rules! valued {
    ($($module:ident)*) => {$(
        #[allow(private_interfaces)]
        impl Valued for $module::Config {
            fn effective(&self) -> Values {
                $module(&self.settings(), Told::Brief)
            }
            fn in_force(core: &Self::Core) -> Values {
                $module(&core.settings(), Told::Brief)
            }
            #[cfg(feature = "dashboard")]
            fn all_effective(&self) -> Values {
                $module(&self.settings(), Told::Whole)
            }
            #[cfg(feature = "dashboard")]
            fn all_in_force(core: &Self::Core) -> Values {
                $module(&core.settings(), Told::Whole)
            }
        }
    )*};
}

valued! { circuit_breaker retry bulkhead rate_limit timeout fallback }

/// The settings in force of a service's layer, and those that it would have by default.
#[cfg(feature = "catalogue")]
pub(crate) fn layer_values(layer: &pipeline::Layer) -> (Values, Values) {
    macro_rules! both {
        ($module:ident, $policy:ident) => {
            (
                $module(&$policy.settings(), Told::Brief),
                $module(&$module::Config::new().settings(), Told::Brief),
            )
        };
    }
    match layer {
        pipeline::Layer::CircuitBreaker(policy) => both!(circuit_breaker, policy),
        pipeline::Layer::Retry(policy) => both!(retry, policy),
        pipeline::Layer::Bulkhead(policy) => both!(bulkhead, policy),
        pipeline::Layer::RateLimit(policy) => both!(rate_limit, policy),
        pipeline::Layer::Timeout(policy) => both!(timeout, policy),
        pipeline::Layer::Fallback(policy) => both!(fallback, policy),
    }
}

// Each takes its settings apart, so that a new one cannot be forgotten here.

fn circuit_breaker(settings: &circuit_breaker::Settings, told: Told) -> Values {
    let circuit_breaker::Settings {
        threshold,
        failure_count,
        failure_rate,
        slow_call,
        slow_rate,
        window,
        min_calls,
        open_for,
        open_for_most,
        half_open,
        success_threshold,
        half_open_for,
        reset_after,
        initial,
        count_rejections,
        latency,
        enabled,
        max_keys,
    } = *settings;
    let count = |count: u32| count.to_string();
    let between = |first, most| {
        if first == most { time(first) } else { format!("{}..{}", time(first), time(most)) }
    };
    let length = |window| match window {
        Window::Calls(calls) => count(calls),
        Window::Time(length) => time(length),
    };
    let initial = match initial {
        Initial::Closed => "closed",
        Initial::Disabled => "disabled",
        Initial::MetricsOnly => "metrics_only",
        Initial::ForcedOpen => "forced_open",
    };
    let is_rated = failure_rate.is_some() || slow_rate.is_some();
    given([
        ("threshold", threshold.map(count)),
        ("failure_count", failure_count.map(count)),
        ("failure_rate", failure_rate.map(share)),
        ("slow_call", slow_call.map(time)),
        ("slow_rate", slow_rate.map(share)),
        ("window", window.map(length)),
        ("min_calls", (is_rated || told.all()).then(|| count(min_calls))),
        ("open_for", Some(between(open_for, open_for_most))),
        ("half_open", Some(count(half_open))),
        ("success_threshold", Some(count(success_threshold))),
        ("half_open_for", Some(time(half_open_for))),
        ("reset_after", Some(time(reset_after))),
        ("initial", Some(initial.to_owned())),
        ("count_rejections", Some(count_rejections.to_string())),
        ("latency", Some(latency.to_string())),
        ("enabled", switch(enabled, told)),
        ("max_keys", bound(max_keys, told)),
    ])
}

fn retry(settings: &retry::Settings, told: Told) -> Values {
    let retry::Settings { attempts, backoff, jitter, max_elapsed, enabled } = *settings;
    let jitter = match jitter {
        Jitter::Full => "full",
        Jitter::Equal => "equal",
        Jitter::None => "none",
    };
    given([
        ("attempts", Some(attempts.to_string())),
        ("backoff", Some(backoff.to_string())),
        ("jitter", Some(jitter.to_owned())),
        ("max_elapsed", max_elapsed.map(time)),
        ("enabled", switch(enabled, told)),
    ])
}

fn bulkhead(settings: &bulkhead::Settings, told: Told) -> Values {
    let bulkhead::Settings { max_concurrent, max_wait, max_queue, enabled, max_keys } = *settings;
    given([
        ("max_concurrent", Some(max_concurrent.to_string())),
        ("max_wait", Some(time(max_wait))),
        ("max_queue", max_queue.map(|callers| callers.to_string())),
        ("enabled", switch(enabled, told)),
        ("max_keys", bound(max_keys, told)),
    ])
}

fn rate_limit(settings: &rate_limit::Settings, told: Told) -> Values {
    let rate_limit::Settings { calls, period, burst, max_wait, enabled, max_keys } = *settings;
    let is_given = !settings.is_unlimited();
    given([
        ("rate", is_given.then(|| format!("{calls} / {}", time(period)))),
        ("burst", (is_given || told.all()).then(|| burst.to_string())),
        ("max_wait", Some(time(max_wait))),
        ("enabled", switch(enabled, told)),
        ("max_keys", bound(max_keys, told)),
    ])
}

fn timeout(settings: &timeout::Settings, told: Told) -> Values {
    let timeout::Settings { limit, enabled } = *settings;
    given([("limit", Some(time(limit))), ("enabled", switch(enabled, told))])
}

#[allow(clippy::trivially_copy_pass_by_ref)] // As those of every kind.
fn fallback(settings: &fallback::Settings, told: Told) -> Values {
    let fallback::Settings { enabled } = *settings;
    given([("enabled", switch(enabled, told))])
}

/// A switch that is on says nothing.
fn switch(enabled: bool, told: Told) -> Option<String> {
    (!enabled || told.all()).then(|| enabled.to_string())
}

/// Most policies have no keys, so the default says nothing.
fn bound(max_keys: u32, told: Told) -> Option<String> {
    (told.all() || max_keys != crate::keyed::max_keys(None)).then(|| max_keys.to_string())
}

fn given<const N: usize>(values: [(&'static str, Option<String>); N]) -> Values {
    values.into_iter().filter_map(|(key, value)| value.map(|value| (key, value))).collect()
}

/// `5m` and not `300s`.
fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds, time.subsec_nanos()) {
        (0, 0) => "0ms".to_owned(),
        (_, 0) if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        (_, 0) if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{time:?}"),
    }
}

/// `50%`; a percentage that is not whole has as many digits as it needs.
fn share(share: f64) -> String {
    // To a millionth of a percent, which hides what a float cannot hold: 0.07 times 100 is more than 7.
    format!("{}%", (share * 100e6).round() / 1e6)
}
