//! Settings from files, the environment and the run time, over those of the program.

mod environment;
mod file;
mod hostile;
mod live;
mod precedence;
mod reconfigure;
mod refused;
mod reload;
mod services;
mod switches;
mod values;

use resilience::{
    Init, PolicyKind, Registry,
    config::{Loaded, Problems},
    testing::Scope,
};
use serde_json::Value;

fn registry() -> Registry {
    Scope::new().registry()
}

/// Loads a file and an environment of these texts.
fn load(registry: &Registry, file: &str, variables: &[(&str, &str)]) -> Result<Loaded, Problems> {
    Init::new().text("resilience.toml", file).environment(variables.iter().copied()).load_into(registry)
}

/// The problems of a file, each as it is displayed.
fn problems(file: &str) -> Vec<String> {
    complaints(load(&registry(), file, &[]))
}

fn complaints(loaded: Result<Loaded, Problems>) -> Vec<String> {
    loaded.err().iter().flatten().map(ToString::to_string).collect()
}

/// The only problem of a file.
fn problem(file: &str) -> String {
    let problems = problems(file);
    assert_eq!(problems.len(), 1, "{file}: {problems:?}");
    problems.into_iter().next().unwrap()
}

fn warnings(loaded: &Loaded) -> Vec<String> {
    loaded.warnings().iter().map(ToString::to_string).collect()
}

/// A setting in force, as the snapshot has it.
fn setting(registry: &Registry, kind: PolicyKind, name: &str, field: &str) -> Value {
    let snapshot = registry.snapshot();
    let figures = &snapshot.get(kind, name).expect("it is there").figures;
    serde_json::to_value(figures).unwrap()["settings"][field].clone()
}
