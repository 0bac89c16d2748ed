//! What to change: a table of rules over the last quarter of an hour, each with its evidence.

mod breaker;
mod case;
mod limits;
mod retry;
mod value;

use std::fmt;

pub(super) use case::{Case, Member};
pub use value::Value;

use crate::PolicyKind;

/// Something that an operator should look at, and what to write instead.
///
/// Displays as one line: `flapping: circuit_breaker quotes opened 6 times in 15 minutes; write open_for = 2m`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Recommendation {
    /// The rule that speaks.
    pub rule: Rule,
    /// How much it matters.
    pub severity: Severity,
    /// The service.
    pub service: &'static str,
    /// The kind of the policy to change, together with [`name`](Self::name).
    pub policy: PolicyKind,
    /// The policy's name.
    pub name: &'static str,
    /// What was seen, for a person.
    pub text: String,
    /// The numbers behind it, by name.
    pub evidence: Vec<Evidence>,
    /// The key to change, as attributes and files write it.
    pub key: &'static str,
    /// What to write there, where a number can say it. It passes the validator beside the settings in force.
    pub suggestion: Option<Value>,
}

/// A number behind a [`Recommendation`]; times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Evidence {
    /// What was counted or measured.
    pub what: &'static str,
    /// How much.
    pub value: f64,
}

/// How much a [`Recommendation`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Severity {
    /// It could be better.
    Info,
    /// It costs calls, or protects less than it seems to.
    Warning,
    /// Calls fail for it now.
    Critical,
}

impl Severity {
    /// A stable name for logs and labels: `info`, `warning`, `critical`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident $text:literal $check:path;)*) => {
        /// The rules, and what each looks for in the last quarter of an hour if it names no other time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// A stable name for logs and labels, `flapping` for example.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$rule => $text,)*
                }
            }
        }

        /// What the rules say of a service, the worst first.
        pub(super) fn of(case: &Case<'_>) -> Vec<Recommendation> {
            let checks: &[fn(&Case<'_>) -> Option<Recommendation>] = &[$($check),*];
            checks.iter().filter_map(|check| check(case)).collect()
        }
    };
}

rules! {
    /// A circuit breaker opened five times or more: `open_for` is too short for the dependency to recover.
    Flapping "flapping" breaker::flapping;
    /// Three half-open rounds or more, and none closed the circuit: try again less often.
    NeverRecovers "never_recovers" breaker::never_recovers;
    /// A circuit breaker opened three times or more, the first trial calls succeeded every time, and few calls failed in
    /// all: it is too eager.
    FalseTrips "false_trips" breaker::false_trips;
    /// The window in time never held `min_calls`, so the rate was never judged.
    NeverJudged "never_judged" breaker::never_judged;
    /// Many calls are slow and nothing opens for it: `slow_rate` is not set, or `slow_call` is not, and calls take three
    /// times as long as usual.
    SlowUnwatched "slow_unwatched" breaker::slow_unwatched;
    /// 99 % of the calls take up to more than nine tenths of the timeout: it cuts off calls that would have succeeded.
    NearTimeout "near_timeout" limits::near_timeout;
    /// No call of the last hour took a third of the timeout: it protects from little.
    LooseTimeout "loose_timeout" limits::loose_timeout;
    /// A timeout did not strike once in an hour of 1,000 calls or more, and nobody measures how long they take.
    UnmeasuredTimeout "unmeasured_timeout" limits::unmeasured_timeout;
    /// More than a fifth of the load on the dependency is repeats.
    RetryShare "retry_share" retry::share_of_repeats;
    /// Less than a fifth of the repeated calls succeed in the end: stop repeating that error.
    FutileRetries "futile_retries" retry::futile;
    /// A bulkhead refuses calls while the dependency is well.
    TightBulkhead "tight_bulkhead" limits::tight_bulkhead;
    /// No sample of the last hour saw three tenths of the places in use.
    LooseBulkhead "loose_bulkhead" limits::loose_bulkhead;
    /// A rate limit refuses calls while the dependency is well.
    TightRateLimit "tight_rate_limit" limits::tight_rate_limit;
    /// Half of the fallback's answers or more are failures as well.
    FailingFallback "failing_fallback" limits::failing_fallback;
    /// A critical service loses calls and has nothing to fall back to.
    NoFallback "no_fallback" limits::no_fallback;
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Recommendation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {} {}", self.rule, self.policy, self.name, self.text)?;
        match &self.suggestion {
            Some(value) => write!(f, "; write `{} = {value}`", self.key),
            None => write!(f, "; look at `{}`", self.key),
        }
    }
}
