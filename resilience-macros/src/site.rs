//! The static of a layer: its settings, checked, and its place in the source.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;

use crate::{
    catalogue,
    krate::Krate,
    layer::{Base, Layer},
    policy::Policy,
    setting::{Arg, Setting, Value},
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
//         layer! { 0, .. }                                          for the catalogue
//         &__RESILIENCE_SITE
//     }
//
// In a block of its own: an item beside the user's body would be visible in it.
pub(crate) fn site(krate: &Krate, layer: &Layer, index: usize, function: &str) -> TokenStream {
    let private = krate.private();
    let settings = &layer.settings;
    let config_type = config_type(krate, layer.policy);
    let name = Ident::new(CONFIG, Span::mixed_site());
    let constant = config(krate, settings, &layer.base, &name);
    let checks =
        if layer.is_maybe() { TokenStream::new() } else { checks(krate, settings, &layer.base, &name) };
    let kind = Ident::new(if layer.is_maybe() { "OptionalSite" } else { "Site" }, Span::mixed_site());
    let (policy_name, name_check) = policy_name(krate, settings);
    let source = source(krate, settings.at, function);
    let listed = catalogue::layer(krate, layer, index);
    quote_spanned!(Span::mixed_site()=> {
        #constant
        #checks
        #name_check
        static __RESILIENCE_SITE: #private::#kind<#config_type> = #private::#kind::new(#policy_name, #name, #source);
        #listed
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
    let or_section = |written: &TokenStream, section: &TokenStream| {
        quote_spanned!(Span::mixed_site()=>
            const #name: #config_type = #config_type::or(#written, match #section {
                #private::core::option::Option::Some(__section) => __section,
                #private::core::option::Option::None => #config_type::new(),
            });
        )
    };
    match base {
        Base::None => quote_spanned!(Span::mixed_site()=> const #name: #config_type = #written;),
        Base::Preset(preset) => {
            let section = any_section(krate, preset, settings);
            or_section(&written, &section)
        }
        Base::Section(preset) => {
            let section = from_preset(krate, preset, &section_method(settings));
            or_section(&written, &section)
        }
        Base::Maybe(preset) => {
            let section = from_preset(krate, preset, &section_method(settings));
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

// Output: { const __RESILIENCE_PRESET: Preset = X; __RESILIENCE_PRESET.__retry_section() }
pub(crate) fn from_preset(krate: &Krate, preset: &Expr, method: &str) -> TokenStream {
    let (preset_type, method) = (krate.item(&["Preset"]), local(method));
    quote_spanned!(Span::mixed_site()=> {
        const __RESILIENCE_PRESET: #preset_type = #preset;
        __RESILIENCE_PRESET.#method()
    })
}

// Output: { use NoPreset as _; (X).__retry_section() }
//
// `X` is a preset, or the settings of this policy: both have the method. Of anything else the trait says so.
fn any_section(krate: &Krate, preset: &Expr, settings: &Settings) -> TokenStream {
    let private = krate.private();
    let reach = Reach::of(preset);
    let method = Ident::new(&section_method(settings), reach.end);
    let mut value = proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, preset.to_token_stream());
    value.set_span(reach.start);
    let mut none = proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, TokenStream::new());
    none.set_span(reach.end);
    // A bare path needs no parentheses, and `unused_parens` would say so.
    let section = if let Expr::Path(path) = preset {
        quote!(#path.#method #none)
    } else {
        quote!(#value.#method #none)
    };
    quote_spanned!(Span::mixed_site()=> {
        #[allow(unused_imports)]
        use #private::NoPreset as _;
        #section
    })
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
    let is_through = |arg: &Arg| matches!(arg, Arg::Through(..));
    let has_through = settings
        .values
        .iter()
        .any(|setting| matches!(&setting.value, Value::Config { args, .. } if args.iter().any(is_through)));
    let private = krate.private();
    let import = has_through
        .then(|| quote_spanned!(Span::mixed_site()=> #[allow(unused_imports)] use #private::NoValue as _;));
    quote_spanned!(Span::mixed_site()=> {
        #import
        let #config = #config_type::new();
        #(#steps)*
        #config
    })
}

/// One check per written setting, at its value, and one for the rest, at the preset or at the attribute.
pub(crate) fn checks(krate: &Krate, settings: &Settings, base: &Base, name: &Ident) -> TokenStream {
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
    let rest = quote!(#config_type::any_problem(&#name, &[#(#keys),*]));
    // A name alone joins what another site sets, also where a policy cannot do without settings.
    let joins = keys.is_empty() && settings.name.is_some() && settings.policy == Policy::RateLimit;
    let Base::Preset(preset) = base else {
        if joins {
            return checks;
        }
        checks.extend(constant(krate, Reach::at(settings.at), quote!(#private::check(#rest))));
        return checks;
    };
    let section = any_section(krate, preset, settings);
    let message = format!("this preset has no `{}` section", settings.policy.name());
    checks.extend(quote_spanned!(Span::mixed_site()=>
        const __RESILIENCE_REST: #private::core::option::Option<&str> = match #section {
            #private::core::option::Option::Some(_) => #rest,
            #private::core::option::Option::None => #private::core::option::Option::Some(#message),
        };
    ));
    checks.extend(constant(krate, Reach::of(preset), quote!(#private::check(__RESILIENCE_REST))));
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

/// The place of `at`, the attribute or the function's name.
pub(crate) fn source(krate: &Krate, at: Span, function: &str) -> TokenStream {
    let private = krate.private();
    // At the place itself: that is the line they give.
    let place = |name: &str| {
        let name = Ident::new(name, Span::mixed_site());
        krate.cover(Reach::at(at), quote!(#private::core::#name!()))
    };
    let (module, file, line, column) = (place("module_path"), place("file"), place("line"), place("column"));
    quote_spanned!(Span::mixed_site()=> #private::Source::new(#module, #function, #file, #line, #column))
}
