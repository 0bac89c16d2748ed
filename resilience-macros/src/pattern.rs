use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Error, Expr, Pat, Result, Token,
    parse::{Parse, ParseStream},
};

use crate::{codegen::ours, mention::mentions, value::is_constant};

/// What `ignore = Error::NotFound(_) | Error::Http { status } if *status < 500` says.
pub(crate) struct Pattern {
    pub(crate) pat: Pat,
    pub(crate) guard: Option<Expr>,
}

impl Parse for Pattern {
    fn parse(input: ParseStream) -> Result<Self> {
        let pat = Pat::parse_multi_with_leading_vert(input)?;
        let guard = if input.parse::<Option<Token![if]>>()?.is_some() { Some(input.parse()?) } else { None };
        Ok(Self { pat, guard })
    }
}

impl ToTokens for Pattern {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (pat, guard) = (&self.pat, self.guard.as_ref().map(|guard| quote!(if #guard)));
        tokens.extend(quote!(#pat #guard));
    }
}

impl Pattern {
    /// Refuses what takes everything: a bare lower-case name binds, it does not compare.
    pub(crate) fn check(&self, instead: &str) -> Result<()> {
        let unguarded = if self.guard.is_none() {
            matches_everything(&self.pat)
        } else {
            let split = self.alternatives().into_iter().flatten();
            split.filter(|(_, is_guarded)| !is_guarded).find_map(|(case, _)| matches_everything(case))
        };
        match unguarded {
            Some(span) => Err(Error::new(span, format!("this pattern matches everything; {instead}"))),
            None => Ok(()),
        }
    }

    /// The alternatives, each with whether the guard is for it, where they bind different names.
    fn alternatives(&self) -> Option<Vec<(&Pat, bool)>> {
        let (Pat::Or(or), Some(guard)) = (&self.pat, &self.guard) else { return None };
        let names: Vec<_> = or.cases.iter().map(bound).collect();
        let is_split = names.iter().any(|other| *other != names[0]);
        let is_guarded = names.iter().map(|names| names.iter().any(|name| uses(guard, name)));
        is_split.then(|| or.cases.iter().zip(is_guarded).collect())
    }

    // Input:  Error::NotFound(_) | Error::Http { status } if *status < 500     =>  true
    // Output: Error::NotFound(_) => true, Error::Http { status } if *status < 500 => true,
    //
    // A guard is for every alternative, as in a `match`; but where they bind different names, which a `match` refuses, it is
    // for those whose names it uses.
    pub(crate) fn arms(&self, answer: &TokenStream) -> TokenStream {
        let pat = &self.pat;
        let Some(guard) = &self.guard else { return ours!(#pat => #answer,) };
        if let Some(alternatives) = self.alternatives() {
            let arms = alternatives.into_iter().map(|(case, is_guarded)| {
                let guard = is_guarded.then(|| ours!(if #guard));
                ours!(#case #guard => #answer,)
            });
            return quote!(#(#arms)*);
        }
        ours!(#pat if #guard => #answer,)
    }
}

fn uses(guard: &Expr, name: &str) -> bool {
    name.parse().is_ok_and(|name| mentions(&guard.to_token_stream(), &name))
}

fn matches_everything(pat: &Pat) -> Option<Span> {
    match pat {
        Pat::Wild(wild) => Some(wild.underscore_token.span),
        Pat::Ident(ident) => match &ident.subpat {
            Some((_, inner)) => matches_everything(inner),
            None => (!is_constant(&ident.ident.to_string())).then(|| ident.ident.span()),
        },
        Pat::Or(or) => or.cases.iter().find_map(matches_everything),
        Pat::Paren(paren) => matches_everything(&paren.pat),
        Pat::Reference(reference) => matches_everything(&reference.pat),
        _ => None,
    }
}

/// The names that a pattern binds.
fn bound(pat: &Pat) -> BTreeSet<String> {
    let all = |pats: &mut dyn Iterator<Item = &Pat>| pats.flat_map(bound).collect();
    match pat {
        Pat::Ident(ident) => {
            let mut names = ident.subpat.as_ref().map(|(_, inner)| bound(inner)).unwrap_or_default();
            if !is_constant(&ident.ident.to_string()) {
                names.insert(ident.ident.to_string());
            }
            names
        }
        Pat::Or(or) => all(&mut or.cases.iter()),
        Pat::Paren(paren) => bound(&paren.pat),
        Pat::Reference(reference) => bound(&reference.pat),
        Pat::Slice(slice) => all(&mut slice.elems.iter()),
        Pat::Struct(fields) => all(&mut fields.fields.iter().map(|field| &*field.pat)),
        Pat::Tuple(tuple) => all(&mut tuple.elems.iter()),
        Pat::TupleStruct(tuple) => all(&mut tuple.elems.iter()),
        _ => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Pattern {
        syn::parse_str(text).unwrap()
    }

    fn arms(text: &str) -> String {
        read(text).arms(&quote!(true)).to_string()
    }

    #[test]
    fn a_name_or_a_wildcard_alone_is_refused() {
        for text in
            ["_", "error", "E::A | other", "(_)", "e @ _", "&_", "_ | E::B { status } if *status < 500"]
        {
            assert!(read(text).check("write less").is_err(), "{text}");
        }
        for text in
            ["E::A", "LIMIT", "E::A(_)", "E::A { .. } | E::B(..)", "error if error.is_timeout()", "1..=3"]
        {
            assert!(read(text).check("write less").is_ok(), "{text}");
        }
    }

    #[test]
    fn a_guard_is_for_the_alternatives_that_bind_its_names() {
        assert_eq!(arms("E::A | E::B if late()"), "E :: A | E :: B if late () => true ,");
        assert_eq!(arms("E::A(n) | E::B(n) if *n > 1"), "E :: A (n) | E :: B (n) if * n > 1 => true ,");
        assert_eq!(
            arms("E::A(_) | E::B { status } if *status < 500"),
            "E :: A (_) => true , E :: B { status } if * status < 500 => true ,"
        );
    }
}
