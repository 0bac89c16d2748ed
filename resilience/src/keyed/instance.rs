use std::{ops::Deref, sync::Arc};

use super::{entry::Entry, machine::Machine};

/// The instance of one key, for as long as somebody has this. `B` leads to the policy itself.
///
/// Where calls run for every key that there may be, a further key has the policy's own instance, and shares it with
/// others like it.
#[doc(hidden)]
pub struct Instance<B: Deref<Target: Machine>> {
    pub(crate) base: B,
    pub(crate) entry: Option<Arc<Entry<B::Target>>>,
}

impl<B: Deref<Target: Machine> + Clone> Clone for Instance<B> {
    fn clone(&self) -> Self {
        Self { base: self.base.clone(), entry: self.entry.clone() }
    }
}

impl<B: Deref<Target: Machine>> Instance<B> {
    /// The instance of a key, made if need be.
    pub(crate) fn of(base: B, key: &str) -> Self {
        let keys = base.keys().get_or_init(|| Box::new(super::Keys::new()));
        let entry = keys.enter(&base, key);
        Self { base, entry }
    }

    /// The machine, if it is one: the key's own, or the policy's.
    #[inline]
    pub(crate) fn full(&self) -> Option<&B::Target> {
        match &self.entry {
            Some(entry) => entry.full(),
            None => Some(&self.base),
        }
    }
}
