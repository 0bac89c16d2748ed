use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Attribute, Error, Path, Result, Token, Type, Visibility, braced, bracketed, parenthesized,
    parse::{ParseStream, Parser},
    spanned::Spanned,
    token,
};

use crate::{
    codegen::ours,
    errors::Errors,
    krate::Krate,
    layer::Base,
    policy::{KEYS, Policy},
    section,
    settings::{Place, Settings},
    site::{checks, config, constant},
    span::Reach,
    value::skip,
};

/// `/// docs  pub const NAME: Preset = { sections };`
struct Preset {
    attrs: Vec<Attribute>,
    vis: Visibility,
    name: Ident,
    ty: Type,
    sections: Vec<Settings>,
}

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let parsed = Parser::parse2(|input: ParseStream| parse(input, &mut errors), input);
    let parsed = errors.take(parsed);
    let errors = errors.finish();
    // What could not be read must not be missed as well.
    let is_sound = errors.is_ok();
    let tokens = parsed.map(|(path, presets)| {
        let krate = Krate::new(Some(&path));
        presets.iter().map(|preset| generate(&krate, preset, is_sound)).collect::<TokenStream>()
    });
    match errors {
        Ok(()) => tokens.unwrap_or_default(),
        Err(error) => {
            let errors = error.to_compile_error();
            quote!(#tokens #errors)
        }
    }
}

// Input:  [$crate] /// docs  pub const AI: Preset = { retry(attempts = 4) };
fn parse(input: ParseStream, errors: &mut Errors) -> Result<(Path, Vec<Preset>)> {
    let content;
    bracketed!(content in input);
    let path = content.call(Path::parse_mod_style)?;
    let mut presets = Vec::new();
    while !input.is_empty() {
        presets.push(item(input, errors)?);
    }
    if presets.is_empty() {
        return Err(Error::new(
            Span::call_site(),
            "expected `pub const NAME: Preset = { retry(attempts = 3), .. };`",
        ));
    }
    Ok((path, presets))
}

fn item(input: ParseStream, errors: &mut Errors) -> Result<Preset> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis = input.parse()?;
    input.parse::<Token![const]>()?;
    let name = input.parse()?;
    input.parse::<Token![:]>()?;
    let ty = input.parse()?;
    input.parse::<Token![=]>()?;
    let content;
    braced!(content in input);
    if !input.is_empty() || input.peek(Token![;]) {
        input.parse::<Token![;]>()?;
    }
    let mut outer = Settings::new(Policy::Resilient, Place::Preset, Spanned::span(&name));
    while !content.is_empty() {
        if let Err(error) = one_section(&mut outer, &content, errors) {
            errors.push(error);
            skip(&content);
        }
        if !content.is_empty() && errors.take(content.parse::<Token![,]>()).is_none() {
            skip(&content);
            let _ = content.parse::<Token![,]>();
        }
    }
    Ok(Preset { attrs, vis, name, ty, sections: outer.sections })
}

fn one_section(outer: &mut Settings, input: ParseStream, errors: &mut Errors) -> Result<()> {
    let word: Ident = input.parse()?;
    if !input.peek(token::Paren) {
        skip(input);
        let owner = KEYS.iter().find(|key| word == key.name && !key.kind.is_of_a_function());
        let message = match owner.map(|key| key.of[0].name()) {
            Some(owner) => format!("`{word}` is a setting of `{owner}`; write `{owner}({word} = ..)`"),
            None => format!("expected a section, as in `{word}(..)`"),
        };
        return Err(Error::new(word.span(), message));
    }
    let content;
    parenthesized!(content in input);
    let settings = match section::header(&word, Place::Preset) {
        Ok(settings) => settings,
        Err(error) => {
            skip(&content);
            while !content.is_empty() && content.parse::<proc_macro2::TokenTree>().is_ok() {}
            return Err(error);
        }
    };
    section::add(outer, settings, &word.to_string(), word.span(), &content, errors)
}

// Output:
//     /// docs
//     /// | setting | value | ..
//     pub const AI: Preset = {
//         const __RETRY: retry::Config = ..;   checks
//         Preset::retry(Preset::EMPTY, __RETRY)
//     };
fn generate(krate: &Krate, preset: &Preset, is_sound: bool) -> TokenStream {
    let Preset { attrs, vis, name, ty, .. } = preset;
    let preset_type = krate.item(&["Preset"]);
    // A bare `Preset` is ours, so that nobody needs an import to write one.
    let ty = match ty {
        Type::Path(path) if path.path.is_ident("Preset") => {
            krate.cover(Reach::of(path), preset_type.clone()).into_token_stream()
        }
        other => other.to_token_stream(),
    };
    let (mut items, mut chain) = (TokenStream::new(), ours!(#preset_type::EMPTY));
    let mut layers = Vec::new();
    for settings in &preset.sections {
        let total = if settings.is_total { "total_" } else { "" };
        let setter = Ident::new(&format!("{total}{}", settings.policy.name()), Span::mixed_site());
        let constant = section_constant(settings);
        let base = settings.preset.clone().map_or(Base::None, Base::Preset);
        items.extend(config(krate, settings, &base, &constant));
        if is_sound {
            items.extend(checks(krate, settings, &base, &constant));
        }
        chain = ours!(#preset_type::#setter(#chain, #constant));
        layers.push((settings, constant));
    }
    if is_sound {
        items.extend(pairs(krate, &layers));
    }
    let table = table(&preset.sections);
    let docs = if attrs.iter().any(|attr| attr.path().is_ident("doc")) && !table.is_empty() {
        quote!(#[doc = ""] #[doc = #table])
    } else {
        TokenStream::new()
    };
    ours! {
        #(#attrs)*
        #docs
        #vis const #name: #ty = {
            #items
            #chain
        };
    }
}

fn section_constant(settings: &Settings) -> Ident {
    let total = if settings.is_total { "TOTAL_" } else { "" };
    Ident::new(&format!("__RESILIENCE_{total}{}", settings.policy.name().to_uppercase()), Span::mixed_site())
}

/// The sections will be one stack, in the order that `#[resilient]` gives them.
fn pairs(krate: &Krate, layers: &[(&Settings, Ident)]) -> TokenStream {
    let private = krate.private();
    let find = |policy, is_total| {
        layers.iter().find(|(settings, _)| settings.policy == policy && settings.is_total == is_total)
    };
    let mut checks = TokenStream::new();
    let Some((timeout, limit)) = find(Policy::Timeout, false) else { return checks };
    if let Some((breaker, name)) = find(Policy::CircuitBreaker, false)
        && (breaker.has("slow_call") || breaker.preset.is_some())
    {
        let problem = quote!(#private::check(#private::slow_call_problem(&#name, &#limit)));
        checks.extend(constant(krate, breaker.reach("slow_call"), problem));
    }
    if let Some((_, total)) = find(Policy::Timeout, true) {
        let problem = quote!(#private::check(#private::nested_timeout_problem(&#total, &#limit)));
        checks.extend(constant(krate, timeout.reach("limit"), problem));
    }
    checks
}

/// rustdoc shows the type of a constant, not its value.
fn table(sections: &[Settings]) -> String {
    let mut table = String::new();
    for settings in sections {
        let written = settings.values.iter().map(|setting| {
            let value = setting.text.as_str();
            match setting.key.name {
                "rate" | "limit" => format!("`{value}`"),
                key => format!("`{key} = {value}`"),
            }
        });
        let written: Vec<String> = written.collect();
        let total = if settings.is_total { "total_" } else { "" };
        let line =
            format!("| `{total}{}` | {} |\n", settings.policy.name(), written.join(", ").replace('|', "\\|"));
        table.push_str(&line);
    }
    if table.is_empty() { table } else { format!("| policy | settings |\n|---|---|\n{table}") }
}
