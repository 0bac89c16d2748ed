//! What the policies tell the outside world, through `tracing` (target `resilience`).
//!
//! Transitions at `INFO` or `WARN`, refusals at `DEBUG`, nothing for a call that succeeds. Nobody is told under a lock of
//! ours, and a subscriber that panics harms nobody: its panic stops here.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use crate::{
    PolicyKind, Rejected,
    circuit_breaker::{Cause, State},
};

const TARGET: &str = "resilience";

/// Tells, and keeps a subscriber's panic from the caller.
fn tell(event: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(event));
}

/// A policy refused a call.
pub(crate) fn rejected(rejected: &Rejected) {
    // No `enabled!` before it: a subscriber can panic at that question as well. Nor a look at the greatest level wanted:
    // it is "none" where `tracing` hands its events to `log`.
    tell(|| {
        tracing::debug!(
            target: TARGET,
            policy = rejected.policy().as_str(),
            name = rejected.name(),
            reason = rejected.reason().as_str(),
            retry_after_ms = rejected.retry_after().map(millis),
            "rejected"
        );
    });
}

/// A circuit breaker's failures by kind, since it exists.
pub(crate) struct Kinds {
    pub(crate) error: u64,
    pub(crate) timeout: u64,
    pub(crate) panic: u64,
    pub(crate) slow: u64,
    pub(crate) exhausted: u64,
    pub(crate) cancelled: u64,
}

/// A circuit breaker changed its state.
pub(crate) fn transition(
    name: &str,
    (from, to): (State, State),
    cause: &Cause,
    open_for: Duration,
    seen: &Kinds,
) {
    let Kinds { error, timeout, panic, slow, exhausted, cancelled } = seen;
    let (from, to_name) = (from.as_str(), to.as_str());
    let policy = PolicyKind::CircuitBreaker.as_str();
    tell(|| {
        if to == State::Open {
            tracing::warn!(
                target: TARGET,
                policy, name, from, to = to_name, cause = %cause, open_for_ms = millis(open_for),
                error, timeout, panic, slow, exhausted, cancelled,
                "circuit opened"
            );
        } else {
            tracing::info!(
                target: TARGET,
                policy, name, from, to = to_name, cause = %cause,
                error, timeout, panic, slow, exhausted, cancelled,
                "circuit changed"
            );
        }
    });
}

/// A metrics-only breaker would open.
pub(crate) fn would_open(name: &str, cause: &Cause) {
    tell(
        || tracing::warn!(target: TARGET, policy = "circuit_breaker", name, cause = %cause, "circuit would open"),
    );
}

/// Somebody changed the settings of a policy.
pub(crate) fn reconfigured(name: &str, policy: PolicyKind) {
    tell(|| tracing::info!(target: TARGET, policy = policy.as_str(), name, "settings changed"));
}

/// A site joined a policy that cannot do without settings, and nobody has given any.
pub(crate) fn incomplete(name: &str, policy: PolicyKind) {
    let policy = policy.as_str();
    tell(|| {
        tracing::warn!(target: TARGET, policy, name, "nobody has given settings yet: every call passes until then");
    });
}

/// Two sites give one policy different settings; the first is in force.
pub(crate) fn conflict(name: &str, policy: PolicyKind, first: &dyn fmt::Display, second: &dyn fmt::Display) {
    tell(|| {
        tracing::warn!(
            target: TARGET,
            policy = policy.as_str(),
            name,
            in_force = %first,
            ignored = %second,
            "two places give different settings to one policy; those of the first stay in force"
        );
    });
}

/// A retry waits for the next attempt.
pub(crate) fn retrying(name: &str, attempt: u32, delay: Duration) {
    tell(|| {
        tracing::debug!(target: TARGET, policy = "retry", name, attempt, delay_ms = millis(delay), "retrying");
    });
}

/// A fallback stands in.
pub(crate) fn fell_back(name: &str, refused: Option<&Rejected>) {
    let reason = refused.map_or("error", |rejected| rejected.reason().as_str());
    tell(|| tracing::debug!(target: TARGET, policy = "fallback", name, reason, "fallback used"));
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consecutive(failures) => write!(f, "{failures} failures in a row"),
            Self::Count(counts) => write!(f, "{} failures among {} calls", counts.failures, counts.calls),
            Self::FailureRate(counts) => {
                write!(f, "{:.1} % of {} calls failed", counts.failure_rate() * 100.0, counts.calls)
            }
            Self::SlowRate(counts) => {
                write!(f, "{:.1} % of {} calls were slow", counts.slow_rate() * 100.0, counts.calls)
            }
            Self::OpenTimeOver => f.write_str("the open time is over"),
            Self::TrialsOverdue => f.write_str("trial calls did not report in time"),
            Self::TrialsSucceeded => f.write_str("trial calls succeeded"),
            Self::TrialsFailed => f.write_str("trial calls failed"),
            Self::Asked => f.write_str("asked for"),
        }
    }
}
