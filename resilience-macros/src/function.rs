use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    AttrStyle, Attribute, Result, Signature, Token, Visibility,
    parse::{Parse, ParseStream},
};

/// The item under the attribute. Its body stays tokens: it need not be complete, and nothing in it is ours to read.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    defaultness: Option<Token![default]>,
    pub(crate) sig: Signature,
    pub(crate) body: Option<Group>,
}

impl Parse for Function {
    fn parse(input: ParseStream) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let defaultness = if input.peek(Token![default]) { Some(input.parse()?) } else { None };
        let sig = input.parse()?;
        let body = match input.parse::<Option<Token![;]>>()? {
            Some(_) => None,
            None => Some(braces(input)?),
        };
        Ok(Self { attrs, vis, defaultness, sig, body })
    }
}

fn braces(input: ParseStream) -> Result<Group> {
    input.step(|cursor| match cursor.token_tree() {
        Some((TokenTree::Group(group), rest)) => match bare_braces(group) {
            Some(group) => Ok((group, rest)),
            None => Err(cursor.error("expected the body of a function")),
        },
        _ => Err(cursor.error("expected the body of a function")),
    })
}

/// A `$body:block` of a `macro_rules!` has an invisible group around it.
fn bare_braces(group: Group) -> Option<Group> {
    match group.delimiter() {
        Delimiter::Brace => Some(group),
        Delimiter::None => match group.stream().into_iter().next() {
            Some(TokenTree::Group(inner)) => bare_braces(inner),
            _ => None,
        },
        _ => None,
    }
}

impl Function {
    /// Everything before the body.
    pub(crate) fn head(&self) -> TokenStream {
        let Self { vis, defaultness, sig, .. } = self;
        let attrs = self.attrs.iter().filter(|attr| matches!(attr.style, AttrStyle::Outer));
        quote!(#(#attrs)* #vis #defaultness #sig)
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.head());
        match &self.body {
            Some(body) => body.to_tokens(tokens),
            None => tokens.extend(quote!(;)),
        }
    }
}
