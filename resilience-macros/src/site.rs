//! The static of a layer: its settings, checked, and its place in the source.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;

use crate::{
    krate::Krate,
    layer::{Base, Layer},
    policy::Policy,
    setting::{Setting, Value},
    settings::{Name, Settings},
    span::{Reach, local},
};

const CONFIG: &str = "__RESILIENCE_CONFIG";

// Output:
//     {
//         const __RESILIENCE_CONFIG: Config = ..;
//         const _: () = check(Config::problem(&__RESILIENCE_CONFIG, "threshold"));
//         const _: () = check(Config::any_problem(&__RESILIENCE_CONFIG, &["threshold"]));
//         static __RESILIENCE_SITE: Site<Config> = Site::new(Some("quotes"), __RESILIENCE_CONFIG, Source::new(..));
//         &__RESILIENCE_SITE
//     }
//
// In a block of its own: an item beside the user's body would be visible in it.
pub(crate) fn site(krate: &Krate, layer: &Layer, function: &str) -> TokenStream {
    let private = krate.private();
    let settings = &layer.settings;
    let config_type = config_type(krate, layer.policy);
    let name = Ident::new(CONFIG, Span::mixed_site());
    let constant = config(krate, settings, &layer.base, &name);
    let checks = if layer.is_maybe() { TokenStream::new() } else { checks(krate, settings, &name) };
    let kind = Ident::new(if layer.is_maybe() { "OptionalSite" } else { "Site" }, Span::mixed_site());
    let (policy_name, name_check) = policy_name(krate, settings);
    let source = source(krate, settings, function);
    quote_spanned!(Span::mixed_site()=> {
        #constant
        #checks
        #name_check
        static __RESILIENCE_SITE: #private::#kind<#config_type> = #private::#kind::new(#policy_name, #name, #source);
        &__RESILIENCE_SITE
    })
}

fn config_type(krate: &Krate, policy: Policy) -> TokenStream {
    krate.item(&[policy.name(), "Config"])
}

// Output: const NAME: Config = { ..one statement per setting.. };      with `Option<Config>` if only a preset knows
pub(crate) fn config(krate: &Krate, settings: &Settings, base: &Base, name: &Ident) -> TokenStream {
    let private = krate.private();
    let config_type = config_type(krate, settings.policy);
    let written = written(krate, settings);
    match base {
        Base::None => quote_spanned!(Span::mixed_site()=> const #name: #config_type = #written;),
        Base::Preset(preset) => {
            let section = from_preset(preset, &format!("__{}", settings.policy.name()));
            quote_spanned!(Span::mixed_site()=>
                const #name: #config_type = #config_type::or(#written, #section);
            )
        }
        Base::Section(preset) => {
            let section = from_preset(preset, &section_method(settings));
            quote_spanned!(Span::mixed_site()=>
                const #name: #config_type = #config_type::or(#written, match #section {
                    #private::core::option::Option::Some(__section) => __section,
                    #private::core::option::Option::None => #config_type::new(),
                });
            )
        }
        Base::Maybe(preset) => {
            let section = from_preset(preset, &section_method(settings));
            quote_spanned!(Span::mixed_site()=>
                const #name: #private::core::option::Option<#config_type> = #section;
            )
        }
    }
}

fn section_method(settings: &Settings) -> String {
    let total = if settings.is_total { "total_" } else { "" };
    format!("__{total}{}_section", settings.policy.name())
}

/// `(X).__retry()`, all of it at `X`.
pub(crate) fn from_preset(preset: &Expr, method: &str) -> TokenStream {
    let reach = Reach::of(preset);
    let method = Ident::new(method, reach.end);
    let mut value = proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, preset.to_token_stream());
    value.set_span(reach.start);
    let mut none = proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, TokenStream::new());
    none.set_span(reach.end);
    // A bare path needs no parentheses, and `unused_parens` would say so.
    if let Expr::Path(path) = preset { quote!(#path.#method #none) } else { quote!(#value.#method #none) }
}

// Output: { let __config = Config::new(); let __config = Config::threshold(__config, 5); __config }
pub(crate) fn written(krate: &Krate, settings: &Settings) -> TokenStream {
    let config_type = config_type(krate, settings.policy);
    let config = local("__config");
    let steps = settings.values.iter().filter_map(|setting| {
        let Value::Config { setter, args, reach } = &setting.value else { return None };
        let setter = Ident::new(setter, Span::mixed_site());
        let function = krate.cover(Reach::at(reach.start), quote!(#config_type::#setter));
        let args = args.iter().map(|arg| krate.arg(arg, *reach));
        let mut group =
            proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, quote!(#config, #(#args),*));
        group.set_span(reach.end);
        Some(quote_spanned!(Span::mixed_site()=> let #config = #function #group;))
    });
    quote_spanned!(Span::mixed_site()=> {
        let #config = #config_type::new();
        #(#steps)*
        #config
    })
}

/// One check per written setting, at its value, and one for the rest, at the attribute.
pub(crate) fn checks(krate: &Krate, settings: &Settings, name: &Ident) -> TokenStream {
    let private = krate.private();
    let config_type = config_type(krate, settings.policy);
    let configs: Vec<(&Setting, Reach)> = settings
        .values
        .iter()
        .filter_map(|setting| match &setting.value {
            Value::Config { reach, .. } => Some((setting, *reach)),
            _ => None,
        })
        .collect();
    let keys: Vec<&str> = configs.iter().map(|(setting, _)| setting.key.name).collect();
    let mut checks = TokenStream::new();
    for (setting, reach) in &configs {
        let key = setting.key.name;
        checks.extend(constant(krate, *reach, quote!(#private::check(#config_type::problem(&#name, #key)))));
    }
    let rest = quote!(#private::check(#config_type::any_problem(&#name, &[#(#keys),*])));
    checks.extend(constant(krate, Reach::at(settings.at), rest));
    checks
}

/// `const _: () = TOKENS;` whose failure is reported at `reach`.
pub(crate) fn constant(krate: &Krate, reach: Reach, tokens: TokenStream) -> TokenStream {
    let tokens = krate.cover(reach, tokens);
    quote_spanned!(Span::mixed_site()=> const _: () = #tokens;)
}

fn policy_name(krate: &Krate, settings: &Settings) -> (TokenStream, TokenStream) {
    let private = krate.private();
    let Some(name) = &settings.name else {
        return (
            quote_spanned!(Span::mixed_site()=> #private::core::option::Option::None),
            TokenStream::new(),
        );
    };
    let tokens = match name {
        Name::Text(text) => {
            // The span of a bare word would turn the literal into one that the user's lints look at.
            let mut literal = proc_macro2::Literal::string(&text.value());
            literal.set_span(text.span());
            literal.to_token_stream()
        }
        Name::Expr(expr) => expr.to_token_stream(),
    };
    let check = constant(
        krate,
        Reach::of(&tokens),
        quote!(#private::check(#private::name_problem(__RESILIENCE_NAME))),
    );
    let check = quote_spanned!(Span::mixed_site()=> const __RESILIENCE_NAME: &str = #tokens; #check);
    (quote_spanned!(Span::mixed_site()=> #private::core::option::Option::Some(__RESILIENCE_NAME)), check)
}

fn source(krate: &Krate, settings: &Settings, function: &str) -> TokenStream {
    let private = krate.private();
    let place = |name: &str| {
        let name = Ident::new(name, settings.at);
        quote_spanned!(settings.at=> #private::core::#name!())
    };
    let (module, file, line, column) = (place("module_path"), place("file"), place("line"), place("column"));
    quote_spanned!(Span::mixed_site()=> #private::Source::new(#module, #function, #file, #line, #column))
}
