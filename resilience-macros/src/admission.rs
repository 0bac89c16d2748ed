//! The layers that let a call in, or refuse it.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Ident;

use crate::{
    codegen::{Frame, Generator, ours},
    key,
    layer::Layer,
    outcome,
    policy::Policy,
    retry::retry_local,
    span::{label, local},
};

impl Generator<'_> {
    // Output:
    //     'layer2: {
    //         let mut __guard2 = Guard::new();
    //         let __gates = SITES;
    //         if !enter(__gates, &mut __guard2) {                                         enter_after(.., &__retry1)
    //             let __entered = match ask_again(__gates, &mut __guard2) {
    //                 Ok(()) => entering(__gates, &mut __guard2).await,
    //                 __refused => __refused,
    //             };
    //             if let Err(__refusal) = __entered { break 'layer2 refused(__refusal); }
    //         }
    //         INNER, as in a circuit breaker that has given the guard
    //     }
    //
    // One guard and one wait for all of them: each costs time to build, and room.
    pub(crate) fn gates(&self, index: usize, layers: &[Layer], frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        let (block, guard) = (label(&format!("layer{index}")), local(&format!("__guard{index}")));
        let (sites, inside) = (self.sites(index, layers), index + layers.len());
        let enter = match index.checked_sub(1).filter(|outer| self.plan.retry() == Some(*outer)) {
            Some(outer) if self.waits_in_one_call(outer) => {
                let retry = retry_local(outer);
                ours!(#private::enter_after(__gates, &mut #guard, &#retry))
            }
            _ => ours!(#private::enter(__gates, &mut #guard)),
        };
        let entered = self.awaited(index, ours!(#private::entering(__gates, &mut #guard)));
        let breaker = layers.iter().find(|layer| layer.policy == Policy::CircuitBreaker);
        let inner = if let Some(breaker) = breaker {
            self.permitted(breaker, inside, &guard, frame)
        } else {
            frame.push(ours!(#guard.success();));
            let inner = self.layer(inside, frame);
            frame.pop();
            ours!(let __failure = #inner; #guard.fail(&__failure); __failure)
        };
        ours! {
            #block: {
                let mut #guard = #private::Guard::new();
                let __gates = #sites;
                if !#enter {
                    let __entered = match #private::ask_again(__gates, &mut #guard) {
                        #private::Ok(()) => #entered,
                        __refused => __refused,
                    };
                    if let #private::Err(__refusal) = __entered {
                        break #block #private::refused(__refusal);
                    }
                }
                #inner
            }
        }
    }

    // Output:
    //     'layer0: {
    //         let __permit0 = match SITE.admit() { Ok(__permit) => __permit, Err(__refusal) => break 'layer0 refused(..) };
    //         let __failure = INNER;
    //         __permit0.fail(&__failure);                       settle(blame(&__failure, CLASSIFY)) where the user classifies
    //         __failure
    //     }
    pub(crate) fn circuit_breaker(&self, index: usize, layer: &Layer, frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        let block = label(&format!("layer{index}"));
        let permit = local(&format!("__permit{index}"));
        let site = self.asked(index, layer);
        // An async permit is ended where it is.
        let (admit, mutability) = if self.plan.callable.is_async() {
            (local("admit_async"), ours!(mut))
        } else {
            (local("admit"), TokenStream::new())
        };
        let inner = self.permitted(layer, index + 1, &permit, frame);
        ours! {
            #block: {
                let #mutability #permit = match #site.#admit() {
                    #private::Ok(__permit) => __permit,
                    #private::Err(__refusal) => break #block #private::refused(__refusal),
                };
                #inner
            }
        }
    }

    /// What a breaker has let in, from the layer `inside` on, up to a failure that its permit has heard of.
    fn permitted(&self, breaker: &Layer, inside: usize, permit: &Ident, frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        frame.push(outcome::permit_success(self, inside, breaker, permit));
        let asks_the_user = ["failure", "ignore", "failure_if"].iter().any(|key| breaker.settings.has(key));
        let inner = if asks_the_user {
            let inner = self.layer(inside, frame);
            let classify = outcome::classify(self, breaker);
            let blame = self.watched(inside, ours!(#private::blame(&__failure, #classify)));
            ours!(let __failure = #inner; #permit.settle(#blame); __failure)
        } else if inside == self.plan.layers.len() {
            self.body_of_breaker(permit, frame)
        } else {
            let inner = self.layer(inside, frame);
            ours!(let __failure = #inner; #permit.fail(&__failure); __failure)
        };
        frame.pop();
        inner
    }

    /// Who says whether a call may go ahead: the site, or the instance of the call's key.
    fn asked(&self, index: usize, layer: &Layer) -> TokenStream {
        if key::key(layer).is_some() { key::asked(self, index) } else { self.site(layer) }
    }

    /// What a refusal by the layer itself becomes. Waits end with the refusal itself, everything else with its short form.
    fn refused(&self) -> TokenStream {
        let private = &self.private;
        if self.plan.callable.is_async() {
            ours!(#private::Failure::Rejected(__rejected))
        } else {
            ours!(#private::refused(__rejected))
        }
    }

    // Output:
    //     'layer0: {
    //         let __place0 = 'enter0: {
    //             let __site = SITE;
    //             let __later = match __site.ask() {
    //                 Asked::Place(__place) => break 'enter0 __place,
    //                 Asked::Full(__full) => break 'layer0 refused(__full.refusal()),        return <..>::refuse::<RET>(__full.rejected())
    //                 Asked::Later(__later) => __later,
    //             };
    //             match __later.queueing().await {                                       __later.place_later() in a sync function
    //                 Ok(__place) => __place,
    //                 Err(__rejected) => break 'layer0 Failure::Rejected(__rejected),
    //             }
    //         };
    //         let __failure = INNER; unlikely(); __failure                                INNER
    //     }
    //
    // Asking first keeps the waiting future out of the way where there is an answer, and the `let` keeps the answer out of
    // what an async function holds over the wait. A sync function returns the refusal of its outermost layer directly, of which
    // nobody else has to hear.
    pub(crate) fn bulkhead(&self, index: usize, layer: &Layer, frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        let (block, entered) = (label(&format!("layer{index}")), label(&format!("enter{index}")));
        let place = local(&format!("__place{index}"));
        let site = self.asked(index, layer);
        let inner = self.layer(index + 1, frame);
        let refused = self.refused();
        let is_async = self.plan.callable.is_async();
        let wait = if is_async {
            self.awaited(index, ours!(__later.queueing()))
        } else {
            ours!(__later.place_later())
        };
        let full = if index == 0 && !is_async && !self.plan.callable.is_opaque {
            let full = self.refuse(&ours!(__full.rejected()));
            ours!(return #full)
        } else {
            ours!(break #block #private::refused(__full.refusal()))
        };
        // A place that is given back after a failure is given back by a call, told that this is not the usual way.
        let inner =
            if is_async { ours!(let __failure = #inner; #private::unlikely(); __failure) } else { inner };
        ours! {
            #block: {
                let #place = #entered: {
                    let __site = #site;
                    let __later = match __site.ask() {
                        #private::Asked::Place(__place) => break #entered __place,
                        #private::Asked::Full(__full) => #full,
                        #private::Asked::Later(__later) => __later,
                    };
                    match #wait {
                        #private::Ok(__place) => __place,
                        #private::Err(__rejected) => break #block #refused,
                    }
                };
                #inner
            }
        }
    }

    // Output: as a bulkhead, but there is nothing to give back
    pub(crate) fn rate_limit(&self, index: usize, layer: &Layer, frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        let (block, entered) = (label(&format!("layer{index}")), label(&format!("enter{index}")));
        let site = self.asked(index, layer);
        let inner = self.layer(index + 1, frame);
        let refused = self.refused();
        let refuse = |wait: TokenStream| {
            ours! {
                if let #private::Err(__rejected) = #wait {
                    break #block #refused;
                }
            }
        };
        let pass = if self.plan.callable.is_async() {
            let waiting = refuse(self.awaited(index, ours!(__later.passing())));
            ours! {
                #entered: {
                    let __site = #site;
                    let __later = match __site.try_pass() {
                        #private::Ok(()) => break #entered,
                        #private::Err(__later) => __later,
                    };
                    #waiting
                }
            }
        } else {
            refuse(ours!(#site.pass()))
        };
        ours! {
            #block: {
                #pass
                #inner
            }
        }
    }
}
