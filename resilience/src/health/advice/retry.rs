//! Rules about retries.

use super::{
    super::{reading::Counter, score::share},
    Case, Recommendation, Rule, Severity, Value,
    case::{MINUTES, number},
};

pub(super) fn share_of_repeats(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, retry) = case.retry()?;
    let (calls, repeats) = (seen.get(Counter::Calls), seen.get(Counter::Extra));
    let rate = share(repeats, calls.saturating_add(repeats));
    let attempts = retry.settings.attempts;
    if calls < 50 || rate <= 0.2 || attempts < 2 {
        return None;
    }
    Some(seen.says(
        Rule::RetryShare,
        Severity::Warning,
        format!(
            "made {repeats} repeats for {calls} calls in {MINUTES} minutes: {:.0} % of the load",
            rate * 100.0
        ),
        [("repeats", number(repeats)), ("calls", number(calls)), ("share", rate)],
        ("attempts", Some(Value::Count(attempts - 1))),
    ))
}

pub(super) fn futile(case: &Case<'_>) -> Option<Recommendation> {
    let (seen, _) = case.retry()?;
    let (saved, lost) = (seen.get(Counter::Saved), seen.get(Counter::Lost));
    let repeated = saved.saturating_add(lost);
    let rate = share(saved, repeated);
    if repeated < 20 || rate >= 0.2 {
        return None;
    }
    Some(seen.says(
        Rule::FutileRetries,
        Severity::Warning,
        format!("saved {saved} of {repeated} repeated calls in {MINUTES} minutes: name what is not worth repeating"),
        [("saved", number(saved)), ("repeated", number(repeated)), ("share", rate)],
        ("abort_on", None),
    ))
}
