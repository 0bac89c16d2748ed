//! One walk over the stack, outside in. A layer is a block whose value is a `Failure<E>`; a success leaves all layers
//! at once with `break 'call Ok(value)`, after it has told the layers it passes (`Frame::success`).

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Ident, Lifetime};

use crate::{
    body,
    krate::Krate,
    layer::Layer,
    plan::Plan,
    policy::Policy,
    shared,
    site::{site, sites},
    span::{Reach, Tokens, label, local},
    tier,
};

pub(crate) struct Generator<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) krate: &'a Krate,
    pub(crate) private: Tokens,
    /// Where the return type stands.
    pub(crate) returned: Reach,
    pub(crate) function: String,
    pub(crate) self_mutability: Option<syn::Token![mut]>,
    pub(crate) body: TokenStream,
    /// Where the body's braces stand.
    pub(crate) braces: Span,
}

/// The way out of all layers.
#[derive(Default)]
pub(crate) struct Frame {
    /// What a success does on it, outermost first.
    success: Vec<TokenStream>,
}

impl Frame {
    pub(crate) fn push(&mut self, success: TokenStream) {
        self.success.push(success);
    }

    pub(crate) fn pop(&mut self) {
        self.success.pop();
    }

    /// With `__value` in scope.
    pub(crate) fn leave(&self, private: &Tokens) -> TokenStream {
        let success = self.success.iter().rev();
        quote_spanned!(Span::mixed_site()=>
            #(#success)*
            break 'call #private::Ok(__value)
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
    //         let mut __body = pin!(early(BODY));                     if it is made early
    //         let __failure = LAYERS;
    //         Err(<<RET as Answer>::Error as FromRejected>::into_error(__failure))    only_error(__failure) where nothing refuses
    //     };
    //     <RET as Answer>::answer(__answer)
    pub(crate) fn call(&self) -> TokenStream {
        let private = &self.private;
        let layers = self.layer(0, &mut Frame::default());
        let early = self.early_body(0);
        let error =
            if self.plan.may_refuse() { self.own_error() } else { ours!(#private::only_error(__failure)) };
        // Named at the return type as well; the user's code is all before it.
        let answer = Ident::new("__answer", self.returned.start);
        let converted = self.convert("answer", quote!(#answer));
        ours! {
            let #answer = 'call: {
                #early
                let __failure = #layers;
                #private::Err(#error)
            };
            #converted
        }
    }

    pub(crate) fn layer(&self, index: usize, frame: &mut Frame) -> TokenStream {
        let Some(layer) = self.plan.layers.get(index) else { return self.body(frame) };
        if let gates @ 1.. = self.plan.gates(index) {
            return self.gates(index, &self.plan.layers[index..index + gates], frame);
        }
        match layer.policy {
            Policy::CircuitBreaker => self.circuit_breaker(index, layer, frame),
            Policy::Retry => self.retry(index, layer, frame),
            Policy::Bulkhead => self.bulkhead(index, layer, frame),
            Policy::RateLimit => self.rate_limit(index, layer, frame),
            Policy::Timeout => self.timeout(index, layer, frame),
            Policy::Fallback => tier::fallback(self, index, layer, frame),
            Policy::Resilient => self.service(index, layer, frame),
        }
    }

    pub(crate) fn site(&self, layer: &Layer) -> TokenStream {
        let index = self.plan.layers.iter().position(|other| std::ptr::eq(other, layer)).unwrap_or_default();
        if layer.is_maybe() && shared::preset(self.plan).is_some() {
            return shared::site(self.krate, layer, index);
        }
        site(self.krate, layer, index, &self.function)
    }

    pub(crate) fn sites(&self, first: usize, layers: &[Layer]) -> TokenStream {
        if layers.iter().all(Layer::is_maybe) && shared::preset(self.plan).is_some() {
            return shared::gates(self.krate, layers, first);
        }
        sites(self.krate, layers, first, &self.function)
    }

    /// The user's answer, as a `Result`.
    fn run(&self) -> TokenStream {
        if self.plan.callable.is_async() {
            let future = self.future();
            self.convert("result", self.awaited(self.plan.layers.len(), future))
        } else {
            body::closure(self)
        }
    }

    // Output:
    //     {
    //         let __result = BODY;
    //         match __result {
    //             Ok(__value) => { SUCCESS; break 'call Ok(__value) }
    //             Err(_) => { __permit0.failed(); own_failure(__result) }
    //         }
    //     }
    //
    // The body directly inside a breaker that takes every error for a failure. The error stays where it is until the
    // breaker has been told: moved before, it would be carried over that call.
    pub(crate) fn body_of_breaker(&self, permit: &Ident, frame: &Frame) -> TokenStream {
        let (private, run, leave) = (&self.private, self.run(), frame.leave(&self.private));
        ours! {
            {
                let __result = #run;
                match __result {
                    #private::Ok(__value) => { #leave }
                    #private::Err(_) => {
                        #permit.failed();
                        #private::own_failure(__result)
                    }
                }
            }
        }
    }

    // Output: match BODY { Ok(__value) => { SUCCESS; break 'call Ok(__value) } Err(__error) => Failure::Error(__error) }
    fn body(&self, frame: &Frame) -> TokenStream {
        let (private, run) = (&self.private, self.run());
        let leave = frame.leave(private);
        ours! {
            match #run {
                #private::Ok(__value) => { #leave }
                #private::Err(__error) => #private::Failure::Error(__error),
            }
        }
    }

    // Output, of the body itself:
    //     match <RET as Answer>::in_time(SITE.timing().limit(BODY).await) {
    //         Ok(__value) => { SUCCESS; break 'call Ok(__value) }
    //         Err(__failure) => __failure,
    //     }
    //
    // and of layers, where everything that waits among them looks at the deadline (`awaited`):
    //     'layer0: {
    //         let __timing = SITE.timing();
    //         let mut __deadline0 = pin!(__timing.deadline(true));
    //         'until0: {
    //             let __failure = INNER;
    //             break 'layer0 __failure;
    //         }
    //         refused(__deadline0.as_mut().expire())
    //     }
    //
    // A future around the layers would be an async block of their own: a second machine to build, and to leave, and twice the
    // code.
    fn timeout(&self, index: usize, layer: &Layer, frame: &mut Frame) -> TokenStream {
        let private = &self.private;
        let site = self.site(layer);
        if index + 1 == self.plan.layers.len() {
            let (future, leave) = (self.future(), frame.leave(private));
            let limited = self.awaited(index, ours!(#site.timing().limit(#future)));
            let answer = self.convert("in_time", limited);
            return ours! {
                match #answer {
                    #private::Ok(__value) => { #leave }
                    #private::Err(__failure) => __failure,
                }
            };
        }
        // Its end is a failure to the breakers inside, so it marks what it drops.
        let marks = self.plan.has_breaker_from(index);
        let (block, until, deadline) = (label(&format!("layer{index}")), until(index), deadline(index));
        let early = self.early_body(index + 1);
        let inner = self.layer(index + 1, frame);
        ours! {
            #block: {
                let __timing = #site.timing();
                let mut #deadline = #private::core::pin::pin!(__timing.deadline(#marks));
                #until: {
                    #early
                    let __failure = #inner;
                    break #block __failure;
                }
                #private::refused(#deadline.as_mut().expire())
            }
        }
    }

    // Output:
    //     FUTURE.await                                                            no timeout is around it
    //     match until(__deadline0.as_mut(), FUTURE).await {
    //         Some(__ended) => __ended,
    //         None => break 'until0,
    //     }
    //
    /// What the layer at `index` waits for, inside of the timeouts around it.
    pub(crate) fn awaited(&self, index: usize, future: TokenStream) -> TokenStream {
        self.awaited_at(index, future, Span::mixed_site())
    }

    /// The same where it is to be blamed. All of it: rustc reports what is wrong with the future once, if it is one place.
    pub(crate) fn awaited_at(&self, index: usize, future: TokenStream, place: Span) -> TokenStream {
        let private = &self.private;
        let timeouts = self.plan.timeouts_among(index);
        let here = |tokens: TokenStream| self.krate.cover(Reach::at(place), tokens);
        let until_all = timeouts.clone().rev().fold(future, |future, index| {
            let (until, deadline) = (here(quote!(#private::until)), deadline(index));
            let mut group = Group::new(Delimiter::Parenthesis, ours!(#deadline.as_mut(), #future));
            group.set_span(place);
            quote!(#until #group)
        });
        let pause = here(quote!(.await));
        // The outermost says first whether there is an answer.
        timeouts.fold(quote!(#until_all #pause), |ended, index| {
            let until = until(index);
            ours! {
                match #ended {
                    #private::Some(__ended) => __ended,
                    #private::None => break #until,
                }
            }
        })
    }

    /// The body made here, if the layers from `index` on wait before they want it.
    fn early_body(&self, index: usize) -> Option<TokenStream> {
        let is_here = self.plan.early_body() == Some(index);
        let private = &self.private;
        is_here
            .then(|| body::future(self))
            .map(|future| ours!(let mut __body = #private::core::pin::pin!(#private::early(#future));))
    }

    fn future(&self) -> TokenStream {
        let private = &self.private;
        if self.plan.early_body().is_some() {
            ours!(#private::running(__body.as_mut()))
        } else {
            body::future(self)
        }
    }

    // Output: { let __watch = watch::<1>(); let __watched = EXPR; __watch.done(); __watched }
    //
    // What the user wrote beside the body may panic too; the breakers among the outermost `layers` are then told that it was
    // this call and not somebody else's.
    pub(crate) fn watched(&self, layers: usize, expr: TokenStream) -> TokenStream {
        let (private, permits) = (&self.private, self.plan.breakers_among(layers));
        if permits == 0 || !self.plan.callable.is_async() || expr.is_empty() {
            return expr;
        }
        ours! {
            {
                let __watch = #private::watch::<#permits>();
                let __watched = #expr;
                __watch.done();
                __watched
            }
        }
    }

    // Output: <RET as Answer>::NAME
    //
    // All of it at the return type: what is wrong with the type is reported there, and once, since rustc reports one
    // obligation at one place once.
    pub(crate) fn answer(&self, name: &str) -> TokenStream {
        let (private, output) = (&self.private, &self.plan.callable.output);
        let reach = self.returned;
        let name = Ident::new(name, Span::mixed_site());
        let open = self.krate.cover(Reach::at(reach.start), quote!(<));
        let rest = self.krate.cover(Reach::at(reach.end), quote!(as #private::Answer>::#name));
        quote!(#open #output #rest)
    }

    // Output: <RET as Answer>::NAME(ARGUMENT)
    pub(crate) fn convert(&self, name: &str, argument: TokenStream) -> TokenStream {
        let function = self.answer(name);
        let mut group = Group::new(Delimiter::Parenthesis, argument);
        group.set_span(self.returned.end);
        quote!(#function #group)
    }

    /// The error type, for a bound on it; with an `impl Trait` beside it, it cannot be written.
    pub(crate) fn error(&self) -> TokenStream {
        if self.plan.callable.is_opaque {
            let reach = self.returned;
            return self.krate.cover(Reach::at(reach.start), quote!(_)).into_token_stream();
        }
        self.answer("Error")
    }

    // Output: <<RET as Answer>::Error as FromRejected>::into_error(__failure)
    fn own_error(&self) -> TokenStream {
        self.error_by(&quote!(into_error), &ours!(__failure))
    }

    // Output: <<RET as Answer>::Error as FromRejected>::refuse::<RET>(REJECTED)
    pub(crate) fn refuse(&self, rejected: &TokenStream) -> TokenStream {
        let output = &self.plan.callable.output;
        self.error_by(&quote!(refuse::<#output>), rejected)
    }

    // A method of the trait and not a function with a bound, of which rustc would show the declaration too.
    fn error_by(&self, method: &TokenStream, argument: &TokenStream) -> TokenStream {
        let (private, error, reach) = (&self.private, self.error(), self.returned);
        let open = self.krate.cover(Reach::at(reach.start), quote!(<));
        let rest = self.krate.cover(Reach::at(reach.end), quote!(as #private::FromRejected>::#method));
        let mut group = Group::new(Delimiter::Parenthesis, argument.clone());
        group.set_span(reach.end);
        quote!(#open #error #rest #group)
    }

    // Output: predicate::<<RET as Answer>::Value, <RET as Answer>::Error>(ANSWER, CLOSURE)
    //         predicate_of::<RET>(ANSWER, CLOSURE)          where `RET` has a `_`, which must not stand there twice
    pub(crate) fn asks(&self, answer: &TokenStream, predicate: &Expr) -> TokenStream {
        let output = &self.plan.callable.output;
        let (name, types) = if self.plan.callable.is_opaque {
            ("predicate_of", output.to_token_stream())
        } else {
            let (value, error) = (self.answer("Value"), self.answer("Error"));
            ("predicate", quote!(#value, #error))
        };
        let (open, close) = (self.at(predicate, quote!(::<)), self.at(predicate, quote!(>)));
        self.call_with(name, &quote!(#open #types #close), predicate, quote!(#answer, #predicate))
    }

    // Output: NAME TYPES(ARGUMENTS)                        all of ours at the closure, since that is what may be wrong
    pub(crate) fn call_with(
        &self,
        name: &str,
        types: &TokenStream,
        closure: &Expr,
        arguments: TokenStream,
    ) -> TokenStream {
        let (private, name) = (&self.private, local(name));
        let function = self.at(closure, quote!(#private::#name));
        let mut group = Group::new(Delimiter::Parenthesis, arguments);
        group.set_span(Reach::of(closure).end);
        quote!(#function #types #group)
    }

    fn at(&self, closure: &Expr, tokens: TokenStream) -> Tokens {
        self.krate.cover(Reach::at(Reach::of(closure).start), tokens)
    }
}

/// The block that a timeout cuts off.
fn until(index: usize) -> Lifetime {
    label(&format!("until{index}"))
}

fn deadline(index: usize) -> Ident {
    local(&format!("__deadline{index}"))
}
