mod layering;
#[cfg(feature = "dashboard")]
mod steering;

#[cfg(feature = "catalogue")]
use std::ops::Bound;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Home;
use crate::{
    ConfigError,
    config::{Effective, Layers, WrittenSetting},
    event::{self, Origin},
    name::{self, Name},
    private::{Policy, Site, Source},
    shared::Last,
    testing,
};

/// Two places that give one policy different settings. Those of the first are in force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Conflict {
    /// The place whose settings are in force, `file:line:column (module::function)`, or `code`.
    pub in_force: String,
    /// The place whose settings are not.
    pub ignored: String,
    /// The settings that are not in force.
    pub settings: String,
}

/// The policies of one kind.
pub struct Shelf<C: Policy>(Mutex<Entries<C>>);

struct Entries<C: Policy> {
    by_name: BTreeMap<&'static str, Entry<C>>,
    /// The policies that sites have joined, by the site's address.
    by_site: HashMap<usize, &'static C::Core>,
    last_config: Last<C>,
    /// What stands over the settings that sites and code give, and how often that or those have changed.
    layers: Layers<C>,
    version: u64,
    /// Whether they are the process-wide registry's.
    is_global: bool,
}

struct Entry<C: Policy> {
    core: Arc<C::Core>,
    /// The written settings in force, empty if nobody gave any. Policies made of one config share it.
    config: Arc<C>,
    /// Who gave them; before that, who came first.
    place: Place,
    conflicts: Option<Box<Conflicts<C>>>,
}

type Conflicts<C> = Vec<(Place, C)>;

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Site(&'static Source),
    Code,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Site(source) => std::fmt::Display::fmt(source, f),
            Self::Code => f.write_str("code"),
        }
    }
}

/// One policy of a listing.
pub(super) struct Row<C: Policy> {
    pub(super) name: &'static str,
    pub(super) core: Arc<C::Core>,
    pub(super) place: String,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) written: Vec<WrittenSetting>,
}

/// What is to be done once the lock is gone, since a subscriber or a waker that it reaches may come back here.
enum News {
    Conflict {
        name: Name,
        in_force: Place,
        ignored: Place,
    },
    /// A site gave settings to a policy that is there.
    Settings {
        name: Name,
    },
    /// Made by a site that only joins, of a kind that cannot do without settings.
    Incomplete {
        name: Name,
    },
    /// The layers contradict what the site wrote, and are left out.
    Misfit {
        name: Name,
        error: ConfigError,
    },
}

impl<C: Policy> Shelf<C> {
    pub(super) fn new(is_global: bool) -> Self {
        let entries = Entries {
            by_name: BTreeMap::new(),
            by_site: HashMap::new(),
            last_config: Last::new(),
            layers: Layers::default(),
            version: 0,
            is_global,
        };
        Self(Mutex::new(entries))
    }

    /// Tells every policy that test scopes exist, or no longer do.
    pub(super) fn set_scoped(&self, scoped: bool) {
        self.lock().by_name.values().for_each(|entry| C::set_scoped(&entry.core, scoped));
    }

    fn lock(&self) -> MutexGuard<'_, Entries<C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, news: Option<News>, origin: Origin) {
        match news {
            None => {}
            Some(News::Conflict { name, in_force, ignored }) => {
                event::conflict(origin, name.as_str(), C::KIND, &in_force, &ignored);
            }
            Some(News::Incomplete { name }) => event::incomplete(origin, name.as_str(), C::KIND),
            Some(News::Misfit { name, error }) => event::misfit(origin, name.as_str(), C::KIND, &error),
            Some(News::Settings { name }) => self.apply(name.as_str(), origin),
        }
    }

    /// The policy of a site: found by its name, or made.
    pub(super) fn join(&self, site: &'static Site<C>, home: &Home) -> &'static C::Core {
        let mut entries = self.lock();
        if let Some(core) = entries.by_site.get(&site.address()) {
            return core;
        }
        let (name, config, source) = site.parts();
        let name = match name {
            Some(name) => name::intern_valid(name),
            None => entries.free_name(source),
        };
        let (core, news) = entries.enter(name, config, Place::Site(source), home);
        // A site needs its policy for as long as the program runs, so this reference is never given back: a policy that a
        // site has joined lives for ever, also in a test's scope.
        let core: &'static Arc<C::Core> = Box::leak(Box::new(core));
        entries.by_site.insert(site.address(), core);
        drop(entries);
        self.tell(news, home.origin);
        core
    }

    pub(super) fn add(&self, name: &str, config: &C, home: &Home) -> Result<Arc<C::Core>, ConfigError> {
        let known = if config.is_empty() { self.find(name) } else { None };
        if let Some(core) = known {
            return Ok(core);
        }
        config.validate()?;
        Ok(self.enter(name::intern(name)?, config, home))
    }

    /// The policy of this name, made if there is none; the settings have been checked.
    pub(super) fn enter(&self, name: Name, config: &C, home: &Home) -> Arc<C::Core> {
        let (core, news) = self.lock().enter(name, config, Place::Code, home);
        self.tell(news, home.origin);
        core
    }

    /// The policy that a site has joined, with its name.
    #[cfg(feature = "catalogue")]
    pub(crate) fn joined(&self, site: &'static Site<C>) -> Option<(&'static str, &'static C::Core)> {
        let entries = self.lock();
        let core = *entries.by_site.get(&site.address())?;
        let (name, _, source) = site.parts();
        let first = name.map_or_else(|| source.default_name(), str::to_owned);
        // Without a name it has the first that was free: `module::function`, `module::function#2`, ..
        let mut names = entries.by_name.range::<str, _>((Bound::Included(first.as_str()), Bound::Unbounded));
        let (name, _) = names.find(|(_, entry)| std::ptr::eq(Arc::as_ptr(&entry.core), core))?;
        Some((name, core))
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<C::Core>> {
        self.lock().by_name.get(name).map(|entry| Arc::clone(&entry.core))
    }

    pub(super) fn cores(&self) -> Vec<Arc<C::Core>> {
        self.lock().by_name.values().map(|entry| Arc::clone(&entry.core)).collect()
    }

    /// Every policy with its name, where its settings come from, and who disagrees.
    pub(super) fn list(&self) -> Vec<Row<C>> {
        let entries = self.lock();
        let row = |(name, entry): (&&'static str, &Entry<C>)| {
            let conflict = |(place, config): &(Place, C)| Conflict {
                in_force: entry.place.to_string(),
                ignored: place.to_string(),
                settings: format!("{config:?}"),
            };
            let conflicts = entry.conflicts.iter().flat_map(|all| all.iter()).map(conflict).collect();
            let written = entries.layers.written(name, &entry.config);
            Row { name, core: Arc::clone(&entry.core), place: entry.place.to_string(), conflicts, written }
        };
        entries.by_name.iter().map(row).collect()
    }
}

impl<C: Policy> Entries<C> {
    fn free_name(&self, source: &Source) -> Name {
        let plain = source.default_name();
        let mut name = plain.clone();
        let mut number = 2;
        while self.by_name.contains_key(name.as_str()) {
            name = format!("{plain}#{number}");
            number += 1;
        }
        name::intern_valid(&name)
    }

    fn enter(&mut self, name: Name, config: &C, place: Place, home: &Home) -> (Arc<C::Core>, Option<News>) {
        let Some(entry) = self.by_name.get_mut(name.as_str()) else {
            let effective = self.layers.over(name.as_str(), config);
            let core = Arc::new(C::core(name, &effective.config, home));
            if self.is_global && testing::is_any() {
                C::set_scoped(&core, true);
            }
            let entry = Entry {
                core: Arc::clone(&core),
                config: self.last_config.share(*config),
                place,
                conflicts: None,
            };
            self.by_name.insert(name.as_str(), entry);
            let news = match effective {
                Effective { misfit: Some(error), .. } => Some(News::Misfit { name, error }),
                Effective { is_incomplete: true, .. } => Some(News::Incomplete { name }),
                Effective { .. } => None,
            };
            return (core, news);
        };
        let core = Arc::clone(&entry.core);
        if config.is_empty() || *config == *entry.config {
            return (core, None);
        }
        if entry.config.is_empty() {
            entry.config = self.last_config.share(*config);
            entry.place = place;
            self.version += 1;
            return (core, Some(News::Settings { name }));
        }
        let conflicts = entry.conflicts.get_or_insert_default();
        if conflicts.iter().any(|(known, settings)| *known == place && settings == config) {
            return (core, None);
        }
        conflicts.push((place, *config));
        let news = News::Conflict { name, in_force: entry.place, ignored: place };
        (core, Some(news))
    }
}
