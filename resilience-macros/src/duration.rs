use std::time::Duration;

use proc_macro2::Span;
use syn::{Error, Expr, ExprLit, ExprUnary, Lit, Result, UnOp};

use crate::{setting::Arg, value::ungroup};

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
const FOREIGN: &[(&str, &str)] = &[
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

// Input:  30s   1.5s   "250ms"   LIMIT   Duration::from_secs(30)
// Output: a duration known here, or the user's expression as it is
pub(crate) fn duration(expr: Expr) -> Result<Arg> {
    let expr = ungroup(expr);
    let (number, unit, span) = match &expr {
        Expr::Lit(ExprLit { lit: Lit::Int(lit), .. }) => {
            (lit.base10_digits().to_owned(), lit.suffix().to_owned(), lit.span())
        }
        Expr::Lit(ExprLit { lit: Lit::Float(lit), .. }) => {
            (lit.base10_digits().to_owned(), lit.suffix().to_owned(), lit.span())
        }
        Expr::Lit(ExprLit { lit: Lit::Str(lit), .. }) => {
            let text = lit.value();
            let text = text.trim();
            let end =
                text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(text.len());
            let (number, unit) = text.split_at(end);
            (number.replace('_', ""), unit.trim_start().to_owned(), lit.span())
        }
        Expr::Lit(lit) => {
            return Err(Error::new_spanned(lit, "expected a duration: `30s`, `250ms`, or a `Duration`"));
        }
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }) => {
            return Err(Error::new_spanned(&expr, "a duration cannot be negative"));
        }
        _ => return Ok(Arg::Expr(expr)),
    };
    parse(&number, &unit, span).map(Arg::Duration)
}

fn parse(number: &str, unit: &str, span: Span) -> Result<Duration> {
    let fail = |message: String| Err(Error::new(span, message));
    if number.is_empty() {
        return fail(format!("`{unit}` is not a duration; write `30s`, `250ms`, `1.5h`"));
    }
    if unit.is_empty() {
        return fail(format!("a duration needs its unit: `{number}s`, `{number}ms`, `{number}m`"));
    }
    let Some((_, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        let meant = FOREIGN.iter().find(|(name, _)| *name == unit);
        return fail(match meant {
            Some((_, ours)) => format!("unknown unit `{unit}`; write `{number}{ours}`"),
            None => format!(
                "unknown unit `{unit}`; a duration is written `{number}s`, with one of `ns`, `us`, `ms`, `s`, `m`, `h`, `d`"
            ),
        });
    };
    match nanoseconds(number, *nanos) {
        Some(total) => Ok(total),
        None => fail(format!("`{number}{unit}` is not a duration this can hold")),
    }
}

/// Exact: the fraction is scaled digit by digit, not through a float.
fn nanoseconds(number: &str, unit: u128) -> Option<Duration> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut total = if whole.is_empty() { 0 } else { whole.parse::<u128>().ok()?.checked_mul(unit)? };
    let mut scale = unit;
    for digit in fraction.chars() {
        let mut digit = u128::from(digit.to_digit(10)?);
        // A unit is not always a multiple of ten: 60 s becomes 6, then 0.6, so the rest of the digits is below 1 ns.
        digit *= scale;
        total = total.checked_add(digit / 10)?;
        scale /= 10;
    }
    let seconds = u64::try_from(total / 1_000_000_000).ok()?;
    Some(Duration::new(seconds, u32::try_from(total % 1_000_000_000).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> std::result::Result<Duration, String> {
        match duration(syn::parse_str(text).unwrap()) {
            Ok(Arg::Duration(duration)) => Ok(duration),
            Ok(_) => Err("an expression".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn every_unit() {
        assert_eq!(read("5ns"), Ok(Duration::from_nanos(5)));
        assert_eq!(read("5us"), Ok(Duration::from_micros(5)));
        assert_eq!(read("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(read("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(read("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(read("1h"), Ok(Duration::from_hours(1)));
        assert_eq!(read("2d"), Ok(Duration::from_hours(48)));
    }

    #[test]
    fn fractions_are_exact() {
        assert_eq!(read("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(read("0.1s"), Ok(Duration::from_millis(100)));
        assert_eq!(read("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(read("1.25h"), Ok(Duration::from_mins(75)));
        assert_eq!(read("1_000ms"), Ok(Duration::from_secs(1)));
    }

    #[test]
    fn strings_are_read_the_same_way() {
        assert_eq!(read("\"30s\""), Ok(Duration::from_secs(30)));
        assert_eq!(read("\"1.5 s\""), Ok(Duration::from_millis(1500)));
        assert!(read("\"soon\"").unwrap_err().contains("`soon` is not a duration"));
    }

    #[test]
    fn expressions_pass_through() {
        assert_eq!(read("LIMIT"), Err("an expression".to_owned()));
        assert_eq!(read("Duration::from_secs(30)"), Err("an expression".to_owned()));
    }

    #[test]
    fn mistakes_say_what_to_write() {
        assert_eq!(read("30").unwrap_err(), "a duration needs its unit: `30s`, `30ms`, `30m`");
        assert_eq!(read("30sec").unwrap_err(), "unknown unit `sec`; write `30s`");
        assert!(read("30x").unwrap_err().contains("one of `ns`, `us`, `ms`, `s`, `m`, `h`, `d`"));
        assert_eq!(read("-5s").unwrap_err(), "a duration cannot be negative");
        assert!(
            read("99999999999999999999999999999999999999999999h")
                .unwrap_err()
                .contains("not a duration this can hold")
        );
        assert!(read("true").unwrap_err().contains("expected a duration"));
    }
}
