//! The keys of one policy.

use std::{
    borrow::Cow,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
};

use crossbeam_utils::CachePadded;

use super::{
    Totals,
    entry::{Entry, Probe},
    machine::{Machine, Standing},
    shard::Shard,
};
use crate::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Locks, each for its share of the keys: a power of two.
const SHARDS: usize = 64;
/// The longest key that is kept as it is, in bytes.
const LONGEST: usize = 256;
/// How often a new key tries to find room before it goes without.
const TRIES: usize = 8;
/// How many keys that did not stand lowest are looked at again for one new key.
const LOOKS: usize = 16;

/// The keys of one policy, each with an instance of its own.
#[doc(hidden)]
pub struct Keys<M: Machine> {
    /// With a secret of this process: nobody can choose keys that meet in one place.
    hasher: RandomState,
    shards: Box<[CachePadded<RwLock<Shard<M>>>]>,
    /// How many there are, or will be in a moment.
    count: AtomicUsize,
    /// The number of the newest.
    newest: AtomicU32,
}

impl<M: Machine> Keys<M> {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| CachePadded::new(RwLock::new(Shard::new()))).collect(),
            count: AtomicUsize::new(0),
            newest: AtomicU32::new(0),
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// A key too long to be kept is known by its beginning and its hash, so nobody fills the memory with a few long ones.
    fn shortened<'k>(&self, key: &'k str) -> Cow<'k, str> {
        if key.len() <= LONGEST {
            return Cow::Borrowed(key);
        }
        let hash = self.hasher.hash_one(key);
        let end = key.floor_char_boundary(LONGEST - 17);
        Cow::Owned(format!("{}#{hash:016x}", &key[..end]))
    }

    fn probe<'k>(&self, key: &'k str) -> Probe<'k> {
        Probe { key, hash: self.hasher.hash_one(key) }
    }

    /// The bits that a set looks at least.
    #[allow(clippy::cast_possible_truncation)] // Only some bits matter.
    fn shard(&self, hash: u64) -> &RwLock<Shard<M>> {
        &self.shards[(hash >> 40) as usize % SHARDS]
    }

    /// This key, if it is there.
    pub(crate) fn get(&self, key: &str) -> Option<Arc<Entry<M>>> {
        let key = self.shortened(key);
        self.find(&self.probe(&key))
    }

    fn find(&self, name: &Probe<'_>) -> Option<Arc<Entry<M>>> {
        let shard = read(self.shard(name.hash));
        let entry = shard.get(name)?;
        entry.touch(self.newest.load(Ordering::Relaxed));
        Some(Arc::clone(entry))
    }

    /// This key, made if need be; `None` if calls run for every key that there may be.
    pub(crate) fn enter(&self, base: &M, key: &str) -> Option<Arc<Entry<M>>> {
        let key = self.shortened(key);
        let name = self.probe(&key);
        match self.find(&name) {
            Some(entry) => Some(entry),
            None => self.add(base, &name),
        }
    }

    #[cold]
    #[inline(never)]
    fn add(&self, base: &M, name: &Probe<'_>) -> Option<Arc<Entry<M>>> {
        let newest = self.newest.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        for _ in 0..TRIES {
            let most = base.max_keys();
            let mut shard = write(self.shard(name.hash));
            if let Some(entry) = shard.get(name) {
                return Some(Arc::clone(entry));
            }
            let has_room = self.reserve(most);
            let evicted =
                if has_room { None } else { shard.evict(base, Standing::Idle, newest, half(most), &mut 0) };
            if has_room || evicted.is_some() {
                let entry = shard.insert(Entry::new(base, name, newest));
                drop(shard);
                drop(evicted);
                return Some(entry);
            }
            drop(shard);
            if !self.make_room(base) {
                return None;
            }
        }
        None
    }

    /// Counts one more, if there may be one more.
    fn reserve(&self, most: usize) -> bool {
        let one_more = |count: usize| (count < most).then_some(count + 1);
        self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    /// Lets go of one key, wherever it is: the lowest standing that there is leaves first.
    fn make_room(&self, base: &M) -> bool {
        let newest = self.newest.load(Ordering::Relaxed);
        let mut looks = LOOKS;
        // A key that was used lately stays if another that was not can leave: few parts have none.
        let idle_for_long = std::iter::once((Standing::Idle, half(base.max_keys())));
        for (standing, unused) in idle_for_long.chain(Standing::LEAVING.map(|standing| (standing, 0))) {
            for turn in 0..SHARDS {
                let shard = &self.shards[(newest as usize).wrapping_add(turn) % SHARDS];
                let evicted = write(shard).evict(base, standing, newest, unused, &mut looks);
                if evicted.is_some() {
                    self.count.fetch_sub(1, Ordering::Relaxed);
                    return true;
                }
            }
        }
        false
    }

    /// Lets go of keys until there are no more than there may be, or calls run for all of them.
    pub(crate) fn shrink(&self, base: &M) {
        while self.count() > base.max_keys() && self.make_room(base) {}
    }

    /// Every key. Collected, since nobody is told anything under a lock.
    pub(crate) fn all(&self) -> Vec<Arc<Entry<M>>> {
        let mut all = Vec::with_capacity(self.count());
        for shard in &self.shards {
            all.extend(read(shard).entries().cloned());
        }
        all
    }

    /// What every key has counted, also those that have left.
    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        self.shards.iter().for_each(|shard| read(shard).count(&mut totals));
        totals
    }
}

/// Half of so many keys: who was not used while so many new ones came was unused for long.
fn half(keys: usize) -> u32 {
    u32::try_from(keys / 2).unwrap_or(u32::MAX)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
