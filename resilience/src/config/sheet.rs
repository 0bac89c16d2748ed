//! What one source says: every setting with its place, read and checked by itself.

#[cfg(feature = "config")]
use std::collections::BTreeMap;
use std::time::Duration;

#[cfg(feature = "config")]
use super::service::Service;
use super::{
    layers::{Overlay, variable_name},
    problem::{Origin, Problem},
    suggestion::meant,
    value,
    words::explain,
};
use crate::{
    PolicyKind, bulkhead, circuit_breaker, fallback, health, name, private::Policy, rate_limit, retry,
    timeout,
};

/// What one source says, or several of the same layer.
#[derive(Clone, Default)]
pub(crate) struct Sheet {
    pub(crate) circuit_breaker: Overlay<circuit_breaker::Config>,
    pub(crate) retry: Overlay<retry::Config>,
    pub(crate) bulkhead: Overlay<bulkhead::Config>,
    pub(crate) rate_limit: Overlay<rate_limit::Config>,
    pub(crate) timeout: Overlay<timeout::Config>,
    pub(crate) fallback: Overlay<fallback::Config>,
    pub(crate) global: Global,
    #[cfg(feature = "config")]
    pub(crate) services: BTreeMap<String, Service>,
    /// Every setting of a policy that was read.
    pub(crate) written: Vec<Written>,
}

/// What a source says of the program as a whole.
#[derive(Clone, Default)]
pub(crate) struct Global {
    pub(crate) enabled: Option<bool>,
    pub(crate) service_name: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) health_check_interval: Option<Duration>,
}

/// The keys of `[global]`.
const GLOBAL: &[&str] = &["enabled", "service_name", "environment", "health_check_interval"];

/// Where a setting of a policy stands.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) kind: PolicyKind,
    pub(crate) name: Option<String>,
    pub(crate) key: String,
    pub(crate) origin: Origin,
    /// What its problems are headed with.
    pub(crate) path: String,
}

impl Written {
    /// Whether it concerns this policy.
    pub(crate) fn is_of(&self, kind: PolicyKind, name: &str) -> bool {
        let is_named = self.name.as_deref().is_none_or(|written| match self.origin {
            Origin::Line(..) => written == name,
            Origin::Variable(_) => written == variable_name(name),
        });
        kind == self.kind && is_named
    }

    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem { origin: self.origin.clone(), key: self.path.clone(), message: message.into() }
    }
}

/// Does the same for every kind, whose shelf and overlay have one name.
macro_rules! each_kind {
    ($macro:ident) => {
        $macro!(circuit_breaker retry bulkhead rate_limit timeout fallback)
    };
}
pub(crate) use each_kind;

impl Sheet {
    /// Writes a setting of a policy.
    pub(crate) fn write(&mut self, setting: Written, text: &str) -> Result<(), Problem> {
        if let Some(problem) = setting.name.as_deref().and_then(name::problem) {
            return Err(setting.problem(problem));
        }
        let name = setting.name.as_deref();
        macro_rules! write {
            ($($kind:ident)*) => {
                match setting.kind {
                    $(kind if kind.as_str() == stringify!($kind) => {
                        write_to(self.$kind.section(name), &setting.key, text)
                    })*
                    _ => Ok(()),
                }
            };
        }
        each_kind!(write).map_err(|message| setting.problem(message))?;
        self.written.push(setting);
        Ok(())
    }

    /// Writes a setting of the program as a whole.
    pub(crate) fn write_global(&mut self, key: &str, text: &str) -> Result<(), String> {
        let global = &mut self.global;
        match key {
            "enabled" => global.enabled = Some(value::flag(key, text)?),
            "service_name" => global.service_name = Some(label(key, text)?),
            "environment" => global.environment = Some(label(key, text)?),
            "health_check_interval" => {
                let interval = value::duration(key, text)?;
                if let Some(problem) = health::interval_problem(interval) {
                    return Err(problem.to_owned());
                }
                global.health_check_interval = Some(interval);
            }
            _ => {
                return Err(format!("unknown key{}", meant(key, GLOBAL.iter().copied())));
            }
        }
        Ok(())
    }

    /// Every problem that the settings of this sheet have by themselves and beside each other, whatever the program says.
    pub(crate) fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for setting in &self.written {
            macro_rules! check {
                ($($kind:ident)*) => {
                    match setting.kind {
                        $(kind if kind.as_str() == stringify!($kind) => {
                            let section = setting.name.as_ref().map_or(self.$kind.all, |name| self.$kind.of(name));
                            problem_in(&section, &setting.key)
                        })*
                        _ => None,
                    }
                };
            }
            problems.extend(each_kind!(check).map(|message| setting.problem(message)));
        }
        problems
    }

    /// The master switch, where no kind says otherwise.
    pub(crate) fn spread(&mut self) {
        if let Some(enabled) = self.global.enabled {
            macro_rules! spread {
                ($($kind:ident)*) => {
                    $(self.$kind.all = self.$kind.all.or($kind::Config::new().enabled(enabled));)*
                };
            }
            each_kind!(spread);
        }
    }
}

/// Writes one setting into a config.
pub(crate) fn write_to<C: Policy>(config: &mut C, key: &str, text: &str) -> Result<(), String> {
    match config.write(key, text) {
        Some(written) => written,
        None => Err(explain::<C>(key)),
    }
}

/// What is wrong with a setting in a config that other settings may stand under.
pub(crate) fn problem_in<C: Policy>(config: &C, key: &str) -> Option<&'static str> {
    config.or(C::generous()).problem(key)
}

fn label(key: &str, text: &str) -> Result<String, String> {
    match name::problem(text) {
        Some(_) if text.is_empty() => Err(format!("`{key}` cannot be empty")),
        Some(_) => Err(format!("`{key}` has at most 256 bytes and no control characters")),
        None => Ok(text.to_owned()),
    }
}

/// `circuit_breaker.quotes.threshold`, with names in quotes where a file wants them.
#[cfg(feature = "config")]
pub(crate) fn path(kind: PolicyKind, name: Option<&str>, key: &str) -> String {
    match name {
        Some(name) => format!("{}.{}.{key}", kind.as_str(), quoted(name)),
        None => format!("{}.{key}", kind.as_str()),
    }
}

/// A name as a key of a file.
#[cfg(feature = "config")]
pub(crate) fn quoted(name: &str) -> String {
    let is_bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_bare { name.to_owned() } else { format!("{name:?}") }
}
