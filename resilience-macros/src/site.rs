//! The static of a layer: its settings, checked, and its place in the source.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;

use crate::{
    catalogue,
    codegen::ours,
    krate::Krate,
    layer::{Base, Layer},
    name,
    policy::Policy,
    setting::{Arg, Setting, Value},
    settings::{Name, Settings},
    span::{Reach, Tokens, local},
};

pub(crate) const SITE: &str = "__RESILIENCE_SITE";
const CONFIG: &str = "__RESILIENCE_CONFIG";

// Output:
//     {
//         CONSTANTS
//         static __RESILIENCE_SITE: Site<Config> = Site::new(None, CONFIG, Source::new(..));
//         layer! { 0, __RESILIENCE_SITE, .. }                       for the catalogue
//         &__RESILIENCE_SITE
//     }
//
// CONFIG is `Config::new()`, or what one literal makes of it, checked there: every item is a body that rustc builds and
// evaluates by itself, so there are as few as possible. Where more can be wrong than one thing, each is checked by a constant
// of its own, since a constant tells no more than the first:
//
//         const __RESILIENCE_CONFIG: Config = ..;
//         const _: () = check(Config::problem(&__RESILIENCE_CONFIG, "threshold"));
//         const _: () = check(Config::problem(&__RESILIENCE_CONFIG, "window"));
//
// In a block of its own: an item beside the user's body would be visible in it.
pub(crate) fn site(krate: &Krate, layer: &Layer, index: usize, function: &str) -> TokenStream {
    let Site { constants, kind, value } = Site::new(krate, layer, function);
    let name = local(SITE);
    let listed = catalogue::layer(krate, layer, index, &name);
    quote_spanned!(Span::mixed_site()=> {
        #constants
        static #name: #kind = #value;
        #listed
        &#name
    })
}

// Output:
//     {
//         static __RESILIENCE_SITE: (Site<Config>, (Site<Config>, Site<Config>)) = (
//             { CONSTANTS Site::new(..) },
//             ({ .. }, { .. }),
//         );
//         layer! { 2, __RESILIENCE_SITE.0, .. }
//         layer! { 3, __RESILIENCE_SITE.1.0, .. }
//         layer! { 4, __RESILIENCE_SITE.1.1, .. }
//         &__RESILIENCE_SITE
//     }
pub(crate) fn sites(krate: &Krate, layers: &[Layer], first: usize, function: &str) -> TokenStream {
    let name = local(SITE);
    let sites = layers.iter().map(|layer| Site::new(krate, layer, function));
    let (kind, value) = sites
        .map(|Site { constants, kind, value }| {
            (kind, quote_spanned!(Span::mixed_site()=> { #constants #value }))
        })
        .rev()
        .reduce(|(inner_kind, inner), (kind, value)| (ours!((#kind, #inner_kind)), ours!((#value, #inner))))
        .unwrap_or_default();
    let last = layers.len() - 1;
    let listed = layers.iter().enumerate().filter_map(|(depth, layer)| {
        let inward = std::iter::repeat_n(ours!(.1), depth);
        let own = (depth < last).then(|| ours!(.0));
        catalogue::layer(krate, layer, first + depth, &ours!(#name #(#inward)* #own))
    });
    quote_spanned!(Span::mixed_site()=> {
        static #name: #kind = #value;
        #(#listed)*
        &#name
    })
}

/// The parts of a site.
struct Site {
    constants: TokenStream,
    /// Its type.
    kind: TokenStream,
    value: TokenStream,
}

impl Site {
    fn new(krate: &Krate, layer: &Layer, function_name: &str) -> Self {
        let private = krate.private();
        let settings = &layer.settings;
        let config_type = config_type(krate, layer.policy);
        let name = Ident::new(CONFIG, Span::mixed_site());
        let kind = Ident::new(if layer.is_maybe() { "OptionalSite" } else { "Site" }, Span::mixed_site());
        let (constants, config, policy_name) = match &layer.base {
            Base::Maybe(preset) => {
                let section = from_preset(krate, preset, &section_method(settings));
                let (policy_name, name_check) = name::checked(krate, settings);
                (name_check, section, policy_name)
            }
            Base::None if checks_needed(settings) < 2 && is_literal(settings) => {
                (TokenStream::new(), short_config(krate, settings), name::short(krate, settings))
            }
            base => {
                let constant = config(krate, settings, base, &name);
                let checks = checks(krate, settings, base, &name);
                let (policy_name, name_check) = name::checked(krate, settings);
                (quote!(#constant #checks #name_check), name.to_token_stream(), policy_name)
            }
        };
        let value = if settings.name.is_none() && !layer.is_maybe() {
            // At the attribute: that is the line it gives.
            let function = krate.cover(Reach::at(settings.at), quote!(#private::#kind::unnamed));
            let arguments = ours!(#config, #private::core::module_path!(), #function_name);
            let mut group = Group::new(Delimiter::Parenthesis, arguments);
            group.set_span(krate.place(settings.at));
            quote!(#function #group)
        } else {
            let source = source(krate, settings.at, function_name);
            ours!(#private::#kind::new(#policy_name, #config, #source))
        };
        Self { constants, kind: ours!(#private::#kind<#config_type>), value }
    }
}

/// The things that can be wrong where no preset is.
fn checks_needed(settings: &Settings) -> usize {
    configs(settings).count() + usize::from(lacks(settings)) + usize::from(settings.name.is_some())
}

/// Whether the user wrote no expressions. Of those that are no constants rustc would say what to write in a static.
fn is_literal(settings: &Settings) -> bool {
    fn arg(it: &Arg) -> bool {
        match it {
            Arg::Expr(expr) => matches!(expr, Expr::Lit(_)),
            Arg::Call(_, args) => args.iter().all(arg),
            Arg::Through(..) => false,
            _ => true,
        }
    }
    let value = |it: &Value| !matches!(it, Value::Config { args, .. } if !args.iter().all(arg));
    !matches!(settings.name, Some(Name::Expr(_))) && settings.values.iter().all(|it| value(&it.value))
}

/// What is written for the config, each with its place.
fn configs(settings: &Settings) -> impl Iterator<Item = (&Setting, Reach)> {
    settings.values.iter().filter_map(|setting| match &setting.value {
        Value::Config { reach, .. } => Some((setting, *reach)),
        _ => None,
    })
}

/// Whether the one setting is missing that the policy cannot do without. No other can be wrong without being written.
fn lacks(settings: &Settings) -> bool {
    needed(settings).is_some()
}

fn needed(settings: &Settings) -> Option<&'static str> {
    let is_alone = || settings.name.is_none() || configs(settings).next().is_some();
    match settings.policy {
        Policy::Timeout if !settings.has("limit") => Some("limit"),
        // A name alone joins what another site sets.
        Policy::RateLimit if !settings.has("rate") && is_alone() => Some("rate"),
        _ => None,
    }
}

// Output: Config::new()
//         Config::checked(Config::attempts(Config::new(), 3), "attempts")
//         Config::checked(Config::new(), "limit")                            where what a policy needs is not there
//
// One expression: rustc builds and evaluates the static, and each local of it takes time at every site.
fn short_config(krate: &Krate, settings: &Settings) -> TokenStream {
    let config_type = config_type(krate, settings.policy);
    let config = ours!(#config_type::new());
    match configs(settings).next() {
        Some((setting, reach)) => {
            let config = set(krate, settings, setting, &config).unwrap_or(config);
            checked(krate, settings, reach, &config, setting.key.name)
        }
        None => match needed(settings) {
            Some(key) => checked(krate, settings, Reach::at(settings.at), &config, key),
            None => config,
        },
    }
}

// Output: Config::checked(CONFIG, "attempts")
//
// Reported at `reach`. The config keeps its own places.
fn checked(krate: &Krate, settings: &Settings, reach: Reach, config: &TokenStream, key: &str) -> TokenStream {
    let config_type = config_type(krate, settings.policy);
    let function = krate.cover(Reach::at(reach.start), quote!(#config_type::checked));
    let mut group = Group::new(Delimiter::Parenthesis, ours!(#config, #key));
    group.set_span(krate.place(reach.end));
    ours!(#function #group)
}

fn config_type(krate: &Krate, policy: Policy) -> Tokens {
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
                #private::Some(__section) => __section,
                #private::None => #config_type::new(),
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

// Output: (Given { preset: X }).preset.__retry_section()
//
// Every layer says the same of what is no preset, and rustc reports it once.
pub(crate) fn from_preset(krate: &Krate, preset: &Expr, method: &str) -> TokenStream {
    let (private, method) = (krate.private(), local(method));
    ours!((#private::Given { preset: #preset }).preset.#method())
}

// Output: { use NoPreset as _; (X).__retry_section() }
//
// `X` is a preset, or the settings of this policy: both have the method. Of anything else the trait says so.
fn any_section(krate: &Krate, preset: &Expr, settings: &Settings) -> TokenStream {
    let private = krate.private();
    let reach = Reach::of(preset);
    let method = Ident::new(&section_method(settings), reach.end);
    let mut value = Group::new(Delimiter::Parenthesis, preset.to_token_stream());
    value.set_span(reach.start);
    let mut none = Group::new(Delimiter::Parenthesis, TokenStream::new());
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

// Output: Config::threshold(CONFIG, 5)
fn set(krate: &Krate, settings: &Settings, setting: &Setting, config: &TokenStream) -> Option<TokenStream> {
    let Value::Config { setter, args, reach } = &setting.value else { return None };
    let (config_type, setter) = (config_type(krate, settings.policy), local(setter));
    let function = krate.cover(Reach::at(reach.start), quote!(#config_type::#setter));
    let args = args.iter().map(|arg| krate.arg(arg, *reach));
    let mut group = Group::new(Delimiter::Parenthesis, quote!(#config, #(#args),*));
    group.set_span(reach.end);
    Some(ours!(#function #group))
}

// Output: { let __config = Config::new(); let __config = Config::threshold(__config, 5); __config }
fn written(krate: &Krate, settings: &Settings) -> TokenStream {
    let config_type = config_type(krate, settings.policy);
    let config = local("__config");
    let steps = settings.values.iter().filter_map(|setting| {
        let set = set(krate, settings, setting, &config.to_token_stream())?;
        Some(ours!(let #config = #set;))
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
    let configs: Vec<(&Setting, Reach)> = configs(settings).collect();
    let keys: Vec<&str> = configs.iter().map(|(setting, _)| setting.key.name).collect();
    let mut checks = TokenStream::new();
    for (setting, reach) in &configs {
        let key = setting.key.name;
        checks.extend(constant(krate, *reach, quote!(#private::check(#config_type::problem(&#name, #key)))));
    }
    let rest = quote!(#config_type::any_problem(&#name, &[#(#keys),*]));
    let Base::Preset(preset) = base else {
        if lacks(settings) || matches!(base, Base::Section(_)) {
            checks.extend(constant(krate, Reach::at(settings.at), quote!(#private::check(#rest))));
        }
        return checks;
    };
    let section = any_section(krate, preset, settings);
    let message = format!("this preset has no `{}` section", settings.policy.name());
    checks.extend(quote_spanned!(Span::mixed_site()=>
        const __RESILIENCE_REST: #private::core::option::Option<&str> = match #section {
            #private::Some(_) => #rest,
            #private::None => #private::Some(#message),
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

// Output: Source::new(module_path!(), "quote")
//
// At the place itself, the attribute or the function's name: that is the line it gives.
pub(crate) fn source(krate: &Krate, at: Span, function: &str) -> Tokens {
    let private = krate.private();
    let tokens = quote!(#private::Source::new(#private::core::module_path!(), #function));
    krate.cover(Reach::at(at), tokens)
}
