use std::fmt;

use crate::PolicyKind;

/// What a family tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// Policies of a kind.
    Policy(PolicyKind),
    /// Services, also those that are only a name which policies share.
    Service,
    /// Outboxes.
    Outbox,
    /// The whole registry.
    System,
}

impl Subject {
    /// The part of a name that says it: `circuit_breaker`, `service`, `outbox`, `system`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Policy(kind) => kind.as_str(),
            Self::Service => "service",
            Self::Outbox => "outbox",
            Self::System => "system",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Samples of one meaning.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Family {
    /// What it tells of.
    pub subject: Subject,
    /// What it tells, without prefix, unit and ending: `calls`.
    pub name: &'static str,
    /// How its values behave.
    pub instrument: Instrument,
    /// What its values count, if not things.
    pub unit: Option<Unit>,
    /// What its values mean.
    pub help: &'static str,
    /// The whole name but for `_total`, where it is not made of the others: that of another framework.
    pub whole_name: Option<&'static str>,
}

/// How the values of a family behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Instrument {
    /// They only grow while the process lives.
    Counter,
    /// They go up and down.
    Gauge,
}

/// What values count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Shares of a whole, 0 to 1.
    Ratio,
}

impl Unit {
    /// The unit as an ending of a name: `seconds`, `ratio`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Ratio => "ratio",
        }
    }
}

impl Family {
    /// The name by the conventions of Prometheus: `resilience_circuit_breaker_calls_total`.
    #[must_use]
    pub fn prometheus_name(&self, prefix: &str) -> String {
        let ending = if self.instrument == Instrument::Counter { "_total" } else { "" };
        self.base_name(prefix) + ending
    }

    /// The same without `_total`.
    fn base_name(&self, prefix: &str) -> String {
        let mut name = self.plain_name(prefix);
        if let Some(unit) = self.unit {
            name.push('_');
            name.push_str(unit.as_str());
        }
        name
    }

    /// The name without unit and ending.
    pub(super) fn plain_name(&self, prefix: &str) -> String {
        match self.whole_name {
            Some(name) => name.to_owned(),
            None => format!("{prefix}_{}_{}", self.subject, self.name),
        }
    }

    /// The name by the conventions of OpenTelemetry: `resilience.circuit_breaker.calls`.
    #[must_use]
    pub fn opentelemetry_name(&self, prefix: &str) -> String {
        format!("{prefix}.{}.{}", self.subject, self.name)
    }
}

macro_rules! families {
    ($($constant:ident = $subject:ident $name:literal $instrument:ident $(in $unit:ident)?, $help:literal;)*) => {
        $(
            pub(super) static $constant: Family = Family {
                subject: families!(@subject $subject),
                name: $name,
                instrument: Instrument::$instrument,
                unit: families!(@unit $($unit)?),
                help: $help,
                whole_name: None,
            };
        )*
        /// Every family, by what it tells of.
        pub static FAMILIES: &[&Family] = &[$(&$constant),*];
    };
    (@subject Service) => { Subject::Service };
    (@subject Outbox) => { Subject::Outbox };
    (@subject System) => { Subject::System };
    (@subject $kind:ident) => { Subject::Policy(PolicyKind::$kind) };
    (@unit) => { None };
    (@unit $unit:ident) => { Some(Unit::$unit) };
}

families! {
    STATE = CircuitBreaker "state" Gauge, "1 for the state that the circuit breaker is in, 0 for the others";
    STATE_DURATION = CircuitBreaker "state_duration" Gauge in Seconds, "How long it has been in its state";
    RETRY_AFTER = CircuitBreaker "retry_after" Gauge in Seconds, "The time until an open circuit tries again; 0 in every other state";
    CALLS = CircuitBreaker "calls" Counter, "Calls by how they ended";
    SLOW_CALLS = CircuitBreaker "slow_calls" Counter, "Calls, in any outcome, that were slow";
    REFUSED = CircuitBreaker "rejected" Counter, "Calls that the circuit breaker refused";
    TRANSITIONS = CircuitBreaker "transitions" Counter, "Changes into a state";
    WOULD_HAVE_OPENED = CircuitBreaker "would_have_opened" Counter, "Times that a metrics-only circuit breaker would have opened";
    WINDOW_CALLS = CircuitBreaker "window_calls" Gauge, "Calls that the window holds now";
    FAILURE_RATE = CircuitBreaker "failure_rate" Gauge in Ratio, "The share of the window's calls that failed";
    SLOW_RATE = CircuitBreaker "slow_rate" Gauge in Ratio, "The share of the window's calls that were slow";
    IN_A_ROW = CircuitBreaker "consecutive_failures" Gauge, "Failures in a row that count now";
    LATENCY = CircuitBreaker "latency" Gauge in Seconds, "How long calls took in this minute and the last, where that is measured; the quantile 1 is the longest";
    RETRY_CALLS = Retry "calls" Counter, "Calls by how they ended and whether they were repeated";
    REPEATS = Retry "repeats" Counter, "Repeated attempts";
    EXHAUSTED = Retry "exhausted" Counter, "Calls that failed although more repeats were wanted";
    IN_USE = Bulkhead "in_use" Gauge, "Places in use";
    PLACES = Bulkhead "max_concurrent" Gauge, "Places";
    AVAILABLE = Bulkhead "available" Gauge, "Places that are free";
    WAITING = Bulkhead "waiting" Gauge, "Callers that wait for a place";
    ADMITTED = Bulkhead "admitted" Counter, "Calls that got a place";
    FULL = Bulkhead "rejected" Counter, "Calls that got no place";
    PERMITS = RateLimit "available" Gauge, "Permits that a caller could take now";
    QUEUE = RateLimit "waiting" Gauge, "Callers that wait for a permit";
    PERMITTED = RateLimit "admitted" Counter, "Calls that got a permit";
    LIMITED = RateLimit "rejected" Counter, "Calls that got no permit";
    EXPIRED = Timeout "expired" Counter, "Calls that were dropped";
    LIMIT = Timeout "limit" Gauge in Seconds, "The time that a call may take";
    USED = Fallback "used" Counter, "Calls for which the fallback stood in";
    FAILED = Fallback "failed" Counter, "Calls for which every tier of the fallback failed as well";
    SERVICE_CALLS = Service "calls" Counter, "Calls through a registered service, by how they ended for their callers";
    SERVICE_POLICY = Service "policy" Gauge, "1 for each policy of a service; to join the service to the policy's samples";
    SERVICE_SCORE = Service "score" Gauge, "How well the service does: 1 is without fault";
    SERVICE_GRADE = Service "grade" Gauge, "1 for the grade that the service has, 0 for the others; error if the last health sample is too old";
    SYSTEM_SCORE = System "score" Gauge, "The mean of the services' scores, in which a critical one weighs four times as much";
    SYSTEM_GRADE = System "grade" Gauge, "1 for the grade that the system has, 0 for the others; error if the last health sample is too old";
    QUEUED = Outbox "queued" Gauge, "Messages that are stored now";
    CAPACITY = Outbox "capacity" Gauge, "The most messages that the outbox holds";
    OLDEST = Outbox "oldest" Gauge in Seconds, "How long the first message has been stored; 0 if there is none";
    STORED = Outbox "stored" Counter, "Messages that were stored";
    DELIVERED = Outbox "delivered" Counter, "Stored messages that were delivered";
    OUTBOX_REFUSED = Outbox "refused" Counter, "Messages given back because there was no room, or the file could not take them";
    TAKEN = Outbox "taken" Counter, "Stored messages that were taken out undelivered";
}
