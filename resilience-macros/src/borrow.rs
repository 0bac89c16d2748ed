//! A result that borrows from a `&mut` argument keeps that borrow for as long as the caller keeps the result; the
//! borrow checker then refuses a second attempt, in words about our closure (E0499, E0524).

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, Signature, Type, spanned::Spanned};

use crate::{
    errors::Errors,
    signature::{Callable, Receiver, ungroup_type},
};

pub(crate) fn check(sig: &Signature, callable: &Callable, errors: &mut Errors) {
    let returned = lifetimes(&callable.output.to_token_stream());
    if returned.is_empty() {
        return;
    }
    let is_lent = sig.inputs.iter().any(|input| match input {
        FnArg::Receiver(receiver) => {
            let own = lifetimes(&receiver.to_token_stream());
            callable.receiver == Receiver::Unique && (returned.contains("_") || !own.is_disjoint(&returned))
        }
        FnArg::Typed(typed) => match ungroup_type(&typed.ty) {
            Type::Reference(reference) if reference.mutability.is_some() => match &reference.lifetime {
                Some(named) => returned.contains(&named.ident.to_string()),
                None => returned.contains("_") && callable.receiver == Receiver::None,
            },
            _ => false,
        },
    });
    if is_lent {
        errors.at(
            callable.output.span(),
            "the body may run again, but what it returns borrows from a `&mut` argument, which would still be in use; return an owned value",
        );
    }
}

/// The names of all lifetimes, and `_` for each elided one.
fn lifetimes(tokens: &TokenStream) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(tokens, &mut names);
    names
}

fn is_fn(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Ident(word) if ["fn", "Fn", "FnMut", "FnOnce"].iter().any(|name| word == name))
}

fn collect(tokens: &TokenStream, names: &mut BTreeSet<String>) {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (at, tree) in trees.iter().enumerate() {
        match tree {
            // The lifetimes of `Fn(&str)` are its own.
            TokenTree::Group(_) if at > 0 && is_fn(&trees[at - 1]) => {}
            TokenTree::Group(group) => collect(&group.stream(), names),
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                if let Some(TokenTree::Ident(name)) = trees.get(at + 1) {
                    names.insert(name.to_string());
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                let is_named =
                    matches!(trees.get(at + 1), Some(TokenTree::Punct(next)) if next.as_char() == '\'');
                if !is_named {
                    names.insert("_".to_owned());
                }
            }
            _ => {}
        }
    }
    names.remove("static");
}
