//! What becomes of settings.

use std::fmt;

use super::{EventKind, Origin, Subject, TARGET, publish, tell};
use crate::{
    ConfigError, PolicyKind,
    config::{Problem, Problems},
};

/// Somebody changed the settings of a policy.
pub(crate) fn reconfigured(origin: Origin, name: &'static str, policy: PolicyKind) {
    publish(origin, Subject::policy(policy, name), || EventKind::SettingsChanged);
    tell(|| tracing::info!(target: TARGET, policy = policy.as_str(), name, "settings changed"));
}

/// A site joined a policy that cannot do without settings, and nobody has given any.
pub(crate) fn incomplete(origin: Origin, name: &'static str, policy: PolicyKind) {
    publish(origin, Subject::policy(policy, name), || EventKind::SettingsMissing);
    let policy = policy.as_str();
    tell(|| {
        tracing::warn!(target: TARGET, policy, name, "nobody has given settings yet: every call passes until then");
    });
}

/// A function joined a service that nobody has registered.
pub(crate) fn unregistered(service: &str) {
    tell(|| {
        tracing::warn!(
            target: TARGET,
            service,
            "nobody has registered this service yet: until then its calls pass a circuit breaker and a bulkhead with default settings"
        );
    });
}

/// The layers over what a site wrote contradict it, and are left out for this policy.
pub(crate) fn misfit(origin: Origin, name: &'static str, policy: PolicyKind, error: &ConfigError) {
    publish(origin, Subject::policy(policy, name), || EventKind::SettingsLeftOut {
        setting: error.setting(),
        problem: error.to_string(),
    });
    tell(|| {
        tracing::warn!(
            target: TARGET,
            policy = policy.as_str(),
            name,
            setting = error.setting(),
            problem = %error,
            "the settings of file, environment and run time contradict those of the program, which hold"
        );
    });
}

/// File and environment were read and are in force.
pub(crate) fn settings_loaded(changed: usize) {
    tell(|| tracing::info!(target: TARGET, changed, "settings loaded"));
}

/// File or environment have something to wonder about.
pub(crate) fn settings_doubtful(problem: &Problem) {
    tell(|| tracing::warn!(target: TARGET, %problem, "settings to look at"));
}

/// File or environment cannot be read; nothing has changed.
pub(crate) fn settings_refused(origin: Origin, problems: &Problems) {
    publish(origin, Subject::default(), || EventKind::ConfigRefused { problems: texts(problems) });
    tell(|| tracing::error!(target: TARGET, %problems, "settings refused, those before stay in force"));
}

/// So many problems of a file an event names: it stays in memory for as long as others follow it.
const MOST_PROBLEMS: usize = 100;

fn texts(problems: &Problems) -> Vec<String> {
    let mut texts: Vec<_> = problems.iter().take(MOST_PROBLEMS).map(Problem::to_string).collect();
    let left = problems.iter().len() - texts.len();
    if left > 0 {
        texts.push(format!("and {left} more"));
    }
    texts
}

/// A change at run time cannot be; nothing has changed. Without a name it was one of every policy of the kind, or of one
/// that there is not.
pub(crate) fn change_refused(
    origin: Origin,
    policy: PolicyKind,
    name: Option<&'static str>,
    problem: impl FnOnce() -> String,
) {
    let subject = Subject { policy: Some(policy), name, key: None };
    let problem = problem();
    tell(|| {
        let policy = policy.as_str();
        tracing::warn!(target: TARGET, policy, name, %problem, "change refused, the settings before stay in force");
    });
    publish(origin, subject, || EventKind::ConfigRefused { problems: vec![problem] });
}

/// Two sites give one policy different settings; the first is in force.
pub(crate) fn conflict(
    origin: Origin,
    name: &'static str,
    policy: PolicyKind,
    first: &dyn fmt::Display,
    second: &dyn fmt::Display,
) {
    publish(origin, Subject::policy(policy, name), || EventKind::Conflict {
        in_force: first.to_string(),
        ignored: second.to_string(),
    });
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
