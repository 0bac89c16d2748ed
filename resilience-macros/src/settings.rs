use proc_macro2::{Span, TokenStream};
use syn::{
    Error, Expr, ExprLit, Ident, Lit, LitStr, Path, Result, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    token,
};

use crate::{
    errors::{Errors, did_you_mean, list},
    pattern::Pattern,
    policy::{FOREIGN, KEYS, Key, Kind, LIMIT, Policy, RATE},
    section,
    setting::{Setting, Value},
    span::Reach,
    value::{self, bare, is_constant, skip, ungroup},
};

/// Where settings are written: a preset has no function, so nothing that speaks of one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Attribute,
    Section,
    Preset,
}

pub(crate) enum Name {
    Text(LitStr),
    Expr(Expr),
}

/// What one attribute, or one section of `#[resilient]` or of a preset, says.
pub(crate) struct Settings {
    pub(crate) policy: Policy,
    pub(crate) place: Place,
    /// The attribute's path, for everything that concerns it as a whole.
    pub(crate) at: Span,
    pub(crate) is_total: bool,
    /// Something in it could not be read, so what is missing may have been meant.
    pub(crate) is_broken: bool,
    pub(crate) name: Option<Name>,
    /// The service that the function joins, and what its calls are called there.
    pub(crate) service: Option<Name>,
    pub(crate) operation: Option<Name>,
    pub(crate) preset: Option<Expr>,
    pub(crate) krate: Option<Path>,
    pub(crate) values: Vec<Setting>,
    pub(crate) tiers: Vec<Expr>,
    pub(crate) sections: Vec<Settings>,
}

impl Settings {
    pub(crate) fn new(policy: Policy, place: Place, at: Span) -> Self {
        Self {
            policy,
            place,
            at,
            is_total: false,
            is_broken: false,
            name: None,
            service: None,
            operation: None,
            preset: None,
            krate: None,
            values: Vec::new(),
            tiers: Vec::new(),
            sections: Vec::new(),
        }
    }

    /// What the user calls this place: `#[retry]`, or `retry(..)` inside another.
    pub(crate) fn title(&self) -> String {
        match self.place {
            Place::Attribute => format!("#[{}]", self.policy.name()),
            Place::Section | Place::Preset if self.is_total => "total_timeout(..)".to_owned(),
            Place::Section | Place::Preset => format!("{}(..)", self.policy.name()),
        }
    }

    fn list_of_keys(&self) -> String {
        self.policy.list_of_keys(self.place == Place::Preset)
    }

    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.values.iter().find(|setting| setting.key.name == key).map(|setting| &setting.value)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    pub(crate) fn pattern(&self, key: &str) -> Option<&Pattern> {
        match self.value(key) {
            Some(Value::Pattern(pattern)) => Some(pattern),
            _ => None,
        }
    }

    pub(crate) fn function(&self, key: &str) -> Option<&Expr> {
        match self.value(key) {
            Some(Value::Function(function)) => Some(function),
            _ => None,
        }
    }

    /// These settings, and those of `base` that they do not name. A fallback takes the place of another as a whole.
    pub(crate) fn over(mut self, base: Self) -> Self {
        if self.policy != Policy::Fallback {
            let rest: Vec<_> =
                base.values.into_iter().filter(|setting| !self.has(setting.key.name)).collect();
            self.values.extend(rest);
        }
        self.name = self.name.or(base.name);
        self.preset = self.preset.or(base.preset);
        self
    }

    /// Where a problem of this setting is reported: at its value, or at the attribute if it was not written.
    pub(crate) fn reach(&self, key: &str) -> Reach {
        match self.value(key) {
            Some(Value::Config { reach, .. }) => *reach,
            _ => Reach::at(self.at),
        }
    }

    /// Reads everything that can be read; what cannot is in `errors`.
    pub(crate) fn read(&mut self, args: TokenStream, errors: &mut Errors) {
        let parsed = Parser::parse2(
            |input: ParseStream| {
                self.items(input, errors);
                Ok(())
            },
            args,
        );
        errors.take(parsed);
    }

    pub(crate) fn items(&mut self, input: ParseStream, errors: &mut Errors) {
        let mut index = 0;
        while !input.is_empty() {
            if let Err(error) = self.item(index, input, errors) {
                self.is_broken = true;
                errors.push(error);
                skip(input);
            }
            index += 1;
            if !input.is_empty() && errors.take(input.parse::<Token![,]>()).is_none() {
                skip(input);
                let _ = input.parse::<Token![,]>();
            }
        }
    }

    fn item(&mut self, index: usize, input: ParseStream, errors: &mut Errors) -> Result<()> {
        let is_word = input.peek(Ident::peek_any);
        if is_word && input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>]) {
            let key = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            return self.keyed(&key, input);
        }
        if self.policy == Policy::Resilient && is_word && input.peek2(token::Paren) && section::is_next(input)
        {
            return section::parse(self, input, errors);
        }
        if is_word && !matches!(self.policy, Policy::Resilient | Policy::Fallback) {
            self.check_key_alone(input)?;
        }
        self.positional(index, input)
    }

    /// `attempts: 3`, `attempts(3)`, or nothing behind `attempts`.
    fn check_key_alone(&self, input: ParseStream) -> Result<()> {
        let ahead = input.fork();
        let word = ahead.call(Ident::parse_any)?;
        let is_alone = ahead.is_empty() || ahead.peek(Token![,]);
        let is_followed = ahead.peek(token::Paren) || ahead.peek(Token![:]) && !ahead.peek(Token![::]);
        if !(is_alone || is_followed) || self.policy.key(&word.unraw().to_string()).is_none() {
            return Ok(());
        }
        let problem = if is_alone { format!("`{word}` needs a value: ") } else { String::new() };
        Err(Error::new(word.span(), format!("{problem}write `{word} = ..`")))
    }

    fn keyed(&mut self, word: &Ident, input: ParseStream) -> Result<()> {
        let text = word.unraw().to_string();
        let Some(key) = self.policy.key(&text) else {
            skip(input);
            return Err(Error::new(word.span(), self.unknown(&text)));
        };
        if self.place == Place::Preset && key.kind.is_of_a_function() {
            skip(input);
            let message = format!(
                "`{text}` belongs to a function, so it cannot be part of a preset; write it on the attribute"
            );
            return Err(Error::new(word.span(), message));
        }
        if self.place == Place::Section && key.kind == Kind::Crate {
            skip(input);
            return Err(Error::new(word.span(), "write `crate = ..` in `#[resilient(..)]` itself"));
        }
        if self.is_written(key) {
            skip(input);
            return Err(Error::new(word.span(), format!("`{text}` is written twice")));
        }
        if input.is_empty() || input.peek(Token![,]) {
            return Err(Error::new(word.span(), format!("`{text}` needs a value")));
        }
        match key.kind {
            Kind::Name => *self.name_of(key) = Some(name(key, input.parse()?)?),
            Kind::Preset => self.preset = Some(preset(input.parse()?)?),
            Kind::Crate => self.krate = Some(input.call(Path::parse_mod_style)?),
            _ => {
                let text = value::text(input);
                let value = value::parse(self.policy, key, input)?;
                self.values.push(Setting { key, at: word.span(), text, value });
            }
        }
        Ok(())
    }

    fn name_of(&mut self, key: &Key) -> &mut Option<Name> {
        match key.name {
            "service" => &mut self.service,
            "operation" => &mut self.operation,
            _ => &mut self.name,
        }
    }

    fn is_written(&self, key: &Key) -> bool {
        match key.kind {
            Kind::Name => match key.name {
                "service" => self.service.is_some(),
                "operation" => self.operation.is_some(),
                _ => self.name.is_some(),
            },
            Kind::Preset => self.preset.is_some(),
            Kind::Crate => self.krate.is_some(),
            _ => self.has(key.name),
        }
    }

    fn unknown(&self, word: &str) -> String {
        let title = self.title();
        if let Some((.., ours)) =
            FOREIGN.iter().find(|(policy, theirs, _)| *policy == self.policy && *theirs == word)
        {
            return format!("`{title}` has no setting `{word}`; write {ours}");
        }
        let others = |word: &str| {
            let of = KEYS.iter().filter(|key| key.name == word).flat_map(|key| key.of);
            let names: Vec<_> = of.filter(|of| **of != Policy::Resilient).map(|of| of.name()).collect();
            (!names.is_empty()).then_some(names)
        };
        if self.policy == Policy::Resilient {
            if let Some(others) = others(word) {
                let (list, other) = (list(others.iter().copied()), others[0]);
                return format!(
                    "`{word}` is a setting of {list}; write `{other}({word} = ..)` inside `#[resilient(..)]`"
                );
            }
        } else if let Some(others) = others(word) {
            let others: Vec<_> = others.iter().map(|other| format!("#[{other}]")).collect();
            return format!(
                "`{word}` is a setting of {}, not of `{title}`\nexpected one of: {}",
                list(others.iter().map(String::as_str)),
                self.list_of_keys()
            );
        }
        let meant = did_you_mean(word, self.policy.keys().map(|key| key.name));
        let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).or_else(|| {
            let meant = did_you_mean(word, KEYS.iter().map(|key| key.name))?;
            let of = KEYS.iter().find(|key| key.name == meant)?.of.first()?.name();
            Some(format!("; did you mean `{meant}` of `#[{of}]`?"))
        });
        let meant = meant.unwrap_or_default();
        format!("unknown setting `{word}` for `{title}`{meant}\nexpected one of: {}", self.list_of_keys())
    }

    fn positional(&mut self, index: usize, input: ParseStream) -> Result<()> {
        match self.policy {
            Policy::Fallback => {
                let tier = value::tier(input.parse()?)?;
                self.tiers.push(tier);
                return Ok(());
            }
            Policy::Resilient => {
                let preset = preset(input.parse()?)?;
                if index > 0 || self.preset.is_some() {
                    return Err(Error::new_spanned(
                        preset,
                        "the preset comes first, and there is one; then `key = value` and sections",
                    ));
                }
                self.preset = Some(preset);
                return Ok(());
            }
            _ => {}
        }
        if self.policy.is_named_first()
            && self.place != Place::Preset
            && index == 0
            && self.bare_name(input)?
        {
            return Ok(());
        }
        let first = match self.policy {
            Policy::Timeout => LIMIT,
            Policy::RateLimit => RATE,
            _ => return Err(self.misplaced(input.parse()?)),
        };
        let is_late = (index > 0 && self.policy == Policy::Timeout) || index > 1;
        if self.has(first.name) || is_late && !self.is_broken {
            return Err(self.misplaced(input.parse()?));
        }
        let text = value::text(input);
        let expr: Expr = input.parse()?;
        let at = syn::spanned::Spanned::span(&expr);
        let value = value::config(first, expr, None)?;
        self.values.push(Setting { key: first, at, text, value });
        Ok(())
    }

    /// `#[circuit_breaker("quotes")]` or `#[circuit_breaker(quotes)]`.
    fn bare_name(&mut self, input: ParseStream) -> Result<bool> {
        let ahead = input.fork();
        let Ok(expr) = ahead.parse::<Expr>() else { return Ok(false) };
        match ungroup(expr) {
            // As a name it would join a limit that nobody ever sets.
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. })
                if self.policy == Policy::RateLimit
                    && text.value().contains('/')
                    && text.value().starts_with(|c: char| c.is_ascii_digit()) =>
            {
                let message = format!("a rate is written without quotes: `{}`", text.value());
                return Err(Error::new(text.span(), message));
            }
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => self.name = Some(Name::Text(text)),
            Expr::Path(path) => match bare(&Expr::Path(path.clone())) {
                Some(word) if !is_constant(&word.to_string()) => {
                    self.name = Some(Name::Text(LitStr::new(&word.unraw().to_string(), word.span())));
                }
                _ => {
                    let text = quote::quote!(#path).to_string().replace(' ', "");
                    return Err(Error::new_spanned(
                        path,
                        format!("a constant as the name is written `name = {text}`"),
                    ));
                }
            },
            _ => return Ok(false),
        }
        input.parse::<Expr>()?;
        Ok(true)
    }

    fn misplaced(&self, expr: Expr) -> Error {
        let literal = match &expr {
            Expr::Lit(ExprLit { lit, .. }) => Some(lit),
            _ => None,
        };
        let instead = match (self.policy, literal) {
            (_, Some(Lit::Str(_))) if self.place == Place::Preset => {
                "a name belongs to a function, so it cannot be part of a preset".to_owned()
            }
            (_, Some(Lit::Str(_))) if self.name.is_some() => "the name is there already".to_owned(),
            (Policy::Timeout, _) if self.has("limit") => "the duration is there already".to_owned(),
            (Policy::RateLimit, _) if self.has("rate") => "the rate is there already".to_owned(),
            (Policy::RateLimit, None) => "the rate comes first, before any `key = value`".to_owned(),
            (_, Some(Lit::Str(text))) => format!("write `name = \"{}\"`", text.value()),
            (Policy::CircuitBreaker, Some(Lit::Int(number))) => format!("write `threshold = {number}`"),
            (Policy::Retry, Some(Lit::Int(number))) => format!("write `attempts = {number}`"),
            (Policy::Bulkhead, Some(Lit::Int(number))) => format!("write `max_concurrent = {number}`"),
            _ => format!("expected `key = value`, one of: {}", self.list_of_keys()),
        };
        Error::new_spanned(
            expr,
            format!("`{}` does not know what this value is for; {instead}", self.title()),
        )
    }
}

fn preset(expr: Expr) -> Result<Expr> {
    match ungroup(expr) {
        other @ (Expr::Lit(_) | Expr::Closure(_)) => {
            Err(Error::new_spanned(other, "a preset is a constant, as in `presets::HTTP_API`"))
        }
        other => Ok(other),
    }
}

fn name(key: &Key, expr: Expr) -> Result<Name> {
    let (key, article) = (key.name, if key.name == "operation" { "an operation" } else { "a name" });
    match ungroup(expr) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(Name::Text(text)),
        other @ Expr::Lit(_) => {
            Err(Error::new_spanned(other, format!("{article} is a string: `{key} = \"quotes\"`")))
        }
        other => match bare(&other) {
            Some(word) if !is_constant(&word.to_string()) => {
                Err(Error::new(word.span(), format!("write `{key} = \"{}\"`, or a constant", word.unraw())))
            }
            _ => Ok(Name::Expr(other)),
        },
    }
}

#[cfg(test)]
mod tests;
