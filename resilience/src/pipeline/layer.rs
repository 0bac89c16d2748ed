use crate::{Bulkhead, CircuitBreaker, Fallback, Figures, PolicyKind, RateLimit, Retry, Timeout};

/// One layer of a pipeline: a policy that other pipelines, sites and handles may share.
#[derive(Clone, Debug)]
pub(crate) enum Layer {
    CircuitBreaker(CircuitBreaker),
    Retry(Retry),
    Bulkhead(Bulkhead),
    RateLimit(RateLimit),
    Timeout(Timeout),
    Fallback(Fallback),
}

impl Layer {
    pub(crate) const fn kind(&self) -> PolicyKind {
        match self {
            Self::CircuitBreaker(_) => PolicyKind::CircuitBreaker,
            Self::Retry(_) => PolicyKind::Retry,
            Self::Bulkhead(_) => PolicyKind::Bulkhead,
            Self::RateLimit(_) => PolicyKind::RateLimit,
            Self::Timeout(_) => PolicyKind::Timeout,
            Self::Fallback(_) => PolicyKind::Fallback,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::CircuitBreaker(policy) => policy.name(),
            Self::Retry(policy) => policy.name(),
            Self::Bulkhead(policy) => policy.name(),
            Self::RateLimit(policy) => policy.name(),
            Self::Timeout(policy) => policy.name(),
            Self::Fallback(policy) => policy.name(),
        }
    }

    fn figures(&self) -> Figures {
        match self {
            Self::CircuitBreaker(policy) => Figures::CircuitBreaker(policy.snapshot()),
            Self::Retry(policy) => Figures::Retry(policy.snapshot()),
            Self::Bulkhead(policy) => Figures::Bulkhead(policy.snapshot()),
            Self::RateLimit(policy) => Figures::RateLimit(policy.snapshot()),
            Self::Timeout(policy) => Figures::Timeout(policy.snapshot()),
            Self::Fallback(policy) => Figures::Fallback(policy.snapshot()),
        }
    }

    pub(super) fn snapshot(&self) -> LayerSnapshot {
        LayerSnapshot { kind: self.kind(), name: self.name(), figures: self.figures() }
    }

    /// Whether both are one object.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.kind() == other.kind() && self.name() == other.name()
    }
}

/// One layer of a pipeline at one moment.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LayerSnapshot {
    /// What it is.
    pub kind: PolicyKind,
    /// What it is called.
    pub name: &'static str,
    /// Its settings and figures, which count every call through the policy and not only those of this pipeline.
    pub figures: Figures,
}

/// The kinds of policy that a call goes without.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Without(u8);

impl Without {
    const fn bit(kind: PolicyKind) -> u8 {
        1 << kind as u8
    }

    pub(crate) const fn and(self, kind: PolicyKind) -> Self {
        Self(self.0 | Self::bit(kind))
    }

    pub(crate) const fn has(self, kind: PolicyKind) -> bool {
        self.0 & Self::bit(kind) != 0
    }
}
