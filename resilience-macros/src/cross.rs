//! Checks that need the settings of two layers. They are const evaluation, like every check of a value.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::{
    codegen::ours,
    krate::Krate,
    layer::{Base, Layer},
    plan::Plan,
    policy::Policy,
    site::{config, constant, from_preset},
    span::Reach,
};

pub(crate) fn checks(krate: &Krate, plan: &Plan) -> TokenStream {
    let private = krate.private();
    let mut checks = TokenStream::new();
    for preset in &plan.without_timeout {
        for section in ["__timeout_section", "__total_timeout_section"] {
            let section = from_preset(krate, preset, section);
            let problem = quote!(#private::check(#private::sync_timeout_problem(#section)));
            checks.extend(constant(krate, Reach::of(preset), problem));
        }
    }
    for (index, layer) in plan.layers.iter().enumerate() {
        let inside = &plan.layers[index + 1..];
        match layer.policy {
            // Only what is written here can contradict what is around it: who overrides one part of a preset has not said
            // anything about the others.
            Policy::CircuitBreaker if layer.settings.has("slow_call") => {
                if let Some(timeout) = timeout_of_each_call(inside) {
                    checks.extend(pair(
                        krate,
                        layer,
                        timeout,
                        "slow_call_problem",
                        layer.settings.reach("slow_call"),
                    ));
                }
            }
            Policy::Timeout => {
                let inner = inside.iter().find(|layer| layer.policy == Policy::Timeout);
                let is_written =
                    |layer: &&Layer| layer.settings.has("limit") || matches!(layer.base, Base::Preset(_));
                if let Some(inner) = inner.filter(is_written) {
                    let at = inner.settings.reach("limit");
                    checks.extend(pair(krate, layer, inner, "nested_timeout_problem", at));
                }
            }
            _ => {}
        }
    }
    checks
}

/// The timeout that bounds what the breaker sees. A repeat, a wait or a fallback in between adds time of its own.
fn timeout_of_each_call(inside: &[Layer]) -> Option<&Layer> {
    for layer in inside {
        match layer.policy {
            Policy::Timeout => return Some(layer),
            Policy::CircuitBreaker => {}
            Policy::Bulkhead | Policy::RateLimit
                if !layer.settings.has("max_wait") && !matches!(layer.base, Base::Preset(_)) => {}
            _ => return None,
        }
    }
    None
}

// Output:
//     const _: () = {
//         const __RESILIENCE_OUTER: Config = ..;
//         const __RESILIENCE_INNER: Option<Config> = ..;
//         check(match (Some(__RESILIENCE_OUTER), __RESILIENCE_INNER) {
//             (Some(outer), Some(inner)) => slow_call_problem(&outer, &inner),
//             _ => None,
//         })
//     };
fn pair(krate: &Krate, outer: &Layer, inner: &Layer, question: &str, at: Reach) -> TokenStream {
    let private = krate.private();
    let some = ours!(#private::Some);
    let question = Ident::new(question, Span::mixed_site());
    let (outer_name, inner_name) = (constant_name("__RESILIENCE_OUTER"), constant_name("__RESILIENCE_INNER"));
    let (outer_config, inner_config) = (
        config(krate, &outer.settings, &outer.base, &outer_name),
        config(krate, &inner.settings, &inner.base, &inner_name),
    );
    let value =
        |layer: &Layer, name: &Ident| if layer.is_maybe() { quote!(#name) } else { ours!(#some(#name)) };
    let (outer_value, inner_value) = (value(outer, &outer_name), value(inner, &inner_name));
    let verdict = ours! {
        const __RESILIENCE_PROBLEM: #private::core::option::Option<&str> = match (#outer_value, #inner_value) {
            (#some(__outer), #some(__inner)) => #private::#question(&__outer, &__inner),
            _ => #private::None,
        };
    };
    let check = krate.cover(at, quote!(#private::check(__RESILIENCE_PROBLEM)));
    ours! {
        const _: () = {
            #outer_config
            #inner_config
            #verdict
            #check
        };
    }
}

fn constant_name(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
