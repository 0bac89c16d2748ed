use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericParam, PathArguments, ReturnType, Type, TypeParamBound};

use crate::{
    function::Function,
    signature::{Receiver, first_type, ungroup_type},
};

/// The output of a method that `#[async_trait]` has rewritten: it alone adds the lifetime `'async_trait`.
// Input:  fn f<'async_trait>(..) -> Pin<Box<dyn Future<Output = R> + Send + 'async_trait>> { Box::pin(async move { .. }) }
// Output: R
pub(crate) fn output(function: &Function) -> Option<&Type> {
    let is_async_trait =
        function.sig.generics.params.iter().any(
            |param| matches!(param, GenericParam::Lifetime(param) if param.lifetime.ident == "async_trait"),
        );
    if !is_async_trait {
        return None;
    }
    if let Some(body) = &function.body {
        block(body)?;
    }
    let ReturnType::Type(_, ty) = &function.sig.output else { return None };
    let Type::Path(pin) = ungroup_type(ty) else { return None };
    let Type::Path(boxed) = ungroup_type(first_type(&pin.path.segments.last()?.arguments)?) else {
        return None;
    };
    let Type::TraitObject(object) = ungroup_type(first_type(&boxed.path.segments.last()?.arguments)?) else {
        return None;
    };
    object.bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let PathArguments::AngleBracketed(arguments) = &bound.path.segments.last()?.arguments else {
            return None;
        };
        arguments.args.iter().find_map(|argument| match argument {
            syn::GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(&assoc.ty),
            _ => None,
        })
    })
}

/// The async block in `Box::pin(async move { .. })`, if the body is nothing else.
pub(crate) fn block(body: &Group) -> Option<Group> {
    split(body).map(|(_, block)| block)
}

// Input:  Box::pin(async move { OLD })
// Output: Box::pin(async move { NEW })
pub(crate) fn with_block(body: &Group, new: &TokenStream) -> TokenStream {
    let Some((head, _)) = split(body) else { return new.clone() };
    quote!(#head (async move { #new }))
}

fn split(body: &Group) -> Option<(TokenStream, Group)> {
    let mut trees: Vec<TokenTree> = body.stream().into_iter().collect();
    let TokenTree::Group(call) = trees.pop()? else { return None };
    let head: TokenStream = trees.into_iter().collect();
    if head.to_string().replace(' ', "") != "Box::pin" || call.delimiter() != Delimiter::Parenthesis {
        return None;
    }
    let inner: Vec<TokenTree> = call.stream().into_iter().collect();
    match inner.as_slice() {
        [TokenTree::Ident(first), TokenTree::Ident(second), TokenTree::Group(block)]
            if first == "async" && second == "move" && block.delimiter() == Delimiter::Brace =>
        {
            Some((head, block.clone()))
        }
        _ => None,
    }
}

// Input:  .. let __self = self; ..
// Output: .. let __self = &mut *self; ..                    `&mut self`: lent to each attempt
//         .. let __self = <clone of self>; ..              `Arc<Self>`
//
// The statement moves the receiver, so a second attempt could not run it.
pub(crate) fn lend_self(stream: TokenStream, receiver: Receiver, clone: &TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut out = TokenStream::new();
    let mut done = false;
    for (at, tree) in trees.iter().enumerate() {
        let is_self = |tree: &TokenTree| matches!(tree, TokenTree::Ident(ident) if ident == "self");
        let follows_let = at >= 2
            && matches!(&trees[at - 1], TokenTree::Punct(punct) if punct.as_char() == '=')
            && matches!(&trees[at - 2], TokenTree::Ident(ident) if ident == "__self");
        if !done && is_self(tree) && follows_let {
            done = true;
            match receiver {
                Receiver::Unique => out.extend(quote!(&mut *#tree)),
                Receiver::Counted | Receiver::Pinned => out.extend(clone.clone()),
                _ => tree.to_tokens(&mut out),
            }
        } else {
            tree.to_tokens(&mut out);
        }
    }
    out
}
