//! `#[resilient(service = "database")]`: the function runs inside a service, whose layers only the registry knows.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{LitStr, spanned::Spanned};

use crate::{
    body, catalogue,
    codegen::{Frame, Generator, ours},
    errors::Errors,
    layer::{Base, Layer},
    policy::Policy,
    settings::{Name, Settings},
    site::{SITE, constant, source},
    span::{Reach, label, local},
};

/// A fallback may stand around a service; everything else comes from its registration.
pub(crate) fn layers(mut outer: Settings, layers: &mut Vec<Layer>, errors: &mut Errors) {
    if let Some(preset) = outer.preset.take() {
        errors.over(preset, "a service brings its own policies; give the preset where it is registered, as in `registry().add_service(\"database\", presets::DATABASE)`");
    }
    if let Some(name) = outer.name.take() {
        errors.at(name.span(), "the policies of a service have the service's name; remove this one");
    }
    for mut section in std::mem::take(&mut outer.sections) {
        if section.policy != Policy::Fallback {
            errors.at(
                section.at,
                "a service brings its own policies; give these settings where it is registered",
            );
            continue;
        }
        let base = section.preset.take().map_or(Base::None, Base::Preset);
        layers.push(Layer { policy: Policy::Fallback, settings: section, base });
    }
    layers.push(Layer { policy: Policy::Resilient, settings: outer, base: Base::None });
}

/// What is around a service, and what it is around.
pub(crate) fn check(layer: &Layer, above: &[Layer], errors: &mut Errors) {
    if above.iter().any(Layer::is_service) {
        errors.at(
            layer.settings.at,
            "this stands below a service, whose policies run directly around the function; write it above the service, or register it with the service",
        );
    }
    if !layer.is_service() {
        return;
    }
    for retry in above.iter().filter(|layer| layer.policy == Policy::Retry) {
        errors.at(retry.settings.at, "the service may have a retry of its own, and two retries multiply their attempts; remove this one, or register it with the service");
    }
}

impl Name {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Text(text) => text.span(),
            Self::Expr(expr) => expr.span(),
        }
    }
}

impl Generator<'_> {
    // Output:
    //     {
    //         let __joined = { static __RESILIENCE_SITE: ServiceSite = ServiceSite::new("database", "query", SOURCE); LISTED; __RESILIENCE_SITE.join() };
    //         let mut __passage = __joined.begin(1);
    //         'service0: loop {
    //             let __answer = match __passage.enter().await {
    //                 Ok(()) => match __passage.run(BODY).await {
    //                     Ok(__answer) => Result::map_err(<RET as Answer>::result(__answer), Failure::Error),
    //                     Err(__rejected) => Err(Failure::Rejected(__rejected)),
    //                 },
    //                 Err(__rejected) => Err(Failure::Rejected(__rejected)),
    //             };
    //             match __passage.outcome(__answer).await {
    //                 Some(Ok(__value)) => { SUCCESS; break 'call Ok(__value) }
    //                 Some(Err(__failure)) => break 'service0 __failure,
    //                 None => {}
    //             }
    //         }
    //     }
    pub(crate) fn service(&self, index: usize, layer: &Layer, frame: &Frame) -> TokenStream {
        let private = &self.private;
        let again = label(&format!("service{index}"));
        let (joined, passage) = (local("__joined"), local("__passage"));
        let site = self.service_site(index, layer);
        let leave = frame.leave(private);
        let is_async = self.plan.callable.is_async();
        let permits = if is_async { self.plan.breakers() } else { 0 };
        let rejected = ours! {
            #private::Err(__rejected) =>
                #private::Err(#private::Failure::Rejected(__rejected)),
        };
        let own = |answer: TokenStream| ours!(#private::core::result::Result::map_err(#answer, #private::Failure::Error));
        let (attempt, outcome) = if is_async {
            let (body, answer) = (body::future(self), own(self.convert("result", ours!(__answer))));
            let enter = self.awaited(index, ours!(#passage.enter()));
            let run = self.awaited(index, ours!(#passage.run(#body)));
            let attempt = ours! {
                match #enter {
                    #private::Ok(()) => match #run {
                        #private::Ok(__answer) => #answer,
                        #rejected
                    },
                    #rejected
                }
            };
            (attempt, self.awaited(index, ours!(#passage.outcome(__answer))))
        } else {
            let answer = own(body::closure(self));
            let attempt = ours! {
                match #passage.enter_checked() {
                    #private::Ok(()) => #passage.inside(|| #answer),
                    #rejected
                }
            };
            (attempt, ours!(#passage.outcome_blocking(__answer)))
        };
        ours! {
            {
                let #joined = #site;
                let mut #passage = #joined.begin(#permits);
                #again: loop {
                    let __answer = #attempt;
                    match #outcome {
                        #private::Some(#private::Ok(__value)) => { #leave }
                        #private::Some(#private::Err(__failure)) => break #again __failure,
                        #private::None => {}
                    }
                }
            }
        }
    }

    fn service_site(&self, index: usize, layer: &Layer) -> TokenStream {
        let (krate, private) = (self.krate, &self.private);
        let source = source(krate, layer.settings.at, &self.function);
        let name = local(SITE);
        let listed = catalogue::layer(krate, layer, index, &name);
        let text = |name: &Option<Name>, default: &str, constant_name: &str| {
            let name = match name {
                Some(Name::Text(text)) => literal(text),
                Some(Name::Expr(expr)) => expr.to_token_stream(),
                None => literal(&LitStr::new(default, Span::mixed_site())),
            };
            let ident = Ident::new(constant_name, Span::mixed_site());
            let check =
                constant(krate, Reach::of(&name), quote!(#private::check(#private::name_problem(#ident))));
            quote_spanned!(Span::mixed_site()=> const #ident: &str = #name; #check)
        };
        let service = text(&layer.settings.service, "", "__RESILIENCE_SERVICE");
        let operation = text(&layer.settings.operation, &self.function, "__RESILIENCE_OPERATION");
        ours! {
            {
                #service
                #operation
                static #name: #private::ServiceSite =
                    #private::ServiceSite::new(__RESILIENCE_SERVICE, __RESILIENCE_OPERATION, #source);
                #listed
                #name.join()
            }
        }
    }
}

/// The span of a bare word would turn the literal into one that the user's lints look at.
fn literal(text: &LitStr) -> TokenStream {
    let mut literal = proc_macro2::Literal::string(&text.value());
    literal.set_span(text.span());
    literal.to_token_stream()
}
