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
    pub(crate) fn cover(self, tokens: impl IntoIterator<Item = TokenTree>) -> Tokens {
        let mut tokens = respan(tokens, self.start);
        if let Some(last) = tokens.0.last_mut() {
            last.set_span(self.end);
        }
        tokens
    }
}

pub(crate) fn respan(tokens: impl IntoIterator<Item = TokenTree>, span: Span) -> Tokens {
    let respan_tree = |mut tree: TokenTree| {
        if let TokenTree::Group(group) = &tree {
            let inner = respan(group.stream(), span).into_token_stream();
            tree = Group::new(group.delimiter(), inner).into();
        }
        tree.set_span(span);
        tree
    };
    Tokens(tokens.into_iter().map(respan_tree).collect())
}

/// A few tokens that stand in other ones, most of all a path of ours. They are appended one by one: a `TokenStream` inside
/// another is four messages to the compiler, and one expansion has more than a hundred.
#[derive(Clone)]
pub(crate) struct Tokens(Vec<TokenTree>);

impl ToTokens for Tokens {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().cloned());
    }
}

impl FromIterator<TokenTree> for Tokens {
    fn from_iter<I: IntoIterator<Item = TokenTree>>(tokens: I) -> Self {
        Self(tokens.into_iter().collect())
    }
}

impl IntoIterator for Tokens {
    type Item = TokenTree;
    type IntoIter = std::vec::IntoIter<TokenTree>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A local of ours that the user's code cannot name.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// A label of ours that the user's code cannot name.
pub(crate) fn label(name: &str) -> Lifetime {
    Lifetime::new(&format!("'{name}"), Span::mixed_site())
}
