use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{FnArg, ReceiverKind, ext::IdentExt};

use crate::{
    block, body, borrow, boxed, catalogue, check,
    codegen::{Generator, ours},
    cross,
    errors::Errors,
    fallback::{self, Mistake},
    function::Function,
    key,
    krate::Krate,
    plan::Plan,
    policy::Policy,
    shared,
    signature::{Callable, Flavor, Param, simple},
    span::{Reach, local},
    stack::{self, gather},
};

/// Declared first in every guarded body, by which an attribute under another name finds out that it came too late. A type,
/// since that is no body for rustc to build and evaluate.
const MARK: &str = "__GuardedByResilience";

pub(crate) fn attribute(policy: Policy, args: TokenStream, item: &TokenStream) -> TokenStream {
    if stack::is_proof(policy, &args) {
        return TokenStream::new();
    }
    let function = match syn::parse2::<Function>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let block = if policy == Policy::Resilient { block::expand(&args, item) } else { None };
            return block.unwrap_or_else(|| fallback::unreadable(item, policy, &error));
        }
    };
    match try_expand(policy, args, function.clone()) {
        Ok(expansion) => expansion,
        Err(mistake) => fallback::function(function, &mistake),
    }
}

fn try_expand(
    policy: Policy,
    args: TokenStream,
    mut function: Function,
) -> std::result::Result<TokenStream, Mistake> {
    let mut errors = Errors::default();
    let stack = gather(policy, args, &mut function, &mut errors);
    let presets = stack.presets();
    check_renamed(&function, &mut errors);
    check::stack(&stack.layers, &mut errors);
    check::function(&function, &mut errors);
    let callable = if function.body.is_some() { Callable::read(&function, &mut errors) } else { None };
    let plan = callable.map(|callable| {
        check::fit(&stack.layers, &callable, &mut errors);
        let plan = Plan::new(callable, stack.layers, stack.gathered);
        if plan.is_reused {
            borrow::check(&function.sig, &plan.callable, &mut errors);
        }
        plan
    });
    errors.finish().map_err(|error| Mistake { error, presets })?;
    match plan {
        // A method that its block is to skip.
        Some(plan) if plan.layers.is_empty() => {
            let proofs = plan.gathered.iter().map(|(policy, path)| stack::proof(*policy, path)).collect();
            fallback::prove(&mut function, &proofs);
            Ok(function.to_token_stream())
        }
        Some(plan) => Ok(generate(&plan, &Krate::imported(stack.krate.as_ref()), function)),
        None => Ok(function.to_token_stream()),
    }
}

// Output:
//     HEAD {
//         type __GuardedByResilience = ();
//         use runtime as __resilience;                              where `crate = runtime` is written
//         #[retry(PROOF)] const _: () = ..;                         one for each gathered attribute
//         function! { .. }                                          for the catalogue
//         static __RESILIENCE_PRESET: PresetSites = ..;             where a preset gives all of a stack
//         CHECKS of two layers
//         let __key1 = SITE.key(..);                                where calls have keys
//         let mut __text = Some(text);                              slots, where the body may run again
//         'call: { .. }
//     }
fn generate(plan: &Plan, krate: &Krate, mut function: Function) -> TokenStream {
    let Some(original) = function.body.take() else { return function.to_token_stream() };
    let is_boxed = plan.callable.flavor == Flavor::Boxed;
    let block = if is_boxed { boxed::block(&original) } else { None };
    let (inner_attrs, body) = split_inner_attrs(block.as_ref().unwrap_or(&original).stream());
    let self_mutability = function.sig.inputs.first().and_then(|input| match input {
        FnArg::Receiver(receiver) if matches!(receiver.kind, ReceiverKind::Typed(..)) => receiver.mutability,
        _ => None,
    });
    let name = &function.sig.ident;
    let listed = catalogue::function(krate, name);
    let generator = Generator {
        plan,
        krate,
        private: krate.private(),
        returned: Reach::of(&plan.callable.output),
        function: name.unraw().to_string(),
        body,
        braces: block.as_ref().unwrap_or(&original).span(),
        self_mutability,
    };
    let proofs = plan.gathered.iter().map(|(policy, path)| stack::proof(*policy, path));
    let (checks, keys) = (cross::checks(krate, plan), key::keys(&generator));
    let preset_sites = shared::sites(krate, plan, &generator.function);
    let (slots, call) = (body::slots(&generator), generator.call());
    let (mark, import) = (local(MARK), krate.import());
    let inside = ours! {
        type #mark = ();
        #import
        #(#proofs)*
        #listed
        #preset_sites
        #checks
        #keys
        #slots
        #call
    };
    let documented = if plan.is_reused { documented(&function, &original, plan) } else { None };
    let undocumented = documented.as_ref().map(|_| quote!(#[cfg(not(doc))]));
    if plan.is_reused {
        body::plain_params(&mut function.sig, plan);
    }
    let inside = if is_boxed { boxed::with_block(&original, &inside) } else { inside };
    let mut body = Group::new(Delimiter::Brace, quote!(#inner_attrs #inside));
    body.set_span(Span::mixed_site().located_at(original.span()));
    let head = function.head();
    quote!(#undocumented #head #body #documented)
}

// Input:  fn f((a, b): (A, B)) -> Result<..> { .. }
// Output: #[cfg(doc)] fn f((a, b): (A, B)) -> Result<..> { .. }
//
// Where a parameter loses its pattern, documentation is made of the function as it was written.
fn documented(function: &Function, body: &Group, plan: &Plan) -> Option<TokenStream> {
    let keeps_name = |param: &Param| simple(&param.pat).is_some();
    if plan.callable.params.iter().all(keeps_name) {
        return None;
    }
    let head = function.head();
    Some(quote!(#[cfg(doc)] #head #body))
}

// Input:  #![allow(unused)] let x = 1; ..
pub(crate) fn split_inner_attrs(body: TokenStream) -> (TokenStream, TokenStream) {
    let trees: Vec<TokenTree> = body.into_iter().collect();
    let is_punct =
        |tree: &TokenTree, sign: char| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == sign);
    let mut end = 0;
    while let [hash, bang, TokenTree::Group(group), ..] = &trees[end..]
        && is_punct(hash, '#')
        && is_punct(bang, '!')
        && group.delimiter() == Delimiter::Bracket
    {
        end += 3;
    }
    let mut trees = trees.into_iter();
    (trees.by_ref().take(end).collect(), trees.collect())
}

// One of our attributes above has built the stack already, and this one was not in it: it has another name here.
fn check_renamed(function: &Function, errors: &mut Errors) {
    let Some(body) = &function.body else { return };
    let block = boxed::block(body);
    let stream = block.as_ref().unwrap_or(body).stream();
    let mut first = split_inner_attrs(stream).1.into_iter().take(2);
    let is_mark = first.any(|tree| matches!(tree, TokenTree::Ident(word) if word == MARK));
    if is_mark {
        errors.at(
            Span::call_site(),
            "a resilience attribute under another name cannot join the stack of the attribute above it; import it by its own name, or write its whole path",
        );
    }
}
