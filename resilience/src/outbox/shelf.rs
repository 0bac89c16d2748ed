//! The outboxes of a registry.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use super::{Inner, Outbox};
use crate::{
    Registry,
    name::{self, Name},
};

/// The outboxes of a registry, by name. It lists them and keeps none: an outbox that is dropped lets go of its file.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<BTreeMap<&'static str, Weak<Inner>>>);

impl Shelf {
    /// Lists what `make` makes under this name, or the first free one with a number behind it.
    pub(super) fn enter(&self, name: Name, make: impl FnOnce(&'static str) -> Inner) -> Outbox {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, outbox| outbox.strong_count() > 0);
        let (mut free, mut number) = (name, 2);
        while known.contains_key(free.as_str()) {
            free = name::intern_valid(&format!("{}#{number}", name.as_str()));
            number += 1;
        }
        let inner = Arc::new(make(free.as_str()));
        known.insert(free.as_str(), Arc::downgrade(&inner));
        Outbox(inner)
    }

    /// Those that there are.
    pub(crate) fn all(&self) -> Vec<Outbox> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().filter_map(Weak::upgrade).map(Outbox).collect()
    }
}

impl Registry {
    /// The outbox of this name, as long as somebody has it.
    #[must_use]
    pub fn outbox(&self, name: &str) -> Option<Outbox> {
        self.outboxes().into_iter().find(|outbox| outbox.name() == name)
    }

    /// Every [`Outbox`] that was made while this was the registry in force and that somebody still has, by name.
    ///
    /// ```
    /// use resilience::{Outbox, registry};
    ///
    /// let mails = Outbox::new("mails", 100)?;
    /// assert_eq!(registry().outboxes()[0].name(), "mails");
    /// drop(mails);
    /// assert!(registry().outboxes().is_empty());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn outboxes(&self) -> Vec<Outbox> {
        self.inner().outboxes.all()
    }
}
