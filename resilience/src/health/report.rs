use std::{
    error::Error,
    fmt,
    time::{Duration, SystemTime},
};

use super::{Direction, Grade, Minute, Recommendation, Signs};
use crate::outbox;

/// The health of every service at the last sample.
///
/// Displays as a table for a terminal:
///
/// ```text
/// system    failed    0.35  worsening  payments failed: circuit open (5 failures in a row), 100.0 % of 5 calls failed
/// payments  failed    0.19  worsening  critical  circuit open (5 failures in a row), 100.0 % of 5 calls failed
/// search    healthy   1.00  steady               nothing wrong
///
/// warning   no_fallback: circuit_breaker payments lost 5 calls of a critical service in 15 minutes, ...; look at `fallback`
/// ```
///
/// With the feature `serde` it can be serialised.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Report {
    /// When the sample was taken, by the system's wall clock.
    pub at: SystemTime,
    /// How old the sample was when the report was made.
    pub age: Duration,
    /// The grade of the system: that of its score, but no better than that of any critical service.
    pub grade: Grade,
    /// The mean of the services' scores, in which a critical service weighs four times as much as another.
    pub score: f64,
    /// What is wrong, the worst first; `nothing wrong` if nothing is.
    pub why: String,
    /// Where the score goes.
    pub direction: Direction,
    /// How many policies were looked at.
    pub policies: usize,
    /// Names that were marked critical, and that no policy has: not called so far, or mistyped.
    pub unknown: Vec<String>,
    /// The services, by name.
    pub services: Vec<ServiceReport>,
    /// The outboxes, by name. They are no part of any score: a message that is stored is safe, and one that is refused is
    /// its sender's error.
    pub outboxes: Vec<outbox::Snapshot>,
    /// What to change, the most important first.
    pub recommendations: Vec<Recommendation>,
}

/// The health of one service.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ServiceReport {
    /// What it is called.
    pub name: &'static str,
    /// Whether somebody marked it critical.
    pub critical: bool,
    /// Whether a fallback has stood in for one of its calls; before that, nobody knows of it.
    pub has_fallback: bool,
    /// How well it does.
    pub grade: Grade,
    /// How long it has had this grade.
    pub since: Duration,
    /// From 1, without fault, down to 0; see [`Signs`].
    pub score: f64,
    /// What lowers the score, the worst first; `nothing wrong` if nothing does. It begins with `recovering` where the score is
    /// that of a better grade, which another sample has to show as well.
    pub why: String,
    /// Where the score goes.
    pub direction: Direction,
    /// What the score is made of.
    pub signs: Signs,
    /// The last hour by the minute, the oldest first.
    pub trend: Vec<Minute>,
}

impl Report {
    /// That nobody knows anything, and why.
    pub(super) fn unknown(why: String) -> Self {
        Self {
            at: SystemTime::now(),
            age: Duration::ZERO,
            grade: Grade::Error,
            score: 0.0,
            why,
            direction: Direction::Steady,
            policies: 0,
            unknown: Vec::new(),
            services: Vec::new(),
            outboxes: Vec::new(),
            recommendations: Vec::new(),
        }
    }

    /// The service of this name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&ServiceReport> {
        self.services.iter().find(|service| service.name == name)
    }

    /// Whether work that needs the whole system should go on: not if the system has failed.
    ///
    /// # Errors
    ///
    /// What has failed, and why. A report of the grade [`Error`](Grade::Error) stops nothing: that nobody looked is no
    /// reason to stop working.
    pub fn should_continue(&self) -> Result<(), Unwell> {
        if self.grade == Grade::Failed {
            return Err(Unwell { service: None, score: self.score, why: self.why.clone() });
        }
        Ok(())
    }

    /// The same for work that needs one service. One that is not known has nothing against it.
    ///
    /// # Errors
    ///
    /// That the service has failed, and why.
    pub fn should_continue_with(&self, service: &str) -> Result<(), Unwell> {
        match self.service(service) {
            Some(found) if found.grade == Grade::Failed && self.grade != Grade::Error => {
                Err(Unwell { service: Some(found.name), score: found.score, why: found.why.clone() })
            }
            _ => Ok(()),
        }
    }

    /// The report as JSON. Names of fields are those of the types and do not change between versions; times are objects of
    /// `secs` and `nanos`.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn to_json(&self) -> String {
        // Plain data with text for keys: serde_json cannot refuse it.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Writes the report to the log, through `tracing` with the target `resilience`: a line for the system, one for each
    /// service that is not healthy, at `WARN`, and one for each recommendation, at `INFO`. A healthy system is one line at
    /// `INFO`.
    pub fn log(&self) {
        super::log::report(self);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services = self.services.iter().map(|service| service.name);
        let outboxes = self.outboxes.iter().map(|outbox| outbox.name);
        let names = services.chain(outboxes).map(|name| name.chars().count());
        let wide = names.max().unwrap_or(0).max("critical".len());
        let any_critical = self.services.iter().any(|service| service.critical);
        let mut line = |name: &str, grade, score, direction, critical: Option<bool>, why: &str| {
            let mark = match critical {
                Some(true) => "critical  ",
                Some(false) if any_critical => "          ",
                _ => "",
            };
            writeln!(f, "{name:wide$}  {grade:8}  {score:.2}  {direction:9}  {mark}{why}")
        };
        line("system", self.grade, self.score, self.direction, None, &self.why)?;
        for service in &self.services {
            let ServiceReport { name, grade, score, direction, critical, why, .. } = service;
            line(name, *grade, *score, *direction, Some(*critical), why)?;
        }
        for outbox in self.outboxes.iter().filter(|outbox| outbox.queued > 0 || outbox.refused > 0) {
            writeln!(f, "{:wide$}  outbox    {}", outbox.name, stored(outbox))?;
        }
        for name in &self.unknown {
            writeln!(f, "{name:wide$}  critical, and no policy has this name")?;
        }
        for (at, advice) in self.recommendations.iter().enumerate() {
            writeln!(f, "{}{:wide$}  {advice}", if at == 0 { "\n" } else { "" }, advice.severity)?;
        }
        Ok(())
    }
}

/// What an outbox holds, in a few words.
fn stored(outbox: &outbox::Snapshot) -> String {
    let age = outbox.oldest.map(|age| format!(", the oldest for {age:.1?}")).unwrap_or_default();
    let refused = if outbox.refused > 0 { format!(", {} refused", outbox.refused) } else { String::new() };
    format!("{} of {} messages stored{age}{refused}", outbox.queued, outbox.capacity)
}

/// A service, or the whole system, that work should not go on with.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Unwell {
    /// The service, `None` for the system.
    pub service: Option<&'static str>,
    /// Its score.
    pub score: f64,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Unwell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.service {
            Some(name) => write!(f, "service `{name}` has failed: {}", self.why),
            None => write!(f, "the system has failed: {}", self.why),
        }
    }
}

impl Error for Unwell {}
