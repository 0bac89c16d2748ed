//! `#[resilient(PRESET)]` above an `impl` block: as if it stood above each method that returns a `Result`.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Ident, Meta, Result, ReturnType, Token, Type, parse::Parse, parse::ParseStream,
    parse::discouraged::Speculative, parse_quote_spanned,
};

use crate::{
    boxed, check,
    errors::Errors,
    fallback,
    function::Function,
    krate::Krate,
    layer::layers,
    policy::Policy,
    settings::{Place, Settings},
    signature::ungroup_type,
    stack::{policy_of, proof},
};

/// The block, of which only functions are read.
struct Block {
    attrs: Vec<Attribute>,
    /// `impl<T> Trait for Type<T> where ..`
    head: TokenStream,
    braces: Span,
    inner_attrs: Vec<Attribute>,
    items: Vec<Item>,
}

enum Item {
    Method(Box<Method>),
    Other(TokenStream),
}

struct Method {
    function: Function,
    is_covered: bool,
}

/// `None` if this is no `impl` block.
pub(crate) fn expand(args: &TokenStream, item: &TokenStream) -> Option<TokenStream> {
    if !is_block(item) {
        return None;
    }
    let mut block = match syn::parse2::<Block>(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            let errors = error.to_compile_error();
            return Some(quote!(#item #errors));
        }
    };
    let mut errors = Errors::default();
    let proofs = block.take_ours(&mut errors);
    let krate = read(args.clone(), &mut errors);
    let covered = block.open_skipped();
    if covered == 0 {
        errors.at(Span::call_site(), block.covers_nothing());
    }
    let errors = match errors.finish() {
        Ok(()) => {
            block.cover(args, &krate);
            TokenStream::new()
        }
        Err(error) => error.to_compile_error(),
    };
    Some(quote!(#block #proofs #errors))
}

pub(crate) fn is_block(item: &TokenStream) -> bool {
    let head = |input: ParseStream| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Option<Token![default]>>()?;
        input.parse::<Option<Token![unsafe]>>()?;
        let is_impl = input.peek(Token![impl]);
        while input.parse::<TokenTree>().is_ok() {}
        Ok(is_impl)
    };
    syn::parse::Parser::parse2(head, item.clone()).unwrap_or(false)
}

/// What is wrong with the arguments is wrong once, not once for each method.
fn read(args: TokenStream, errors: &mut Errors) -> Krate {
    let mut settings = Settings::new(Policy::Resilient, Place::Attribute, Span::call_site());
    if is_skip(&args) {
        errors.over(
            args,
            "`skip` is for a method, which the `#[resilient(..)]` of its block then leaves alone",
        );
        return Krate::new(None);
    }
    settings.read(args, errors);
    let krate = Krate::new(settings.krate.take().as_ref());
    check::stack(&layers(vec![settings], errors), errors);
    krate
}

impl Parse for Block {
    fn parse(input: ParseStream) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let mut head: Vec<TokenTree> = Vec::new();
        while !input.is_empty() {
            head.push(input.parse()?);
        }
        let body = match head.pop() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => group,
            _ => return Err(input.error("expected the body of an `impl` block")),
        };
        let parser = |input: ParseStream| {
            let inner_attrs = input.call(Attribute::parse_inner)?;
            let mut items = Vec::new();
            while !input.is_empty() {
                items.push(one(input)?);
            }
            Ok((inner_attrs, items))
        };
        let (inner_attrs, items) = syn::parse::Parser::parse2(parser, body.stream())?;
        Ok(Self { attrs, head: head.into_iter().collect(), braces: body.span(), inner_attrs, items })
    }
}

fn one(input: ParseStream) -> Result<Item> {
    let ahead = input.fork();
    let error = match ahead.parse::<Function>() {
        Ok(function) => {
            input.advance_to(&ahead);
            return Ok(Item::Method(Box::new(Method { function, is_covered: false })));
        }
        Err(error) => error,
    };
    let mut tokens: Vec<TokenTree> = Vec::new();
    let is_punct = |tree: Option<&TokenTree>, sign| matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
    let mut is_before_punct = true;
    while !input.is_empty() {
        let tree: TokenTree = input.parse()?;
        // Left unguarded in silence is the one thing that a function must not be.
        if is_before_punct && matches!(&tree, TokenTree::Ident(word) if word == "fn") {
            while input.parse::<TokenTree>().is_ok() {}
            return Err(error);
        }
        let is_macro_body = matches!(&tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
            && is_punct(tokens.last(), '!');
        is_before_punct &= !matches!(&tree, TokenTree::Punct(punct) if punct.as_char() != '#');
        tokens.push(tree);
        if is_macro_body || is_punct(tokens.last(), ';') {
            break;
        }
    }
    Ok(Item::Other(tokens.into_iter().collect()))
}

impl Block {
    fn methods(&mut self) -> impl Iterator<Item = &mut Method> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Method(method) => Some(&mut **method),
            Item::Other(_) => None,
        })
    }

    /// Attributes of ours below this one, which has room for all that they could say.
    fn take_ours(&mut self, errors: &mut Errors) -> TokenStream {
        let mut proofs = TokenStream::new();
        self.attrs.retain(|attr| {
            let Some(policy) = policy_of(attr) else { return true };
            let message = match policy {
                Policy::Resilient => "a block has one `#[resilient(..)]`".to_owned(),
                other => format!("write `{}(..)` inside the `#[resilient(..)]` of the block", other.name()),
            };
            errors.over(attr.path(), message);
            proofs.extend(proof(policy, attr.path()));
            false
        });
        proofs
    }

    /// Takes away `#[resilient(skip)]`, and marks what remains to be covered; how many that is.
    fn open_skipped(&mut self) -> usize {
        let mut covered = 0;
        for Method { function, is_covered } in self.methods() {
            let is_own = function.attrs.iter().any(|attr| policy_of(attr) == Some(Policy::Resilient));
            fallback::without(function, is_skip_attr);
            *is_covered = !is_own && is_guardable(function);
            covered += usize::from(*is_covered);
        }
        covered
    }

    fn covers_nothing(&mut self) -> &'static str {
        if self.methods().any(|method| is_guardable(&method.function)) {
            "this `#[resilient(..)]` covers nothing: every method that returns a `Result` has `#[resilient(skip)]`, or a `#[resilient(..)]` of its own"
        } else {
            "this `#[resilient(..)]` covers nothing: no method of the block returns a `Result`; where another name stands for one, write `#[resilient(..)]` above the method"
        }
    }

    // Output: #[::resilience::resilient(__resilience_block(ARGS))] fn f() ..       above other attributes of ours
    //
    // The attribute stands where the name of the method stands: that is its place in every message.
    fn cover(&mut self, args: &TokenStream, krate: &Krate) {
        let path = krate.item(&["resilient"]);
        for Method { function, .. } in self.methods().filter(|method| method.is_covered) {
            let at = function.attrs.iter().position(|attr| policy_of(attr).is_some()).unwrap_or(0);
            let span = function.sig.ident.span();
            let mark = Ident::new(MARK, Span::mixed_site());
            function.attrs.insert(at, parse_quote_spanned!(span=> #[#path(#mark(#args))]));
        }
    }
}

impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, head, inner_attrs, items, .. } = self;
        let mut body = Group::new(Delimiter::Brace, quote!(#(#inner_attrs)* #(#items)*));
        body.set_span(self.braces);
        tokens.extend(quote!(#(#attrs)* #head #body));
    }
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Method(method) => method.function.to_tokens(tokens),
            Self::Other(other) => other.to_tokens(tokens),
        }
    }
}

/// A method that the block covers, unless it says otherwise itself.
fn is_guardable(function: &Function) -> bool {
    let output = boxed::output(function).or(match &function.sig.output {
        ReturnType::Type(_, ty) => Some(ty),
        ReturnType::Default => None,
    });
    let is_result = output.is_some_and(|ty| match ungroup_type(ty) {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "Result"),
        _ => false,
    });
    is_result && function.body.is_some() && function.sig.constness.is_none()
}

const MARK: &str = "__resilience_block";

/// The arguments of the block, if they are.
pub(crate) fn args(args: &TokenStream) -> Option<TokenStream> {
    let trees: Vec<TokenTree> = args.clone().into_iter().collect();
    match trees.as_slice() {
        [TokenTree::Ident(mark), TokenTree::Group(args)] if mark == MARK => Some(args.stream()),
        _ => None,
    }
}

pub(crate) fn is_skip(args: &TokenStream) -> bool {
    args.to_string() == "skip"
}

fn is_skip_attr(attr: &Attribute) -> bool {
    policy_of(attr) == Some(Policy::Resilient)
        && matches!(&attr.meta, Meta::List(list) if is_skip(&list.tokens))
}

/// What a method in a block has of its own goes over the block's, setting by setting.
pub(crate) fn merge(mut written: Vec<Settings>, is_skipped: bool, errors: &mut Errors) -> Vec<Settings> {
    let own = written.split_off(1);
    if is_skipped || own.iter().any(|settings| settings.policy == Policy::Resilient) {
        return own;
    }
    let mut seen: Vec<Policy> = Vec::new();
    for mut settings in own {
        if seen.contains(&settings.policy) {
            errors.at(settings.at, format!(
                "`{0}` stands twice above a method of a `#[resilient(..)]` block, which has one, in the recommended order; write `#[resilient(skip)]` and the whole stack instead",
                settings.policy.name()
            ));
            continue;
        }
        seen.push(settings.policy);
        settings.place = Place::Section;
        let block = &mut written[0];
        let same =
            block.sections.iter().position(|section| section.policy == settings.policy && !section.is_total);
        let section = same.map(|at| block.sections.swap_remove(at));
        block.sections.push(match section {
            Some(section) => settings.over(section),
            None => settings,
        });
    }
    written
}
