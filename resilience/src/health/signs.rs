//! What a service's policies say of it.

use std::time::Duration;

use super::{Signs, advice::Member, reading::Counter, trend::Track};
use crate::{Figures, PolicyKind};

/// The kind of policy whose calls are the service's: that of the circuit breaker, else that of the retry, else none: they
/// are those that a registered service counts itself.
pub(super) fn source(kinds: impl Iterator<Item = Option<PolicyKind>>) -> Option<PolicyKind> {
    // In this order.
    kinds.flatten().filter(|kind| matches!(kind, PolicyKind::CircuitBreaker | PolicyKind::Retry)).min()
}

pub(super) fn of(members: &[Member<'_>], own: Option<&Track>, second: u32) -> Signs {
    let mut signs = Signs::default();
    let source = source(members.iter().map(|member| Some(member.policy.kind)));
    let (mut strict, mut usual) = (None::<Duration>, None);
    if let (None, Some(own)) = (source, own) {
        let sum = own.last_minute(second);
        (signs.calls, signs.failures) = (sum.get(Counter::Calls), sum.get(Counter::Failed));
    }
    for Member { policy, track } in members {
        let sum = track.last_minute(second);
        if Some(policy.kind) == source {
            signs.calls += sum.get(Counter::Calls);
            signs.failures += sum.get(Counter::Failed);
        }
        match &policy.figures {
            Figures::CircuitBreaker(it) => {
                signs.state = Some(it.state);
                signs.refused += sum.get(Counter::Refused);
                if it.keys > 0 {
                    // The circuit of one key says nothing of the others; what they refuse together does.
                    signs.admitted += sum.get(Counter::Calls);
                    signs.turned_away += sum.get(Counter::Refused);
                }
                signs.opens_at = it.settings.failure_rate.unwrap_or(0.5);
                // Few calls have no percentiles.
                signs.p90 = it.latency.filter(|latency| latency.calls >= 20).map(|latency| latency.p90);
                signs.usual = it.settings.slow_call;
                usual = twice_the_usual(track, second);
            }
            Figures::Bulkhead(_) => {
                signs.admitted += sum.get(Counter::Calls);
                signs.turned_away += sum.get(Counter::Refused);
                signs.in_use = signs.in_use.max(sum.in_use);
            }
            Figures::RateLimit(_) => {
                signs.admitted += sum.get(Counter::Calls);
                signs.turned_away += sum.get(Counter::Refused);
            }
            Figures::Timeout(it) => {
                strict = Some(strict.map_or(it.settings.limit, |least| least.min(it.settings.limit)));
            }
            Figures::Retry(_) | Figures::Fallback(_) => {}
        }
    }
    signs.usual = signs.usual.or(strict.map(|limit| limit / 2)).or(usual);
    signs
}

/// Twice what has been usual, where nobody has said what is slow. Short times differ for no reason.
fn twice_the_usual(track: &Track, second: u32) -> Option<Duration> {
    track.usual_p90(second).map(|usual| (usual * 2).max(Duration::from_millis(10)))
}
