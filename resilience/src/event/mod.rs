//! What the policies tell the outside world: through `tracing` (target `resilience`), and to the readers of a registry.
//!
//! Transitions at `INFO` or `WARN`, refusals at `DEBUG`, nothing for a call that succeeds. Nobody is told under a lock of
//! ours, and a subscriber that panics harms nobody: its panic stops here.

mod audience;
mod bus;
mod kind;
mod listening;
mod reader;
mod settings;

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, SystemTime},
};

pub(crate) use audience::hears_debug;
pub(crate) use bus::{Bus, Origin};
pub use kind::{Event, EventKind};
pub use listening::Listening;
pub use reader::{Events, Missed};
pub(crate) use settings::{
    change_refused, conflict, incomplete, misfit, reconfigured, settings_doubtful, settings_loaded,
    settings_refused, unregistered,
};

use crate::{
    PolicyKind, Registry, Rejected,
    circuit_breaker::{Cause, State},
    label,
    name::Name,
    rejected::Refusal,
    retry::Progress,
};

const TARGET: &str = "resilience";

/// Tells, and keeps a subscriber's panic from the caller.
fn tell(event: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(event));
}

/// Whom an event is about: one policy, one of its keys, every policy of a kind, or the registry itself.
#[derive(Clone, Copy, Default)]
struct Subject<'a> {
    policy: Option<PolicyKind>,
    name: Option<&'static str>,
    key: Option<&'a str>,
}

impl<'a> Subject<'a> {
    const fn policy(kind: PolicyKind, name: &'static str) -> Self {
        Self { policy: Some(kind), name: Some(name), key: None }
    }

    const fn with_key(self, key: Option<&'a str>) -> Self {
        Self { key, ..self }
    }
}

/// Hands an event to the readers of a registry, if there are any; only then is it made.
fn publish(origin: Origin, subject: Subject<'_>, kind: impl FnOnce() -> EventKind) {
    if let Some(bus) = origin.heard() {
        let label = label::current();
        let event = Event {
            sequence: 0,
            at: SystemTime::now(),
            policy: subject.policy,
            name: subject.name,
            key: subject.key.map(str::to_owned),
            service: label.map(|label| label.service),
            operation: label.and_then(|label| label.operation),
            kind: kind(),
        };
        tell(|| bus.publish(event));
    }
}

impl Registry {
    /// A reader of everything that this registry's policies do from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        Events::new(self.bus())
    }

    /// Tells `listener` of everything that this registry's policies do, on a thread of its own, until what is returned
    /// is dropped.
    ///
    /// A listener that blocks holds up nobody but itself; if it falls behind it is told how many events it has missed. One
    /// that panics is called again with the next event.
    ///
    /// ```
    /// use resilience::registry;
    ///
    /// let listening = registry().listen(|heard| match heard {
    ///     Ok(event) => println!("{event}"),
    ///     Err(missed) => println!("{missed}"),
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The system has no further thread.
    pub fn listen<F>(&self, listener: F) -> io::Result<Listening>
    where
        F: FnMut(Result<&Event, Missed>) + Send + 'static,
    {
        Listening::start(self.events(), listener)
    }
}

/// A policy refused a call. The key, if it is the policy of one, is asked for only if somebody may hear of it.
#[inline]
pub(crate) fn rejected<'a>(origin: Origin, key: impl FnOnce() -> Option<&'a str>, refusal: Refusal) {
    if hears_debug() {
        tell_rejected(origin, key(), refusal);
    }
}

#[cold]
#[inline(never)]
fn tell_rejected(origin: Origin, key: Option<&str>, refusal: Refusal) {
    audience::ask_for_log();
    let rejected = Rejected::from(refusal);
    let subject = Subject::policy(rejected.policy(), rejected.name()).with_key(key);
    publish(origin, subject, || EventKind::Rejected {
        reason: rejected.reason(),
        retry_after: rejected.retry_after(),
    });
    // No `enabled!` before it: a subscriber can panic at that question as well.
    tell(|| {
        tracing::debug!(
            target: TARGET,
            policy = rejected.policy().as_str(),
            name = rejected.name(),
            key,
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
    origin: Origin,
    (name, key): (&'static str, Option<&str>),
    (from, to): (State, State),
    cause: &Cause,
    open_for: Duration,
    seen: &Kinds,
) {
    let subject = Subject::policy(PolicyKind::CircuitBreaker, name).with_key(key);
    publish(origin, subject, || EventKind::Transition {
        from,
        to,
        cause: *cause,
        open_for: (to == State::Open).then_some(open_for),
    });
    let Kinds { error, timeout, panic, slow, exhausted, cancelled } = seen;
    let (from, to_name) = (from.as_str(), to.as_str());
    let policy = PolicyKind::CircuitBreaker.as_str();
    tell(|| {
        if to == State::Open {
            tracing::warn!(
                target: TARGET,
                policy, name, key, from, to = to_name, cause = %cause, open_for_ms = millis(open_for),
                error, timeout, panic, slow, exhausted, cancelled,
                "circuit opened"
            );
        } else {
            tracing::info!(
                target: TARGET,
                policy, name, key, from, to = to_name, cause = %cause,
                error, timeout, panic, slow, exhausted, cancelled,
                "circuit changed"
            );
        }
    });
}

/// A metrics-only breaker would open.
pub(crate) fn would_open(origin: Origin, (name, key): (&'static str, Option<&str>), cause: &Cause) {
    let subject = Subject::policy(PolicyKind::CircuitBreaker, name).with_key(key);
    publish(origin, subject, || EventKind::WouldOpen { cause: *cause });
    tell(|| {
        tracing::warn!(
            target: TARGET,
            policy = "circuit_breaker", name, key, cause = %cause,
            "circuit would open"
        );
    });
}

/// A retry waits for the next attempt.
#[inline]
pub(crate) fn retrying(origin: Origin, name: Name, progress: &Progress) {
    if hears_debug() {
        tell_retrying(origin, name, progress);
    }
}

#[cold]
#[inline(never)]
fn tell_retrying(origin: Origin, name: Name, progress: &Progress) {
    audience::ask_for_log();
    let (attempt, delay) = (progress.attempt() - 1, progress.previous);
    publish(origin, Subject::policy(PolicyKind::Retry, name.as_str()), || EventKind::Retried {
        attempt,
        delay: Duration::from_nanos(delay),
    });
    tell(|| {
        tracing::debug!(
            target: TARGET,
            policy = "retry",
            name = name.as_str(),
            attempt,
            delay_ms = delay / 1_000_000,
            "retrying"
        );
    });
}

/// A fallback stands in.
#[inline]
pub(crate) fn fell_back(origin: Origin, name: &'static str, refused: Option<&Rejected>) {
    if hears_debug() {
        tell_fell_back(origin, name, refused);
    }
}

#[cold]
#[inline(never)]
fn tell_fell_back(origin: Origin, name: &'static str, refused: Option<&Rejected>) {
    audience::ask_for_log();
    publish(origin, Subject::policy(PolicyKind::Fallback, name), || EventKind::FellBack {
        reason: refused.map(Rejected::reason),
    });
    let reason = refused.map_or("error", |rejected| rejected.reason().as_str());
    tell(|| tracing::debug!(target: TARGET, policy = "fallback", name, reason, "fallback used"));
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
