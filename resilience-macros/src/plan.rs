use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, Path};

use crate::{
    check::is_method,
    key,
    layer::{Base, Layer},
    mention::mentions,
    policy::Policy,
    signature::{Callable, Flavor, Param, Pass, Receiver},
};

/// Everything the code generator asks, answered.
pub(crate) struct Plan {
    pub(crate) callable: Callable,
    pub(crate) layers: Vec<Layer>,
    /// How the attributes below the first were named.
    pub(crate) gathered: Vec<(Policy, Path)>,
    /// Presets of which a blocking function can use everything but a timeout.
    pub(crate) without_timeout: Vec<Expr>,
    /// The body, or a tier after it, may need the arguments once more: the body is lent them and does not own them.
    pub(crate) is_reused: bool,
}

impl Plan {
    pub(crate) fn new(callable: Callable, mut layers: Vec<Layer>, gathered: Vec<(Policy, Path)>) -> Self {
        let mut without_timeout = Vec::new();
        if callable.flavor == Flavor::Sync {
            layers.retain(|layer| match &layer.base {
                Base::Maybe(preset) if layer.policy == Policy::Timeout => {
                    if !layer.settings.is_total {
                        without_timeout.push(preset.clone());
                    }
                    false
                }
                _ => true,
            });
        }
        let mut plan = Self { callable, layers, gathered, without_timeout, is_reused: false };
        plan.is_reused = plan.retry().is_some()
            || plan.has_service()
            || plan.callable.params.iter().any(|param| plan.is_wanted_by_a_tier(param))
            || (plan.callable.receiver != Receiver::None && plan.tiers().any(|(_, tier)| tier.wants_self()));
        plan
    }

    /// The index of the retry, of which a stack has at most one.
    pub(crate) fn retry(&self) -> Option<usize> {
        self.layers.iter().position(|layer| layer.policy == Policy::Retry)
    }

    /// A service may have a retry.
    pub(crate) fn has_service(&self) -> bool {
        self.layers.iter().any(Layer::is_service)
    }

    pub(crate) fn tiers(&self) -> impl Iterator<Item = (usize, Tier<'_>)> {
        self.layers.iter().enumerate().flat_map(|(index, layer)| tiers(layer).map(move |tier| (index, tier)))
    }

    fn is_wanted_by_a_tier(&self, param: &Param) -> bool {
        self.tiers().any(|(_, tier)| tier.wants(param))
    }

    /// Has a slot of its own: somebody may need the value after the body had it.
    pub(crate) fn has_slot(&self, param: &Param) -> bool {
        self.is_reused
            && param.pass == Pass::Value
            && (self.retry().is_some() || self.has_service() || self.is_wanted_by_a_tier(param))
    }

    /// Nobody needs the argument after this tier: no later tier, here or further out, and no other attempt.
    pub(crate) fn is_last_use(&self, layer: usize, tier: usize, param: &Param) -> bool {
        if self.retry().is_some_and(|retry| retry < layer) {
            return false;
        }
        let later_here = tiers(&self.layers[layer]).skip(tier + 1).any(|tier| tier.wants(param));
        let further_out = self.tiers().any(|(index, tier)| index < layer && tier.wants(param));
        !later_here && !further_out
    }

    /// What the body is given: a clone that a tier may follow, or whatever the retry decides.
    pub(crate) fn is_kept_for_a_tier(&self, param: &Param) -> bool {
        self.is_wanted_by_a_tier(param)
    }

    pub(crate) fn breakers(&self) -> usize {
        self.layers.iter().filter(|layer| layer.policy == Policy::CircuitBreaker).count()
    }

    /// The layer from which on a body that runs once is already made before it is wanted, if there is one: what comes next is
    /// a wait for a place or a permit, over which the arguments would otherwise be kept beside the body made of them.
    pub(crate) fn early_body(&self) -> Option<usize> {
        let innermost = self.layers.len().saturating_sub(1);
        // What a timeout cuts off goes with it.
        let start = self.timeouts_among(innermost).next_back().map_or(0, |timeout| timeout + 1);
        let waits = |layer: &Layer| matches!(layer.policy, Policy::Bulkhead | Policy::RateLimit);
        let early = self.callable.is_async() && !self.is_reused && self.layers[start..].iter().any(waits);
        early.then_some(start)
    }

    /// How many layers from `index` on are gates that an async call enters as one: each lets it in or refuses it, and no two
    /// are of one kind. None where there is only one: it is short by itself.
    pub(crate) fn gates(&self, index: usize) -> usize {
        let mut kinds: Vec<Policy> = Vec::new();
        for layer in &self.layers[index..] {
            let is_gate =
                matches!(layer.policy, Policy::CircuitBreaker | Policy::Bulkhead | Policy::RateLimit);
            if !is_gate || kinds.contains(&layer.policy) || key::key(layer).is_some() {
                break;
            }
            kinds.push(layer.policy);
        }
        if self.callable.is_async() && kinds.len() > 1 { kinds.len() } else { 0 }
    }

    /// The breakers among the outermost `layers`: so many permits are held inside them.
    pub(crate) fn breakers_among(&self, layers: usize) -> usize {
        let outer = self.layers.iter().take(layers);
        outer.filter(|layer| layer.policy == Policy::CircuitBreaker).count()
    }

    /// The timeouts among the outermost `layers`, outermost first.
    pub(crate) fn timeouts_among(&self, layers: usize) -> impl DoubleEndedIterator<Item = usize> + Clone {
        (0..layers).filter(|index| self.layers[*index].policy == Policy::Timeout)
    }

    /// From `layer` on there may be a breaker, to which the end of a timeout there is a failure: one of the stack's own, or that
    /// of a service.
    pub(crate) fn has_breaker_from(&self, layer: usize) -> bool {
        self.layers[layer..].iter().any(|layer| layer.policy == Policy::CircuitBreaker || layer.is_service())
    }

    /// A timeout that drops what is inside it must not look like a panic, nor hide from a breaker below it.
    pub(crate) fn has_timeout_above_a_breaker(&self) -> bool {
        let timeout = self.layers.iter().position(|layer| layer.policy == Policy::Timeout);
        timeout.is_some_and(|timeout| self.has_breaker_from(timeout))
    }

    /// What leaves the outermost layer may be a refusal.
    pub(crate) fn may_refuse(&self) -> bool {
        self.layers.iter().rev().fold(false, |refuses, layer| {
            if layer.catches_refusals() { false } else { refuses || layer.policy.refuses() }
        })
    }
}

/// One tier of a fallback.
#[derive(Clone, Copy)]
pub(crate) enum Tier<'a> {
    /// Called with the function's parameters.
    Path(&'a Expr),
    /// Called with the failure.
    Closure(&'a Expr),
    Value(&'a Expr),
}

pub(crate) fn tiers(layer: &Layer) -> impl Iterator<Item = Tier<'_>> {
    let value = match layer.settings.value("value") {
        Some(crate::setting::Value::Expr(value)) => Some(Tier::Value(value)),
        _ => None,
    };
    layer.settings.tiers.iter().map(Tier::written).chain(value)
}

impl<'a> Tier<'a> {
    fn written(tier: &'a Expr) -> Self {
        match tier {
            Expr::Path(_) => Self::Path(tier),
            _ => Self::Closure(tier),
        }
    }

    fn wants(self, param: &Param) -> bool {
        match self {
            Tier::Path(_) => true,
            Tier::Closure(expr) | Tier::Value(expr) => {
                mentions(&expr.to_token_stream(), &param.pat.to_token_stream())
            }
        }
    }

    pub(crate) fn wants_self(self) -> bool {
        match self {
            Tier::Path(path) => is_method(path),
            Tier::Closure(expr) | Tier::Value(expr) => mentions(
                &expr.to_token_stream(),
                &TokenStream::from(proc_macro2::TokenTree::from(proc_macro2::Ident::new(
                    "self",
                    proc_macro2::Span::call_site(),
                ))),
            ),
        }
    }

    pub(crate) fn mentions(self, param: &Param) -> bool {
        !matches!(self, Tier::Path(_)) && self.wants(param)
    }
}
