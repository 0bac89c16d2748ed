//! The layer that repeats what is inside it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use crate::{
    body,
    codegen::{Frame, Generator, ours},
    layer::Layer,
    outcome,
    signature::{Pass, Receiver},
    span::{label, local},
};

impl Generator<'_> {
    // Output:
    //     {
    //         let mut __retry0 = SITE.start();
    //         'retry0: loop {
    //             let __failure = INNER;
    //             if !__retry0.again_after(&__failure, WANTED, HINT) { break 'retry0 __failure; }
    //         }
    //     }
    //
    // Or, where the wait is not one call of ours, since it is awaited or a hook comes before it:
    //         'retry0: loop {
    //             let __delay = 'attempt0: {
    //                 let __failure = INNER;
    //                 match __retry0.wait_after(&__failure, WANTED, HINT) {
    //                     Some(__delay) => { ON_RETRY; __delay }
    //                     None => break 'retry0 __failure,
    //                 }
    //             };
    //             if !__delay.is_none() { __retry0.pause(__delay).await; }
    //         }
    pub(crate) fn retry(&self, index: usize, layer: &Layer, frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        let (again, attempt) = (label(&format!("retry{index}")), label(&format!("attempt{index}")));
        let retry = retry_local(index);
        let settings = &layer.settings;
        let site = self.site(layer);
        let start = local(if settings.has("exhausted") { "start_timed" } else { "start" });
        let wanted = outcome::wanted(self, layer);
        let no_hint = || ours!(|_| #private::None);
        let hint = settings.function("retry_after").map_or_else(no_hint, ToTokens::to_token_stream);
        let last = self.watched(index, outcome::exhausted(self, layer, &retry));
        if self.begins_apart(index, layer) {
            return self.begun_apart(index, frame, &site, &ours!(#wanted, #hint), &last);
        }
        frame.push(outcome::attempt_success(self, index, layer));
        let inner = self.layer(index + 1, frame);
        frame.pop();
        let turn = if self.waits_in_one_call(layer) {
            ours! {
                let __failure = #inner;
                if !#retry.again_after(&__failure, #wanted, #hint) {
                    break #again #last;
                }
            }
        } else {
            let after = self.watched(index, ours!(#retry.wait_after(&__failure, #wanted, #hint)));
            let notify = self.watched(index, outcome::notify(self, layer, &retry, true));
            let pause = if self.plan.callable.is_async() {
                ours!(#retry.pause(__delay).await;)
            } else {
                ours!(#retry.block(__delay.duration());)
            };
            ours! {
                let __delay = #attempt: {
                    let __failure = #inner;
                    match #after {
                        #private::Some(__delay) => { #notify __delay }
                        #private::None => break #again #last,
                    }
                };
                if !__delay.is_none() {
                    #pause
                }
            }
        };
        ours! {
            {
                let mut #retry = #site.#start();
                #again: loop {
                    #turn
                }
            }
        }
    }

    // Output:
    //     {
    //         let mut __body0 = || BODY;
    //         let __first0 = SITE.first();
    //         let mut __result = match __body0() {
    //             Ok(__value) => { __first0.succeeded(); SUCCESS; break 'call Ok(__value) }
    //             __result => __result,
    //         };
    //         let mut __retry0 = __first0.failed();
    //         'retry0: loop {
    //             let __failure = match __result {
    //                 Ok(__value) => { __retry0.succeeded(); SUCCESS; break 'call Ok(__value) }
    //                 Err(__error) => Failure::Error(__error),
    //             };
    //             if !__retry0.again_after(&__failure, WANTED, HINT) { break 'retry0 __failure; }
    //             __result = __body0();
    //         }
    //     }
    //
    // The first attempt stands before the loop, so that a call that needs no other one keeps nothing for the sake of repeats.
    // The compiler decides whether the body is small enough to be there twice. An error stays where it is until it is asked
    // about: passed to a function with the loop in it, it would be moved through memory in pieces.
    fn begun_apart(
        &self,
        index: usize,
        frame: &mut Frame,
        site: &TokenStream,
        asked: &TokenStream,
        last: &TokenStream,
    ) -> TokenStream {
        let private = &self.private;
        let (again, retry) = (label(&format!("retry{index}")), retry_local(index));
        let (first, attempt) = (local(&format!("__first{index}")), local(&format!("__body{index}")));
        let body = body::repeated(self);
        let mut leave = |success| {
            frame.push(success);
            let leave = frame.leave(private);
            frame.pop();
            leave
        };
        let (at_once, later) = (leave(ours!(#first.succeeded();)), leave(ours!(#retry.succeeded();)));
        ours! {
            {
                // A body that changes what it must not is told so once.
                #[allow(unused_mut)]
                let mut #attempt = #body;
                let #first = #site.first();
                let mut __result = match #attempt() {
                    #private::Ok(__value) => { #at_once }
                    __result => __result,
                };
                let mut #retry = #first.failed();
                #again: loop {
                    let __failure = match __result {
                        #private::Ok(__value) => { #later }
                        #private::Err(__error) => #private::Failure::Error(__error),
                    };
                    if !#retry.again_after(&__failure, #asked) {
                        break #again #last;
                    }
                    __result = #attempt();
                }
            }
        }
    }

    /// The body is all there is to an attempt, and can be called from two places.
    fn begins_apart(&self, index: usize, retry: &Layer) -> bool {
        let callable = &self.plan.callable;
        let is_innermost = index + 1 == self.plan.layers.len();
        is_innermost
            && self.waits_in_one_call(retry)
            && !["retry_if", "exhausted"].iter().any(|key| retry.settings.has(key))
            && matches!(callable.receiver, Receiver::None | Receiver::Shared)
            && callable.params.iter().all(|param| param.pass == Pass::Shared)
    }

    /// Nobody has a word between a failed attempt and the next but our runtime.
    pub(crate) fn waits_in_one_call(&self, retry: &Layer) -> bool {
        !self.plan.callable.is_async() && retry.settings.function("on_retry").is_none()
    }
}

pub(crate) fn retry_local(index: usize) -> syn::Ident {
    local(&format!("__retry{index}"))
}
