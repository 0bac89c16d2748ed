//! Rules about timeouts, bulkheads, rate limits and fallbacks.

use super::{
    super::{reading::Counter, score::share, trend::HOUR},
    Case, Recommendation, Rule, Severity, Value,
    case::{MINUTES, number},
    value::rounded_up,
};
use crate::{bulkhead, rate_limit, timeout};

fn limit(time: std::time::Duration) -> (&'static str, Option<Value>) {
    let fits = timeout::Config::new().limit(time).validate().is_ok();
    ("limit", fits.then_some(Value::Time(time)))
}

pub(super) fn near_timeout(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, timeout) = case.timeout()?;
    let (watched, breaker) = case.circuit_breaker()?;
    let most = timeout.settings.limit;
    let (p99, calls) = (watched.sum.p99, watched.get(Counter::Calls));
    // A bucket of the histogram may say a little more than what was measured.
    if breaker.latency.is_none() || calls < 100 || p99.as_secs_f64() <= most.as_secs_f64() * 0.9 {
        return None;
    }
    let expired = seen.get(Counter::Failed);
    Some(seen.says(
        Rule::NearTimeout,
        Severity::Warning,
        format!("is hardly above the calls that it lets pass: p99 is {p99:.1?}, the limit {most:?}"),
        [("p99", p99.as_secs_f64()), ("limit", most.as_secs_f64()), ("expired", number(expired))],
        limit(rounded_up(p99.max(most) * 3 / 2)),
    ))
}

pub(super) fn loose_timeout(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, timeout) = case.timeout()?;
    let (watched, breaker) = case.circuit_breaker()?;
    let hour = watched.track.last(HOUR, watched.second);
    let most = timeout.settings.limit;
    let is_known = breaker.latency.is_some()
        && hour.get(Counter::Calls) >= 1000
        && watched.track.is_known_for(HOUR - 1, watched.second);
    if !is_known || hour.max.is_zero() || hour.max * 3 >= most {
        return None;
    }
    Some(seen.says(
        Rule::LooseTimeout,
        Severity::Info,
        format!(
            "is far above every call of an hour: the longest took {:.1?}, the limit is {most:?}",
            hour.max
        ),
        [
            ("max", hour.max.as_secs_f64()),
            ("limit", most.as_secs_f64()),
            ("calls", number(hour.get(Counter::Calls))),
        ],
        limit(rounded_up(hour.max * 2)),
    ))
}

pub(super) fn unmeasured_timeout(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, timeout) = case.timeout()?;
    let (watched, breaker) = case.circuit_breaker()?;
    let calls = watched.track.last(HOUR, watched.second).get(Counter::Calls);
    let expired = seen.track.last(HOUR, seen.second).get(Counter::Failed);
    let is_known = calls >= 1000 && watched.track.is_known_for(HOUR - 1, watched.second);
    if breaker.settings.latency || !is_known || expired > 0 {
        return None;
    }
    let limit = timeout.settings.limit;
    Some(watched.says(
        Rule::UnmeasuredTimeout,
        Severity::Info,
        format!("could tell whether the timeout of {limit:?} fits: it did not strike among {calls} calls of an hour"),
        [("calls", number(calls)), ("expired", 0.0), ("limit", limit.as_secs_f64())],
        ("latency", Some(Value::Flag(true))),
    ))
}

pub(super) fn tight_bulkhead(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, it) = case.bulkhead()?;
    let (admitted, refused) = (seen.get(Counter::Calls), seen.get(Counter::Refused));
    let rate = share(refused, admitted.saturating_add(refused));
    if refused < 5 || rate <= 0.01 || !case.is_well() {
        return None;
    }
    let places = it.settings.max_concurrent;
    let more = places.saturating_add(places.div_ceil(2));
    let fits = bulkhead::Config::new().max_concurrent(more).validate().is_ok();
    Some(seen.says(
        Rule::TightBulkhead,
        Severity::Warning,
        format!("refused {refused} calls in {MINUTES} minutes although the dependency is well"),
        [("refused", number(refused)), ("admitted", number(admitted)), ("max_concurrent", places.into())],
        ("max_concurrent", fits.then_some(Value::Count(more))),
    ))
}

pub(super) fn loose_bulkhead(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, it) = case.bulkhead()?;
    let hour = seen.track.last(HOUR, seen.second);
    let places = it.settings.max_concurrent;
    let is_known = hour.get(Counter::Calls) >= 1000 && seen.track.is_known_for(HOUR - 1, seen.second);
    // The keys of one together may use few while one of them needs all.
    if !is_known || it.keys > 0 || places < 10 || hour.most_in_use >= 0.3 || hour.get(Counter::Refused) > 0 {
        return None;
    }
    let most = hour.most_in_use * f64::from(places);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // At most `places`.
    let enough = ((most * 2.0).ceil() as u32).max(places / 3).max(1);
    Some(seen.says(
        Rule::LooseBulkhead,
        Severity::Info,
        format!("has {places} places, and no sample of an hour saw more than {most:.0} in use"),
        [
            ("most_in_use", most),
            ("max_concurrent", places.into()),
            ("admitted", number(hour.get(Counter::Calls))),
        ],
        ("max_concurrent", Some(Value::Count(enough))),
    ))
}

pub(super) fn tight_rate_limit(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, it) = case.rate_limit()?;
    let (admitted, refused) = (seen.get(Counter::Calls), seen.get(Counter::Refused));
    let rate = share(refused, admitted.saturating_add(refused));
    if refused < 5 || rate <= 0.05 || !case.is_well() {
        return None;
    }
    let rate_limit::Settings { calls, period, .. } = it.settings;
    let more = calls.saturating_add(calls.div_ceil(2));
    let fits = rate_limit::Config::new().rate(more, period).validate().is_ok();
    Some(seen.says(
        Rule::TightRateLimit,
        Severity::Info,
        format!("refused {refused} calls in {MINUTES} minutes although the dependency is well"),
        [("refused", number(refused)), ("admitted", number(admitted)), ("calls", calls.into())],
        ("rate", fits.then_some(Value::Rate(more, period))),
    ))
}

pub(super) fn failing_fallback(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, _) = case.fallback()?;
    let (used, failed) = (seen.get(Counter::Calls), seen.get(Counter::Failed));
    let rate = share(failed, used);
    if used < 10 || rate < 0.5 {
        return None;
    }
    Some(seen.says(
        Rule::FailingFallback,
        Severity::Critical,
        format!(
            "failed as well for {failed} of {used} calls in {MINUTES} minutes: add a tier that needs nothing"
        ),
        [("used", number(used)), ("failed", number(failed)), ("share", rate)],
        ("fallback", None),
    ))
}

/// A fallback is known from the first call that it stood in for, so only a service that has lost calls has none.
pub(super) fn no_fallback(case: &Case<'_>) -> Option<Recommendation> {
    let retry = case.retry().map(|(seen, _)| (seen.get(Counter::Failed), seen));
    let breaker = case
        .circuit_breaker()
        .map(|(seen, _)| (seen.get(Counter::Failed).saturating_add(seen.get(Counter::Refused)), seen));
    let (lost, seen) = retry.or(breaker)?;
    if !case.is_critical || case.has_fallback() || lost == 0 {
        return None;
    }
    Some(seen.says(
        Rule::NoFallback,
        Severity::Warning,
        format!("lost {lost} calls of a critical service in {MINUTES} minutes, with nothing to fall back to"),
        [("lost", number(lost))],
        ("fallback", None),
    ))
}
