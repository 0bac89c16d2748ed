use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Attribute, Expr, Ident, Meta, Path, spanned::Spanned};

use crate::{
    block,
    errors::Errors,
    function::Function,
    layer::{Base, Layer, layers},
    policy::Policy,
    settings::{Place, Settings},
};

/// All our attributes of one function, outermost first.
pub(crate) struct Stack {
    pub(crate) layers: Vec<Layer>,
    pub(crate) krate: Option<Path>,
    /// The paths by which the gathered attributes were named, to prove that they are ours.
    pub(crate) gathered: Vec<(Policy, Path)>,
}

impl Stack {
    /// The presets that are named by a path, each once.
    pub(crate) fn presets(&self) -> Vec<Expr> {
        let mut presets: Vec<Expr> = Vec::new();
        for layer in &self.layers {
            if let Base::Preset(preset) | Base::Section(preset) | Base::Maybe(preset) = &layer.base
                && matches!(preset, Expr::Path(_))
                && !presets.iter().any(|known| is_same(known, preset))
            {
                presets.push(preset.clone());
            }
        }
        presets
    }
}

fn is_same(one: &Expr, other: &Expr) -> bool {
    one.to_token_stream().to_string() == other.to_token_stream().to_string()
}

// Input:  #[retry] above `#[doc = ".."] #[circuit_breaker("x")] #[inline] async fn f() ..`
// Output: retry, circuit_breaker; the function keeps `#[doc]` and `#[inline]`
pub(crate) fn gather(top: Policy, args: TokenStream, function: &mut Function, errors: &mut Errors) -> Stack {
    let mut first = Settings::new(top, Place::Attribute, Span::call_site());
    let of_block = block::args(&args);
    let is_in_block = of_block.is_some();
    let mut is_skipped = false;
    let args = of_block.unwrap_or(args);
    if is_skip(top, &args) {
        refuse_skip(&mut first, &args, errors);
    } else {
        first.read(args, errors);
    }
    let mut written = vec![first];
    let mut gathered = Vec::new();
    let mut foreign: Vec<Attribute> = Vec::new();

    for attr in std::mem::take(&mut function.attrs) {
        let Some(policy) = policy_of(&attr) else {
            foreign.push(attr.clone());
            function.attrs.push(attr);
            continue;
        };
        for between in foreign.drain(..).filter(|attr| !is_inert(attr.path())) {
            let path = between.path();
            errors.over(path, format!(
                "`#[{}]` stands between two resilience attributes, which run as one stack, so its place would change silently; move it above or below all of them",
                path.to_token_stream().to_string().replace(' ', "")
            ));
        }
        let mut settings = Settings::new(policy, Place::Attribute, attr.path().span());
        match &attr.meta {
            Meta::Path(_) => {}
            Meta::List(list) if is_skip(policy, &list.tokens) && is_in_block => is_skipped = true,
            Meta::List(list) if is_skip(policy, &list.tokens) => {
                refuse_skip(&mut settings, &list.tokens, errors);
            }
            Meta::List(list) => settings.read(list.tokens.clone(), errors),
            Meta::NameValue(pair) => {
                errors.over(&pair.value, format!("write `#[{}(..)]`", policy.name()));
            }
        }
        gathered.push((policy, attr.path().clone()));
        if !(is_skipped && settings.policy == Policy::Resilient) {
            written.push(settings);
        }
    }

    let krate = krate(&mut written, errors);
    if is_in_block {
        written = block::merge(written, is_skipped, errors);
    }
    Stack { layers: layers(written, errors), krate, gathered }
}

fn is_skip(policy: Policy, args: &TokenStream) -> bool {
    policy == Policy::Resilient && block::is_skip(args)
}

fn refuse_skip(settings: &mut Settings, args: &TokenStream, errors: &mut Errors) {
    settings.is_broken = true;
    errors.over(args, "`#[resilient(skip)]` is for a method that the `#[resilient(..)]` of its `impl` block covers, and here is none: remove it");
}

fn krate(written: &mut [Settings], errors: &mut Errors) -> Option<Path> {
    let mut paths = written.iter_mut().filter_map(|settings| settings.krate.take());
    let first = paths.next()?;
    for other in paths {
        if other.to_token_stream().to_string() != first.to_token_stream().to_string() {
            errors.over(other, "another attribute of this stack gives another `crate`; one is enough");
        }
    }
    Some(first)
}

const PROOF: &str = "__resilience_proof_of_";

// Output: #[retry(__resilience_proof_of_retry)] const _: () = { compile_error!(..); };
//
// An attribute that was gathered does not run any more. This one does: ours swallows the item, somebody else's does not, and
// of one that is not there rustc says so. It also counts as a use of the import.
pub(crate) fn proof(policy: Policy, path: &Path) -> TokenStream {
    let name = policy.name();
    let proof = Ident::new(&format!("{PROOF}{name}"), Span::mixed_site());
    let message = format!(
        "this `{name}` is not the one of `resilience`; write `use resilience::{name};`, or its whole path"
    );
    // All of it at the path, for whatever somebody else's attribute says of it.
    quote_spanned!(path.span()=> #[#path(#proof)] const _: () = { ::core::compile_error!(#message); };)
}

pub(crate) fn is_proof(policy: Policy, args: &TokenStream) -> bool {
    args.to_string().strip_prefix(PROOF) == Some(policy.name())
}

/// By the last segment: what it really is, the proof tells.
pub(crate) fn policy_of(attr: &Attribute) -> Option<Policy> {
    let last = attr.path().segments.last()?;
    Policy::of(&last.ident.to_string())
}

/// Attributes of the language that say something about the function and do nothing to it.
fn is_inert(path: &Path) -> bool {
    const INERT: &[&str] = &[
        "allow",
        "cfg",
        "cfg_attr",
        "clippy",
        "cold",
        "deny",
        "deprecated",
        "diagnostic",
        "doc",
        "expect",
        "export_name",
        "forbid",
        "inline",
        "link_section",
        "must_use",
        "no_mangle",
        "rustfmt",
        "target_feature",
        "track_caller",
        "unsafe",
        "warn",
    ];
    path.segments.first().is_some_and(|first| INERT.contains(&first.ident.to_string().as_str()))
}
