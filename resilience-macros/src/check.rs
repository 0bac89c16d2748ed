//! Rules that concern more than one token. Each rule is one function, with the rule in prose above it; what concerns a
//! single value is said where the value is read, and limits of a setting are the validator's.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Expr;

use crate::{
    errors::Errors,
    function::Function,
    key,
    layer::{Base, Layer},
    policy::Policy,
    service,
    settings::{Name, Settings},
    signature::{Callable, Receiver},
};

pub(crate) fn stack(layers: &[Layer], errors: &mut Errors) {
    for (index, layer) in layers.iter().enumerate() {
        let above = &layers[..index];
        check_fallback_below_retry(layer, above, errors);
        check_second_retry(layer, above, errors);
        check_second_fallback(layer, above, errors);
        check_same_name(layer, above, errors);
        check_neighbour(layer, above.last(), errors);
        check_fallback_has_tiers(layer, errors);
        check_all_failed(layer, errors);
        service::check(layer, above, errors);
        check_max_keys(layer, errors);
    }
}

pub(crate) fn function(function: &Function, errors: &mut Errors) {
    check_body(function, errors);
    check_const(function, errors);
    check_variadic(function, errors);
    check_track_caller(function, errors);
}

pub(crate) fn fit(layers: &[Layer], callable: &Callable, errors: &mut Errors) {
    check_blocking_timeout(layers, callable, errors);
    check_receiver(layers, callable, errors);
}

/// The span of a setting's key, or of the attribute.
fn at(settings: &Settings, key: &str) -> Span {
    settings.values.iter().find(|setting| setting.key.name == key).map_or(settings.at, |setting| setting.at)
}

// A fallback inside a retry hides every failure from it, unless `on` lets some of them pass.
fn check_fallback_below_retry(layer: &Layer, above: &[Layer], errors: &mut Errors) {
    if layer.is_unconditional_fallback() && above.iter().any(|layer| layer.policy == Policy::Retry) {
        errors.at(
            layer.settings.at,
            "a `#[fallback]` below a retry hides every failure from it, so nothing would be retried; write it above the retry, or say which failures it is for with `on = ..`",
        );
    }
}

// Two retries multiply: 3 times 3 attempts are 9 calls.
fn check_second_retry(layer: &Layer, above: &[Layer], errors: &mut Errors) {
    let retry = |layer: &&Layer| layer.policy == Policy::Retry;
    let Some(other) = above.iter().find(retry) else { return };
    if !retry(&layer) {
        return;
    }
    if layer.is_maybe() || other.is_maybe() {
        let at = if layer.is_maybe() { other.settings.at } else { layer.settings.at };
        errors.at(at, "the preset of `#[resilient]` may have a retry of its own, and two retries multiply their attempts; write `retry(..)` inside `#[resilient(..)]`");
    } else {
        errors.at(layer.settings.at, "two retries in one stack multiply their attempts; write one");
    }
}

// Two fallbacks make sense only if the inner one is for some failures.
fn check_second_fallback(layer: &Layer, above: &[Layer], errors: &mut Errors) {
    if layer.is_unconditional_fallback() && above.iter().any(|layer| layer.policy == Policy::Fallback) {
        errors.at(
            layer.settings.at,
            "two fallbacks, and this one takes every failure; write the tiers in one, in the order in which they are tried: `#[fallback(first, second)]`",
        );
    }
}

// Two layers of one kind with one name are one object, entered twice by each call.
fn check_same_name(layer: &Layer, above: &[Layer], errors: &mut Errors) {
    let Some(Name::Text(name)) = &layer.settings.name else { return };
    let is_same = |other: &Layer| {
        other.policy == layer.policy
            && matches!(&other.settings.name, Some(Name::Text(other)) if other.value() == name.value())
    };
    if above.iter().any(is_same) {
        let kind = layer.policy.name();
        let message = format!(
            "each call would pass the `{kind}` named \"{}\" twice; write it once, or give it another name",
            name.value()
        );
        errors.at(name.span(), message);
    }
}

// Two equal neighbours without names: the stricter one decides, the other does nothing.
fn check_neighbour(layer: &Layer, above: Option<&Layer>, errors: &mut Errors) {
    let Some(above) = above else { return };
    let may_repeat = matches!(layer.policy, Policy::RateLimit | Policy::Retry | Policy::Fallback);
    let is_named = |layer: &Layer| layer.settings.name.is_some();
    let is_timeout = layer.policy == Policy::Timeout;
    if above.policy != layer.policy || may_repeat || layer.is_maybe() || above.is_maybe() {
        return;
    }
    // One for each tenant inside one for all, for example.
    let written_key = |layer: &Layer| key::key(layer).map(|key| key.to_token_stream().to_string());
    if written_key(layer) != written_key(above) {
        return;
    }
    if is_timeout || !(is_named(layer) || is_named(above)) {
        let kind = layer.policy.name();
        errors.at(
            layer.settings.at,
            format!(
                "two `{kind}` layers directly above each other do nothing that one would not do; write one"
            ),
        );
    }
}

// A fallback without anything to fall back on.
fn check_fallback_has_tiers(layer: &Layer, errors: &mut Errors) {
    let settings = &layer.settings;
    let is_empty = settings.tiers.is_empty() && !settings.is_broken;
    if layer.policy == Policy::Fallback && is_empty && !settings.has("value") {
        errors.at(
            settings.at,
            "`#[fallback]` needs something to fall back on: the path of a function, a closure over the failure, or `value = ..`",
        );
    }
}

// A value cannot fail, so not all can.
fn check_all_failed(layer: &Layer, errors: &mut Errors) {
    let settings = &layer.settings;
    if settings.has("all_failed") && settings.has("value") {
        errors.at(
            at(settings, "all_failed"),
            "`value` never fails, so `all_failed` would never be called; remove one of them",
        );
    }
}

// Without a key there is nothing that it bounds.
fn check_max_keys(layer: &Layer, errors: &mut Errors) {
    let settings = &layer.settings;
    if settings.has("max_keys") && !settings.has("key") && !settings.is_broken {
        errors.at(
            at(settings, "max_keys"),
            "`max_keys` bounds the keys of `key = ..`, and there is none; write what tells calls apart, as in `key = host`",
        );
    }
}

// A blocking call cannot be stopped from outside.
fn check_blocking_timeout(layers: &[Layer], callable: &Callable, errors: &mut Errors) {
    if callable.is_async() {
        return;
    }
    for layer in layers.iter().filter(|layer| layer.policy == Policy::Timeout && !layer.is_maybe()) {
        errors.at(
            layer.settings.at,
            "a timeout needs an `async fn`, because a blocking call cannot be stopped from outside; set the time limit of the client itself, or bound the retries with `#[retry(max_elapsed = ..)]`",
        );
    }
}

// The body may run again, so the receiver must still be there.
fn check_receiver(layers: &[Layer], callable: &Callable, errors: &mut Errors) {
    let Some(token) = callable.self_token else { return };
    if callable.receiver != Receiver::Value {
        return;
    }
    if let Some(retry) = layers.iter().find(|layer| layer.policy == Policy::Retry || layer.is_service()) {
        let cause = match retry.base {
            _ if retry.is_service() => "the service may have a retry, and a",
            Base::Maybe(_) => "the preset may have a retry, and a",
            _ => "a",
        };
        errors.at(token.span, format!("{cause} retry runs the body again, but this receiver is moved into the first attempt; take `&self`, `self: Arc<Self>` or `self: Rc<Self>`"));
    } else if layers.iter().any(|layer| layer.settings.tiers.iter().any(is_method)) {
        errors.at(token.span, "the fallback is given the receiver, but the body has moved it by then; take `&self`, `self: Arc<Self>` or `self: Rc<Self>`");
    }
}

/// `Self::cached` is given the receiver first.
pub(crate) fn is_method(tier: &Expr) -> bool {
    match tier {
        Expr::Path(path) => {
            path.qself.is_none()
                && path.path.leading_colon.is_none()
                && path.path.segments.len() > 1
                && path.path.segments.first().is_some_and(|first| first.ident == "Self")
        }
        _ => false,
    }
}

// Without a body there is nothing to guard.
fn check_body(function: &Function, errors: &mut Errors) {
    if function.body.is_none() {
        errors.at(
            function.sig.ident.span(),
            "a resilience attribute guards a body, and this method has none; put the attribute on the method of each `impl`, or give the trait's method a default body",
        );
    }
}

// A site is a static with atomics, and waiting is not const.
fn check_const(function: &Function, errors: &mut Errors) {
    if let Some(constness) = function.sig.constness {
        errors.at(
            constness.span,
            "a `const fn` cannot be guarded, because the state of a policy lives at run time; remove `const`",
        );
    }
}

// The body moves into a closure, which cannot take C's variable arguments.
fn check_variadic(function: &Function, errors: &mut Errors) {
    if let Some(variadic) = &function.sig.variadic {
        errors.over(variadic, "a function with variable arguments cannot be guarded");
    }
}

// The body moves into a closure, where `Location::caller()` would be the body's own line.
fn check_track_caller(function: &Function, errors: &mut Errors) {
    for attr in &function.attrs {
        if attr.path().is_ident("track_caller") {
            errors.over(
                attr.path(),
                "`#[track_caller]` has no effect in a guarded function, whose body runs inside its layers; remove it, or put it on a function that this one calls",
            );
        }
    }
}
