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

    pub(crate) fn push(&mut self, success: TokenStream) {
        self.success.push(success);
    }

    pub(crate) fn pop(&mut self) {
        self.success.pop();
    }

    /// With `__value` in scope.
    pub(crate) fn leave(&self, private: &Tokens) -> TokenStream {
        let (exit, success) = (&self.exit, self.success.iter().rev());
        quote_spanned!(Span::mixed_site()=>
            #(#success)*
            break #exit #private::Ok(__value)
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
        let call = label("call");
        let mut frame = Frame::new(call.clone());
        let layers = self.layer(0, &mut frame);
        let early = self.early_body(0);
        let error =
            if self.plan.may_refuse() { self.own_error() } else { ours!(#private::only_error(__failure)) };
        // Named at the return type as well; the user's code is all before it.
        let answer = Ident::new("__answer", self.returned.start);
        let converted = self.convert("answer", quote!(#answer));
        ours! {
            let #answer = #call: {
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
            self.convert("result", ours!(#future.await))
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

    // Output:
    //     match in_time(SITE.timing().limit(async { 'inside0: { let __failure = INNER; Err(__failure) } }).await) {
    //         Ok(__value) => { SUCCESS; break 'call Ok(__value) }
    //         Err(__failure) => __failure,
    //     }
    //
    // and of the body itself, `match <RET as Answer>::in_time(SITE.timing().limit(BODY).await) { .. }`.
    fn timeout(&self, index: usize, layer: &Layer, frame: &Frame) -> TokenStream {
        let private = &self.private;
        let site = self.site(layer);
        let is_innermost = index + 1 == self.plan.layers.len();
        let leave = frame.leave(private);
        // Its end is a failure to the breakers inside, so it marks what it drops.
        let marks = self.plan.layers[index..]
            .iter()
            .any(|layer| layer.policy == Policy::CircuitBreaker || layer.is_service());
        let limit = local(if marks { "limit_marking" } else { "limit" });
        let limited = |future| ours!(#site.timing().#limit(#future).await);
        let answer = if is_innermost {
            self.convert("in_time", limited(self.future()))
        } else {
            let inside = limited(self.border(index));
            ours!(#private::in_time(#inside))
        };
        ours! {
            match #answer {
                #private::Ok(__value) => { #leave }
                #private::Err(__failure) => __failure,
            }
        }
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

    /// The layers inside a timeout, as one future of `Result<T, Failure<E>>`.
    fn border(&self, index: usize) -> TokenStream {
        let private = &self.private;
        let inside = label(&format!("inside{index}"));
        let inner = self.layer(index + 1, &mut Frame::new(inside.clone()));
        let early = self.early_body(index + 1);
        let capture = if self.plan.is_reused { TokenStream::new() } else { ours!(move) };
        ours! {
            async #capture {
                #inside: {
                    #early
                    let __failure = #inner;
                    #private::Err(__failure)
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
