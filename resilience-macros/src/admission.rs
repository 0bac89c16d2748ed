//! The layers that let a call in, or refuse it.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::{
    codegen::{Frame, Generator, ours},
    layer::Layer,
    outcome,
    span::{label, local},
};

impl Generator<'_> {
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
        let site = self.site(layer);
        // An async permit is ended where it is.
        let (admit, mutability) = if self.plan.callable.is_async() {
            (local("admit_async"), ours!(mut))
        } else {
            (local("admit"), TokenStream::new())
        };
        frame.push(outcome::permit_success(self, index, layer, &permit));
        let asks_the_user = ["failure", "ignore", "failure_if"].iter().any(|key| layer.settings.has(key));
        let is_innermost = index + 1 == self.plan.layers.len();
        let inner = if asks_the_user {
            let inner = self.layer(index + 1, frame);
            let classify = outcome::classify(self, layer);
            let blame = self.watched(index + 1, ours!(#private::blame(&__failure, #classify)));
            ours!(let __failure = #inner; #permit.settle(#blame); __failure)
        } else if is_innermost {
            self.body_of_breaker(&permit, frame)
        } else {
            let inner = self.layer(index + 1, frame);
            ours!(let __failure = #inner; #permit.fail(&__failure); __failure)
        };
        frame.pop();
        ours! {
            #block: {
                let #mutability #permit = match #site.#admit() {
                    #private::core::result::Result::Ok(__permit) => __permit,
                    #private::core::result::Result::Err(__refusal) => break #block #private::refused(__refusal),
                };
                #inner
            }
        }
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
    //         let __place0 = match SITE.try_place() {
    //             Some(__place) => __place,
    //             None => match SITE.waiting().await { Ok(__place) => __place, Err(__rejected) => break 'layer0 Rejected },
    //         };
    //         INNER
    //     }
    //
    // Trying first keeps the waiting future out of the way where there is a place.
    pub(crate) fn bulkhead(&self, index: usize, layer: &Layer, frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        let block = label(&format!("layer{index}"));
        let place = local(&format!("__place{index}"));
        let site = self.site(layer);
        let inner = self.layer(index + 1, frame);
        let refused = self.refused();
        let enter = |wait: TokenStream| {
            ours! {
                match #wait {
                    #private::core::result::Result::Ok(__place) => __place,
                    #private::core::result::Result::Err(__rejected) => break #block #refused,
                }
            }
        };
        let entered = if self.plan.callable.is_async() {
            let waiting = enter(ours!(__site.waiting().await));
            ours! {
                {
                    let __site = #site;
                    match __site.try_place() {
                        #private::core::option::Option::Some(__place) => __place,
                        #private::core::option::Option::None => #waiting,
                    }
                }
            }
        } else {
            enter(ours!(#site.place()))
        };
        ours! {
            #block: {
                let #place = #entered;
                #inner
            }
        }
    }

    // Output: as a bulkhead, but there is nothing to give back
    pub(crate) fn rate_limit(&self, index: usize, layer: &Layer, frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        let block = label(&format!("layer{index}"));
        let site = self.site(layer);
        let inner = self.layer(index + 1, frame);
        let refused = self.refused();
        let refuse = |wait: TokenStream| {
            ours! {
                if let #private::core::result::Result::Err(__rejected) = #wait {
                    break #block #refused;
                }
            }
        };
        let pass = if self.plan.callable.is_async() {
            let waiting = refuse(ours!(__site.passing().await));
            ours! {
                {
                    let __site = #site;
                    if !__site.try_pass() {
                        #waiting
                    }
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
