//! Loading: read everything, check everything, and only then change anything.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    Identity, Status,
    layers::variable_name,
    problem::{Problem, Problems},
    sheet::{Sheet, Written, each_kind},
    source::{Content, File, Reading, Sources},
    suggestion::did_you_mean,
    words::KINDS,
};
use crate::{PolicyKind, Registry, event, health, registry::Inner};

/// What a registry knows of file and environment.
#[derive(Default)]
pub(crate) struct State(Mutex<Loading>);

#[derive(Default)]
struct Loading {
    sources: Sources,
    /// What the files held when they were last read, also if it was refused.
    contents: Vec<Content>,
    file: Sheet,
    environment: Sheet,
    loads: u64,
    warnings: Vec<Problem>,
    refused: Option<Problems>,
    /// The number of the watch that goes on.
    watch: u64,
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Loading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> Status {
        let loading = self.lock();
        let path = loading.sources.paths().into_iter().find_map(|file| match file {
            File::Path(path) => Some(path),
            File::Text(..) => None,
        });
        Status {
            path,
            loads: loading.loads,
            warnings: loading.warnings.clone(),
            refused: loading.refused.clone(),
        }
    }

    pub(super) fn identity(&self) -> Identity {
        let loading = self.lock();
        let (file, environment) = (&loading.file.global, &loading.environment.global);
        Identity {
            service_name: environment.service_name.clone().or_else(|| file.service_name.clone()),
            environment: environment.environment.clone().or_else(|| file.environment.clone()),
            health_check_interval: environment
                .health_check_interval
                .or(file.health_check_interval)
                .unwrap_or(health::INTERVAL),
        }
    }

    #[cfg(feature = "config")]
    pub(super) fn service(&self, name: &str) -> Option<super::Service> {
        self.lock().file.services.get(name).cloned()
    }

    /// Whether this is the watch that goes on.
    #[cfg(feature = "config")]
    pub(super) fn is_watched_by(&self, watch: u64) -> bool {
        self.lock().watch == watch
    }
}

/// What came of a load.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Loaded {
    warnings: Vec<Problem>,
}

impl Loaded {
    /// What is no error but may be a mistake: settings for a name that no policy has so far, variables without a
    /// meaning.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

pub(super) fn load(
    registry: &Registry,
    sources: Sources,
    watch: Option<Duration>,
) -> Result<Loaded, Problems> {
    let inner = registry.inner();
    // What every function asks for is then there to be checked against, and to be seen before the first call.
    #[cfg(feature = "catalogue")]
    if registry.is(crate::registry::global()) {
        crate::private::join_all(registry);
    }
    let mut loading = inner.config.lock();
    loading.watch += 1;
    loading.sources = sources;
    loading.contents = loading.sources.contents(&[]);
    let number = loading.watch;
    let loaded = finish(registry, loading, too_short(watch));
    start(registry, watch, number);
    loaded
}

/// One look at the files: whether there was something new, which is now in force.
pub(super) fn reload(registry: &Registry) -> Result<bool, Problems> {
    let inner = registry.inner();
    let mut loading = inner.config.lock();
    let contents = loading.sources.contents(&loading.contents);
    if contents == loading.contents {
        return match &loading.refused {
            Some(problems) => Err(problems.clone()),
            None => Ok(false),
        };
    }
    loading.contents = contents;
    finish(registry, loading, None).map(|_| true)
}

fn finish(
    registry: &Registry,
    mut loading: MutexGuard<'_, Loading>,
    further: Option<Problem>,
) -> Result<Loaded, Problems> {
    let inner = registry.inner();
    let mut reading = loading.sources.read(&loading.contents);
    reading.problems.extend(further);
    if reading.problems.is_empty() {
        reading.problems = misfits(inner, &reading);
    }
    if !reading.problems.is_empty() {
        let problems = Problems(reading.problems);
        loading.refused = Some(problems.clone());
        drop(loading);
        event::settings_refused(inner.home.origin, &problems);
        return Err(problems);
    }
    let Reading { file, environment, mut warnings, .. } = reading;
    warnings.extend(strangers(inner, &file, false));
    warnings.extend(strangers(inner, &environment, true));
    macro_rules! overlay {
        ($($kind:ident)*) => {
            [$(inner.$kind.overlay(&file.$kind, &environment.$kind)),*]
        };
    }
    let changed = each_kind!(overlay);
    #[cfg(feature = "config")]
    let services = file.services.clone();
    loading.file = file;
    loading.environment = environment;
    loading.loads += 1;
    loading.refused = None;
    drop(loading);
    let origin = inner.home.origin;
    let policies = changed.iter().map(Vec::len).sum();
    let mut changed = changed.iter();
    macro_rules! apply {
        ($($kind:ident)*) => {
            $(
                changed.next().into_iter().for_each(|names| inner.$kind.apply_all(names, origin));
            )*
        };
    }
    each_kind!(apply);
    #[cfg(feature = "config")]
    for (name, service) in services {
        warnings.extend(enter_service(registry, &name, &service));
    }
    inner.config.lock().warnings.clone_from(&warnings);
    event::settings_loaded(policies);
    warnings.iter().for_each(event::settings_doubtful);
    Ok(Loaded { warnings })
}

/// Registers a service of the file, if nobody has. Its settings are then those of its policies, which have sections of
/// their own.
#[cfg(feature = "config")]
fn enter_service(registry: &Registry, name: &str, service: &super::Service) -> Option<Problem> {
    if registry.service(name).is_some_and(|known| known.is_registered())
        || service.settings == crate::Preset::EMPTY
    {
        return None;
    }
    let error = registry.add_service(name, service.settings).err()?;
    let origin = super::problem::Origin::Variable(format!("service.{name}"));
    Some(Problem { origin, key: String::new(), message: error.to_string() })
}

/// The policies that there are and that the layers do not fit.
fn misfits(inner: &Inner, reading: &Reading) -> Vec<Problem> {
    let mut problems = Vec::new();
    macro_rules! misfits {
        ($($kind:ident)*) => {
            $(for (name, place, error) in inner.$kind.misfits(&reading.file.$kind, &reading.environment.$kind) {
                let kind = kind_of(stringify!($kind));
                let all = reading.environment.written.iter().chain(&reading.file.written);
                let of_it: Vec<&Written> = all.filter(|setting| setting.is_of(kind, name)).collect();
                let culprit = of_it.iter().find(|setting| setting.key == error.setting()).or(of_it.first());
                let message = format!("{error}; beside the settings of `{name}` from {place}");
                problems.extend(culprit.map(|setting| setting.problem(message)));
            })*
        };
    }
    each_kind!(misfits);
    problems
}

fn kind_of(name: &str) -> PolicyKind {
    KINDS.iter().copied().find(|kind| kind.as_str() == name).unwrap_or(PolicyKind::CircuitBreaker)
}

/// Every kind and name of the policies that there are.
fn known(inner: &Inner) -> Vec<(PolicyKind, String)> {
    let mut known = Vec::new();
    macro_rules! names {
        ($($kind:ident)*) => {
            $(known.extend(inner.$kind.names().into_iter().map(|name| (kind_of(stringify!($kind)), name.to_owned())));)*
        };
    }
    each_kind!(names);
    known
}

/// Settings for names that no policy has so far, which may be made at run time.
fn strangers(inner: &Inner, sheet: &Sheet, is_environment: bool) -> Vec<Problem> {
    let written = |name: String| if is_environment { variable_name(&name) } else { name };
    let known: BTreeSet<_> = known(inner).into_iter().map(|(kind, name)| (kind, written(name))).collect();
    let mut seen = HashSet::new();
    let mut warnings = Vec::new();
    for setting in &sheet.written {
        let Some(name) = &setting.name else { continue };
        if !seen.insert((setting.kind, name)) || known.contains(&(setting.kind, name.clone())) {
            continue;
        }
        if warnings.len() == MOST_WARNINGS {
            break;
        }
        let of_kind = known.iter().filter(|(kind, _)| *kind == setting.kind);
        let meant = did_you_mean(name, of_kind.map(|(_, name)| name.as_str()));
        let meant = meant.map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default();
        warnings.push(setting.problem(format!("there is no {} `{name}` so far{meant}", setting.kind)));
    }
    warnings
}

/// So many names that nobody has are reported at most, of the file and of the environment.
const MOST_WARNINGS: usize = 100;

#[cfg(feature = "config")]
use super::watch::{start, too_short};

#[cfg(not(feature = "config"))]
const fn too_short(_: Option<Duration>) -> Option<Problem> {
    None
}

#[cfg(not(feature = "config"))]
const fn start(_: &Registry, _: Option<Duration>, _: u64) {}
