//! What stands over the settings that sites and code give.

use std::sync::Arc;

use super::{Entries, Entry, Shelf};
use crate::{
    ConfigError,
    config::{Effective, Layers, Overlay, explain, problem_in},
    event::{self, Origin},
    name,
    private::Policy,
};

impl<C: Policy> Shelf<C> {
    /// Brings a policy's settings into force. Whoever comes last, of several at once, brings the last settings.
    pub(super) fn apply(&self, name: &'static str, origin: Origin) {
        loop {
            let entries = self.lock();
            let Some(entry) = entries.by_name.get(name) else { return };
            let (core, version) = (Arc::clone(&entry.core), entries.version);
            let Effective { config, misfit, .. } = entries.layers.over(name, &entry.config);
            drop(entries);
            // Settings of a site were checked by the compiler, those of code by the caller, those of layers here.
            let checked = C::reconfigure(&core, &config);
            debug_assert!(checked.is_ok(), "{checked:?}");
            if let Some(error) = misfit {
                event::misfit(origin, name, C::KIND, &error);
            }
            if self.lock().version == version {
                return;
            }
        }
    }

    /// The names of the policies that there are.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.lock().by_name.keys().copied().collect()
    }

    /// The policies that these layers of file and environment do not fit: name, place of their settings, what is wrong.
    pub(crate) fn misfits(
        &self,
        file: &Overlay<C>,
        environment: &Overlay<C>,
    ) -> Vec<(&'static str, String, ConfigError)> {
        let entries = self.lock();
        let run_time = entries.layers.run_time.clone();
        let layers = Layers { file: file.clone(), environment: environment.clone(), run_time };
        let misfit = |(name, entry): (&&'static str, &Entry<C>)| {
            let error = layers.over(name, &entry.config).misfit?;
            Some((*name, entry.place.to_string(), error))
        };
        entries.by_name.iter().filter_map(misfit).collect()
    }

    /// Other layers of file and environment. Returns the policies that this changes, for [`apply_all`](Self::apply_all).
    pub(crate) fn overlay(&self, file: &Overlay<C>, environment: &Overlay<C>) -> Vec<&'static str> {
        let mut entries = self.lock();
        let run_time = entries.layers.run_time.clone();
        entries.replace(Layers { file: file.clone(), environment: environment.clone(), run_time })
    }

    pub(crate) fn apply_all(&self, names: &[&'static str], origin: Origin) {
        for name in names {
            self.apply(name, origin);
        }
    }

    /// Writes a setting of the run time, or takes it back without a text; for one policy or all of the kind. Whether
    /// there is such a policy.
    pub(crate) fn set(
        &self,
        name: Option<&str>,
        key: &str,
        text: Option<&str>,
        origin: Origin,
    ) -> Result<bool, ConfigError> {
        self.try_set(name, key, text, origin).inspect_err(|error| {
            event::change_refused(origin, C::KIND, name.and_then(|name| self.known(name)), || {
                let name = name.map(|name| format!(".{}", name.escape_debug())).unwrap_or_default();
                match error.setting() {
                    "key" => error.to_string(),
                    _ => format!("{}{name}.{key}: {error}", C::KIND),
                }
            });
        })
    }

    /// Makes these the settings of the run time for one policy, instead of those that it had; nothing written takes them
    /// all back.
    pub(crate) fn reconfigure(
        &self,
        name: &'static str,
        config: &C,
        origin: Origin,
    ) -> Result<(), ConfigError> {
        let changed = self.replace_run_time(name, config).inspect_err(|error| {
            event::change_refused(origin, C::KIND, Some(name), || format!("{}.{name}: {error}", C::KIND));
        })?;
        self.apply_all(&changed, origin);
        Ok(())
    }

    fn replace_run_time(&self, name: &'static str, config: &C) -> Result<Vec<&'static str>, ConfigError> {
        let mut entries = self.lock();
        let mut layers = entries.layers.clone();
        layers.run_time.named.remove(name);
        if !config.is_empty() {
            layers.run_time.named.insert(name.to_owned(), *config);
        }
        let entry = entries.by_name.get(name);
        match entry.and_then(|entry| layers.over(name, &entry.config).misfit) {
            Some(error) => Err(error),
            None => Ok(entries.replace(layers)),
        }
    }

    /// The name of a policy that there is.
    fn known(&self, name: &str) -> Option<&'static str> {
        self.lock().by_name.get_key_value(name).map(|(name, _)| *name)
    }

    fn try_set(
        &self,
        name: Option<&str>,
        key: &str,
        text: Option<&str>,
        origin: Origin,
    ) -> Result<bool, ConfigError> {
        let mut entries = self.lock();
        let (layers, is_any) = entries.propose(name, key, text)?;
        let changed = entries.replace(layers);
        drop(entries);
        self.apply_all(&changed, origin);
        Ok(is_any)
    }
}

impl<C: Policy> Entries<C> {
    /// The layers as they would be with a setting of the run time written, or taken back without a text; and whether there
    /// is a policy that it is for.
    pub(super) fn propose(
        &self,
        name: Option<&str>,
        key: &str,
        text: Option<&str>,
    ) -> Result<(Layers<C>, bool), ConfigError> {
        if let Some(problem) = name.and_then(name::problem) {
            return Err(ConfigError::new("name", problem));
        }
        let Some(key) = C::KEYS.iter().copied().find(|known| *known == key) else {
            return Err(ConfigError::with("key", format!("`{}.{key}`: {}", C::KIND, explain::<C>(key))));
        };
        let mut layers = self.layers.clone();
        let section = layers.run_time.section(name);
        match text {
            Some(text) => section
                .write(key, text)
                .unwrap_or(Ok(()))
                .map_err(|message| ConfigError::with(key, message))?,
            None => {
                section.erase(key);
            }
        }
        let section = name.map_or(layers.run_time.all, |name| layers.run_time.of(name));
        if text.is_some()
            && let Some(problem) = problem_in(&section, key)
        {
            return Err(ConfigError::new(key, problem));
        }
        let mut is_any = false;
        for (known, entry) in &self.by_name {
            if name.is_some_and(|name| name != *known) {
                continue;
            }
            is_any = true;
            if let Some(error) = layers.over(known, &entry.config).misfit
                && (name.is_some() || self.layers.over(known, &entry.config).misfit.is_none())
            {
                return Err(error);
            }
        }
        layers.run_time.named.retain(|_, section| *section != C::default());
        Ok((layers, is_any))
    }

    /// Other layers. Returns the policies whose settings change.
    fn replace(&mut self, layers: Layers<C>) -> Vec<&'static str> {
        let is_changed = |(name, entry): &(&&'static str, &Entry<C>)| {
            self.layers.over(name, &entry.config).config != layers.over(name, &entry.config).config
        };
        let changed = self.by_name.iter().filter(is_changed).map(|(name, _)| *name).collect();
        self.layers = layers;
        self.version += 1;
        changed
    }
}
