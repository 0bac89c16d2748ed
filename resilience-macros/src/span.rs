use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Lifetime;

/// The first and the last token of something the user wrote: rustc underlines an expression from its first token to its
/// last, and `Span::join` does not exist on stable.
#[derive(Clone, Copy)]
pub(crate) struct Reach {
    pub(crate) start: Span,
    pub(crate) end: Span,
}

impl Reach {
    pub(crate) fn of(tokens: impl ToTokens) -> Self {
        let mut tokens = tokens.to_token_stream().into_iter();
        let start = tokens.next().map_or_else(Span::call_site, |token| token.span());
        Self { start, end: tokens.last().map_or(start, |token| token.span()) }
    }

    pub(crate) fn at(span: Span) -> Self {
        Self { start: span, end: span }
    }

    /// `tokens`, as if they stood where the user's tokens stand, for every diagnostic about them.
    pub(crate) fn cover(self, tokens: TokenStream) -> TokenStream {
        let mut tokens: Vec<_> = respan(tokens, self.start).into_iter().collect();
        if let Some(last) = tokens.last_mut() {
            last.set_span(self.end);
        }
        tokens.into_iter().collect()
    }
}

pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    let respan_tree = |mut tree: TokenTree| {
        if let TokenTree::Group(group) = &tree {
            let inner = respan(group.stream(), span);
            tree = Group::new(group.delimiter(), inner).into();
        }
        tree.set_span(span);
        tree
    };
    tokens.into_iter().map(respan_tree).collect()
}

/// A local of ours that the user's code cannot name.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// A label of ours that the user's code cannot name.
pub(crate) fn label(name: &str) -> Lifetime {
    Lifetime::new(&format!("'{name}"), Span::mixed_site())
}
