//! Rules about circuit breakers.

use std::time::Duration;

use super::{
    super::{reading::Counter, score::share},
    Case, Recommendation, Rule, Severity, Value,
    case::{MINUTES, count, number},
    value::rounded_up,
};
use crate::circuit_breaker::{Cause, Config, Settings, State, Window};

/// The settings in force as if all of them were written, to ask the validator about another one beside them.
fn written(settings: &Settings) -> Config {
    let mut config = Config::new()
        .open_for_between(settings.open_for, settings.open_for_most)
        .half_open(settings.half_open)
        .success_threshold(settings.success_threshold)
        .half_open_for(settings.half_open_for)
        .reset_after(settings.reset_after);
    if let Some(failures) = settings.threshold {
        config = config.threshold(failures);
    }
    if let Some(failures) = settings.failure_count {
        config = config.failure_count(failures);
    }
    if let Some(rate) = settings.failure_rate {
        config = config.failure_rate(rate).min_calls(settings.min_calls);
    }
    if let Some(time) = settings.slow_call {
        config = config.slow_call(time);
    }
    if let Some(rate) = settings.slow_rate {
        config = config.slow_rate(rate).min_calls(settings.min_calls);
    }
    match settings.window {
        Some(window) => config.window(window),
        None => config,
    }
}

/// The first suggestion that can be.
fn valid<const N: usize>(
    settings: &Settings,
    options: [(&'static str, Value); N],
) -> (&'static str, Option<Value>) {
    let fits = |(key, value): &(&'static str, Value)| {
        let config = written(settings);
        let config = match (*key, *value) {
            ("threshold", Value::Count(failures)) => config.threshold(failures),
            ("failure_count", Value::Count(failures)) => config.failure_count(failures),
            ("failure_rate", Value::Share(rate)) => config.failure_rate(rate),
            ("min_calls", Value::Count(calls)) => config.min_calls(calls),
            ("slow_call", Value::Time(time)) => config.slow_call(time),
            ("slow_rate", Value::Share(rate)) => config.slow_rate(rate),
            ("open_for", Value::Time(time)) => config.open_for(time),
            ("open_for", Value::Times(first, most)) => config.open_for_between(first, most),
            _ => return false,
        };
        config.validate().is_ok()
    };
    let key = options.first().map_or("", |(key, _)| key);
    options.into_iter().find(fits).map_or((key, None), |(key, value)| (key, Some(value)))
}

pub(super) fn flapping(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, breaker) = case.circuit_breaker()?;
    let opened = count(breaker, |change| change.to == State::Open && change.from != State::HalfOpen);
    if opened < 5 {
        return None;
    }
    let settings = &breaker.settings;
    let longer = Value::Time(rounded_up(settings.open_for * 2));
    let range = Value::Times(settings.open_for * 2, settings.open_for_most.max(settings.open_for * 2));
    let first = if settings.open_for == settings.open_for_most { longer } else { range };
    Some(seen.says(
        Rule::Flapping,
        Severity::Warning,
        format!("opened {opened} times in {MINUTES} minutes"),
        [("opened", opened.into()), ("open_for", settings.open_for.as_secs_f64())],
        valid(settings, [("open_for", first)]),
    ))
}

pub(super) fn never_recovers(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, breaker) = case.circuit_breaker()?;
    let failed = count(breaker, |change| change.cause == Cause::TrialsFailed);
    let closed = count(breaker, |change| change.to == State::Closed);
    if failed < 3 || closed > 0 || !matches!(breaker.state, State::Open | State::HalfOpen) {
        return None;
    }
    let settings = &breaker.settings;
    // One that waits ever longer already does what can be done.
    let grows = settings.open_for_most >= settings.open_for * 4;
    let suggestion = if grows {
        ("open_for", None)
    } else {
        valid(settings, [("open_for", Value::Times(settings.open_for, rounded_up(settings.open_for * 8)))])
    };
    Some(seen.says(
        Rule::NeverRecovers,
        Severity::Critical,
        format!("tried again {failed} times in {MINUTES} minutes, and never closed"),
        [("failed_rounds", failed.into()), ("open_for", settings.open_for.as_secs_f64())],
        suggestion,
    ))
}

pub(super) fn false_trips(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, breaker) = case.circuit_breaker()?;
    let judged = |cause: &Cause| {
        matches!(cause, Cause::Consecutive(_) | Cause::Count(_) | Cause::FailureRate(_) | Cause::SlowRate(_))
    };
    let opened = count(breaker, |change| change.to == State::Open && judged(&change.cause));
    let failed = count(breaker, |change| change.cause == Cause::TrialsFailed);
    let closed = count(breaker, |change| change.cause == Cause::TrialsSucceeded);
    let failures = share(seen.get(Counter::Failed), seen.get(Counter::Calls));
    if opened < 3 || failed > 0 || closed < 3 || failures >= 0.1 {
        return None;
    }
    let settings = &breaker.settings;
    let last = breaker.history.iter().rev().map(|change| &change.cause).find(|cause| judged(cause))?;
    let more = |number: u32| Value::Count(number.saturating_mul(2));
    let rate = Value::Share((settings.failure_rate.unwrap_or(0.5) * 1.5).min(1.0));
    let slow_rate = Value::Share((settings.slow_rate.unwrap_or(0.5) * 1.5).min(1.0));
    let suggestion = match last {
        Cause::Count(_) => valid(settings, [("failure_count", more(settings.failure_count.unwrap_or(1)))]),
        Cause::FailureRate(_) => {
            valid(settings, [("min_calls", more(settings.min_calls)), ("failure_rate", rate)])
        }
        Cause::SlowRate(_) => {
            valid(settings, [("min_calls", more(settings.min_calls)), ("slow_rate", slow_rate)])
        }
        _ => valid(settings, [("threshold", more(settings.threshold.unwrap_or(5)))]),
    };
    Some(seen.says(
        Rule::FalseTrips,
        Severity::Warning,
        format!(
            "opened {opened} times in {MINUTES} minutes for nothing: {:.1} % of the calls failed, and the first trial \
             calls succeeded every time",
            failures * 100.0
        ),
        [("opened", opened.into()), ("failure_rate", failures), ("calls", number(seen.get(Counter::Calls)))],
        suggestion,
    ))
}

pub(super) fn never_judged(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, breaker) = case.circuit_breaker()?;
    let settings = &breaker.settings;
    let (Some(Window::Time(window)), None, None) =
        (settings.window, settings.threshold, settings.failure_count)
    else {
        return None;
    };
    let calls = seen.get(Counter::Calls);
    let span = f64::from(MINUTES) * 60.0;
    let held = number(calls) * window.as_secs_f64() / span;
    if calls < 10 || held >= f64::from(settings.min_calls) || !seen.track.is_known_for(MINUTES, seen.second) {
        return None;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Below `min_calls`.
    let fewer = held as u32;
    // With so few calls no share says anything, but failures in a row do.
    let suggestion =
        if fewer < 3 { ("threshold", Value::Count(3)) } else { ("min_calls", Value::Count(fewer)) };
    Some(seen.says(
        Rule::NeverJudged,
        Severity::Warning,
        format!(
            "is never judged: its window of {window:?} holds about {held:.0} calls, and `min_calls` is {}",
            settings.min_calls
        ),
        [("calls_in_window", held), ("min_calls", settings.min_calls.into()), ("calls", number(calls))],
        valid(settings, [suggestion]),
    ))
}

pub(super) fn slow_unwatched(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, breaker) = case.circuit_breaker()?;
    let settings = &breaker.settings;
    let (calls, slow) = (seen.get(Counter::Calls), seen.get(Counter::Extra));
    if let (Some(limit), None) = (settings.slow_call, settings.slow_rate) {
        let rate = share(slow, calls);
        return (calls >= 50 && rate > 0.3).then(|| {
            seen.says(
                Rule::SlowUnwatched,
                Severity::Warning,
                format!("lets slow calls pass: {:.1} % took longer than {limit:?}", rate * 100.0),
                [("slow_rate", rate), ("calls", number(calls)), ("slow_call", limit.as_secs_f64())],
                valid(settings, [("slow_rate", Value::Share(0.5))]),
            )
        });
    }
    let usual = seen.track.usual_p90(seen.second)?;
    let p90 = breaker.latency.filter(|latency| latency.calls >= 50)?.p90;
    if settings.slow_call.is_some() || p90 < Duration::from_millis(10) || p90 < usual * 3 {
        return None;
    }
    Some(seen.says(
        Rule::SlowUnwatched,
        Severity::Warning,
        format!("does not know a slow call: p90 is {p90:.1?}, and {usual:.1?} in most minutes before"),
        [("p90", p90.as_secs_f64()), ("usual_p90", usual.as_secs_f64())],
        valid(settings, [("slow_call", Value::Time(rounded_up(usual * 3)))]),
    ))
}
