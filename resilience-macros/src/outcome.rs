//! What an outcome means: to a breaker, and to a retry.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;

use crate::{
    codegen::{Generator, ours},
    layer::Layer,
    retry::retry_local,
    span::label,
};

// Output: if predicate::<RET>(Ok(&__value), FAILURE_IF) { __permit0.settle(Blame::Failure) } else { __permit0.success() }
pub(crate) fn permit_success(
    generator: &Generator,
    inside: usize,
    layer: &Layer,
    permit: &Ident,
) -> TokenStream {
    let private = &generator.private;
    match layer.settings.function("failure_if") {
        None => ours!(#permit.success();),
        Some(predicate) => {
            let is_failure = generator.asks(&ours!(#private::Ok(&__value)), predicate);
            let is_failure = generator.watched(inside, is_failure);
            ours! {
                if #is_failure { #permit.settle(#private::Blame::Failure); } else { #permit.success(); }
            }
        }
    }
}

// Output:
//     |__error| match __error {
//         IGNORE => Verdict::Neither,
//         _ if predicate::<RET>(Err(__error), FAILURE_IF) => Verdict::Failure,
//         FAILURE => Verdict::Failure,
//         _ => Verdict::Success,
//     }
pub(crate) fn classify(generator: &Generator, layer: &Layer) -> TokenStream {
    let private = &generator.private;
    let settings = &layer.settings;
    let verdict = |name: &str| {
        let name = Ident::new(name, Span::mixed_site());
        ours!(#private::Verdict::#name)
    };
    let failure = verdict("Failure");
    let (ignore, only) = (settings.pattern("ignore"), settings.pattern("failure"));
    let default = if only.is_some() { verdict("Success") } else { failure.clone() };
    // Without `failure`, every error is one already, and `failure_if` can add nothing to that.
    let predicate = settings.function("failure_if").filter(|_| only.is_some());
    if ignore.is_none() && only.is_none() {
        return ours!(|_| #failure);
    }
    let ignore = ignore.map(|pattern| pattern.arms(&verdict("Neither")));
    let asked = predicate.map(|predicate| {
        let asks = generator.asks(&ours!(#private::Err(__error)), predicate);
        ours!(_ if #asks => #failure,)
    });
    let only = only.map(|pattern| pattern.arms(&failure));
    ours! {
        |__error| {
            #[allow(unreachable_patterns)]
            match __error {
                #ignore
                #asked
                #only
                _ => #default,
            }
        }
    }
}

// Output: |__error| match __error { ABORT_ON => false, ON => true, _ if RETRY_IF => true, _ => false }
pub(crate) fn wanted(generator: &Generator, layer: &Layer) -> TokenStream {
    let private = &generator.private;
    let settings = &layer.settings;
    let (abort, on, predicate) =
        (settings.pattern("abort_on"), settings.pattern("on"), settings.function("retry_if"));
    let default = on.is_none() && predicate.is_none();
    if default && abort.is_none() {
        return ours!(#private::always);
    }
    let abort = abort.map(|pattern| pattern.arms(&quote!(false)));
    let on = on.map(|pattern| pattern.arms(&quote!(true)));
    let asked = predicate.map(|predicate| {
        let asks = generator.asks(&ours!(#private::Err(__error)), predicate);
        ours!(_ if #asks => true,)
    });
    ours! {
        |__error| {
            #[allow(unreachable_patterns)]
            match __error {
                #abort
                #on
                #asked
                _ => #default,
            }
        }
    }
}

// Output:
//     if predicate::<RET>(Ok(&__value), RETRY_IF) {
//         if let Some(__delay) = __retry0.wait_unwanted() { ON_RETRY; break 'attempt0 __delay; }
//     } else {
//         __retry0.succeeded();
//     }
//
// Or, where the wait is one call of ours:
//         if __retry0.again_unwanted() { continue 'retry0; }
pub(crate) fn attempt_success(generator: &Generator, index: usize, layer: &Layer) -> TokenStream {
    let private = &generator.private;
    let retry = retry_local(index);
    let Some(predicate) = layer.settings.function("retry_if") else { return ours!(#retry.succeeded();) };
    let unwanted = generator.asks(&ours!(#private::Ok(&__value)), predicate);
    let unwanted = generator.watched(index, unwanted);
    let next = if generator.waits_in_one_call(index) {
        let again = label(&format!("retry{index}"));
        let follows = if generator.plan.callable.is_async() {
            generator.watched(index, ours!(#retry.follows_unwanted()))
        } else {
            ours!(#retry.again_unwanted())
        };
        ours!(if #follows { continue #again; })
    } else {
        let attempt = label(&format!("attempt{index}"));
        let delay = generator.watched(index, ours!(#retry.wait_unwanted()));
        let notify = generator.watched(index, notify(generator, layer, &retry, false));
        ours! {
            if let #private::Some(__delay) = #delay {
                #notify
                break #attempt __delay;
            }
        }
    };
    ours! {
        if #unwanted {
            #next
        } else {
            #retry.succeeded();
        }
    }
}

// Output: notify(&__retry0.retrying(__delay, ERROR), ON_RETRY);
pub(crate) fn notify(generator: &Generator, layer: &Layer, retry: &Ident, has_failure: bool) -> TokenStream {
    let private = &generator.private;
    let Some(hook) = layer.settings.function("on_retry") else { return TokenStream::new() };
    let error = if has_failure {
        ours! {
            {
                use #private::{DebugNo as _, DebugYes as _};
                (&#private::Probe(&__failure)).debug()
            }
        }
    } else {
        ours!(#private::None)
    };
    let retrying = ours!(&#retry.retrying(__delay, __error));
    let notify = generator.call_with("notify", &TokenStream::new(), hook, quote!(#retrying, #hook));
    // The hook stands outside of the block with the `use`, which would change how its methods are found.
    ours! {
        {
            let __error = #error;
            #notify;
        }
    }
}

// Output: if __retry0.is_exhausted() { exhausted(__retry0.exhausted(__failure), EXHAUSTED) } else { __failure }
pub(crate) fn exhausted(generator: &Generator, layer: &Layer, retry: &Ident) -> TokenStream {
    let Some(map) = layer.settings.function("exhausted") else { return ours!(__failure) };
    let spent = ours!(#retry.exhausted(__failure));
    let mapped = generator.call_with("exhausted", &TokenStream::new(), map, quote!(#spent, #map));
    ours! {
        if #retry.is_exhausted() {
            #mapped
        } else {
            __failure
        }
    }
}
