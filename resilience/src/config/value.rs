//! Values as text: what an attribute takes, read from a file, a variable of the environment or a call at run time.
//!
//! One parser for all of them. The texts of its errors are those of the attributes, whose own parser works on tokens of
//! Rust; a table that both are tested with holds them together.

use std::time::Duration;

use super::suggestion::{did_you_mean, list};
use crate::{
    circuit_breaker::{Initial, Window},
    retry::{Backoff, Jitter},
};

/// Why a text is no value of its key.
pub(crate) type Wrong = String;

const UNITS: &[(&str, u128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// What others call our units.
const FOREIGN_UNITS: &[(&str, &str)] = &[
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("hr", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("day", "d"),
    ("days", "d"),
    ("msec", "ms"),
    ("millis", "ms"),
];

/// `true` or `false`.
pub(crate) fn flag(key: &str, text: &str) -> Result<bool, Wrong> {
    match text.trim() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("`{key}` is `true` or `false`")),
    }
}

/// `20`, `1_000`.
pub(crate) fn count(key: &str, text: &str) -> Result<u32, Wrong> {
    let text = plain(key, text)?;
    match whole(text) {
        Some(digits) => digits.parse().map_err(|_| format!("`{key}` is at most {}", u32::MAX)),
        None => Err(format!("`{key}` is a whole number, but this is `{text}`")),
    }
}

/// `50%`, `0.5`.
pub(crate) fn share(key: &str, text: &str) -> Result<f64, Wrong> {
    let text = there(key, text)?;
    if let Some(percent) = text.strip_suffix('%') {
        return match number(percent.trim_end()) {
            Some(number) => Ok(finite(&number)? / 100.0),
            None => Err(format!("expected a share for `{key}`: `50%` or `0.5`")),
        };
    }
    match (whole(text), number(text)) {
        (Some(digits), _) => {
            Err(format!("`{key}` is a share: write `{digits}%`, or a fraction such as `0.5`"))
        }
        (None, Some(number)) => finite(&number),
        (None, None) => Err(format!("expected a share for `{key}`: `50%` or `0.5`")),
    }
}

/// `30s`, `1.5h`.
pub(crate) fn duration(key: &str, text: &str) -> Result<Duration, Wrong> {
    time(plain(key, text)?)
}

/// `30s`, or `5s..5m`.
pub(crate) fn growing(key: &str, text: &str) -> Result<(Duration, Duration), Wrong> {
    let text = plain(key, text)?;
    if text.contains("..") { bounds(text) } else { time(text).map(|time| (time, time)) }
}

/// `100` calls, or `30s`.
pub(crate) fn window(key: &str, text: &str) -> Result<Window, Wrong> {
    let text = plain(key, text)?;
    match whole(text) {
        Some(_) => count(key, text).map(Window::Calls),
        None => time(text).map(Window::Time),
    }
}

/// `100 / 1s`.
pub(crate) fn rate(key: &str, text: &str) -> Result<(u32, Duration), Wrong> {
    let text = plain(key, text)?;
    let Some((calls, period)) = text.split_once('/') else {
        return Err("expected a rate: calls per time, as in `100 / 1s`".to_owned());
    };
    let calls = match whole(calls.trim_end()) {
        Some(digits) => digits.parse().map_err(|_| format!("`{key}` is at most {} calls", u32::MAX))?,
        None => return Err("expected a rate: calls per time, as in `100 / 1s`".to_owned()),
    };
    Ok((calls, time(period.trim_start())?))
}

const BACKOFFS: &[&str] = &["fixed", "linear", "exponential", "fibonacci", "decorrelated"];

/// `fixed(1s)`, `exponential(100ms..2s, factor = 2)`.
pub(crate) fn backoff(_: &str, text: &str) -> Result<Backoff, Wrong> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("expected a backoff: `fixed(1s)`, or `exponential(200ms..30s)`".to_owned());
    }
    if !BACKOFFS.contains(&name) {
        return Err(unknown("backoff", name, BACKOFFS));
    }
    let Some(args) = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return Err(match (name, rest.trim()) {
            ("fixed", "") => "`fixed` needs its delay: `fixed(1s)`".to_owned(),
            (_, "") => format!("`{name}` needs its bounds: `{name}(200ms..30s)`"),
            (_, rest) => format!("expected `{name}(..)`, but `{name}` is followed by `{rest}`"),
        });
    };
    let args = args.trim();
    let mut args = args.strip_suffix(',').unwrap_or(args).split(',').map(str::trim);
    let delay = args.next().unwrap_or("");
    if name == "fixed" {
        if delay.is_empty() || delay.contains("..") {
            return Err("expected one delay, as in `fixed(1s)`".to_owned());
        }
        let delay = nested(delay)?;
        return args.next().map_or(Ok(Backoff::fixed(delay)), |_| Err(nothing_else(name)));
    }
    if !delay.contains("..") {
        return Err(format!("expected the bounds, as in `{name}(200ms..30s)`"));
    }
    let (first, cap) = bounds(delay)?;
    let mut by = None;
    for arg in args {
        let value = arg.strip_prefix("factor").and_then(|rest| rest.trim_start().strip_prefix('='));
        match value.map(str::trim) {
            Some(value) if name == "exponential" && by.is_none() => by = Some(factor(value)?),
            _ => return Err(nothing_else(name)),
        }
    }
    Ok(match (name, by) {
        ("linear", _) => Backoff::linear(first, cap),
        ("fibonacci", _) => Backoff::fibonacci(first, cap),
        ("decorrelated", _) => Backoff::decorrelated(first, cap),
        (_, Some(factor)) => Backoff::exponential_by(first, cap, factor),
        (_, None) => Backoff::exponential(first, cap),
    })
}

/// `full`, `equal`, `none`.
pub(crate) fn jitter(key: &str, text: &str) -> Result<Jitter, Wrong> {
    choice(key, text, &[("full", Jitter::Full), ("equal", Jitter::Equal), ("none", Jitter::None)])
}

/// `closed`, `disabled`, `metrics_only`, `forced_open`.
pub(crate) fn initial(key: &str, text: &str) -> Result<Initial, Wrong> {
    let choices = &[
        ("closed", Initial::Closed),
        ("disabled", Initial::Disabled),
        ("metrics_only", Initial::MetricsOnly),
        ("forced_open", Initial::ForcedOpen),
    ];
    choice(key, text, choices)
}

fn choice<T: Copy>(key: &str, text: &str, choices: &[(&str, T)]) -> Result<T, Wrong> {
    let text = text.trim();
    let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
    match choices.iter().find(|(word, _)| *word == text) {
        Some((_, value)) => Ok(*value),
        None if text.starts_with(|c: char| c.is_alphabetic()) => Err(unknown(key, text, &words)),
        None => Err(format!("`{key}` is one of {}", list(words))),
    }
}

fn unknown(what: &str, word: &str, choices: &[&str]) -> Wrong {
    match did_you_mean(word, choices.iter().copied()) {
        Some(meant) => format!("unknown {what} `{word}`; did you mean `{meant}`?"),
        None => format!("unknown {what} `{word}`, expected one of: {}", list(choices.iter().copied())),
    }
}

fn nothing_else(name: &str) -> Wrong {
    match name {
        "exponential" => "expected `factor = 2`, or nothing".to_owned(),
        _ => format!("`{name}` takes nothing else"),
    }
}

fn factor(text: &str) -> Result<f64, Wrong> {
    if text.starts_with('-') {
        return Err("`factor` cannot be negative".to_owned());
    }
    match number(text) {
        Some(number) => finite(&number),
        None => Err(format!("`factor` is a number, but this is `{text}`")),
    }
}

/// A value that is there, and no percentage.
fn plain<'a>(key: &str, text: &'a str) -> Result<&'a str, Wrong> {
    let text = there(key, text)?;
    if text.ends_with('%') { Err(format!("`{key}` is not a percentage")) } else { Ok(text) }
}

/// A value that is there and not negative.
fn there<'a>(key: &str, text: &'a str) -> Result<&'a str, Wrong> {
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("`{key}` needs a value"));
    }
    if text.starts_with('-') {
        return Err(match key {
            "limit" => "a timeout cannot be negative".to_owned(),
            "rate" => "a rate cannot be negative".to_owned(),
            key => format!("`{key}` cannot be negative"),
        });
    }
    Ok(text)
}

/// The digits of a whole number, without underscores.
fn whole(text: &str) -> Option<String> {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || c == '_');
    is_number.then(|| text.replace('_', ""))
}

/// The digits of a number as Rust writes it, with a fraction and an exponent or without.
fn number(text: &str) -> Option<String> {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '_' | '.' | 'e' | 'E' | '+' | '-'));
    let digits = text.replace('_', "");
    (is_number && digits.parse::<f64>().is_ok()).then_some(digits)
}

fn finite(digits: &str) -> Result<f64, Wrong> {
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err("this number is too large".to_owned()),
    }
}

fn bounds(text: &str) -> Result<(Duration, Duration), Wrong> {
    let Some((first, last)) = text.split_once("..") else {
        return Err("both bounds are needed, as in `100ms..2s`".to_owned());
    };
    if last.starts_with(['=', '.']) {
        return Err("write the bounds as `100ms..2s`".to_owned());
    }
    match (first.trim(), last.trim()) {
        ("", _) | (_, "") => Err("both bounds are needed, as in `100ms..2s`".to_owned()),
        (first, last) => Ok((nested(first)?, nested(last)?)),
    }
}

/// A duration inside something else.
fn nested(text: &str) -> Result<Duration, Wrong> {
    if text.starts_with('-') { Err("a duration cannot be negative".to_owned()) } else { time(text) }
}

/// A duration, in quotes or not: an attribute takes both, and so do files that keep variables.
fn time(text: &str) -> Result<Duration, Wrong> {
    let unquoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let text = unquoted.unwrap_or(text).trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (number, unit) = (number.replace('_', ""), unit.trim_start());
    if number.is_empty() {
        return Err(format!("`{unit}` is not a duration; write `30s`, `250ms`, `1.5h`"));
    }
    if unit.is_empty() {
        return Err(format!("a duration needs its unit: `{number}s`, `{number}ms`, `{number}m`"));
    }
    let Some((_, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(match FOREIGN_UNITS.iter().find(|(name, _)| *name == unit) {
            Some((_, ours)) => format!("unknown unit `{unit}`; write `{number}{ours}`"),
            None => format!(
                "unknown unit `{unit}`; a duration is written `{number}s`, with one of `ns`, `us`, `ms`, `s`, `m`, `h`, `d`"
            ),
        });
    };
    nanoseconds(&number, *nanos).ok_or_else(|| format!("`{number}{unit}` is not a duration this can hold"))
}

/// Exact: the fraction is scaled digit by digit, not through a float.
fn nanoseconds(number: &str, unit: u128) -> Option<Duration> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut total = if whole.is_empty() { 0 } else { whole.parse::<u128>().ok()?.checked_mul(unit)? };
    let mut scale = unit;
    for digit in fraction.chars() {
        total = total.checked_add(u128::from(digit.to_digit(10)?) * scale / 10)?;
        scale /= 10;
    }
    let seconds = u64::try_from(total / 1_000_000_000).ok()?;
    Some(Duration::new(seconds, u32::try_from(total % 1_000_000_000).ok()?))
}
