//! How places are taken and given back.

use super::{
    Core, Later, Place,
    spare::Spare,
    state::{Cell, Line},
    word::{self, KEEPER, PLACE, WAITERS},
};
use crate::{
    Reason, Rejected,
    cells::{add, add_own},
    event,
    rejected::Refusal,
    sync::Ordering,
};

/// What a caller hears that asks for a place. In two registers, which a `Result` with the rejection is not.
#[doc(hidden)]
pub enum Answer<'a, P = Place<'a>, L = Later<'a>> {
    Place(P),
    /// Every place is taken, and nobody may wait. It is counted and told.
    Full(Full<'a>),
    /// The lock must say.
    Later(L),
}

/// A bulkhead that refused a call because it is full.
#[doc(hidden)]
pub struct Full<'a>(&'a Core);

impl<'a> Full<'a> {
    /// What it says, always at the same place: written long ago, it can be copied in one step.
    #[inline]
    #[must_use]
    pub const fn rejected(self) -> &'a Rejected {
        &self.0.full
    }

    /// The same, for a `Result` with a place.
    #[inline]
    #[must_use]
    pub fn refusal(self) -> Refusal {
        self.0.full.into()
    }
}

impl Core {
    /// A place, or what else can be said without the lock. The spare place of this thread comes first: that way is short,
    /// since it becomes part of every guarded function.
    #[inline]
    pub(crate) fn ask(&self) -> Answer<'_> {
        match self.cells.own() {
            Some(cell) if cell.spare.take() => {
                add_own(&cell.admitted);
                Answer::Place(Place::new(self))
            }
            Some(cell) => self.ask_pool(cell),
            None => self.ask_anyhow(),
        }
    }

    /// A place, if one can be had without the lock and counted in a cell of this thread. Counts and tells nothing else.
    #[inline]
    pub(crate) fn place_shortly(&self) -> Option<Place<'_>> {
        let cell = self.cells.own()?;
        if cell.spare.take() {
            add_own(&cell.admitted);
            return Some(Place::new(self));
        }
        self.pool_place(cell)
    }

    #[inline(never)]
    fn pool_place(&self, cell: &Cell) -> Option<Place<'_>> {
        self.place_in(cell, true).ok()
    }

    #[inline(never)]
    fn ask_pool(&self, cell: &Cell) -> Answer<'_> {
        self.ask_in(cell, true)
    }

    #[cold]
    #[inline(never)]
    fn ask_anyhow(&self) -> Answer<'_> {
        let (cell, own) = self.cells.any();
        if self.own_spare(cell, own).is_some_and(Spare::take) {
            return Answer::Place(self.admitted_in(cell, own));
        }
        self.ask_in(cell, own)
    }

    #[inline]
    fn ask_in(&self, cell: &Cell, own: bool) -> Answer<'_> {
        match self.place_in(cell, own) {
            Ok(place) => Answer::Place(place),
            Err(word) if word::is_full(word) => {
                add(&cell.full, own);
                if event::hears_debug() {
                    return self.tell_full();
                }
                Answer::Full(Full(self))
            }
            Err(_) => Answer::Later(Later::new(self)),
        }
    }

    /// Says that it is full. Out of line with all that it needs, so that nothing is loaded or kept for it where nobody
    /// listens.
    #[cold]
    #[inline(never)]
    fn tell_full(&self) -> Answer<'_> {
        event::rejected(self.origin, || self.key.as_deref(), self.full.into());
        Answer::Full(Full(self))
    }

    /// A place of the pool, or the word that shows none.
    #[inline]
    fn place_in(&self, cell: &Cell, own: bool) -> Result<Place<'_>, u64> {
        let mut word = self.word.load(Ordering::Relaxed);
        while word::admits(word) {
            match self.word.compare_exchange_weak(word, word + PLACE, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Ok(self.admitted_in(cell, own)),
                Err(newer) => word = newer,
            }
        }
        Err(word)
    }

    #[inline]
    fn admitted_in(&self, cell: &Cell, own: bool) -> Place<'_> {
        let place = Place::new(self);
        add(&cell.admitted, own);
        place
    }

    /// A place, if one is free and nobody waits for it.
    pub(crate) fn place_now(&self) -> Result<Place<'_>, Rejected> {
        match self.ask() {
            Answer::Place(place) => Ok(place),
            Answer::Full(full) => Err(*full.rejected()),
            Answer::Later(_) => {
                let may_be_free = word::may_be_free(self.word.load(Ordering::Relaxed));
                let place = if may_be_free { self.last_place() } else { None };
                place.ok_or_else(|| self.refuse(Reason::BulkheadFull))
            }
        }
    }

    /// A place, if one is free anywhere and nobody waits for it.
    #[cold]
    #[inline(never)]
    pub(super) fn last_place(&self) -> Option<Place<'_>> {
        let taken = self.take_last(&mut self.lock());
        taken.is_ok().then(|| self.admitted())
    }

    /// Takes a place, if one is free anywhere and nobody waits for it; otherwise the word that says so.
    pub(super) fn take_last(&self, line: &mut Line) -> Result<(), u64> {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if word::is_free(word) {
                match self.word.compare_exchange(word, word + PLACE, Ordering::Acquire, Ordering::Relaxed) {
                    Ok(_) => return Ok(()),
                    Err(newer) => word = newer,
                }
            } else if word::has_keepers(word) {
                word = self.withdraw(line);
            } else {
                return Err(word);
            }
        }
    }

    /// Takes a place back.
    #[inline]
    pub(super) fn leave(&self) {
        match self.cells.own() {
            Some(cell) if cell.spare.put() => {}
            Some(cell) => self.leave_to_pool(&cell.spare),
            None => self.leave_anyhow(),
        }
    }

    #[inline(never)]
    fn leave_to_pool(&self, spare: &Spare) {
        self.give_back(Some(spare));
    }

    #[cold]
    #[inline(never)]
    fn leave_anyhow(&self) {
        let (cell, own) = self.cells.any();
        let spare = self.own_spare(cell, own);
        if !spare.is_some_and(Spare::put) {
            self.give_back(spare);
        }
    }

    /// Gives a place back to the pool; `spare` is this thread's, that might keep the next.
    #[inline]
    fn give_back(&self, spare: Option<&Spare>) {
        let word = self.word.fetch_sub(PLACE, Ordering::Release) - PLACE;
        if word & WAITERS != 0 {
            self.hand_over();
        } else if word::allows_keeper(word)
            && let Some(spare) = spare
        {
            self.allow_keeper(spare);
        }
    }

    /// Lets this thread keep the next place that it gives back.
    #[cold]
    #[inline(never)]
    fn allow_keeper(&self, spare: &Spare) {
        let _line = self.lock();
        let mut word = self.word.load(Ordering::Relaxed);
        while !spare.is_allowed() && word::allows_keeper(word) {
            match self.word.compare_exchange(word, word + KEEPER, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return spare.allow(),
                Err(newer) => word = newer,
            }
        }
    }

    /// Fetches every spare place into the pool and lets no thread keep one. Returns the word then.
    pub(super) fn withdraw(&self, _: &mut Line) -> u64 {
        let less = self
            .spares()
            .filter_map(Spare::withdraw)
            .map(|place| if place { KEEPER + PLACE } else { KEEPER })
            .sum::<u64>();
        self.word.fetch_sub(less, Ordering::AcqRel) - less
    }

    /// Places in use; exact while nobody takes one or gives one back. Under the lock.
    pub(super) fn in_use(&self) -> u32 {
        let spare = self.spares().filter(|spare| spare.is_full()).count();
        word::out(self.word.load(Ordering::Relaxed)).saturating_sub(u32::try_from(spare).unwrap_or(u32::MAX))
    }

    /// The spare place of this thread, in the cell that it uses, if it has a cell of its own.
    #[cfg(not(resilience_loom))]
    #[allow(clippy::unused_self)]
    fn own_spare<'a>(&'a self, cell: &'a Cell, own: bool) -> Option<&'a Spare> {
        own.then_some(&cell.spare)
    }

    #[cfg(resilience_loom)]
    fn own_spare<'a>(&'a self, _: &'a Cell, _: bool) -> Option<&'a Spare> {
        self.spares.get(crate::sync::thread_number())
    }

    #[cfg(not(resilience_loom))]
    fn spares(&self) -> impl Iterator<Item = &Spare> {
        self.cells.iter().map(|cell| &cell.spare)
    }

    #[cfg(resilience_loom)]
    fn spares(&self) -> impl Iterator<Item = &Spare> {
        self.spares.iter()
    }
}
