//! Settings as an attribute would write them.

use std::time::Duration;

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

/// A config whose settings can be listed.
#[doc(hidden)]
pub trait Valued: Policy {
    /// The settings that hold if this config alone decides, defaults included.
    #[allow(private_interfaces)]
    fn effective(&self) -> Values;
    /// The settings in force.
    #[allow(private_interfaces)]
    fn in_force(core: &Self::Core) -> Values;
    /// The keys that are written.
    fn keys(&self) -> Vec<&'static str>;
}

macro_rules! valued {
    ($($module:ident)*) => {$(
        #[allow(private_interfaces)]
        impl Valued for $module::Config {
            fn effective(&self) -> Values {
                $module(&self.settings())
            }
            fn in_force(core: &Self::Core) -> Values {
                $module(&core.settings())
            }
            fn keys(&self) -> Vec<&'static str> {
                self.written()
            }
        }
    )*};
}

valued! { circuit_breaker retry bulkhead rate_limit timeout }

#[allow(private_interfaces)]
impl Valued for fallback::Config {
    fn effective(&self) -> Values {
        Values::new()
    }
    fn in_force(_: &Self::Core) -> Values {
        Values::new()
    }
    fn keys(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

fn circuit_breaker(settings: &circuit_breaker::Settings) -> Values {
    let count = |count: u32| count.to_string();
    let open_for = if settings.open_for == settings.open_for_most {
        time(settings.open_for)
    } else {
        format!("{}..{}", time(settings.open_for), time(settings.open_for_most))
    };
    let window = |window| match window {
        Window::Calls(calls) => count(calls),
        Window::Time(length) => time(length),
    };
    let initial = match settings.initial {
        Initial::Closed => "closed",
        Initial::Disabled => "disabled",
        Initial::MetricsOnly => "metrics_only",
        Initial::ForcedOpen => "forced_open",
    };
    let is_rated = settings.failure_rate.is_some() || settings.slow_rate.is_some();
    given([
        ("threshold", settings.threshold.map(count)),
        ("failure_count", settings.failure_count.map(count)),
        ("failure_rate", settings.failure_rate.map(share)),
        ("slow_call", settings.slow_call.map(time)),
        ("slow_rate", settings.slow_rate.map(share)),
        ("window", settings.window.map(window)),
        ("min_calls", is_rated.then(|| count(settings.min_calls))),
        ("open_for", Some(open_for)),
        ("half_open", Some(count(settings.half_open))),
        ("success_threshold", Some(count(settings.success_threshold))),
        ("half_open_for", Some(time(settings.half_open_for))),
        ("reset_after", Some(time(settings.reset_after))),
        ("initial", Some(initial.to_owned())),
        ("count_rejections", Some(settings.count_rejections.to_string())),
    ])
}

fn retry(settings: &retry::Settings) -> Values {
    let jitter = match settings.jitter {
        Jitter::Full => "full",
        Jitter::Equal => "equal",
        Jitter::None => "none",
    };
    given([
        ("attempts", Some(settings.attempts.to_string())),
        ("backoff", Some(settings.backoff.to_string())),
        ("jitter", Some(jitter.to_owned())),
        ("max_elapsed", settings.max_elapsed.map(time)),
    ])
}

fn bulkhead(settings: &bulkhead::Settings) -> Values {
    given([
        ("max_concurrent", Some(settings.max_concurrent.to_string())),
        ("max_wait", Some(time(settings.max_wait))),
        ("max_queue", settings.max_queue.map(|callers| callers.to_string())),
    ])
}

fn rate_limit(settings: &rate_limit::Settings) -> Values {
    let is_given = !settings.is_unlimited();
    given([
        ("rate", is_given.then(|| format!("{} / {}", settings.calls, time(settings.period)))),
        ("burst", is_given.then(|| settings.burst.to_string())),
        ("max_wait", Some(time(settings.max_wait))),
    ])
}

fn timeout(settings: &timeout::Settings) -> Values {
    given([("limit", Some(time(settings.limit)))])
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
