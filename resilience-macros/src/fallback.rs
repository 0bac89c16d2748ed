//! What is emitted when there is something to complain about: the function as it was, so that nothing else breaks.

use proc_macro2::{Group, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Error, Expr};

use crate::{
    block,
    expand::split_inner_attrs,
    function::Function,
    policy::Policy,
    stack::{policy_of, proof},
};

/// What is wrong with a stack, and the presets that it names: they are used, although nothing comes of it.
pub(crate) struct Mistake {
    pub(crate) error: Error,
    pub(crate) presets: Vec<Expr>,
}

pub(crate) fn function(mut function: Function, mistake: &Mistake) -> TokenStream {
    let Mistake { error, presets } = mistake;
    without(&mut function, |_| true);
    // A closure, since a preset may be named in the words of the function: `Self::PRESET`.
    prove(&mut function, &quote_spanned!(Span::mixed_site()=> #(let _ = || { let _ = &#presets; };)*));
    let errors = error.to_compile_error();
    quote!(#function #errors)
}

/// Takes away those of our attributes that are `gone`; that they were ours is still proven.
pub(crate) fn without(function: &mut Function, gone: impl Fn(&Attribute) -> bool) {
    let mut proofs = TokenStream::new();
    function.attrs.retain(|attr| {
        let policy = policy_of(attr).filter(|_| gone(attr));
        proofs.extend(policy.map(|policy| proof(policy, attr.path())));
        policy.is_none()
    });
    prove(function, &proofs);
}

pub(crate) fn prove(function: &mut Function, proofs: &TokenStream) {
    let Some(body) = &mut function.body else { return };
    if !proofs.is_empty() {
        let (inner_attrs, rest) = split_inner_attrs(body.stream());
        let span = body.span();
        *body = Group::new(body.delimiter(), quote!(#inner_attrs #proofs #rest));
        body.set_span(span);
    }
}

/// Not a function at all, or one that rustc itself will complain about.
pub(crate) fn unreadable(item: &TokenStream, policy: Policy, error: &Error) -> TokenStream {
    let is_function = item
        .clone()
        .into_iter()
        .any(|tree| matches!(tree, proc_macro2::TokenTree::Ident(word) if word == "fn"));
    if is_function {
        let errors = error.to_compile_error();
        return quote!(#item #errors);
    }
    let name = policy.name();
    let message = if policy == Policy::Resilient {
        "`#[resilient]` goes above a function, a method or an `impl` block".to_owned()
    } else if block::is_block(item) {
        format!(
            "`#[{name}]` goes above a function or a method; for every method of the block write `#[resilient({name}(..))]`"
        )
    } else {
        format!("`#[{name}]` goes above a function or a method")
    };
    let errors = Error::new(proc_macro2::Span::call_site(), message).to_compile_error();
    quote!(#item #errors)
}
