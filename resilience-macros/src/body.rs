//! The user's body in its new place: a closure called once, or an async block.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Pat, PatIdent};

use crate::{
    boxed,
    codegen::{Generator, ours},
    key,
    mention::{own_self, rename_self},
    plan::Plan,
    retry::retry_local,
    signature::{Callable, Flavor, Param, Pass, Receiver, infer_impl_trait, simple},
};

/// A closure or a block that the borrow checker may have to speak of, where the user's body stands.
macro_rules! at_body {
    ($generator:expr, $($tokens:tt)*) => {
        quote_spanned!(Span::mixed_site().located_at($generator.braces)=> $($tokens)*)
    };
}

// Output: <RET as Answer>::result(once(move || -> RET { BODY }))
//         <RET as Answer>::result(once(|| -> RET { REBINDING { BODY } }))             if the body may run again
pub(crate) fn closure(generator: &Generator) -> TokenStream {
    let private = &generator.private;
    let output = &generator.plan.callable.output;
    let closure = if generator.plan.is_reused {
        let (rebinding, body) = (rebinding(generator), braces(generator, &reused_body(generator)));
        let block = braces(generator, &quote!(#rebinding #body));
        at_body!(generator, || -> #output #block)
    } else {
        let body = braces(generator, &generator.body);
        ours!(move || -> #output #body)
    };
    generator.convert("result", ours!(#private::once(#closure)))
}

// Output: || CALL        with CALL as above
pub(crate) fn repeated(generator: &Generator) -> TokenStream {
    let call = closure(generator);
    at_body!(generator, || #call)
}

// Output: body::<1, _>(async move { TYPE { BODY } })
//         body::<1, _>(async { TYPE REBINDING { BODY } })                     if the body may run again
//
// where TYPE is `if let Some(__answer) = None::<RET> { return __answer; }`. It comes first, so that a wrong tail
// expression, `return` or `?` is reported where it stands, as without the attribute.
pub(crate) fn future(generator: &Generator) -> TokenStream {
    let private = &generator.private;
    let (capture, rebinding, body) = if generator.plan.is_reused {
        (TokenStream::new(), rebinding(generator), reused_body(generator))
    } else {
        (ours!(move), TokenStream::new(), generator.body.clone())
    };
    let body = braces(generator, &body);
    let typed = typed(generator);
    let block = braces(generator, &ours!(#typed #rebinding #body));
    let block = at_body!(generator, async #capture #block);
    match generator.plan.breakers() {
        0 => block,
        breakers if generator.plan.has_timeout_above_a_breaker() => {
            ours!(#private::shielded::<#breakers, _>(#block))
        }
        breakers => ours!(#private::body::<#breakers, _>(#block)),
    }
}

// Output: if let Some(__answer) = None::<RET> { return __answer; }
//
/// What an `async` block begins with that yields what the function returns.
pub(crate) fn typed(generator: &Generator) -> TokenStream {
    let (private, output) = (&generator.private, &generator.plan.callable.output);
    // "return type inferred to be .. here", says rustc of the first `return`.
    let back = quote_spanned!(Span::mixed_site().located_at(generator.returned.start)=> return __answer;);
    ours! {
        if let #private::Some(__answer) = #private::None::<#output> {
            #back
        }
    }
}

/// Braces where the body's own stand, for "expected `Result`, found `()`", but ours, for `unused_braces`.
fn braces(generator: &Generator, tokens: &TokenStream) -> Group {
    let mut group = Group::new(Delimiter::Brace, tokens.clone());
    group.set_span(Span::mixed_site().located_at(generator.braces));
    group
}

fn reused_body(generator: &Generator) -> TokenStream {
    let callable = &generator.plan.callable;
    let body = generator.body.clone();
    match (callable.flavor, callable.receiver) {
        (Flavor::Boxed, receiver) => boxed::lend_self(body, receiver, &lent_self(generator)),
        (_, Receiver::Counted | Receiver::Pinned) => rename_self(body),
        _ => body,
    }
}

/// The receiver for one more use of it.
pub(crate) fn lent_self(generator: &Generator) -> TokenStream {
    let private = &generator.private;
    let own = generator.plan.callable.self_token;
    match generator.plan.callable.receiver {
        Receiver::Unique => ours!(&mut *#own),
        Receiver::Counted => ours!(#private::core::clone::Clone::clone(&#own)),
        Receiver::Pinned => ours!(#private::core::pin::Pin::as_mut(&mut __pinned)),
        _ => quote!(#own),
    }
}

// Output: let mut __text = Some(text); let mut __pinned = self;
pub(crate) fn slots(generator: &Generator) -> TokenStream {
    let (plan, private) = (generator.plan, &generator.private);
    let mut slots = TokenStream::new();
    if !plan.is_reused {
        return slots;
    }
    if plan.callable.receiver == Receiver::Pinned {
        let own = plan.callable.self_token;
        slots.extend(ours!(let mut __pinned = #own;));
    }
    for param in plan.callable.params.iter().filter(|param| plan.has_slot(param)) {
        let Param { cfgs, name, slot, .. } = param;
        slots.extend(ours! {
            #(#cfgs)*
            #[allow(clippy::used_underscore_binding)]
            let mut #slot = #private::Some(#name);
        });
    }
    slots
}

// Output: let _ = &mut *self; let text = argument::<String>(&__retry0, &mut __text); let out = &mut *out;
//
// Forces the capture of the whole `&mut` (else a `Cell` behind it would make the future `!Send`), and gives every
// argument its name, and its `mut`, back.
fn rebinding(generator: &Generator) -> TokenStream {
    let plan = generator.plan;
    let mut lets = receiver(generator, false);
    for param in &plan.callable.params {
        let Param { cfgs, allows, pat, name, pass, .. } = param;
        let value = match pass {
            Pass::Value if plan.has_slot(param) => argument(generator, param),
            Pass::Unique => ours!(&mut *#name),
            Pass::Shared if is_plain(pat) => continue,
            Pass::Value | Pass::Shared => quote!(#name),
        };
        // An argument that only the key needs is used, though not here.
        let allow = key::is_wanted(plan, param).then(|| ours!(#[allow(unused_variables)]));
        lets.extend(ours!(#(#cfgs)* #(#allows)* #allow let #pat = #value;));
    }
    lets
}

fn receiver(generator: &Generator, is_tier: bool) -> TokenStream {
    let callable = &generator.plan.callable;
    let lent = lent_self(generator);
    match callable.receiver {
        // `#[async_trait]` has a statement of its own for it, which `boxed::lend_self` has changed.
        _ if callable.flavor == Flavor::Boxed && !is_tier => TokenStream::new(),
        Receiver::Unique if !is_tier => ours!(let _ = #lent;),
        Receiver::Counted | Receiver::Pinned => {
            let own = own_self(Span::call_site());
            let mutability = generator.self_mutability.map(|_| ours!(mut));
            ours!(let #mutability #own = #lent;)
        }
        _ => TokenStream::new(),
    }
}

fn is_plain(pat: &Pat) -> bool {
    simple(pat).is_some_and(|PatIdent { mutability, .. }| mutability.is_none())
}

// Output: argument::<String>(&__retry0, &mut __text)            clone while another attempt may follow, move into the last
//         lend::<String>(&mut __text, false)                 a tier needs it after every attempt
fn argument(generator: &Generator, param: &Param) -> TokenStream {
    let (plan, private) = (generator.plan, &generator.private);
    match plan.retry() {
        Some(retry) if !plan.is_kept_for_a_tier(param) => {
            let (retry, slot, ty) = (retry_local(retry), &param.slot, infer_impl_trait(&param.ty));
            ours!(#private::argument::<#ty>(&#retry, &mut #slot))
        }
        _ => lend(generator, param, false),
    }
}

pub(crate) fn lend(generator: &Generator, param: &Param, is_last: bool) -> TokenStream {
    let (private, slot, ty) = (&generator.private, &param.slot, infer_impl_trait(&param.ty));
    ours!(#private::lend::<#ty>(&mut #slot, #is_last))
}

// Output: let x = lend(&mut __x, true); let out = &mut *out;      for what a closure tier mentions
pub(crate) fn tier_rebinding(
    generator: &Generator,
    wants: impl Fn(&Param) -> bool,
    wants_self: bool,
    is_last: impl Fn(&Param) -> bool,
) -> TokenStream {
    let mut lets = if wants_self { receiver(generator, true) } else { TokenStream::new() };
    for param in generator.plan.callable.params.iter().filter(|param| wants(param)) {
        let Param { cfgs, pat, name, .. } = param;
        let value = match param.pass {
            Pass::Value => lend(generator, param, is_last(param)),
            Pass::Unique => ours!(&mut *#name),
            Pass::Shared if is_plain(pat) => continue,
            Pass::Shared => quote!(#name),
        };
        let pat = without_mut(pat);
        lets.extend(ours!(#(#cfgs)* #[allow(unused_variables)] let #pat = #value;));
    }
    lets
}

/// `mut x` was for the body; a tier that does not change `x` should not be told so.
fn without_mut(pat: &Pat) -> TokenStream {
    simple(pat).map_or_else(|| quote!(#pat), |pat| pat.ident.to_token_stream())
}

// Input:  async fn f(mut x: String, (a, b): (A, B)) -> Result<..>
// Output: async fn f(x: String, __arg1: (A, B)) -> Result<..>
//
// Only where the body may run again: the bindings, and their `mut`, move inside.
pub(crate) fn plain_params(sig: &mut syn::Signature, plan: &Plan) {
    let Callable { receiver, params, .. } = &plan.callable;
    let mut params = params.iter();
    for input in &mut sig.inputs {
        match input {
            syn::FnArg::Receiver(own) => {
                if matches!(receiver, Receiver::Counted | Receiver::Pinned) {
                    own.mutability = None;
                }
            }
            syn::FnArg::Typed(typed) => {
                let Some(param) = params.next() else { return };
                *typed.pat = Pat::Ident(PatIdent {
                    attrs: Vec::new(),
                    by_ref: None,
                    mutability: None,
                    ident: param.name.clone(),
                    subpat: None,
                });
            }
        }
    }
}

/// The receiver as an argument of a `Self::name` tier.
pub(crate) fn self_argument(generator: &Generator) -> Option<TokenStream> {
    (generator.plan.callable.receiver != Receiver::None).then(|| lent_self(generator))
}
