use proc_macro2::Span;
use syn::Expr;

use crate::{pattern::Pattern, policy::Key, span::Reach};

/// One `key = value`, or a value that stands first without its key.
pub(crate) struct Setting {
    pub(crate) key: &'static Key,
    pub(crate) at: Span,
    /// The value as it is written, for the documentation of a preset.
    pub(crate) text: String,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    /// Part of the policy's `Config`: the setter, and what it is given.
    Config {
        setter: &'static str,
        args: Vec<Arg>,
        reach: Reach,
    },
    Pattern(Pattern),
    Function(Expr),
    Expr(Expr),
}

/// An argument of a setter, without the path of the runtime crate, which another attribute of the stack may give.
pub(crate) enum Arg {
    Expr(Expr),
    Duration(std::time::Duration),
    Float(f64, Span),
    /// `full` as `retry::Jitter::Full`.
    Item(&'static [&'static str]),
    /// `fixed(d)` as `retry::Backoff::fixed(d)`, `30s` as `circuit_breaker::Window::Time(..)`.
    Call(&'static [&'static str], Vec<Arg>),
    /// An expression of one of several types: `Value(expr).window()`.
    Through(Expr, &'static str),
}
