//! What a function says of itself to the catalogue. The macros that are told are the runtime's, which knows whether there is a
//! catalogue; if there is none, they are nothing.
//!
//! Where no runtime of the build has a catalogue, nothing is said at all, since each macro call costs the compiler time. The
//! macros are built once for all of them, with the features of all: a catalogue never misses a function.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{Ident, ext::IdentExt};

use crate::{
    codegen::ours,
    krate::Krate,
    layer::{Base, Layer},
    setting::{Setting, Value},
    site::source,
};

/// The snapshots show all of it.
const IS_WANTED: bool = cfg!(any(feature = "catalogue", test));

// Output: function! { Source::new(..) }                           at the function's name
pub(crate) fn function(krate: &Krate, name: &Ident) -> Option<TokenStream> {
    if !IS_WANTED {
        return None;
    }
    let (private, source) = (krate.private(), source(krate, name.span(), &name.unraw().to_string()));
    Some(ours!(#private::function! { #source }))
}

// Output: layer! { 0, SITE, preset: "HTTP_API", keys: &["attempts"], code: &[("on", "Error::Busy(_)")] }
//
// Settings are in the config already; of code, only the attribute has the text.
pub(crate) fn layer(krate: &Krate, layer: &Layer, index: usize, site: &impl ToTokens) -> Option<TokenStream> {
    if !IS_WANTED {
        return None;
    }
    let private = krate.private();
    let settings = &layer.settings;
    let preset = match &layer.base {
        Base::None => String::new(),
        Base::Preset(preset) | Base::Section(preset) | Base::Maybe(preset) => text(preset),
    };
    let is_code = |setting: &&Setting| !matches!(setting.value, Value::Config { .. });
    let keys = settings.values.iter().filter(|setting| !is_code(setting)).map(|setting| setting.key.name);
    let tiers = settings.tiers.iter().map(|tier| ("tier", text(tier)));
    let code = settings.values.iter().filter(is_code).map(|setting| {
        let text = match &setting.value {
            Value::Pattern(pattern) => text(pattern),
            Value::Function(expr) | Value::Expr(expr) => text(expr),
            Value::Config { .. } => String::new(),
        };
        (setting.key.name, text)
    });
    let code = tiers.chain(code).map(|(key, text)| ours!((#key, #text)));
    let index = proc_macro2::Literal::usize_unsuffixed(index);
    Some(ours!(#private::layer! { #index, #site, preset: #preset, keys: &[#(#keys),*], code: &[#(#code),*] }))
}

/// As it is written; only the places of the tokens say where there was a space.
fn text(tokens: impl ToTokens) -> String {
    let tokens = tokens.to_token_stream();
    if !proc_macro::is_available() {
        return tokens.to_string();
    }
    let (mut text, mut end) = (String::new(), None);
    write(tokens, &mut |word: &str, from: Place, to: Place| {
        if end.is_some_and(|end| end != from) {
            text.push(' ');
        }
        text.push_str(word);
        end = Some(to);
    });
    text
}

/// Line and column.
type Place = (usize, usize);

fn write(tokens: TokenStream, word: &mut impl FnMut(&str, Place, Place)) {
    for tree in tokens {
        let (start, end) = (tree.span().unwrap().start(), tree.span().unwrap().end());
        let (start, end) = ((start.line(), start.column()), (end.line(), end.column()));
        let TokenTree::Group(group) = tree else {
            word(&tree.to_string(), start, end);
            continue;
        };
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::None => ("", ""),
        };
        word(open, start, (start.0, start.1 + open.len()));
        write(group.stream(), word);
        word(close, (end.0, end.1.saturating_sub(close.len())), end);
    }
}
