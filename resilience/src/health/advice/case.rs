use std::time::Duration;

use super::{
    super::{
        reading::Counter,
        score::share,
        trend::{Sum, Track},
    },
    Evidence, Recommendation, Rule, Severity, Value,
};
use crate::{
    Figures, PolicySnapshot, bulkhead, circuit_breaker,
    circuit_breaker::{State, Transition},
    fallback, rate_limit, retry, timeout,
};

/// The minutes that the rules look at.
pub(super) const MINUTES: u32 = 15;
const SPAN: Duration = Duration::from_mins(MINUTES as u64);

/// One policy of a service, and what is remembered of it.
pub(in super::super) struct Member<'a> {
    pub(in super::super) policy: &'a PolicySnapshot,
    pub(in super::super) track: &'a Track,
}

/// A service as the rules see it.
pub(in super::super) struct Case<'a> {
    pub(in super::super) service: &'static str,
    pub(in super::super) is_critical: bool,
    pub(in super::super) members: &'a [Member<'a>],
    /// The second of the sample.
    pub(in super::super) second: u32,
}

macro_rules! finders {
    ($($module:ident $kind:ident;)*) => {
        impl<'a> Case<'a> {
            $(
                /// The first policy of this kind.
                pub(super) fn $module(&self) -> Option<(Seen<'a>, &'a $module::Snapshot)> {
                    self.members.iter().find_map(|member| match &member.policy.figures {
                        Figures::$kind(figures) => Some((self.seen(member), figures)),
                        _ => None,
                    })
                }
            )*
        }
    };
}

finders! {
    circuit_breaker CircuitBreaker;
    retry Retry;
    bulkhead Bulkhead;
    rate_limit RateLimit;
    timeout Timeout;
    fallback Fallback;
}

impl<'a> Case<'a> {
    fn seen(&self, member: &Member<'a>) -> Seen<'a> {
        Seen {
            service: self.service,
            policy: member.policy,
            track: member.track,
            second: self.second,
            sum: member.track.last(MINUTES, self.second),
        }
    }

    /// Whether a fallback has stood in for a call. A function's is not known before, and a registered service has one by
    /// name, whether its calls have something to fall back to or not.
    pub(in super::super) fn has_fallback(&self) -> bool {
        self.members
            .iter()
            .any(|member| matches!(&member.policy.figures, Figures::Fallback(it) if it.used > 0))
    }

    /// Whether the dependency answers as it should: the circuit is closed, and less than 1 % of its calls failed or were
    /// slow. Nothing is said of a service without a circuit breaker.
    pub(super) fn is_well(&self) -> bool {
        self.circuit_breaker().is_some_and(|(seen, breaker)| {
            let calls = seen.get(Counter::Calls);
            breaker.state == State::Closed
                && calls > 0
                && share(seen.get(Counter::Failed), calls) < 0.01
                && share(seen.get(Counter::Extra), calls) < 0.01
        })
    }
}

/// One policy, and its last minutes.
pub(super) struct Seen<'a> {
    service: &'static str,
    policy: &'a PolicySnapshot,
    pub(super) track: &'a Track,
    pub(super) second: u32,
    pub(super) sum: Sum,
}

impl Seen<'_> {
    pub(super) const fn get(&self, counter: Counter) -> u64 {
        self.sum.get(counter)
    }

    pub(super) fn says<const N: usize>(
        &self,
        rule: Rule,
        severity: Severity,
        text: String,
        evidence: [(&'static str, f64); N],
        (key, suggestion): (&'static str, Option<Value>),
    ) -> Recommendation {
        Recommendation {
            rule,
            severity,
            service: self.service,
            policy: self.policy.kind,
            name: self.policy.name,
            text,
            evidence: evidence.into_iter().map(|(what, value)| Evidence { what, value }).collect(),
            key,
            suggestion,
        }
    }
}

/// The transitions of the last minutes, and how many of them are asked after.
pub(super) fn count(breaker: &circuit_breaker::Snapshot, which: impl Fn(&Transition) -> bool) -> u32 {
    let recent = breaker.history.iter().filter(|transition| transition.ago <= SPAN && which(transition));
    u32::try_from(recent.count()).unwrap_or(u32::MAX)
}

#[allow(clippy::cast_precision_loss)] // Counts of minutes.
pub(super) fn number(count: u64) -> f64 {
    count as f64
}
