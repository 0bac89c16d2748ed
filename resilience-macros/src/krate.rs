use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, Path};

use crate::{
    setting::Arg,
    span::{Reach, respan},
};

/// The runtime crate, as the function's crate calls it.
pub(crate) struct Krate {
    path: TokenStream,
    /// A `$crate` means what its own hygiene says, so tokens are moved to the user's place with the hygiene of the path.
    hygiene: Option<Span>,
    /// `use runtime as __resilience;` for the beginning of a body.
    import: TokenStream,
}

/// The runtime crate in a body that imports it.
const IMPORTED: &str = "__resilience";

impl Krate {
    /// For a body. A path that is written is there once, in an import: a mistake in it is then one error, and not one for
    /// each of our items.
    pub(crate) fn imported(given: Option<&Path>) -> Self {
        let krate = Self::new(given);
        let Some((path, first)) = given.and_then(|path| Some((path, &path.segments.first()?.ident))) else {
            return krate;
        };
        if ["$crate", "crate", "self", "super"].iter().any(|root| first == root) {
            return krate;
        }
        let at = Span::mixed_site().located_at(first.span());
        let name = Ident::new(IMPORTED, at);
        let import = quote_spanned!(at=> #[allow(unused_imports)] use #path as #name;);
        Self { path: Ident::new(IMPORTED, Span::mixed_site()).into_token_stream(), import, ..krate }
    }

    pub(crate) const fn import(&self) -> &TokenStream {
        &self.import
    }

    pub(crate) fn new(given: Option<&Path>) -> Self {
        match given {
            Some(path) => {
                let tokens = path.to_token_stream();
                let hygiene = tokens.clone().into_iter().next().map(|token| token.span());
                Self { path: tokens, hygiene, import: TokenStream::new() }
            }
            None => Self {
                path: quote_spanned!(Span::mixed_site()=> ::resilience),
                hygiene: None,
                import: TokenStream::new(),
            },
        }
    }

    /// `::resilience::__private`
    pub(crate) fn private(&self) -> TokenStream {
        self.item(&["__private"])
    }

    pub(crate) fn item(&self, path: &[&str]) -> TokenStream {
        let krate = &self.path;
        let names = path.iter().map(|name| Ident::new(name, Span::mixed_site()));
        quote_spanned!(Span::mixed_site()=> #krate #(::#names)*)
    }

    /// `tokens`, which are ours, as if the user had written them at `reach`.
    pub(crate) fn cover(&self, reach: Reach, tokens: TokenStream) -> TokenStream {
        Reach { start: self.place(reach.start), end: self.place(reach.end) }.cover(tokens)
    }

    pub(crate) fn place(&self, span: Span) -> Span {
        self.hygiene.map_or(span, |hygiene| hygiene.located_at(span))
    }

    pub(crate) fn arg(&self, arg: &Arg, reach: Reach) -> TokenStream {
        match arg {
            Arg::Expr(expr) => expr.to_token_stream(),
            Arg::Duration(duration) => {
                let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
                let new = self.item(&["__private", "core", "time", "Duration", "new"]);
                self.cover(reach, quote!(#new(#seconds, #nanos)))
            }
            Arg::Float(number, span) => {
                let literal = proc_macro2::Literal::f64_suffixed(*number);
                respan(quote!(#literal), *span)
            }
            Arg::Item(path) => self.cover(reach, self.item(path)),
            Arg::Call(path, args) => {
                let args = args.iter().map(|arg| self.arg(arg, reach));
                let function = self.cover(Reach::at(reach.start), self.item(path));
                let mut group =
                    proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, quote!(#(#args),*));
                group.set_span(reach.end);
                quote!(#function #group)
            }
            Arg::Through(expr, method) => {
                let value = self.cover(Reach::at(reach.start), self.item(&["__private", "Value"]));
                let method = Ident::new(method, reach.end);
                let mut none =
                    proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, TokenStream::new());
                none.set_span(reach.end);
                let mut inner = proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, quote!(#expr));
                inner.set_span(reach.end);
                quote!(#value #inner.#method #none)
            }
        }
    }
}
