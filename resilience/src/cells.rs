//! Counters that many threads write and few read.
//!
//! Each thread has a small dense number while it lives, and every policy keeps one padded cell per number. A cell is
//! written by its own thread only, so counting is a plain load and store: no locked instruction, no line that moves
//! between cores. Reading sums the cells. A number that a dead thread leaves is given to a new one, which goes on
//! counting in the same cell; the hand-over passes through a lock, so nothing is lost between the two.

use std::{
    cell::Cell as Local,
    hint::cold_path,
    sync::{Mutex, PoisonError},
};

use crossbeam_utils::CachePadded;
use once_cell::race::OnceBox;

use crate::sync::{AtomicU64, Ordering};

/// Threads with a number below this find their cell at once, all others below one of these.
const FIRST: usize = 8;
/// How many steps below at most. Threads beyond share one cell with locked additions.
const DEPTH: usize = 11;
const NUMBERED: usize = FIRST * ((2 << DEPTH) - 1);

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

type Link<T> = OnceBox<CachePadded<Node<T>>>;

/// The cell of one thread, and the way to those of two further ones. What the thread writes with every call lies in the
/// first line, and the way, which those further ones read, in the second.
#[derive(Default)]
#[repr(C)]
struct Node<T> {
    cell: T,
    below: [Link<T>; 2],
}

/// One `T` per thread that used it, and one that the overflow shares.
///
/// Thread `n` has the threads `2n + 8` and `2n + 9` below it. So no table is needed that is larger than what is in use,
/// and the links lie in what a cell has left of its two lines. A thread whose number comes late makes the cells above
/// it too; where all threads use a policy, there are no more cells than threads.
pub(crate) struct Cells<T> {
    first: [Link<T>; FIRST],
    shared: Link<T>,
}

/// A line, and what a cell may take so that it and its links fill two.
#[cfg(not(any(resilience_loom, resilience_shuttle)))]
const LINE: usize = 64;
#[cfg(not(any(resilience_loom, resilience_shuttle)))]
const ROOM: usize = 2 * LINE - 2 * size_of::<usize>();

impl<T: Default> Cells<T> {
    pub(crate) const fn new() -> Self {
        #[cfg(not(any(resilience_loom, resilience_shuttle)))]
        const {
            assert!(LINE <= size_of::<T>() && size_of::<T>() <= ROOM);
        }
        Self { first: [const { OnceBox::new() }; FIRST], shared: OnceBox::new() }
    }

    /// The cell of this thread, if it was used before and is among the first few: the way of nearly every call.
    #[inline]
    pub(crate) fn own(&self) -> Option<&T> {
        if cfg!(resilience_loom) {
            return None;
        }
        if let Some(link) = self.first.get(own_number())
            && let Some(node) = link.get()
        {
            return Some(&node.cell);
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
        let link = self.link(number, |link| Some(link.get_or_init(Box::default)));
        let node = link.unwrap_or(&self.shared).get_or_init(Box::default);
        (&node.cell, link.is_some())
    }

    /// The same for a thread that is not among the first few.
    #[cold]
    #[inline(never)]
    pub(crate) fn own_further(&self) -> Option<&T> {
        if cfg!(resilience_loom) {
            return None;
        }
        let node = self.link(own_number(), OnceBox::get)?.get()?;
        Some(&node.cell)
    }

    /// The link that leads to the cell of a thread, with `open` for those on the way.
    #[inline]
    fn link<'a>(
        &'a self,
        number: usize,
        open: impl Fn(&'a Link<T>) -> Option<&'a CachePadded<Node<T>>>,
    ) -> Option<&'a Link<T>> {
        if number >= NUMBERED {
            return None;
        }
        let place = number + FIRST;
        let depth = place.ilog2() - FIRST.ilog2();
        let mut link = &self.first[(place >> depth) - FIRST];
        for level in (0..depth).rev() {
            link = &open(link)?.below[place >> level & 1];
        }
        Some(link)
    }

    /// Every cell that was ever used.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let all = self.first.iter().chain(std::iter::once(&self.shared));
        all.flat_map(Below::new)
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

/// A cell and those below it.
struct Below<'a, T> {
    /// What is still to be seen: the other side of each step down.
    links: [Option<&'a Link<T>>; DEPTH + 1],
    left: usize,
}

impl<'a, T> Below<'a, T> {
    fn new(link: &'a Link<T>) -> Self {
        let mut links = [None; DEPTH + 1];
        links[0] = Some(link);
        Self { links, left: 1 }
    }
}

impl<'a, T> Iterator for Below<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        while self.left > 0 {
            self.left -= 1;
            let Some(node) = self.links[self.left].and_then(OnceBox::get) else { continue };
            for link in node.below.iter().filter(|link| link.get().is_some()) {
                self.links[self.left] = Some(link);
                self.left += 1;
            }
            return Some(&node.cell);
        }
        None
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
