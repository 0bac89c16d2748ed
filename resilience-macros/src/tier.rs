//! A fallback: its condition, and its tiers in order.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Expr, Ident};

use crate::{
    body,
    codegen::{Frame, Generator, ours},
    layer::Layer,
    mention::{awaits, mentions, rename_self},
    plan::{Tier, tiers},
    signature::{Pass, Receiver},
    span::{Reach, label, local},
};

// Output:
//     'layer0: {
//         let __failure = INNER;
//         if !(match &__failure { ON => true, _ => false }) { break 'layer0 __failure; }
//         let __site = SITE;
//         if !__site.stands_in(&__failure) { break 'layer0 __failure; }        stands_in_as_last_resort where nothing could hold a refusal
//         let __failure = match TIER { Ok(__value) => { SUCCESS; break 'call Ok(__value) } Err(__error) => Failure::Error(__error) };
//         __site.failed();
//         __failure
//     }
//
// The last tier of which cannot fail, if it is a value: `let __value = TIER; SUCCESS; break 'call Ok(__value)`.
pub(crate) fn fallback(generator: &Generator, index: usize, layer: &Layer, frame: &mut Frame) -> TokenStream {
    let block = label(&format!("layer{index}"));
    let inner = generator.layer(index + 1, frame);
    let site = generator.site(layer);
    let unwanted = layer.settings.pattern("on").map(|pattern| {
        let wanted = pattern.arms(&quote!(true));
        let mut wanted = ours!(match &__failure { #wanted _ => false });
        if may_be_cut_off(generator, index, &wanted) {
            wanted = cut_off(generator, index, &wanted);
        }
        ours! {
            #[allow(unreachable_patterns)]
            let __wanted = #wanted;
            if !__wanted {
                break #block __failure;
            }
        }
    });
    let steps = steps(generator, index, layer, frame);
    // Switched off it lets failures pass, but a refusal only where the function's error type was asked to hold one.
    let is_last_resort = layer.catches_refusals() && !generator.plan.may_refuse();
    let stands_in = local(if is_last_resort { "stands_in_as_last_resort" } else { "stands_in" });
    ours! {
        #block: {
            let __failure = #inner;
            #unwanted
            let __site = #site;
            if !__site.#stands_in(&__failure) {
                break #block __failure;
            }
            #steps
        }
    }
}

fn steps(generator: &Generator, index: usize, layer: &Layer, frame: &Frame) -> TokenStream {
    let private = &generator.private;
    let leave = frame.leave(private);
    let all_failed = layer.settings.function("all_failed");
    let mut steps = TokenStream::new();
    let mut failures = vec![local("__failure")];
    for (at, tier) in tiers(layer).enumerate() {
        let Some(previous) = failures.last() else { break };
        let is_kept = all_failed.is_some();
        let answer = answer(generator, index, at, tier, previous, is_kept);
        if let Tier::Value(_) = tier {
            steps.extend(ours!(let __value = #answer; #leave));
            return steps;
        }
        let failure = if is_kept { local(&format!("__failure{at}")) } else { local("__failure") };
        steps.extend(ours! {
            let #failure = match #answer {
                #private::Ok(__value) => { #leave }
                #private::Err(__error) => #private::Failure::Error(__error),
            };
        });
        failures.push(failure);
    }
    let last = match (all_failed, failures.last()) {
        (Some(map), _) => {
            let failures = ours!([#(#failures),*]);
            let mapped = generator.call_with("all_failed", &TokenStream::new(), map, quote!(#failures, #map));
            generator.watched(index, mapped)
        }
        (None, last) => last.to_token_stream(),
    };
    steps.extend(ours!(__site.failed(); #last));
    steps
}

// Output: { let __tier = TIER; given::<RET, _, _>(__tier).await }                   in an async function
//         { <RET as Answer>::result(TIER) }                                     in a blocking one
//         { value::<RET>(EXPR) }                                            `value = EXPR`, in both; the value itself
fn answer(
    generator: &Generator,
    index: usize,
    at: usize,
    tier: Tier,
    failure: &syn::Ident,
    is_kept: bool,
) -> TokenStream {
    let (private, output) = (&generator.private, &generator.plan.callable.output);
    let is_async = generator.plan.callable.is_async();
    let (Tier::Path(expr) | Tier::Closure(expr) | Tier::Value(expr)) = tier;
    let reach = Reach::of(expr);
    let rebinding = rebinding(generator, index, at, tier);
    let drop = if is_kept { TokenStream::new() } else { drop(generator, failure) };
    // Everything stands where the tier begins, since that is what is wrong when something is, and in one place, since rustc
    // reports one obligation at one place once.
    let at_tier = |tokens: TokenStream| generator.krate.cover(Reach::at(reach.start), tokens);
    let call = |function: &str, others: Option<TokenStream>, args: TokenStream, end: Span| {
        let mut group = Group::new(Delimiter::Parenthesis, args);
        group.set_span(end);
        let function = local(function);
        let function = at_tier(quote!(#private::#function));
        let types = others.map(|others| {
            let (open, close) = (at_tier(quote!(::<)), at_tier(quote!(#others>)));
            quote!(#open #output #close)
        });
        quote!(#function #types #group)
    };
    let (before, answer) = match tier {
        Tier::Value(value) => {
            let value = own_self(generator, tier, value);
            let value = call("value", Some(TokenStream::new()), value, reach.end);
            let value = ours!({ #drop #rebinding #value });
            if !may_be_cut_off(generator, index, &value) {
                return generator.watched(index, value);
            }
            // A `?` leaves the function, as it does without a timeout.
            let typed = body::typed(generator);
            let value = generator.convert("answer", ours!(#private::Ok(#value)));
            let ended = cut_off(generator, index, &ours!(#typed #value));
            let (ended, left) = (
                generator.convert("result", ended),
                generator.convert("answer", ours!(#private::Err(__error))),
            );
            return ours! {
                match #ended {
                    #private::Ok(__value) => __value,
                    #private::Err(__error) => return #left,
                }
            };
        }
        Tier::Closure(closure) => {
            let failure = if is_kept { keep(generator, failure) } else { quote!(#failure) };
            let closure = own_self(generator, tier, closure);
            let args = quote!(#failure, #closure);
            let asked = if is_async {
                call("on", None, args, reach.end)
            } else {
                call("tier", Some(TokenStream::new()), args, reach.end)
            };
            (TokenStream::new(), asked)
        }
        Tier::Path(path) => {
            let (lets, call) = path_call(generator, index, at, path);
            (quote!(#drop #lets), call)
        }
    };
    if !is_async {
        let answer = generator.convert("result", answer);
        return ours!({ #before #rebinding #answer });
    }
    let tier = Ident::new("__tier", reach.start);
    let given = call("given", Some(quote!(, _, _)), quote!(#tier), reach.start);
    let given = own(generator, index, reach.start, given);
    let given = generator.awaited_at(index, given, reach.start);
    let permits = generator.plan.breakers_among(index);
    let (watch, done) = match permits {
        0 => (TokenStream::new(), TokenStream::new()),
        _ => (ours!(let __watch = #private::watch::<#permits>();), ours!(__watch.done();)),
    };
    ours!({ #watch #before #rebinding let #tier = #answer; #done #given })
}

// Output: shielded::<1, _>(FUTURE)                                                  below a timeout
//         body::<1, _>(FUTURE)                                                      below a breaker alone
//
/// A future of the user's beside the body. Its panic is this call's own. What it calls is not of this stack: a timeout around
/// both cancels it.
fn own(generator: &Generator, index: usize, at: Span, future: TokenStream) -> TokenStream {
    let (private, permits) = (&generator.private, generator.plan.breakers_among(index));
    let around = match (generator.plan.has_timeout_above_a_breaker(), permits) {
        (true, _) => quote!(#private::shielded::<#permits, _>),
        (false, 0) => return future,
        (false, _) => quote!(#private::body::<#permits, _>),
    };
    let around = generator.krate.cover(Reach::at(at), around);
    let mut group = Group::new(Delimiter::Parenthesis, future);
    group.set_span(at);
    quote!(#around #group)
}

/// What stands in the function itself may wait there, and a timeout is around it.
fn may_be_cut_off(generator: &Generator, index: usize, expr: &TokenStream) -> bool {
    generator.plan.timeouts_among(index).next().is_some() && awaits(expr)
}

// Output: match until(__deadline0.as_mut(), shielded::<1, _>(async { EXPR })).await { Some(__ended) => __ended, None => break 'until0 }
fn cut_off(generator: &Generator, index: usize, expr: &TokenStream) -> TokenStream {
    let lent = lent(generator, expr);
    let future = own(generator, index, Span::mixed_site(), ours!(async { #lent #expr }));
    generator.awaited(index, future)
}

// Output: let _ = &mut *self; let _ = &mut *out;
//
/// What the expression borrows is lent to it whole, as to the body: a `Cell` behind a part would make the future `!Send`.
fn lent(generator: &Generator, expr: &TokenStream) -> TokenStream {
    let callable = &generator.plan.callable;
    let is_lent = callable.receiver == Receiver::Unique && mentions(expr, &quote!(self));
    let own = is_lent.then(|| body::lent_self(generator));
    let params = callable.params.iter().filter(|param| param.pass == Pass::Unique);
    let names = params.map(|param| (&param.cfgs, param.name.to_token_stream()));
    let mut lent = own.map(|own| ours!(let _ = #own;)).unwrap_or_default();
    for (cfgs, name) in names.filter(|(_, name)| mentions(expr, name)) {
        lent.extend(ours!(#(#cfgs)* let _ = &mut *#name;));
    }
    lent
}

fn keep(generator: &Generator, failure: &syn::Ident) -> TokenStream {
    let (private, error) = (&generator.private, generator.error());
    ours!(#private::keep::<#error>(&#failure))
}

/// Not kept over an `.await` that does not need it.
fn drop(generator: &Generator, failure: &syn::Ident) -> TokenStream {
    let private = &generator.private;
    ours!(#private::done(#failure);)
}

fn rebinding(generator: &Generator, index: usize, at: usize, tier: Tier) -> TokenStream {
    if !generator.plan.is_reused || matches!(tier, Tier::Path(_)) {
        return TokenStream::new();
    }
    body::tier_rebinding(
        generator,
        |param| tier.mentions(param),
        tier.wants_self(),
        |param| generator.plan.is_last_use(index, at, param),
    )
}

/// `self` in a closure, where the receiver itself must stay for others.
fn own_self(generator: &Generator, tier: Tier, expr: &Expr) -> TokenStream {
    let is_lent = matches!(generator.plan.callable.receiver, Receiver::Counted | Receiver::Pinned);
    if is_lent && tier.wants_self() { rename_self(quote!(#expr)) } else { quote!(#expr) }
}

// Input:  cached      for  fn quote(&self, symbol: &str, id: String, #[cfg(debug)] trace: u8)
// Output: #[cfg(debug)]      let __tier = cached(symbol, lend(&mut __id, true), lend(&mut __trace, true));
//         #[cfg(not(debug))] let __tier = cached(symbol, lend(&mut __id, true));
//         __tier
//
// An argument cannot have a `cfg` of its own, so there is one call for each combination.
fn path_call(generator: &Generator, index: usize, at: usize, path: &Expr) -> (TokenStream, TokenStream) {
    let plan = generator.plan;
    let receiver = if Tier::Path(path).wants_self() { body::self_argument(generator) } else { None };
    let argument = |param: &crate::signature::Param| {
        // The name is the user's, its place the tier's: that is where a wrong argument is passed.
        let mut name = param.name.clone();
        name.set_span(name.span().located_at(Reach::of(path).end));
        match param.pass {
            Pass::Value => body::lend(generator, param, plan.is_last_use(index, at, param)),
            Pass::Unique => ours!(&mut *#name),
            Pass::Shared => quote!(#name),
        }
    };
    let conditional: Vec<&Attribute> = plan.callable.params.iter().flat_map(|param| &param.cfgs).collect();
    let call = |is_on: &dyn Fn(&Attribute) -> bool| {
        let present = plan.callable.params.iter().filter(|param| param.cfgs.iter().all(is_on)).map(argument);
        let args = receiver.clone().into_iter().chain(present);
        let mut group = Group::new(Delimiter::Parenthesis, quote!(#(#args),*));
        group.set_span(Reach::of(path).end);
        quote!(#path #group)
    };
    if conditional.is_empty() {
        return (TokenStream::new(), call(&|_| true));
    }
    let mut lets = TokenStream::new();
    for bits in 0..1_usize << conditional.len().min(8) {
        let is_set = |at: usize| bits >> at & 1 == 1;
        let states = conditional.iter().enumerate().map(|(at, cfg)| {
            let condition = match &cfg.meta {
                syn::Meta::List(list) => list.tokens.clone(),
                _ => TokenStream::new(),
            };
            if is_set(at) { condition } else { quote!(not(#condition)) }
        });
        let states: Vec<_> = states.collect();
        let call =
            call(&|attr| conditional.iter().position(|other| std::ptr::eq(*other, attr)).is_none_or(is_set));
        lets.extend(ours!(#[cfg(all(#(#states),*))] let __tier = #call;));
    }
    (lets, ours!(__tier))
}
