use std::{
    borrow::Borrow,
    hash::{BuildHasherDefault, Hash, Hasher},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use super::{
    Totals,
    machine::{Form, Machine, Standing},
};
use crate::sync::{Mutex, MutexGuard, lock};

/// One key.
///
/// It begins compact. Whatever the compact form cannot tell exactly makes a full machine of it, under the lock of the
/// compact form, and it stays one: whoever holds that lock and sees no machine is alone with the compact form.
#[doc(hidden)]
pub struct Entry<M: Machine> {
    key: Box<str>,
    hash: u64,
    /// The number of the newest key when this one was last used.
    used: AtomicU32,
    full: OnceLock<Box<M>>,
    compact: Mutex<M::Compact>,
}

impl<M: Machine> Entry<M> {
    pub(super) fn new(base: &M, name: &Probe<'_>, used: u32) -> Self {
        Self {
            key: name.key.into(),
            hash: name.hash,
            used: AtomicU32::new(used),
            full: OnceLock::new(),
            compact: Mutex::new(base.compact()),
        }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn probe(&self) -> Probe<'_> {
        Probe { key: &self.key, hash: self.hash }
    }

    /// The machine, if it is one by now.
    #[inline]
    pub(crate) fn full(&self) -> Option<&M> {
        self.full.get().map(|full| &**full)
    }

    /// The compact form, or the machine if it is one by now.
    ///
    /// Two calls that meet here make a machine of it, where they would not: its threads do not wait for each other.
    pub(crate) fn compact(&self, base: &M) -> Result<MutexGuard<'_, M::Compact>, &M> {
        let (compact, met) = match self.compact.try_lock() {
            Ok(compact) => (compact, false),
            Err(_) => (lock(&self.compact), true),
        };
        match self.full() {
            Some(full) => Err(full),
            None if met => Err(self.grow(base, &compact)),
            None => Ok(compact),
        }
    }

    /// The same where nobody is to be made a machine for it.
    pub(crate) fn look<T>(&self, look: impl FnOnce(Form<'_, M>) -> T) -> T {
        if let Some(full) = self.full() {
            return look(Form::Full(full));
        }
        let compact = lock(&self.compact);
        match self.full() {
            Some(full) => look(Form::Full(full)),
            None => look(Form::Compact(&*compact)),
        }
    }

    /// Shows the machine that this is, or would be.
    pub(super) fn show<T>(&self, base: &M, show: impl FnOnce(&M) -> T) -> T {
        if let Some(full) = self.full() {
            return show(full);
        }
        let mut compact = lock(&self.compact);
        if let Some(full) = self.full() {
            drop(compact);
            return show(full);
        }
        base.look_at(&mut compact);
        let full = base.grow(&compact, &self.key);
        drop(compact);
        show(&full)
    }

    /// Makes a machine of the compact form that the caller holds.
    #[cold]
    pub(crate) fn grow(&self, base: &M, compact: &M::Compact) -> &M {
        self.full.get_or_init(|| Box::new(base.grow(compact, &self.key)))
    }

    /// The machine, made if need be.
    pub(crate) fn machine(&self, base: &M) -> &M {
        if let Some(full) = self.full() {
            return full;
        }
        let compact = lock(&self.compact);
        self.grow(base, &compact)
    }

    pub(super) fn standing(&self, base: &M) -> Standing {
        self.look(|form| base.standing(form))
    }

    pub(super) fn count(&self, totals: &mut Totals) {
        self.look(|form| M::count(form, totals));
    }

    #[inline]
    pub(super) fn touch(&self, newest: u32) {
        // Many threads may use one key: the line is written only when it says something new.
        if self.used.load(Ordering::Relaxed) != newest {
            self.used.store(newest, Ordering::Relaxed);
        }
    }

    /// How many keys came since it was last used.
    pub(super) fn age(&self, newest: u32) -> u32 {
        newest.wrapping_sub(self.used.load(Ordering::Relaxed))
    }
}

/// An entry as it lies in a set, found by its key.
pub(super) struct Listed<M: Machine>(pub(super) Arc<Entry<M>>);

/// A key and its hash, which is computed once.
pub(super) struct Probe<'a> {
    pub(super) key: &'a str,
    pub(super) hash: u64,
}

/// What an entry and a probe have in common.
pub(super) trait Named {
    fn key(&self) -> &str;
    fn hash(&self) -> u64;
}

impl Named for Probe<'_> {
    fn key(&self) -> &str {
        self.key
    }
    fn hash(&self) -> u64 {
        self.hash
    }
}

impl<M: Machine> Named for Listed<M> {
    fn key(&self) -> &str {
        &self.0.key
    }
    fn hash(&self) -> u64 {
        self.0.hash
    }
}

impl Hash for dyn Named + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(Named::hash(self));
    }
}

impl PartialEq for dyn Named + '_ {
    fn eq(&self, other: &Self) -> bool {
        Named::hash(self) == Named::hash(other) && self.key() == other.key()
    }
}

impl Eq for dyn Named + '_ {}

impl<'a, M: Machine> Borrow<dyn Named + 'a> for Listed<M> {
    fn borrow(&self) -> &(dyn Named + 'a) {
        self
    }
}

impl<M: Machine> Hash for Listed<M> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl<M: Machine> PartialEq for Listed<M> {
    fn eq(&self, other: &Self) -> bool {
        self.0.key == other.0.key
    }
}

impl<M: Machine> Eq for Listed<M> {}

/// Passes on the hash that an entry has already.
#[derive(Default)]
pub(super) struct Known(u64);

pub(super) type BuildKnown = BuildHasherDefault<Known>;

impl Hasher for Known {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
