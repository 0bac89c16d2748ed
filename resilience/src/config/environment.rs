//! The layer of the environment.

use std::{collections::HashMap, ffi::OsString};

use super::{
    problem::{Origin, Problem},
    sheet::{Sheet, Written},
    suggestion::{did_you_mean, meant},
    words::KINDS,
};
use crate::PolicyKind;

/// The variable that names the file.
pub(crate) const CONFIG: &str = "RESILIENCE_CONFIG";
/// The variable that holds the dashboard's token. A secret: it is no setting, and nobody here reads its value.
pub(crate) const TOKEN: &str = "RESILIENCE_DASHBOARD_TOKEN";
const PREFIX: &str = "RESILIENCE_";

/// What a variable with a name of its own sets.
#[derive(Clone, Copy)]
enum Meaning {
    /// A setting of every policy of a kind.
    All(PolicyKind, &'static str),
    /// A key of `[global]`.
    Global(&'static str),
}

use Meaning::{All, Global};
use PolicyKind::{Bulkhead, CircuitBreaker, Fallback, RateLimit, Retry, Timeout};

/// The variables with names of their own; the documentation of the module has the same table.
const FLAT: &[(&str, Meaning)] = &[
    ("RESILIENCE_ENABLED", Global("enabled")),
    ("RESILIENCE_SERVICE_NAME", Global("service_name")),
    ("RESILIENCE_ENVIRONMENT", Global("environment")),
    ("RESILIENCE_HEALTH_CHECK_INTERVAL", Global("health_check_interval")),
    ("RESILIENCE_CIRCUIT_BREAKER_ENABLED", All(CircuitBreaker, "enabled")),
    ("RESILIENCE_CIRCUIT_BREAKER_FAILURE_THRESHOLD", All(CircuitBreaker, "threshold")),
    ("RESILIENCE_CIRCUIT_BREAKER_RECOVERY_TIMEOUT", All(CircuitBreaker, "open_for")),
    ("RESILIENCE_RETRY_ENABLED", All(Retry, "enabled")),
    ("RESILIENCE_MAX_RETRY_ATTEMPTS", All(Retry, "attempts")),
    ("RESILIENCE_BULKHEAD_ENABLED", All(Bulkhead, "enabled")),
    ("RESILIENCE_MAX_CONCURRENT_REQUESTS", All(Bulkhead, "max_concurrent")),
    ("RESILIENCE_RATE_LIMIT_ENABLED", All(RateLimit, "enabled")),
    ("RESILIENCE_TIMEOUT_ENABLED", All(Timeout, "enabled")),
    ("RESILIENCE_FALLBACK_ENABLED", All(Fallback, "enabled")),
];

/// What was read of the environment.
#[derive(Default)]
pub(crate) struct Environment {
    pub(crate) sheet: Sheet,
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Problem>,
    /// The value of `RESILIENCE_CONFIG`.
    pub(crate) file: Option<OsString>,
}

/// Where a setting goes to: what it sets, of which policies.
type Place = (Option<PolicyKind>, Option<String>, String);

/// Reads the variables that are ours, in the order of their names.
pub(crate) fn read(variables: &[(OsString, OsString)]) -> Environment {
    let mut environment = Environment::default();
    let mut ours: Vec<(&str, &OsString)> = variables
        .iter()
        .filter_map(|(name, value)| Some((name.to_str()?, value)))
        .filter(|(name, _)| name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX)))
        .collect();
    ours.sort_unstable();
    let mut seen = HashMap::new();
    for (name, value) in ours {
        if name.eq_ignore_ascii_case(CONFIG) {
            environment.file = Some(value.clone());
            continue;
        }
        if name.eq_ignore_ascii_case(TOKEN) {
            continue;
        }
        if let Err(problem) = environment.read_one(name, value, &mut seen) {
            environment.problems.push(problem);
        }
    }
    environment.problems.extend(environment.sheet.check());
    environment.sheet.spread();
    environment
}

impl Environment {
    fn read_one<'a>(
        &mut self,
        name: &'a str,
        value: &'a OsString,
        seen: &mut HashMap<Place, (&'a str, &'a str)>,
    ) -> Result<(), Problem> {
        let problem = |message: String| Problem {
            origin: Origin::Variable(name.to_owned()),
            key: String::new(),
            message,
        };
        let place = match place(&name.to_ascii_uppercase()) {
            Ok(Some(place)) => place,
            Ok(None) => {
                let known = FLAT.iter().map(|(known, _)| *known).chain([CONFIG, TOKEN]);
                let meant = did_you_mean(&name[PREFIX.len()..], known.map(|known| &known[PREFIX.len()..]));
                let meant =
                    meant.map(|meant| format!(", did you mean `{PREFIX}{meant}`?")).unwrap_or_default();
                self.warnings.push(problem(format!("this variable has no meaning here{meant}")));
                return Ok(());
            }
            Err(message) => return Err(problem(message)),
        };
        let Some(text) = value.to_str() else {
            return Err(problem("the value is not valid Unicode".to_owned()));
        };
        if let Some((other, before)) = seen.insert(place.clone(), (name, text)) {
            if before == text {
                return Ok(());
            }
            return Err(problem(format!(
                "says otherwise than `{other}`, which is the same setting: remove one"
            )));
        }
        match place {
            (Some(kind), policy, key) => {
                let origin = Origin::Variable(name.to_owned());
                let setting = Written { kind, name: policy, key, origin, path: String::new() };
                self.sheet.write(setting, text)
            }
            (None, _, key) => self.sheet.write_global(&key, text).map_err(problem),
        }
    }
}

/// What a variable sets; `None` if it is none of ours.
fn place(name: &str) -> Result<Option<Place>, String> {
    if let Some((_, meaning)) = FLAT.iter().find(|(flat, _)| *flat == name) {
        return Ok(Some(match meaning {
            All(kind, key) => (Some(*kind), None, (*key).to_owned()),
            Global(key) => (None, None, (*key).to_owned()),
        }));
    }
    let Some(rest) = name.strip_prefix("RESILIENCE__") else { return Ok(None) };
    let (first, rest) = rest.split_once("__").unwrap_or((rest, ""));
    if rest.is_empty() {
        return Err(
            "expected `RESILIENCE__KIND__KEY` or `RESILIENCE__KIND__NAME__KEY`, as in `RESILIENCE__RETRY__ATTEMPTS`"
                .to_owned(),
        );
    }
    let lower = first.to_ascii_lowercase();
    if lower == "global" {
        return Ok(Some((None, None, rest.to_ascii_lowercase())));
    }
    let Some(kind) = KINDS.iter().copied().find(|kind| kind.as_str() == lower) else {
        if lower == "service" {
            return Err("services are described in a file".to_owned());
        }
        let kinds: Vec<_> = KINDS.iter().map(|kind| kind.as_str().to_ascii_uppercase()).collect();
        return Err(format!("unknown kind `{first}`{}", meant(first, kinds.iter().map(String::as_str))));
    };
    Ok(Some(match rest.rsplit_once("__") {
        Some((policy, key)) => (Some(kind), Some(policy.to_owned()), key.to_ascii_lowercase()),
        None => (Some(kind), None, rest.to_ascii_lowercase()),
    }))
}
