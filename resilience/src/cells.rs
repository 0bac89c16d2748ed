//! Counters that many threads write and few read.
//!
//! Each thread has a small dense number while it lives, and every policy keeps one padded cell per number. A cell is
//! written by its own thread only, so counting is a plain load and store: no locked instruction, no line that moves
//! between cores. Reading sums the cells. A number that a dead thread leaves is given to a new one, which goes on
//! counting in the same cell; the hand-over passes through a lock, so nothing is lost between the two.

use std::{
    cell::Cell as Local,
    hint::cold_path,
    sync::{Mutex, OnceLock, PoisonError},
};

use crossbeam_utils::CachePadded;

use crate::sync::{AtomicU64, Ordering};

/// Threads with a number below this find their cell without a second array.
const INLINE: usize = 8;
/// Sizes of the further arrays; threads beyond all of them share one cell with locked additions.
const SEGMENTS: [usize; 5] = [24, 32, 256, 2048, 16_384];

/// The number of a thread that has none yet, and of one whose number was given back at its end.
const UNNUMBERED: usize = usize::MAX;
const ENDED: usize = usize::MAX - 1;

thread_local! {
    // No destructor of its own, so that it can still be read while the thread's other values are being dropped.
    static NUMBER: Local<usize> = const { Local::new(UNNUMBERED) };
    static GIVE_BACK: GiveBack = const { GiveBack };
}

static FREE: Mutex<Free> = Mutex::new(Free { next: 0, returned: Vec::new() });

struct Free {
    next: usize,
    returned: Vec<usize>,
}

struct GiveBack;

impl Drop for GiveBack {
    fn drop(&mut self) {
        let number = NUMBER.replace(ENDED);
        FREE.lock().unwrap_or_else(PoisonError::into_inner).returned.push(number);
    }
}

#[inline]
fn own_number() -> usize {
    #[cfg(not(resilience_shuttle))]
    return NUMBER.get();
    // The threads of a model take turns on one thread of the system.
    #[cfg(resilience_shuttle)]
    return crate::sync::thread_number();
}

#[cold]
#[inline(never)]
fn take_number() -> usize {
    // Registers the destructor first: a thread that is already past it must not take a number it could not return.
    if NUMBER.get() == ENDED || GIVE_BACK.try_with(|_| ()).is_err() {
        return ENDED;
    }
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    let number = free.returned.pop().unwrap_or_else(|| {
        free.next += 1;
        free.next - 1
    });
    NUMBER.set(number);
    number
}

type Slot<T> = OnceLock<Box<CachePadded<T>>>;
type Segment<T> = OnceLock<Box<[Slot<T>]>>;

/// One `T` per thread that used it, and one that the overflow shares.
pub(crate) struct Cells<T> {
    inline: [Slot<T>; INLINE],
    further: OnceLock<Box<[Segment<T>; SEGMENTS.len()]>>,
    shared: Slot<T>,
}

/// The segment of a thread that is not among the first few, and its place there.
fn further(number: usize) -> Option<(usize, usize)> {
    let mut at = number.checked_sub(INLINE)?;
    for (segment, size) in SEGMENTS.into_iter().enumerate() {
        if at < size {
            return Some((segment, at));
        }
        at -= size;
    }
    None
}

impl<T: Default> Cells<T> {
    pub(crate) const fn new() -> Self {
        Self {
            inline: [const { OnceLock::new() }; INLINE],
            further: OnceLock::new(),
            shared: OnceLock::new(),
        }
    }

    /// The cell of this thread, if it was used before and is among the first few: the way of nearly every call.
    #[inline]
    pub(crate) fn own(&self) -> Option<&T> {
        if cfg!(resilience_loom) {
            return None;
        }
        if let Some(slot) = self.inline.get(own_number())
            && let Some(cell) = slot.get()
        {
            return Some(&***cell);
        }
        cold_path();
        None
    }

    /// The cell of this thread, made if need be, and whether this thread alone writes it.
    #[cold]
    #[inline(never)]
    pub(crate) fn any(&self) -> (&T, bool) {
        let mut number = if cfg!(resilience_loom) { ENDED } else { own_number() };
        if number == UNNUMBERED {
            number = take_number();
        }
        if let Some(slot) = self.slot(number) {
            return (slot.get_or_init(Box::default), true);
        }
        (self.shared.get_or_init(Box::default), false)
    }

    fn slot(&self, number: usize) -> Option<&Slot<T>> {
        if let Some(slot) = self.inline.get(number) {
            return Some(slot);
        }
        let (segment, at) = further(number)?;
        let segments = self.further.get_or_init(|| Box::new([const { OnceLock::new() }; SEGMENTS.len()]));
        let slots = || (0..SEGMENTS[segment]).map(|_| OnceLock::new()).collect();
        Some(&segments[segment].get_or_init(slots)[at])
    }

    /// The same for a thread that is not among the first few.
    #[cold]
    #[inline(never)]
    pub(crate) fn own_further(&self) -> Option<&T> {
        if cfg!(resilience_loom) {
            return None;
        }
        let number = own_number();
        let (segment, at) = further(number)?;
        self.further.get()?[segment].get()?[at].get().map(|cell| &***cell)
    }

    /// Every cell that was ever used.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let segments = self.further.get().into_iter().flat_map(|segments| segments.iter());
        let further = segments.filter_map(OnceLock::get).flat_map(|segment| segment.iter());
        self.inline
            .iter()
            .chain(further)
            .chain(std::iter::once(&self.shared))
            .filter_map(|slot| slot.get().map(|cell| &***cell))
    }

    /// The sum of one counter over all cells.
    pub(crate) fn sum(&self, counter: impl Fn(&T) -> &AtomicU64) -> u64 {
        self.iter().map(|cell| counter(cell).load(Ordering::Relaxed)).fold(0, u64::wrapping_add)
    }

    /// Adds one to a counter of this thread's cell.
    #[inline]
    pub(crate) fn count(&self, counter: impl Fn(&T) -> &AtomicU64) {
        if let Some(cell) = self.own() {
            add_own(counter(cell));
        } else {
            cold_path();
            self.count_anyhow(counter);
        }
    }

    #[cold]
    #[inline(never)]
    fn count_anyhow(&self, counter: impl Fn(&T) -> &AtomicU64) {
        let (cell, own) = self.any();
        add(counter(cell), own);
    }
}

/// Adds one to a counter that only this thread writes.
#[inline]
pub(crate) fn add_own(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// Adds one to a counter, `own` or shared with other threads.
#[inline]
pub(crate) fn add(counter: &AtomicU64, own: bool) {
    if own {
        add_own(counter);
    } else {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
