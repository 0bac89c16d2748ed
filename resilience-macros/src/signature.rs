use proc_macro2::{Ident, Span};
use quote::{ToTokens, format_ident};
use syn::{
    Attribute, FnArg, GenericArgument, Pat, PatIdent, PatType, Path, PathArguments, ReceiverKind, ReturnType,
    Token, Type, TypeInfer, TypePath, ext::IdentExt, spanned::Spanned,
};

use crate::{boxed, errors::Errors, function::Function, span::local};

/// How the body runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    Sync,
    Async,
    /// What `#[async_trait]` makes of an async method: `Box::pin(async move { .. })`.
    Boxed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    None,
    Shared,
    Unique,
    /// `Arc<Self>` or `Rc<Self>`.
    Counted,
    /// `Pin<&mut Self>`.
    Pinned,
    Value,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// A shared reference, or a number: what may be read again and again where it stands.
    Shared,
    Unique,
    Value,
}

pub(crate) struct Param {
    /// What the body knows it by.
    pub(crate) pat: Pat,
    pub(crate) ty: Type,
    pub(crate) pass: Pass,
    pub(crate) cfgs: Vec<Attribute>,
    /// `#[allow(..)]`, for the binding in the body.
    pub(crate) allows: Vec<Attribute>,
    /// Its name in the signature, where the body may run again: the user's, or ours for a pattern.
    pub(crate) name: Ident,
    pub(crate) slot: Ident,
}

pub(crate) struct Callable {
    pub(crate) flavor: Flavor,
    pub(crate) receiver: Receiver,
    /// The user's own token: ours would be another `self`.
    pub(crate) self_token: Option<Token![self]>,
    pub(crate) params: Vec<Param>,
    /// What a call yields, with `_` for every `impl Trait`.
    pub(crate) output: Type,
    pub(crate) is_opaque: bool,
}

impl Callable {
    pub(crate) fn read(function: &Function, errors: &mut Errors) -> Option<Self> {
        let sig = &function.sig;
        let receiver = sig.receiver();
        let mut params = Vec::new();
        for (index, input) in sig.inputs.iter().enumerate() {
            if let FnArg::Typed(typed) = input {
                params.push(param(index, typed));
            }
        }
        let ReturnType::Type(_, output) = &sig.output else {
            errors.at(
                sig.ident.span(),
                "a resilience attribute needs a function that returns `Result`, but this one returns nothing: a refused call must be able to say so",
            );
            return None;
        };
        let output = ungroup_type(output);
        let (flavor, output) = if sig.asyncness.is_some() {
            (Flavor::Async, output)
        } else if let Some(inner) = boxed::output(function) {
            (Flavor::Boxed, inner)
        } else {
            if is_future(output) {
                errors.over(
                    output,
                    "a function that returns a future is not supported, because only the making of the future would be guarded; write `async fn`",
                );
                return None;
            }
            (Flavor::Sync, output)
        };
        if let Type::ImplTrait(_) = output {
            errors.over(output, "a resilience attribute needs a function that returns `Result`");
            return None;
        }
        let erased = infer_impl_trait(output);
        Some(Self {
            flavor,
            receiver: receiver.map_or(Receiver::None, |receiver| kind(&receiver.kind)),
            self_token: receiver.map(|receiver| receiver.self_token),
            params,
            is_opaque: erased.to_token_stream().to_string() != output.to_token_stream().to_string(),
            output: erased,
        })
    }

    pub(crate) fn is_async(&self) -> bool {
        self.flavor != Flavor::Sync
    }
}

fn param(index: usize, typed: &PatType) -> Param {
    let ty = ungroup_type(&typed.ty);
    let pass = match ty {
        Type::Reference(reference) if reference.mutability.is_some() => Pass::Unique,
        Type::Reference(_) => Pass::Shared,
        Type::Path(path) if is_primitive(path) => Pass::Shared,
        _ => Pass::Value,
    };
    let pat = (*typed.pat).clone();
    let span = Span::mixed_site().located_at(pat.span());
    let (name, slot) = if let Some(PatIdent { ident, .. }) = simple(&pat) {
        (ident.clone(), format_ident!("__{}", ident.unraw(), span = span))
    } else {
        (format_ident!("__arg{index}", span = span), local(&format!("__slot{index}")))
    };
    let attrs = |name: &str| typed.attrs.iter().filter(|attr| attr.path().is_ident(name)).cloned().collect();
    let (cfgs, allows) = (attrs("cfg"), attrs("allow"));
    Param { pat, ty: ty.clone(), pass, cfgs, allows, name, slot }
}

/// A type of the language that is copied. One of the user's own by such a name is taken for it, which the compiler then
/// refuses if that is no copy.
fn is_primitive(path: &TypePath) -> bool {
    const PRIMITIVES: [&str; 16] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
        "u128", "usize",
    ];
    path.qself.is_none()
        && path.path.get_ident().is_some_and(|ident| PRIMITIVES.iter().any(|name| ident == name))
}

/// `x` or `mut x`: a parameter that keeps its name in the signature.
pub(crate) fn simple(pat: &Pat) -> Option<&PatIdent> {
    match pat {
        Pat::Ident(ident) if ident.by_ref.is_none() && ident.subpat.is_none() => Some(ident),
        _ => None,
    }
}

fn kind(kind: &ReceiverKind) -> Receiver {
    match kind {
        ReceiverKind::Reference(_, _, None) => Receiver::Shared,
        ReceiverKind::Reference(..) => Receiver::Unique,
        ReceiverKind::Typed(_, ty) => typed_receiver(ungroup_type(ty)),
        _ => Receiver::Value,
    }
}

fn typed_receiver(ty: &Type) -> Receiver {
    match ty {
        Type::Reference(reference) if reference.mutability.is_none() => Receiver::Shared,
        Type::Reference(_) => Receiver::Unique,
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return Receiver::Value };
            match last.ident.to_string().as_str() {
                "Arc" | "Rc" => Receiver::Counted,
                "Pin" => match first_type(&last.arguments).map(ungroup_type) {
                    Some(Type::Reference(inner)) if inner.mutability.is_some() => Receiver::Pinned,
                    Some(Type::Reference(_)) => Receiver::Shared,
                    Some(inner) if typed_receiver(inner) == Receiver::Counted => Receiver::Counted,
                    _ => Receiver::Value,
                },
                _ => Receiver::Value,
            }
        }
        _ => Receiver::Value,
    }
}

pub(crate) fn first_type(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `impl Future<..>`, or a boxed one.
fn is_future(ty: &Type) -> bool {
    let names_future = |path: &Path| path.segments.last().is_some_and(|last| last.ident == "Future");
    let any = |bounds: &syn::punctuated::Punctuated<syn::TypeParamBound, Token![+]>| {
        bounds
            .iter()
            .any(|bound| matches!(bound, syn::TypeParamBound::Trait(bound) if names_future(&bound.path)))
    };
    match ungroup_type(ty) {
        Type::ImplTrait(opaque) => any(&opaque.bounds),
        Type::TraitObject(object) => any(&object.bounds),
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| match last.ident.to_string().as_str() {
                "Pin" | "Box" => first_type(&last.arguments).is_some_and(is_future),
                "BoxFuture" | "LocalBoxFuture" => true,
                _ => false,
            })
        }
        _ => false,
    }
}

/// The type without the invisible groups that `macro_rules!` puts around what it passes on.
pub(crate) fn ungroup_type(mut ty: &Type) -> &Type {
    loop {
        match ty {
            Type::Group(group) => ty = &group.elem,
            Type::Paren(paren) => ty = &paren.elem,
            _ => return ty,
        }
    }
}

// Input:  Result<impl Iterator<Item = u8>, Error>
// Output: Result<_, Error>
//
// `impl Trait` cannot be written in a body, where the type is needed.
pub(crate) fn infer_impl_trait(ty: &Type) -> Type {
    let mut ty = ungroup_type(ty).clone();
    erase(&mut ty);
    ty
}

fn erase(ty: &mut Type) {
    match ty {
        Type::ImplTrait(opaque) => {
            *ty = Type::Infer(TypeInfer {
                attrs: Vec::new(),
                underscore_token: Token![_](opaque.impl_token.span),
            });
        }
        Type::Group(group) => erase(&mut group.elem),
        Type::Paren(paren) => erase(&mut paren.elem),
        Type::Reference(reference) => erase(&mut reference.elem),
        Type::Slice(slice) => erase(&mut slice.elem),
        Type::Array(array) => erase(&mut array.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(erase),
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        if let GenericArgument::Type(ty) = argument {
                            erase(ty);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}
