use proc_macro2::{Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, Path};

use crate::{
    setting::Arg,
    span::{Reach, Tokens, local, respan},
};

/// The runtime crate, as the function's crate calls it.
pub(crate) struct Krate {
    path: Tokens,
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
        Self { path: [local(IMPORTED).into()].into_iter().collect(), import, ..krate }
    }

    pub(crate) const fn import(&self) -> &TokenStream {
        &self.import
    }

    pub(crate) fn new(given: Option<&Path>) -> Self {
        match given {
            Some(path) => {
                let tokens: Tokens = path.to_token_stream().into_iter().collect();
                let hygiene = tokens.clone().into_iter().next().map(|token| token.span());
                Self { path: tokens, hygiene, import: TokenStream::new() }
            }
            None => Self {
                path: quote_spanned!(Span::mixed_site()=> ::resilience).into_iter().collect(),
                hygiene: None,
                import: TokenStream::new(),
            },
        }
    }

    /// `::resilience::__private`
    pub(crate) fn private(&self) -> Tokens {
        self.item(&["__private"])
    }

    pub(crate) fn item(&self, path: &[&str]) -> Tokens {
        let at = Span::mixed_site();
        let colon = |spacing| {
            let mut colon = Punct::new(':', spacing);
            colon.set_span(at);
            TokenTree::from(colon)
        };
        let segment = |name| [colon(Spacing::Joint), colon(Spacing::Alone), Ident::new(name, at).into()];
        self.path.clone().into_iter().chain(path.iter().flat_map(|name| segment(name))).collect()
    }

    /// `tokens`, which are ours, as if the user had written them at `reach`.
    pub(crate) fn cover(&self, reach: Reach, tokens: impl IntoIterator<Item = TokenTree>) -> Tokens {
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
                self.cover(reach, quote!(#new(#seconds, #nanos))).into_token_stream()
            }
            Arg::Float(number, span) => {
                let literal = proc_macro2::Literal::f64_suffixed(*number);
                respan(quote!(#literal), *span).into_token_stream()
            }
            Arg::Item(path) => self.cover(reach, self.item(path)).into_token_stream(),
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
