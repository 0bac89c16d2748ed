//! The sites of a whole preset: one static for all layers of `#[resilient(PRESET)]`.
//!
//! One item is one body for rustc to build and evaluate, however much it holds.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::{
    catalogue,
    codegen::ours,
    krate::Krate,
    layer::{Base, Layer},
    plan::Plan,
    policy::Policy,
    site::source,
    span::local,
};

const SITES: &str = "__RESILIENCE_PRESET";

/// The layers of the recommended order that a preset may have, in a blocking function and in an async one.
const SYNC: usize = 4;
const ASYNC: usize = 6;

/// The preset that gives every layer of its own, with nothing written beside it. Counting them is enough: layers of two presets
/// never stand in one stack, since each may have a retry, and two are refused.
pub(crate) fn preset(plan: &Plan) -> Option<&Layer> {
    let mut layers = plan.layers.iter().filter(|layer| layer.is_maybe() && layer.settings.name.is_none());
    let first = layers.next()?;
    let all = if plan.callable.is_async() { ASYNC } else { SYNC };
    (layers.count() + 1 == all).then_some(first)
}

// Output: static __RESILIENCE_PRESET: PresetSites = PresetSites::new(Given { preset: X }, Source::new(..));
pub(crate) fn sites(krate: &Krate, plan: &Plan, function: &str) -> Option<TokenStream> {
    let layer = preset(plan)?;
    let Base::Maybe(preset) = &layer.base else { return None };
    let (private, name) = (krate.private(), local(SITES));
    let source = source(krate, layer.settings.at, function);
    Some(
        ours!(static #name: #private::PresetSites = #private::PresetSites::new(#private::Given { preset: #preset }, #source);),
    )
}

// Output: { layer! { 1, __RESILIENCE_PRESET.retry, .. } &__RESILIENCE_PRESET.retry }
pub(crate) fn site(krate: &Krate, layer: &Layer, index: usize) -> TokenStream {
    let site = place(layer);
    let listed = catalogue::layer(krate, layer, index, &site);
    quote_spanned!(Span::mixed_site()=> { #listed &#site })
}

// Output: { layer! { 2, __RESILIENCE_PRESET.gates.0, .. } .. &__RESILIENCE_PRESET.gates }
pub(crate) fn gates(krate: &Krate, layers: &[Layer], first: usize) -> TokenStream {
    let name = local(SITES);
    let listed = layers
        .iter()
        .enumerate()
        .filter_map(|(depth, layer)| catalogue::layer(krate, layer, first + depth, &place(layer)));
    quote_spanned!(Span::mixed_site()=> { #(#listed)* &#name.gates })
}

fn place(layer: &Layer) -> TokenStream {
    let name = local(SITES);
    let field = match layer.policy {
        Policy::RateLimit => quote!(gates.0),
        Policy::CircuitBreaker => quote!(gates.1.0),
        Policy::Bulkhead => quote!(gates.1.1),
        Policy::Timeout if layer.settings.is_total => quote!(total_timeout),
        Policy::Timeout => quote!(timeout),
        _ => quote!(retry),
    };
    let field = field.into_iter().map(|mut token| {
        token.set_span(Span::mixed_site());
        token
    });
    let field: TokenStream = field.collect();
    ours!(#name.#field)
}
