use std::{
    fmt,
    time::{Duration, SystemTime},
};

use crate::{
    PolicyKind, Reason,
    circuit_breaker::{Cause, State},
};

/// Something that a policy did, or that happened to the settings of a registry.
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
    /// The policy's kind; `None` where it is about the registry itself: a file that was refused.
    pub policy: Option<PolicyKind>,
    /// The policy's name; `None` where it is about every policy of the kind, or about the registry itself.
    pub name: Option<&'static str>,
    /// The key, if it was the instance of one: see [`keyed`](crate::keyed). `None` for calls without a key, and for those
    /// of a key for which there was no room.
    pub key: Option<String>,
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
    /// New settings cannot be, and those before stay in force: of a file or the environment, or a change at run time.
    ConfigRefused {
        /// What is wrong, where, and what to write instead: one text for each, of a file the first hundred.
        problems: Vec<String>,
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
    /// `settings_changed`, `settings_missing`, `settings_left_out`, `config_refused`, `conflict`.
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
            Self::ConfigRefused { .. } => "config_refused",
            Self::Conflict { .. } => "conflict",
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.policy, self.name) {
            (Some(policy), Some(name)) => write!(f, "{policy} {name}")?,
            (Some(policy), None) => write!(f, "{policy}")?,
            (None, _) => f.write_str("registry")?,
        }
        // Whoever calls may choose the key, which must not end the line.
        self.key.as_ref().map_or(Ok(()), |key| write!(f, "[{key:?}]"))?;
        write!(f, ": {}", self.kind)
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
            Self::ConfigRefused { problems } => {
                write!(f, "settings refused, those before stay in force ({})", problems.join("; "))
            }
            Self::Conflict { in_force, ignored } => {
                write!(f, "{ignored} gives other settings than {in_force}, whose are in force")
            }
        }
    }
}
