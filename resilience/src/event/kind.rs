use std::{
    fmt,
    time::{Duration, SystemTime},
};

use crate::{
    PolicyKind, Reason,
    circuit_breaker::{Cause, State},
};

/// Something that a policy did.
///
/// Displays as one line: `circuit_breaker quotes: closed -> open (5 failures in a row), for 30s`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Event {
    /// The registry's number of it: one more than that of the event before. Events that happen while nobody reads have
    /// none.
    pub sequence: u64,
    /// When it happened, by the system's wall clock.
    pub at: SystemTime,
    /// The policy's kind.
    pub policy: PolicyKind,
    /// The policy's name.
    pub name: &'static str,
    /// The service whose call it was, if it was one through a [`Service`](crate::Service).
    pub service: Option<&'static str>,
    /// The operation of that service, if the call said which.
    pub operation: Option<&'static str>,
    /// What it did.
    pub kind: EventKind,
}

/// What a policy did.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum EventKind {
    /// A circuit breaker changed its state, was reset, or began another half-open round.
    Transition {
        /// The state before.
        from: State,
        /// The state since.
        to: State,
        /// Why.
        cause: Cause,
        /// How long it will be open, if it opened.
        open_for: Option<Duration>,
    },
    /// A metrics-only circuit breaker would have opened.
    WouldOpen {
        /// Why.
        cause: Cause,
    },
    /// A call was refused, or dropped by its timeout.
    Rejected {
        /// Why.
        reason: Reason,
        /// When it makes sense to try again, where somebody knows.
        retry_after: Option<Duration>,
    },
    /// A failed call will be made again.
    Retried {
        /// The attempt that failed, from 1.
        attempt: u32,
        /// How long the next one waits.
        delay: Duration,
    },
    /// A fallback stood in.
    FellBack {
        /// Why the call was refused; `None` if it failed by itself.
        reason: Option<Reason>,
    },
    /// The settings of the policy were changed.
    SettingsChanged,
    /// A site has joined the policy, which cannot do without settings, and nobody has given any: every call passes.
    SettingsMissing,
    /// What file, environment and run time say contradicts the program's own settings, which hold instead.
    SettingsLeftOut {
        /// The setting at fault.
        setting: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// Two places give the policy different settings.
    Conflict {
        /// The place whose settings are in force.
        in_force: String,
        /// The other one.
        ignored: String,
    },
}

impl EventKind {
    /// A stable name for logs and labels: `transition`, `would_open`, `rejected`, `retried`, `fell_back`,
    /// `settings_changed`, `settings_missing`, `settings_left_out`, `conflict`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Transition { .. } => "transition",
            Self::WouldOpen { .. } => "would_open",
            Self::Rejected { .. } => "rejected",
            Self::Retried { .. } => "retried",
            Self::FellBack { .. } => "fell_back",
            Self::SettingsChanged => "settings_changed",
            Self::SettingsMissing => "settings_missing",
            Self::SettingsLeftOut { .. } => "settings_left_out",
            Self::Conflict { .. } => "conflict",
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.policy, self.name, self.kind)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transition { from, to, cause, open_for } => {
                write!(f, "{from} -> {to} ({cause})")?;
                open_for.map_or(Ok(()), |time| write!(f, ", for {time:?}"))
            }
            Self::WouldOpen { cause } => write!(f, "would open ({cause})"),
            Self::Rejected { reason, retry_after } => {
                write!(f, "rejected ({reason})")?;
                retry_after.map_or(Ok(()), |time| write!(f, ", try again in {time:?}"))
            }
            Self::Retried { attempt, delay } => write!(f, "attempt {attempt} failed, next in {delay:?}"),
            Self::FellBack { reason: Some(reason) } => write!(f, "fallback used ({reason})"),
            Self::FellBack { reason: None } => f.write_str("fallback used (the call failed)"),
            Self::SettingsChanged => f.write_str("settings changed"),
            Self::SettingsMissing => f.write_str("nobody has given settings, every call passes"),
            Self::SettingsLeftOut { problem, .. } => {
                write!(f, "settings from outside the program are left out ({problem})")
            }
            Self::Conflict { in_force, ignored } => {
                write!(f, "{ignored} gives other settings than {in_force}, whose are in force")
            }
        }
    }
}
