use syn::{Expr, LitStr, Pat, PathArguments};

use crate::{
    errors::Errors,
    pattern::Pattern,
    policy::Policy,
    service,
    settings::{Name, Place, Settings},
};

/// What stands under the settings written at the function.
#[derive(Clone)]
pub(crate) enum Base {
    None,
    /// `preset = X`: a section that must be there.
    Preset(Expr),
    /// `#[resilient(X, retry(..))]`: a section that may be there, under one that is.
    Section(Expr),
    /// `#[resilient(X)]`: only `X` knows whether this layer exists.
    Maybe(Expr),
}

/// One layer of the stack, as it runs.
pub(crate) struct Layer {
    pub(crate) policy: Policy,
    pub(crate) settings: Settings,
    pub(crate) base: Base,
}

impl Layer {
    /// `#[resilient(service = ..)]`: as many layers as the registry says.
    pub(crate) fn is_service(&self) -> bool {
        self.policy == Policy::Resilient
    }

    pub(crate) fn is_maybe(&self) -> bool {
        matches!(self.base, Base::Maybe(_))
    }

    /// Catches every failure of what is inside it.
    pub(crate) fn is_unconditional_fallback(&self) -> bool {
        self.policy == Policy::Fallback && !self.settings.has("on") && !self.settings.is_broken
    }

    /// Catches every refusal, and maybe more.
    pub(crate) fn catches_refusals(&self) -> bool {
        self.is_unconditional_fallback()
            || self.settings.pattern("on").is_some_and(covers_rejected) && self.policy == Policy::Fallback
    }
}

/// `Failure::Rejected(_)`, alone or as an alternative.
fn covers_rejected(pattern: &Pattern) -> bool {
    fn covers(pat: &Pat) -> bool {
        match pat {
            Pat::TupleStruct(pat) => {
                let is_rejected = pat.path.segments.last().is_some_and(|last| {
                    last.ident == "Rejected" && matches!(last.arguments, PathArguments::None)
                });
                is_rejected && pat.elems.iter().all(|pat| matches!(pat, Pat::Wild(_) | Pat::Rest(_)))
            }
            Pat::Or(or) => or.cases.iter().any(covers),
            Pat::Paren(paren) => covers(&paren.pat),
            _ => false,
        }
    }
    pattern.guard.is_none() && covers(&pattern.pat)
}

// Input:  fallback, resilient(X, retry(..)), circuit_breaker
// Output: fallback, [total_timeout of X], retry over X, [rate_limit of X], ..., [timeout of X], circuit_breaker
pub(crate) fn layers(written: Vec<Settings>, errors: &mut Errors) -> Vec<Layer> {
    let mut layers = Vec::new();
    for mut settings in written {
        if settings.policy == Policy::Resilient {
            resilient(settings, &mut layers, errors);
        } else {
            let base = settings.preset.take().map_or(Base::None, Base::Preset);
            layers.push(Layer { policy: settings.policy, settings, base });
        }
    }
    layers
}

/// The recommended order.
const ORDER: &[(Policy, bool)] = &[
    (Policy::Fallback, false),
    (Policy::Timeout, true),
    (Policy::Retry, false),
    (Policy::RateLimit, false),
    (Policy::CircuitBreaker, false),
    (Policy::Bulkhead, false),
    (Policy::Timeout, false),
];

fn resilient(mut outer: Settings, layers: &mut Vec<Layer>, errors: &mut Errors) {
    if outer.service.is_some() {
        return service::layers(outer, layers, errors);
    }
    if let Some(operation) = &outer.operation {
        errors.at(operation.span(), "an operation is of a service; write `service = ..` beside it");
    }
    if outer.preset.is_none() && outer.sections.is_empty() && !outer.is_broken {
        errors.at(outer.at, "`#[resilient]` needs a preset, as in `#[resilient(HTTP_API)]`, or sections, as in `#[resilient(retry(attempts = 3))]`");
    }
    for (policy, is_total) in ORDER.iter().copied() {
        let written = outer
            .sections
            .iter()
            .position(|section| section.policy == policy && section.is_total == is_total);
        let (mut settings, base) = match (written.map(|at| outer.sections.swap_remove(at)), &outer.preset) {
            (Some(mut section), preset) => {
                let base = match (section.preset.take(), preset) {
                    (Some(own), _) => Base::Preset(own),
                    (None, Some(preset)) if policy != Policy::Fallback => Base::Section(preset.clone()),
                    _ => Base::None,
                };
                (section, base)
            }
            (None, Some(preset)) if policy != Policy::Fallback => {
                let mut settings = Settings::new(policy, Place::Section, outer.at);
                settings.is_total = is_total;
                (settings, Base::Maybe(preset.clone()))
            }
            _ => continue,
        };
        if settings.name.is_none() {
            settings.name = name(outer.name.as_ref(), is_total);
        }
        layers.push(Layer { policy, settings, base });
    }
}

/// The two timeouts of one function are two objects, so they cannot share one name.
fn name(outer: Option<&Name>, is_total: bool) -> Option<Name> {
    match outer? {
        Name::Text(text) if is_total => {
            Some(Name::Text(LitStr::new(&format!("{}.total", text.value()), text.span())))
        }
        Name::Expr(_) if is_total => None,
        Name::Text(text) => Some(Name::Text(text.clone())),
        Name::Expr(expr) => Some(Name::Expr(expr.clone())),
    }
}
