use proc_macro2::Span;
use syn::{Error, Ident, Result, parenthesized, parse::ParseStream};

use crate::{
    errors::{Errors, did_you_mean, list},
    policy::Policy,
    settings::{Place, Settings},
    value::is_constant,
};

const NAMES: &[&str] =
    &["circuit_breaker", "retry", "bulkhead", "rate_limit", "timeout", "total_timeout", "fallback"];

/// `retry(..)` is a section, `PRESET(..)` and `preset(..)` are not meant to be one.
pub(crate) fn is_next(input: ParseStream) -> bool {
    input.fork().parse::<Ident>().is_ok_and(|word| !is_constant(&word.to_string()))
}

// Input:  retry(attempts = 2)
pub(crate) fn parse(outer: &mut Settings, input: ParseStream, errors: &mut Errors) -> Result<()> {
    let word: Ident = input.parse()?;
    let content;
    parenthesized!(content in input);
    let settings = header(&word, Place::Section).inspect_err(|_| drain(&content))?;
    add(outer, settings, &word.to_string(), word.span(), &content, errors)
}

pub(crate) fn header(word: &Ident, place: Place) -> Result<Settings> {
    let text = word.to_string();
    let allowed = |name: &&&str| place == Place::Section || **name != "fallback";
    let policy = match text.as_str() {
        "total_timeout" => Policy::Timeout,
        _ if NAMES.iter().filter(allowed).any(|name| *name == text) => match Policy::of(&text) {
            Some(policy) => policy,
            None => return Err(Error::new(word.span(), "expected a section")),
        },
        _ => {
            let names = || NAMES.iter().filter(allowed).copied();
            let meant = did_you_mean(&text, names())
                .map(|name| format!("; did you mean `{name}`?"))
                .unwrap_or_default();
            let message = match text.as_str() {
                "fallback" => "a fallback belongs to a function, so it cannot be part of a preset; write `#[fallback(..)]` there".to_owned(),
                _ => format!("unknown section `{text}`{meant}\nexpected one of: {}", list(names())),
            };
            return Err(Error::new(word.span(), message));
        }
    };
    let mut settings = Settings::new(policy, place, word.span());
    settings.is_total = text == "total_timeout";
    Ok(settings)
}

pub(crate) fn add(
    outer: &mut Settings,
    mut settings: Settings,
    text: &str,
    at: Span,
    content: ParseStream,
    errors: &mut Errors,
) -> Result<()> {
    settings.items(content, errors);
    let is_same = |other: &Settings| other.policy == settings.policy && other.is_total == settings.is_total;
    if outer.sections.iter().any(is_same) {
        return Err(Error::new(at, format!("`{text}` is written twice")));
    }
    outer.sections.push(settings);
    Ok(())
}

fn drain(content: ParseStream) {
    while !content.is_empty() && content.parse::<proc_macro2::TokenTree>().is_ok() {}
}
