//! What somebody who changes settings while the program runs wants to see.

use std::collections::BTreeMap;

use super::Shelf;
use crate::{
    ConfigError,
    config::{Change, Setting, Valued},
};

impl<C: Valued> Shelf<C> {
    /// Every key of the policy of this name, if there is one.
    pub(crate) fn explain(&self, name: &str) -> Option<Vec<Setting>> {
        let entries = self.lock();
        let entry = entries.by_name.get(name)?;
        Some(entries.layers.explain(name, &entry.config, Some(&entry.core)))
    }

    /// What a key would be if it were set to this.
    pub(crate) fn preview(&self, name: &str, key: &str, text: &str) -> Result<Option<Setting>, ConfigError> {
        let entries = self.lock();
        let (layers, _) = entries.propose(Some(name), key, Some(text))?;
        let Some(entry) = entries.by_name.get(name) else { return Ok(None) };
        let settings = layers.explain(name, &entry.config, None);
        Ok(settings.into_iter().find(|setting| setting.key == key))
    }

    /// Everything that is written at run time.
    pub(crate) fn changes(&self) -> Vec<Change> {
        self.lock().layers.changes()
    }

    /// The keys that are written at run time, of every policy that has some.
    pub(crate) fn changed_keys(&self) -> BTreeMap<&'static str, Vec<&'static str>> {
        let entries = self.lock();
        let run_time = &entries.layers.run_time;
        if run_time.named.is_empty() && run_time.all == C::default() {
            return BTreeMap::new();
        }
        let keys = |name: &&'static str| (*name, run_time.of(name).written());
        entries.by_name.keys().map(keys).filter(|(_, keys)| !keys.is_empty()).collect()
    }
}
