//! A part of the keys, under one lock.

use std::{collections::HashSet, sync::Arc};

use super::{
    Totals,
    entry::{BuildKnown, Entry, Listed, Named, Probe},
    machine::{Machine, Standing},
};

/// Keys of which the one unused for longest leaves.
const SAMPLE: usize = 8;

/// A part of the keys.
///
/// Beside the set, every entry lies in the list of what it was when somebody last looked. Nobody moves an entry when its
/// standing changes: who looks for one that may leave puts what it finds in the wrong list into the right one. So a
/// list is searched by looking at a few of its entries, however many there are, and each change of an entry is paid for
/// once.
pub(super) struct Shard<M: Machine> {
    set: HashSet<Listed<M>, BuildKnown>,
    lists: [Vec<Arc<Entry<M>>>; Standing::COUNT],
    /// What the keys that have left had counted.
    gone: Totals,
}

impl<M: Machine> Shard<M> {
    pub(super) fn new() -> Self {
        Self {
            set: HashSet::default(),
            lists: [const { Vec::new() }; Standing::COUNT],
            gone: Totals::default(),
        }
    }

    pub(super) fn get(&self, name: &Probe<'_>) -> Option<&Arc<Entry<M>>> {
        self.set.get(name as &dyn Named).map(|listed| &listed.0)
    }

    pub(super) fn insert(&mut self, entry: Entry<M>) -> Arc<Entry<M>> {
        let entry = Arc::new(entry);
        self.set.insert(Listed(Arc::clone(&entry)));
        self.lists[Standing::Idle as usize].push(Arc::clone(&entry));
        entry
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Arc<Entry<M>>> {
        self.set.iter().map(|listed| &listed.0)
    }

    /// Adds what all keys that ever were here have counted.
    pub(super) fn count(&self, totals: &mut Totals) {
        totals.add(&self.gone.0);
        self.entries().for_each(|entry| entry.count(totals));
    }

    /// Lets go of a key, if there is one that may leave: of those that stand lowest, up to `standing`, about the one that
    /// nobody has used for longest, if that was at least `unused` new keys ago. `looks` is how many others may be looked at for one that stands lower than it did.
    pub(super) fn evict(
        &mut self,
        base: &M,
        standing: Standing,
        newest: u32,
        unused: u32,
        looks: &mut usize,
    ) -> Option<Entry<M>> {
        if let Some(evicted) = self.evict_listed(base, standing, newest, unused) {
            return Some(evicted);
        }
        if standing != Standing::Idle {
            return None;
        }
        self.look_again(base, looks);
        self.evict_listed(base, standing, newest, unused)
    }

    fn evict_listed(&mut self, base: &M, most: Standing, newest: u32, unused: u32) -> Option<Entry<M>> {
        for standing in Standing::LEAVING.into_iter().filter(|standing| *standing <= most) {
            let Some((age, at)) = self.oldest(base, standing, newest) else { continue };
            if standing > Standing::Idle && !self.lists[Standing::Idle as usize].is_empty() {
                // One that stands lower was found on the way.
                return self.evict_listed(base, Standing::Idle, newest, unused);
            }
            if age < unused {
                continue;
            }
            let entry = self.lists[standing as usize].swap_remove(at);
            self.set.remove(&entry.probe() as &dyn Named);
            // Nobody else has it; and what its last user has written is seen from here on.
            let entry = Arc::into_inner(entry)?;
            entry.count(&mut self.gone);
            return Some(entry);
        }
        None
    }

    /// About the oldest entry of this standing, and its age. Entries that no longer have it are put where they belong.
    fn oldest(&mut self, base: &M, standing: Standing, newest: u32) -> Option<(u32, usize)> {
        let list = standing as usize;
        let mut oldest: Option<(u32, usize)> = None;
        let (mut seen, mut next) = (0, 0);
        while seen < SAMPLE {
            let length = self.lists[list].len();
            if length == 0 || length <= SAMPLE && next >= length {
                break;
            }
            let at = if length <= SAMPLE { next } else { fastrand::usize(..length) };
            if self.place(base, list, at) != list {
                // Its place was taken by the last.
                if let Some((_, place)) = &mut oldest
                    && *place == length - 1
                {
                    *place = at;
                }
                continue;
            }
            (seen, next) = (seen + 1, next + 1);
            let age = self.lists[list][at].age(newest);
            if oldest.is_none_or(|(most, _)| age > most) {
                oldest = Some((age, at));
            }
        }
        oldest
    }

    /// Puts the entry at this place of a list into the list where it belongs, and says which that is.
    fn place(&mut self, base: &M, list: usize, at: usize) -> usize {
        let entry = &self.lists[list][at];
        // The set's and the list's: nobody else has it, and without this shard's lock nobody can get it.
        let belongs =
            if Arc::strong_count(entry) > 2 { Standing::Busy } else { entry.standing(base) } as usize;
        if belongs != list {
            let entry = self.lists[list].swap_remove(at);
            self.lists[belongs].push(entry);
        }
        belongs
    }

    /// Looks through the keys that were busy, which are as many as calls run, and at some of the others.
    fn look_again(&mut self, base: &M, looks: &mut usize) {
        let busy = Standing::Busy as usize;
        for at in (0..self.lists[busy].len()).rev() {
            self.place(base, busy, at);
        }
        for list in [Standing::Marked as usize, Standing::Refusing as usize] {
            let some = (*looks).min(self.lists[list].len()).min(SAMPLE);
            *looks -= some;
            for _ in 0..some {
                let length = self.lists[list].len();
                self.place(base, list, fastrand::usize(..length));
            }
        }
    }
}
