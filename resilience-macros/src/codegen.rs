//! One walk over the stack, outside in. A layer is a block whose value is a `Failure<E>`; a success leaves all layers
//! at once with `break 'call Ok(value)`, after it has told the layers it passes (`Frame::success`).

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Ident, Lifetime};

use crate::{
    body,
    krate::Krate,
    layer::Layer,
    outcome,
    plan::Plan,
    policy::Policy,
    site::site,
    span::{Reach, label, local},
    tier,
};

pub(crate) struct Generator<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) krate: &'a Krate,
    pub(crate) private: TokenStream,
    pub(crate) function: String,
    pub(crate) self_mutability: Option<syn::Token![mut]>,
    pub(crate) body: TokenStream,
    /// Where the body's braces stand.
    pub(crate) braces: Span,
}

/// From here to the next border that a success cannot cross in one step: the function's, or that of an async block.
pub(crate) struct Frame {
    exit: Lifetime,
    /// What a success does on its way out, outermost first.
    success: Vec<TokenStream>,
}

impl Frame {
    fn new(exit: Lifetime) -> Self {
        Self { exit, success: Vec::new() }
    }

    /// With `__value` in scope.
    pub(crate) fn leave(&self, private: &TokenStream) -> TokenStream {
        let (exit, success) = (&self.exit, self.success.iter().rev());
        quote_spanned!(Span::mixed_site()=>
            #(#success)*
            break #exit #private::core::result::Result::Ok(__value)
        )
    }
}

macro_rules! ours {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}
pub(crate) use ours;

impl Generator<'_> {
    // Output:
    //     let __answer = 'call: {
    //         let __failure = LAYERS;
    //         Err(into_error::<<RET as Answer>::Error>(__failure))          only_error(__failure) where nothing refuses
    //     };
    //     <RET as Answer>::answer(__answer)
    pub(crate) fn call(&self) -> TokenStream {
        let private = &self.private;
        let call = label("call");
        let mut frame = Frame::new(call.clone());
        let layers = self.layer(0, &mut frame);
        let error = if self.plan.may_refuse() {
            let error = self.error();
            ours!(#private::into_error::<#error>(__failure))
        } else {
            ours!(#private::only_error(__failure))
        };
        // Named at the return type as well; the user's code is all before it.
        let answer = Ident::new("__answer", Reach::of(&self.plan.callable.output).start);
        let converted = self.convert("answer", quote!(#answer));
        ours! {
            let #answer = #call: {
                let __failure = #layers;
                #private::core::result::Result::Err(#error)
            };
            #converted
        }
    }

    pub(crate) fn layer(&self, index: usize, frame: &mut Frame) -> TokenStream {
        let Some(layer) = self.plan.layers.get(index) else { return self.body(frame) };
        match layer.policy {
            Policy::CircuitBreaker => self.circuit_breaker(index, layer, frame),
            Policy::Retry => self.retry(index, layer, frame),
            Policy::Bulkhead => self.bulkhead(index, layer, frame),
            Policy::RateLimit => self.rate_limit(index, layer, frame),
            Policy::Timeout => self.timeout(index, layer, frame),
            Policy::Fallback => tier::fallback(self, index, layer, frame),
            Policy::Resilient => TokenStream::new(),
        }
    }

    pub(crate) fn site(&self, layer: &Layer) -> TokenStream {
        site(self.krate, layer, &self.function)
    }

    // Output: match BODY { Ok(__value) => { SUCCESS; break 'call Ok(__value) } Err(__error) => Failure::Error(__error) }
    fn body(&self, frame: &Frame) -> TokenStream {
        let private = &self.private;
        let run = if self.plan.callable.is_async() {
            let future = body::future(self);
            self.convert("result", ours!(#future.await))
        } else {
            body::closure(self)
        };
        let leave = frame.leave(private);
        ours! {
            match #run {
                #[allow(unreachable_patterns)]
                #private::core::result::Result::Ok(__value) => { #leave }
                #[allow(unreachable_patterns)]
                #private::core::result::Result::Err(__error) => #private::Failure::Error(__error),
            }
        }
    }

    // Output:
    //     'layer0: {
    //         let __permit0 = match SITE.admit() { Ok(__permit) => __permit, Err(__rejected) => break 'layer0 Rejected };
    //         let __failure = INNER;
    //         __permit0.settle(blame(&__failure, CLASSIFY));
    //         __failure
    //     }
    fn circuit_breaker(&self, index: usize, layer: &Layer, frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        let block = label(&format!("layer{index}"));
        let permit = local(&format!("__permit{index}"));
        let site = self.site(layer);
        let admit = local(if self.plan.callable.is_async() { "admit_async" } else { "admit" });
        frame.success.push(outcome::permit_success(self, layer, &permit));
        let inner = self.layer(index + 1, frame);
        frame.success.pop();
        let classify = outcome::classify(self, layer);
        let refused = self.refused(&block);
        ours! {
            #block: {
                let #permit = match #site.#admit() {
                    #private::core::result::Result::Ok(__permit) => __permit,
                    #refused
                };
                let __failure = #inner;
                #permit.settle(#private::blame(&__failure, #classify));
                __failure
            }
        }
    }

    /// The arm for a refusal by the layer itself.
    fn refused(&self, block: &Lifetime) -> TokenStream {
        let private = &self.private;
        ours! {
            #private::core::result::Result::Err(__rejected) => break #block #private::Failure::Rejected(__rejected),
        }
    }

    // Output:
    //     {
    //         let mut __retry0 = SITE.start();
    //         'retry0: loop {
    //             let __delay = 'attempt0: {
    //                 let __failure = INNER;
    //                 match __retry0.after(&__failure, WANTED, HINT) {
    //                     Some(__delay) => __delay,
    //                     None => break 'retry0 __failure,
    //                 }
    //             };
    //             __retry0.sleep(__delay).await;
    //         }
    //     }
    fn retry(&self, index: usize, layer: &Layer, frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        let (again, attempt) = (label(&format!("retry{index}")), label(&format!("attempt{index}")));
        let retry = retry_local(index);
        let settings = &layer.settings;
        let site = self.site(layer);
        let start = local(if settings.has("exhausted") { "start_timed" } else { "start" });
        frame.success.push(outcome::attempt_success(self, layer, &retry, &attempt));
        let inner = self.layer(index + 1, frame);
        frame.success.pop();
        let wanted = outcome::wanted(self, layer);
        let no_hint = || ours!(|_| #private::core::option::Option::None);
        let hint = settings.function("retry_after").map_or_else(no_hint, ToTokens::to_token_stream);
        let notify = outcome::notify(self, layer, &retry, true);
        let last = outcome::exhausted(self, layer, &retry);
        let pause = if self.plan.callable.is_async() {
            ours!(#retry.sleep(__delay).await;)
        } else {
            ours!(#retry.block(__delay);)
        };
        ours! {
            {
                let mut #retry = #site.#start();
                #again: loop {
                    let __delay = #attempt: {
                        let __failure = #inner;
                        match #retry.after(&__failure, #wanted, #hint) {
                            #private::core::option::Option::Some(__delay) => { #notify __delay }
                            #private::core::option::Option::None => break #again #last,
                        }
                    };
                    #pause
                }
            }
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
    fn bulkhead(&self, index: usize, layer: &Layer, frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        let block = label(&format!("layer{index}"));
        let place = local(&format!("__place{index}"));
        let site = self.site(layer);
        let inner = self.layer(index + 1, frame);
        let refused = self.refused(&block);
        let enter = |wait: TokenStream| {
            ours! {
                match #wait {
                    #private::core::result::Result::Ok(__place) => __place,
                    #refused
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
    fn rate_limit(&self, index: usize, layer: &Layer, frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        let block = label(&format!("layer{index}"));
        let site = self.site(layer);
        let inner = self.layer(index + 1, frame);
        let refuse = |wait: TokenStream| {
            ours! {
                if let #private::core::result::Result::Err(__rejected) = #wait {
                    break #block #private::Failure::Rejected(__rejected);
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

    // Output:
    //     match SITE.limit(async { 'inside0: { let __failure = INNER; Err(__failure) } }).await {
    //         Ok(__answer) => match __answer {
    //             Ok(__value) => { SUCCESS; break 'call Ok(__value) }
    //             Err(__failure) => __failure,
    //         },
    //         Err(__rejected) => Failure::Rejected(__rejected),
    //     }
    fn timeout(&self, index: usize, layer: &Layer, frame: &Frame) -> TokenStream {
        let private = &self.private;
        let site = self.site(layer);
        let is_innermost = index + 1 == self.plan.layers.len();
        let (future, answer) = if is_innermost {
            (body::future(self), self.convert("result", ours!(__answer)))
        } else {
            (self.border(index), ours!(__answer))
        };
        let failure =
            if is_innermost { ours!(#private::Failure::Error(__failure)) } else { ours!(__failure) };
        let leave = frame.leave(private);
        ours! {
            match #site.limit(#future).await {
                #private::core::result::Result::Ok(__answer) => match #answer {
                    #[allow(unreachable_patterns)]
                    #private::core::result::Result::Ok(__value) => { #leave }
                    #[allow(unreachable_patterns)]
                    #private::core::result::Result::Err(__failure) => #failure,
                },
                #private::core::result::Result::Err(__rejected) => #private::Failure::Rejected(__rejected),
            }
        }
    }

    /// The layers inside a timeout, as one future of `Result<T, Failure<E>>`.
    fn border(&self, index: usize) -> TokenStream {
        let private = &self.private;
        let inside = label(&format!("inside{index}"));
        let inner = self.layer(index + 1, &mut Frame::new(inside.clone()));
        let capture = if self.plan.is_reused { TokenStream::new() } else { ours!(move) };
        ours! {
            async #capture {
                #inside: {
                    let __failure = #inner;
                    #private::core::result::Result::Err(__failure)
                }
            }
        }
    }

    // Output: <RET as Answer>::NAME
    //
    // All of it at the return type: what is wrong with the type is reported there, and once, since rustc reports one
    // obligation at one place once.
    pub(crate) fn answer(&self, name: &str) -> TokenStream {
        let (private, output) = (&self.private, &self.plan.callable.output);
        let reach = Reach::of(output);
        let name = Ident::new(name, Span::mixed_site());
        let open = self.krate.cover(Reach::at(reach.start), quote!(<));
        let rest = self.krate.cover(Reach::at(reach.end), quote!(as #private::Answer>::#name));
        quote!(#open #output #rest)
    }

    // Output: <RET as Answer>::NAME(ARGUMENT)
    pub(crate) fn convert(&self, name: &str, argument: TokenStream) -> TokenStream {
        let function = self.answer(name);
        let mut group = Group::new(Delimiter::Parenthesis, argument);
        group.set_span(Reach::of(&self.plan.callable.output).end);
        quote!(#function #group)
    }

    /// The error type, for a bound on it; with an `impl Trait` beside it, it cannot be written.
    pub(crate) fn error(&self) -> TokenStream {
        if self.plan.callable.is_opaque { ours!(_) } else { self.answer("Error") }
    }

    /// `predicate::<RET>(ANSWER, CLOSURE)`
    pub(crate) fn asks(&self, answer: &TokenStream, predicate: &Expr) -> TokenStream {
        let (private, output) = (&self.private, &self.plan.callable.output);
        ours!(#private::predicate::<#output>(#answer, #predicate))
    }
}

pub(crate) fn retry_local(index: usize) -> syn::Ident {
    local(&format!("__retry{index}"))
}
