//! The keys of a stack: evaluated once, before the arguments go anywhere.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;

use crate::{
    codegen::{Generator, ours},
    layer::Layer,
    mention::mentions,
    plan::Plan,
    setting::Value,
    signature::{Param, Pass, simple},
    span::{Reach, local},
};

/// The expression behind `key =`.
pub(crate) fn key(layer: &Layer) -> Option<&Expr> {
    match layer.settings.value("key") {
        Some(Value::Expr(key)) => Some(key),
        _ => None,
    }
}

/// Whether a key may use this parameter.
pub(crate) fn is_wanted(plan: &Plan, param: &Param) -> bool {
    let mentions_it = |key: &Expr| mentions(&key.to_token_stream(), &param.pat.to_token_stream());
    plan.layers.iter().filter_map(key).any(mentions_it)
}

// Output:
//     let __key2 = match &host {
//         __value => {
//             use {AsText as _, KeyText as _};
//             SITE.key((&KeyOf(__value)).key_text())
//         }
//     };
//
// Every attempt asks the instance that was found here.
pub(crate) fn keys(generator: &Generator) -> TokenStream {
    let mut lets = TokenStream::new();
    for (index, layer) in generator.plan.layers.iter().enumerate() {
        let Some(key) = key(layer) else { continue };
        let (private, site, name) = (&generator.private, generator.site(layer), instance(index));
        let (rebinding, reference, text) = (rebinding(generator, key), reference(key), text(generator, key));
        lets.extend(ours! {
            let #name = {
                #rebinding
                match #reference {
                    __value => {
                        #[allow(unused_imports)]
                        use #private::{AsText as _, KeyText as _};
                        #site.key(#text)
                    }
                }
            };
        });
    }
    lets
}

/// What a layer asks: its key's instance, once more where another attempt may follow.
pub(crate) fn asked(generator: &Generator, index: usize) -> TokenStream {
    let (private, name) = (&generator.private, instance(index));
    if generator.plan.retry().is_some_and(|retry| retry < index) {
        ours!(#private::core::clone::Clone::clone(&#name))
    } else {
        name.to_token_stream()
    }
}

fn instance(index: usize) -> Ident {
    local(&format!("__key{index}"))
}

// Output: &host     &(a + b)
//
// Borrowed, never moved; a text is used as it is.
fn reference(key: &Expr) -> TokenStream {
    let binds_closer = matches!(
        key,
        Expr::Path(_)
            | Expr::Field(_)
            | Expr::Call(_)
            | Expr::MethodCall(_)
            | Expr::Macro(_)
            | Expr::Index(_)
            | Expr::Lit(_)
            | Expr::Paren(_)
    );
    if binds_closer { ours!(&#key) } else { ours!(&(#key)) }
}

// Output: (&KeyOf(__value)).key_text()
//
// At the expression, for what the compiler says of its type.
fn text(generator: &Generator, key: &Expr) -> TokenStream {
    let (private, reach) = (&generator.private, Reach::of(key));
    let at_key = |tokens: TokenStream| generator.krate.cover(Reach::at(reach.start), tokens);
    let function = at_key(quote!(&#private::KeyOf));
    // What binds the type that does not fit is what the compiler points at.
    let value = Ident::new("__value", Span::mixed_site().located_at(reach.start));
    let mut value = Group::new(Delimiter::Parenthesis, value.to_token_stream());
    value.set_span(reach.end);
    let mut probe = Group::new(Delimiter::Parenthesis, quote!(#function #value));
    probe.set_span(reach.end);
    let method = Ident::new("key_text", reach.end);
    let mut none = Group::new(Delimiter::Parenthesis, TokenStream::new());
    none.set_span(reach.end);
    let dot = at_key(quote!(.));
    quote!(#probe #dot #method #none)
}

// Output: let (a, b) = &__arg0;
//
// Where the body may run again, a parameter that is a pattern has another name by now.
fn rebinding(generator: &Generator, key: &Expr) -> TokenStream {
    let plan = generator.plan;
    let mut lets = TokenStream::new();
    if !plan.is_reused {
        return lets;
    }
    let tokens = key.to_token_stream();
    for param in plan.callable.params.iter().filter(|param| simple(&param.pat).is_none()) {
        let (cfgs, pat, name) = (&param.cfgs, &param.pat, &param.name);
        if mentions(&tokens, &pat.to_token_stream()) {
            let value = match param.pass {
                Pass::Value => ours!(&#name),
                Pass::Shared => quote!(#name),
                Pass::Unique => ours!(&*#name),
            };
            lets.extend(ours!(#(#cfgs)* #[allow(unused_variables)] let #pat = #value;));
        }
    }
    lets
}
