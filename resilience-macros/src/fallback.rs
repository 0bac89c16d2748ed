//! What is emitted when there is something to complain about: the function as it was, so that nothing else breaks.

use proc_macro2::{Group, TokenStream};
use quote::quote;
use syn::Error;

use crate::{
    expand::split_inner_attrs,
    function::Function,
    policy::Policy,
    stack::{policy_of, proof},
};

pub(crate) fn function(mut function: Function, error: &Error) -> TokenStream {
    let mut proofs = TokenStream::new();
    function.attrs.retain(|attr| {
        let policy = policy_of(attr);
        proofs.extend(policy.map(|policy| proof(policy, attr.path())));
        policy.is_none()
    });
    if let Some(body) = &mut function.body {
        let (inner_attrs, rest) = split_inner_attrs(body.stream());
        let span = body.span();
        *body = Group::new(body.delimiter(), quote!(#inner_attrs #proofs #rest));
        body.set_span(span);
    }
    let errors = error.to_compile_error();
    quote!(#function #errors)
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
    let message = format!("`#[{}]` goes above a function or a method", policy.name());
    let errors = Error::new(proc_macro2::Span::call_site(), message).to_compile_error();
    quote!(#item #errors)
}
