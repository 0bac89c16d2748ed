//! The name of a site's policy, where one is written.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::{
    codegen::ours,
    krate::Krate,
    settings::{Name, Settings},
    site::constant,
    span::Reach,
};

// Output: named("quotes")
pub(crate) fn short(krate: &Krate, settings: &Settings) -> TokenStream {
    let private = krate.private();
    let Some(text) = settings.name.as_ref().map(tokens) else { return TokenStream::new() };
    krate.cover(Reach::of(&text), quote!(#private::named(#text))).into_token_stream()
}

// Output: Some(__RESILIENCE_NAME), and before it: const __RESILIENCE_NAME: &str = "quotes"; const _: () = check(..);
pub(crate) fn checked(krate: &Krate, settings: &Settings) -> (TokenStream, TokenStream) {
    let private = krate.private();
    let Some(text) = settings.name.as_ref().map(tokens) else {
        return (ours!(#private::None), TokenStream::new());
    };
    let problem = quote!(#private::check(#private::name_problem(__RESILIENCE_NAME)));
    let check = constant(krate, Reach::of(&text), problem);
    (ours!(#private::Some(__RESILIENCE_NAME)), ours!(const __RESILIENCE_NAME: &str = #text; #check))
}

fn tokens(name: &Name) -> TokenStream {
    match name {
        Name::Text(text) => {
            // The span of a bare word would turn the literal into one that the user's lints look at.
            let mut literal = Literal::string(&text.value());
            literal.set_span(text.span());
            literal.to_token_stream()
        }
        Name::Expr(expr) => expr.to_token_stream(),
    }
}
