//! What the answers hold.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{
    address,
    row::{Passing, Row, millis, rounded},
    track::History,
};
use crate::{
    PolicyKind, Service, Snapshot,
    config::{Change, Setting, Status as Loaded},
    health::{Direction, Grade, Minute, Recommendation, Report, ServiceReport, Severity, membership},
    registry::Conflict,
    service::{Figures, OperationSnapshot},
};

/// What is said beside everything that was changed here.
pub(super) const NOTE: &str =
    "what is changed here holds until the process ends; these lines in `resilience.toml` keep it";

/// Everything that a view needs at first.
#[derive(Serialize)]
pub(super) struct Status<'a> {
    pub(super) title: &'a str,
    pub(super) version: &'static str,
    pub(super) started_ms: u64,
    pub(super) at_ms: u64,
    pub(super) tick: u64,
    pub(super) sequence: u64,
    pub(super) actions: bool,
    pub(super) service_name: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) health: Health,
    pub(super) services: Vec<ServiceRow>,
    pub(super) policies: Vec<Past>,
    pub(super) changes: Changes,
    pub(super) config: Config,
}

/// A row with its last minute.
#[derive(Serialize)]
pub(super) struct Past {
    #[serde(flatten)]
    pub(super) row: Row,
    pub(super) history: History,
}

/// What is changed at run time.
#[derive(Serialize)]
pub(super) struct Changes {
    pub(super) note: &'static str,
    pub(super) toml: String,
    pub(super) settings: Vec<Changed>,
}

#[derive(Serialize)]
pub(super) struct Changed {
    #[serde(flatten)]
    pub(super) change: Change,
    pub(super) otherwise: Option<String>,
}

/// What is loaded of file and environment.
#[derive(Serialize)]
pub(super) struct Config {
    path: Option<String>,
    warnings: Vec<String>,
    refused: Vec<String>,
}

impl From<Loaded> for Config {
    fn from(loaded: Loaded) -> Self {
        Self {
            path: loaded.path.map(|path| path.display().to_string()),
            warnings: loaded.warnings.iter().map(ToString::to_string).collect(),
            refused: loaded.refused.iter().flatten().map(ToString::to_string).collect(),
        }
    }
}

/// The health of the system.
#[derive(Clone, PartialEq, Serialize)]
pub(super) struct Health {
    pub(super) grade: Grade,
    score: f64,
    why: String,
    direction: Direction,
    age_ms: Passing,
    unknown: Vec<String>,
    recommendations: Vec<Advice>,
}

#[derive(Clone, PartialEq, Serialize)]
struct Advice {
    severity: Severity,
    rule: &'static str,
    service: &'static str,
    kind: PolicyKind,
    name: &'static str,
    path: String,
    key: &'static str,
    value: Option<String>,
    text: String,
}

impl From<&Report> for Health {
    fn from(report: &Report) -> Self {
        Self {
            grade: report.grade,
            score: rounded(report.score),
            why: report.why.clone(),
            direction: report.direction,
            age_ms: Passing(Some(millis(report.age))),
            unknown: report.unknown.clone(),
            recommendations: report.recommendations.iter().map(Advice::from).collect(),
        }
    }
}

impl From<&Recommendation> for Advice {
    fn from(it: &Recommendation) -> Self {
        Self {
            severity: it.severity,
            rule: it.rule.as_str(),
            service: it.service,
            kind: it.policy,
            name: it.name,
            path: address::of_policy(it.policy, it.name),
            key: it.key,
            value: it.suggestion.map(|value| value.to_string()),
            text: it.text.clone(),
        }
    }
}

/// One service as a line of a table.
#[derive(Clone, PartialEq, Serialize)]
pub(super) struct ServiceRow {
    path: String,
    pub(super) name: &'static str,
    registered: bool,
    critical: bool,
    grade: Option<Grade>,
    score: Option<f64>,
    why: Option<String>,
    direction: Option<Direction>,
    calls: Option<Figures>,
    policies: Vec<String>,
}

/// One service by itself.
#[derive(Serialize)]
pub(super) struct OneService {
    #[serde(flatten)]
    pub(super) row: ServiceRow,
    pub(super) operations: Vec<Operation>,
    pub(super) layers: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Operation {
    label: &'static str,
    calls: Figures,
}

impl From<&OperationSnapshot> for Operation {
    fn from(it: &OperationSnapshot) -> Self {
        Self { label: it.label, calls: it.figures }
    }
}

impl OneService {
    pub(super) fn new(row: ServiceRow, registered: Option<&Service>) -> Self {
        let (mut operations, mut layers) = (Vec::new(), Vec::new());
        if let Some(service) = registered {
            operations = service.snapshot().operations.iter().map(Operation::from).collect();
            layers = service.pipeline().layers().map(|(kind, name)| address::of_policy(kind, name)).collect();
        }
        Self { row, operations, layers }
    }
}

/// The services of a registry, and which one each policy belongs to.
pub(super) struct Services {
    pub(super) rows: Vec<ServiceRow>,
    of_policy: BTreeMap<(PolicyKind, &'static str), &'static str>,
}

impl Services {
    pub(super) fn of(snapshot: &Snapshot, registered: &[Service], report: &Report) -> Self {
        let members = membership::services(snapshot, registered);
        let mut of_policy = BTreeMap::new();
        for (service, policies) in &members {
            of_policy.extend(policies.iter().map(|policy| ((policy.kind, policy.name), *service)));
        }
        let graded: BTreeMap<_, _> = report.services.iter().map(|service| (service.name, service)).collect();
        let known: BTreeMap<_, _> = registered.iter().map(|service| (service.name(), service)).collect();
        // One that is registered and all of whose policies are switched off is still one.
        let mut names: Vec<&'static str> = members.keys().chain(known.keys()).copied().collect();
        names.sort_unstable();
        names.dedup();
        let row = |name: &'static str| {
            let service = known.get(name);
            let graded: Option<&&ServiceReport> = graded.get(name);
            let paths = members.get(name).into_iter().flatten();
            ServiceRow {
                path: address::of_service(name),
                name,
                registered: service.is_some_and(|service| service.is_registered()),
                critical: graded.is_some_and(|graded| graded.critical),
                grade: graded.map(|graded| graded.grade),
                score: graded.map(|graded| rounded(graded.score)),
                why: graded.map(|graded| graded.why.clone()),
                direction: graded.map(|graded| graded.direction),
                calls: service.map(|service| service.figures()),
                policies: paths.map(|policy| address::of_policy(policy.kind, policy.name)).collect(),
            }
        };
        Self { rows: names.into_iter().map(row).collect(), of_policy }
    }

    /// The service of a policy; one that is switched off belongs to none, and stands for itself.
    pub(super) fn of_policy(&self, kind: PolicyKind, name: &'static str) -> &'static str {
        self.of_policy.get(&(kind, name)).copied().unwrap_or(name)
    }
}

/// One policy by itself.
#[derive(Serialize)]
pub(super) struct Policy {
    #[serde(rename = "policy")]
    pub(super) entry: Past,
    pub(super) at_ms: u64,
    pub(super) place: String,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) settings: Vec<Setting>,
    pub(super) toml: String,
    pub(super) transitions: Vec<Transition>,
    pub(super) trend: Vec<Minute>,
    pub(super) figures: Value,
}

#[derive(Serialize)]
pub(super) struct Transition {
    pub(super) ago_ms: u64,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) cause: String,
}

/// What came of a change.
#[derive(Serialize)]
pub(super) struct Done {
    pub(super) policy: Row,
    #[serde(flatten)]
    pub(super) changed: Option<DoneSetting>,
}

#[derive(Serialize)]
pub(super) struct DoneSetting {
    pub(super) setting: Setting,
    pub(super) toml: String,
    pub(super) note: &'static str,
}
