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
    // where an async function waits as it enters the gates of its next attempt, and asks `follows_after` or `follows`. Or, where the wait is
    // not one call of ours, since it is awaited here or a hook comes before it:
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
        let asks_the_user = ["on", "abort_on", "retry_if", "retry_after"].iter().any(|key| settings.has(key));
        let wanted = outcome::wanted(self, layer);
        let no_hint = || ours!(#private::no_hint);
        let hint = settings.function("retry_after").map_or_else(no_hint, ToTokens::to_token_stream);
        let last = self.watched(index, outcome::exhausted(self, layer, &retry));
        if self.is_one_call(index, layer) {
            return self.one_call(frame, &site, &ours!(#wanted, #hint));
        }
        frame.push(outcome::attempt_success(self, index, layer));
        let inner = self.layer(index + 1, frame);
        frame.pop();
        let turn = if self.waits_in_one_call(index) {
            let again_after = match self.plan.callable.is_async() {
                // Arguments that say nothing cost the compiler time, too.
                true if !asks_the_user => ours!(#retry.follows(&__failure)),
                true => self.watched(index, ours!(#retry.follows_after(&__failure, #wanted, #hint))),
                false => ours!(#retry.again_after(&__failure, #wanted, #hint)),
            };
            ours! {
                let __failure = #inner;
                if !#again_after {
                    break #again #last;
                }
            }
        } else {
            let after = self.watched(index, ours!(#retry.wait_after(&__failure, #wanted, #hint)));
            let notify = self.watched(index, outcome::notify(self, layer, &retry, true));
            let pause = if self.plan.callable.is_async() {
                let pause = self.awaited(index, ours!(#retry.pause(__delay)));
                ours!(#pause;)
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
    //     match SITE.call(|| BODY, WANTED, HINT) {
    //         Ok(__value) => { SUCCESS; break 'call Ok(__value) }
    //         Err(__error) => Failure::Error(__error),
    //     }
    fn one_call(&self, frame: &Frame, site: &TokenStream, asked: &TokenStream) -> TokenStream {
        let private = &self.private;
        let (body, leave) = (body::repeated(self), frame.leave(private));
        ours! {
            match #site.call(#body, #asked) {
                #private::Ok(__value) => { #leave }
                #private::Err(__error) => #private::Failure::Error(__error),
            }
        }
    }

    /// The body is all there is to an attempt, and can be called again and again.
    fn is_one_call(&self, index: usize, retry: &Layer) -> bool {
        let callable = &self.plan.callable;
        let is_innermost = index + 1 == self.plan.layers.len();
        is_innermost
            && self.waits_in_one_call(index)
            && !["retry_if", "exhausted"].iter().any(|key| retry.settings.has(key))
            && matches!(callable.receiver, Receiver::None | Receiver::Shared)
            && callable.params.iter().all(|param| param.pass == Pass::Shared)
    }

    /// Nobody has a word between a failed attempt and the next but our runtime, and an async call waits where it enters the
    /// gates of the next.
    pub(crate) fn waits_in_one_call(&self, index: usize) -> bool {
        let is_told = self.plan.layers[index].settings.function("on_retry").is_some();
        !is_told && (!self.plan.callable.is_async() || self.plan.gates(index + 1) > 0)
    }
}

pub(crate) fn retry_local(index: usize) -> syn::Ident {
    local(&format!("__retry{index}"))
}
