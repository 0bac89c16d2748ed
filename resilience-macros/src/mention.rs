use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

/// True if `tokens` may use one of the names that `pattern` binds, also inside a format string.
///
/// By tokens, so now and then true without need, which costs a clone; never false.
pub(crate) fn mentions(tokens: &TokenStream, pattern: &TokenStream) -> bool {
    let mut names = BTreeSet::new();
    idents(pattern, &mut names);
    any(tokens, &names)
}

fn idents(tokens: &TokenStream, names: &mut BTreeSet<String>) {
    for tree in tokens.clone() {
        match tree {
            TokenTree::Ident(ident) if ident != "mut" && ident != "ref" && ident != "_" => {
                names.insert(ident.to_string());
            }
            TokenTree::Group(group) => idents(&group.stream(), names),
            _ => {}
        }
    }
}

fn any(tokens: &TokenStream, names: &BTreeSet<String>) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => names.contains(&ident.to_string()),
        TokenTree::Group(group) => any(&group.stream(), names),
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            text.contains('{') && names.iter().any(|name| is_formatted(&text, name))
        }
        TokenTree::Punct(_) => false,
    })
}

/// True if an expression of these tokens may wait, where a macro may hide it; now and then true without need, never false.
pub(crate) fn awaits(tokens: &TokenStream) -> bool {
    let mut trees = tokens.clone().into_iter().peekable();
    while let Some(tree) = trees.next() {
        let awaits_here = match &tree {
            TokenTree::Ident(ident) => ident == "await",
            TokenTree::Group(group) => awaits(&group.stream()),
            TokenTree::Punct(punct) => {
                punct.as_char() == '!' && matches!(trees.peek(), Some(TokenTree::Group(_)))
            }
            TokenTree::Literal(_) => false,
        };
        if awaits_here {
            return true;
        }
    }
    false
}

/// `{name}`, `{name:?}`, `{:name$}`: the name stands between signs that cannot be part of it.
fn is_formatted(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(is_part) && matches!(after, Some('}' | ':' | '$'))
    })
}

// Input:  self.url.get(self::PATH)
// Output: __self.url.get(self::PATH)
//
// `self` cannot be bound by a `let`. Items inside the body have a `self` of their own.
pub(crate) fn rename_self(tokens: TokenStream) -> TokenStream {
    let mut trees = tokens.into_iter().peekable();
    let mut out = TokenStream::new();
    let mut is_item = false;
    let mut is_import = false;
    while let Some(tree) = trees.next() {
        let is_path = matches!(trees.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':')
            && matches!(&tree, TokenTree::Ident(ident) if ident == "self")
            && is_double_colon(&mut trees.clone());
        let tree = match tree {
            TokenTree::Ident(ident) if ident == "self" && !is_path && !is_import => {
                own_self(ident.span()).into()
            }
            TokenTree::Ident(ident) => {
                is_item |= ident == "impl" || ident == "trait";
                is_import |= ident == "use";
                ident.into()
            }
            TokenTree::Group(group) if is_item && group.delimiter() == proc_macro2::Delimiter::Brace => {
                is_item = false;
                group.into()
            }
            TokenTree::Group(group) if is_item || is_import => group.into(),
            TokenTree::Group(group) => {
                let mut renamed = proc_macro2::Group::new(group.delimiter(), rename_self(group.stream()));
                renamed.set_span(group.span());
                renamed.into()
            }
            TokenTree::Punct(punct) => {
                if punct.as_char() == ';' {
                    is_item = false;
                    is_import = false;
                }
                punct.into()
            }
            other @ TokenTree::Literal(_) => other,
        };
        out.extend([tree]);
    }
    out
}

fn is_double_colon(rest: &mut (impl Iterator<Item = TokenTree> + Clone)) -> bool {
    let is_colon =
        |tree: Option<TokenTree>| matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    is_colon(rest.next()) && is_colon(rest.next())
}

pub(crate) fn own_self(span: Span) -> Ident {
    Ident::new("__self", Span::mixed_site().located_at(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(tokens: &str, pattern: &str) -> bool {
        mentions(&tokens.parse().unwrap(), &pattern.parse().unwrap())
    }

    #[test]
    fn a_name_is_found_wherever_it_stands() {
        assert!(says("|f| other(x)", "x"));
        assert!(says("|f| println!(\"{x}\")", "mut x"));
        assert!(says("|f| println!(\"{x:?}\")", "(x, y)"));
        assert!(!says("|f| println!(\"x\", xy)", "x"));
        assert!(!says("|f| println!(\"{xy}\")", "x"));
    }

    #[test]
    fn self_is_renamed_where_it_is_the_receiver() {
        let tokens = "self.a(self::B, |x| self.c); use self::d; impl X { fn f(&self) { self.g } } self"
            .parse()
            .unwrap();
        let expected: TokenStream =
            "__self.a(self::B, |x| __self.c); use self::d; impl X { fn f(&self) { self.g } } __self"
                .parse()
                .unwrap();
        assert_eq!(rename_self(tokens).to_string(), expected.to_string());
    }
}
