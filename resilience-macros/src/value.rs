use proc_macro2::Span;
use syn::{
    BinOp, Error, Expr, ExprBinary, ExprLit, ExprRange, ExprUnary, Ident, Lit, RangeLimits, Result, Token,
    UnOp,
    parse::{Parse, ParseStream, discouraged::Speculative},
    spanned::Spanned,
};

use crate::{
    backoff::backoff,
    duration::duration,
    errors::{did_you_mean, list},
    pattern::Pattern,
    policy::{Key, Kind, Policy},
    setting::{Arg, Value},
    span::Reach,
};

pub(crate) fn parse(policy: Policy, key: &'static Key, input: ParseStream) -> Result<Value> {
    match key.kind {
        Kind::Pattern => return pattern(policy, key, input).map(Value::Pattern),
        Kind::Function => return function(key, input.parse()?).map(Value::Function),
        Kind::Expr => return input.parse().map(Value::Expr),
        _ => {}
    }
    let (expr, percent) = const_expr(input)?;
    config(key, expr, percent)
}

/// The value of a setting of a `Config`, read as an expression: `100ms..2s`, `100 / 1s` and `fixed(1s)` are expressions
/// to a parser, only `50%` is not.
fn const_expr(input: ParseStream) -> Result<(Expr, Option<Token![%]>)> {
    let ahead = input.fork();
    if let (Ok(lit), Ok(percent)) = (ahead.parse::<ExprLit>(), ahead.parse::<Token![%]>())
        && (ahead.is_empty() || ahead.peek(Token![,]))
    {
        input.advance_to(&ahead);
        return Ok((Expr::Lit(lit), Some(percent)));
    }
    Ok((input.parse()?, None))
}

pub(crate) fn config(key: &'static Key, expr: Expr, percent: Option<Token![%]>) -> Result<Value> {
    let mut reach = Reach::of(&expr);
    let expr = ungroup(expr);
    if let Some(percent) = percent {
        reach.end = percent.span();
        let Kind::Share = key.kind else {
            return Err(Error::new_spanned(&expr, format!("`{}` is not a percentage", key.name)));
        };
    }
    if let Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }) = &expr {
        let what = match key.name {
            "limit" => "a timeout".to_owned(),
            "rate" => "a rate".to_owned(),
            name => format!("`{name}`"),
        };
        return Err(Error::new_spanned(&expr, format!("{what} cannot be negative")));
    }
    let mut setter = key.name;
    let args = match key.kind {
        Kind::Share => vec![share(key, expr, percent)?],
        Kind::Duration => vec![duration(expr)?],
        Kind::Growing => match expr {
            Expr::Range(range) => {
                setter = "open_for_between";
                let (least, most) = bounds(range)?;
                vec![least, most]
            }
            expr => vec![duration(expr)?],
        },
        Kind::Window => vec![window(expr)?],
        Kind::Rate => rate(expr)?.into(),
        Kind::Backoff => vec![backoff(expr)?],
        Kind::Jitter => vec![choice(key, expr, JITTERS)?],
        Kind::Initial => vec![choice(key, expr, INITIALS)?],
        Kind::Count => vec![count(key, expr)?],
        _ => vec![Arg::Expr(expr)],
    };
    Ok(Value::Config { setter, args, reach })
}

fn count(key: &Key, expr: Expr) -> Result<Arg> {
    match &expr {
        Expr::Lit(ExprLit { lit: Lit::Int(lit), .. })
            if lit.suffix().is_empty() && lit.base10_parse::<u32>().is_err() =>
        {
            Err(Error::new_spanned(lit, format!("`{}` is at most {}", key.name, u32::MAX)))
        }
        _ => Ok(Arg::Expr(expr)),
    }
}

// Input:  50%   0.5   RATE
// Output: 0.5   0.5   RATE
fn share(key: &Key, expr: Expr, percent: Option<Token![%]>) -> Result<Arg> {
    let Expr::Lit(lit) = &expr else { return Ok(Arg::Expr(expr)) };
    let (digits, is_whole) = match &lit.lit {
        Lit::Int(lit) => (lit.base10_digits().to_owned(), true),
        Lit::Float(lit) => (lit.base10_digits().to_owned(), false),
        _ => {
            return Err(Error::new_spanned(
                lit,
                format!("expected a share for `{}`: `50%` or `0.5`", key.name),
            ));
        }
    };
    let number = finite(&digits, lit.span())?;
    match percent {
        Some(_) => Ok(Arg::Float(number / 100.0, lit.span())),
        None if is_whole => {
            let message =
                format!("`{}` is a share: write `{digits}%`, or a fraction such as `0.5`", key.name);
            Err(Error::new_spanned(lit, message))
        }
        None => Ok(Arg::Float(number, lit.span())),
    }
}

pub(crate) fn finite(digits: &str, span: Span) -> Result<f64> {
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(Error::new(span, "this number is too large")),
    }
}

// Input:  100              30s             WINDOW
// Output: Window::Calls(100)   Window::Time(..)   Value(WINDOW).window()
fn window(expr: Expr) -> Result<Arg> {
    match &expr {
        Expr::Lit(ExprLit { lit: Lit::Int(lit), .. }) if lit.suffix().is_empty() || lit.suffix() == "u32" => {
            Ok(Arg::Call(&["circuit_breaker", "Window", "Calls"], vec![Arg::Expr(expr)]))
        }
        Expr::Lit(_) => Ok(Arg::Call(&["circuit_breaker", "Window", "Time"], vec![duration(expr)?])),
        _ => Ok(Arg::Through(expr, "window")),
    }
}

// Input:  100 / 1s
// Output: 100, Duration
fn rate(expr: Expr) -> Result<[Arg; 2]> {
    match expr {
        Expr::Binary(ExprBinary { left, op: BinOp::Div(_), right, .. }) => {
            let left = ungroup(*left);
            if let Expr::Unary(_) = left {
                return Err(Error::new_spanned(left, "a rate cannot be negative"));
            }
            Ok([Arg::Expr(left), duration(*right)?])
        }
        other => Err(Error::new_spanned(other, "expected a rate: calls per time, as in `100 / 1s`")),
    }
}

// Input:  100ms..2s
// Output: the two durations
pub(crate) fn bounds(range: ExprRange) -> Result<(Arg, Arg)> {
    if let RangeLimits::Closed(dots) = range.limits {
        return Err(Error::new_spanned(dots, "write the bounds as `100ms..2s`"));
    }
    let span = range.limits.span();
    match (range.start, range.end) {
        (Some(start), Some(end)) => Ok((duration(*start)?, duration(*end)?)),
        _ => Err(Error::new(span, "both bounds are needed, as in `100ms..2s`")),
    }
}

type Choices = &'static [(&'static str, &'static [&'static str])];

const JITTERS: Choices = &[
    ("full", &["retry", "Jitter", "Full"]),
    ("equal", &["retry", "Jitter", "Equal"]),
    ("none", &["retry", "Jitter", "None"]),
];
const INITIALS: Choices = &[
    ("closed", &["circuit_breaker", "Initial", "Closed"]),
    ("disabled", &["circuit_breaker", "Initial", "Disabled"]),
    ("metrics_only", &["circuit_breaker", "Initial", "MetricsOnly"]),
    ("forced_open", &["circuit_breaker", "Initial", "ForcedOpen"]),
];

fn choice(key: &Key, expr: Expr, choices: Choices) -> Result<Arg> {
    let words = || choices.iter().map(|(word, _)| *word);
    let word = match &expr {
        Expr::Path(_) => bare(&expr),
        Expr::Lit(_) => {
            return Err(Error::new_spanned(&expr, format!("`{}` is one of {}", key.name, list(words()))));
        }
        _ => None,
    };
    let Some(word) = word.filter(|word| !is_constant(&word.to_string())) else { return Ok(Arg::Expr(expr)) };
    let text = word.to_string();
    if let Some((_, item)) = choices.iter().find(|(name, _)| *name == text) {
        return Ok(Arg::Item(item));
    }
    let meant = did_you_mean(&text, words());
    let choices: Vec<_> = words().collect();
    Err(Error::new(word.span(), unknown(key.name, &text, meant, &choices)))
}

pub(crate) fn unknown(what: &str, word: &str, meant: Option<&str>, choices: &[&str]) -> String {
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    format!("unknown {what} `{word}`{meant}\nexpected one of: {}", list(choices.iter().copied()))
}

fn pattern(policy: Policy, key: &Key, input: ParseStream) -> Result<Pattern> {
    let pattern: Pattern = input.parse()?;
    pattern.check(match (policy, key.name) {
        (Policy::CircuitBreaker, _) => "write `Error::X`, or a predicate with `failure_if`",
        (Policy::Retry, "on") => {
            "write `Error::X`, or a predicate with `retry_if`; every error is the default"
        }
        (Policy::Retry, _) => "write `Error::X`",
        _ => "write `Failure::Error(..)` or `Failure::Rejected(_)`; every failure is the default",
    })?;
    Ok(pattern)
}

fn function(key: &Key, expr: Expr) -> Result<Expr> {
    match ungroup(expr) {
        expr @ (Expr::Path(_) | Expr::Closure(_)) => Ok(expr),
        other => {
            Err(Error::new_spanned(other, format!("`{}` is a closure, or the path of a function", key.name)))
        }
    }
}

/// The expression without the invisible groups that `macro_rules!` puts around what it passes on.
pub(crate) fn ungroup(mut expr: Expr) -> Expr {
    while let Expr::Group(group) = expr {
        expr = *group.expr;
    }
    expr
}

pub(crate) fn bare(expr: &Expr) -> Option<Ident> {
    match expr {
        Expr::Group(group) => bare(&group.expr),
        Expr::Path(path) if path.attrs.is_empty() && path.qself.is_none() => path.path.get_ident().cloned(),
        _ => None,
    }
}

/// Written like a constant, a type or a variant, and not like a local or a function.
pub(crate) fn is_constant(name: &str) -> bool {
    let name = name.strip_prefix("r#").unwrap_or(name);
    name.chars().find(|c| *c != '_').is_some_and(char::is_uppercase)
}

/// Skips what is left of a value that could not be read, so that the next key is read as well.
pub(crate) fn skip(input: ParseStream) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if proc_macro2::TokenTree::parse(input).is_err() {
            return;
        }
    }
}

/// One tier of a fallback.
pub(crate) fn tier(expr: Expr) -> Result<Expr> {
    match ungroup(expr) {
        expr @ (Expr::Path(_) | Expr::Closure(_)) => Ok(expr),
        Expr::Field(field) => {
            Err(Error::new_spanned(field, "a method is written `Self::name`; it is given the receiver first"))
        }
        other => Err(Error::new_spanned(
            other,
            "a tier of a fallback is the path of a function, or a closure over the failure; a value is written `value = ..`",
        )),
    }
}

/// The tokens up to the next comma, as the user wrote them.
pub(crate) fn text(input: ParseStream) -> String {
    let ahead = input.fork();
    let mut tokens = proc_macro2::TokenStream::new();
    while !ahead.is_empty() && !ahead.peek(Token![,]) {
        let Ok(tree) = proc_macro2::TokenTree::parse(&ahead) else { break };
        tokens.extend([tree]);
    }
    tokens.to_string()
}
