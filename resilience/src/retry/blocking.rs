//! A blocking call whose attempts are one closure, from the first attempt to the last.
//!
//! The first attempt is inlined into the guarded function. Beforehand it finds the counter that a success adds to: what
//! remains after a success is one addition, which nothing can refuse. Everything else, from the moment that the attempt has
//! failed, is a function of its own, so that the guarded function need not save a register for it.

use std::{sync::OnceLock, time::Duration};

use super::{Core, attempts::Progress, state::Cell};
use crate::{cells::add_own, clock::nanos};

/// The first attempt of a call of which nobody need be told before it ends.
#[derive(Clone, Copy)]
pub(crate) struct First<'a> {
    pub(super) core: &'a Core,
    pub(super) cell: &'a Cell,
    /// The attempts that the call may make.
    pub(super) most: u32,
}

impl<'a> First<'a> {
    /// The call succeeded: it is counted.
    #[inline]
    pub(crate) fn succeeded(self) {
        add_own(&self.cell.first);
    }

    /// The attempt has failed.
    #[inline]
    pub(crate) fn failed(self, progress: &mut Progress) -> Counting<'a> {
        let First { core, cell, most } = self;
        progress.most = most;
        Counting { core, cell, most }
    }
}

/// Where a call counts that does not end with the attempt that [`First`] is.
#[derive(Clone, Copy)]
pub(crate) struct Counting<'a> {
    pub(super) core: &'a Core,
    /// Written by this thread alone.
    pub(super) cell: &'a Cell,
    /// The attempts of the call that may be counted there. None, where the thread has no cell for itself: asked for the number
    /// of its attempt, a call need not be asked for that as well.
    pub(super) most: u32,
}

impl<'a> Counting<'a> {
    /// On a thread that has no cell for itself.
    pub(super) fn nowhere(core: &'a Core) -> Self {
        static UNREAD: OnceLock<Cell> = OnceLock::new();
        Self { core, cell: UNREAD.get_or_init(Cell::default), most: 0 }
    }
}

impl Core {
    /// A blocking call begins, if its site need not look further, nobody wants to know the time and this thread has been here
    /// before.
    #[inline]
    pub(crate) fn first(&self) -> Option<First<'_>> {
        let most = self.most_shortly()?;
        self.cells.own().map(|cell| First { core: self, cell, most })
    }

    /// A blocking call begins of which more is to be asked than [`first`](Self::first) does.
    pub(crate) fn begin(&self, progress: &mut Progress) -> Counting<'_> {
        let (most, started) = self.start_parts(false);
        *progress = Progress::first(most, started);
        match self.cells.own().or_else(|| self.cells.own_further()) {
            Some(cell) => Counting { core: self, cell, most },
            None => Counting::nowhere(self),
        }
    }
}

/// Goes on with a call after an attempt that has `failed`, or makes one of which nothing has been done yet.
///
/// The progress stays where it is in memory: a copy would load in one what was stored in two.
#[inline(always)]
#[allow(clippy::inline_always)] // Part of functions that are out of line themselves.
pub(crate) fn go_on<T, E>(
    Counting { core, cell, most }: Counting<'_>,
    progress: &mut Progress,
    failed: Option<E>,
    mut body: impl FnMut() -> Result<T, E>,
    mut wanted: impl FnMut(&E) -> bool,
    mut hint: impl FnMut(&E) -> Option<Duration>,
) -> Result<T, E> {
    let mut last = failed;
    loop {
        if let Some(error) = last {
            let again = if wanted(&error) {
                let hint = hint(&error).map_or(0, nanos);
                if hint == 0 && progress.attempt() < most && core.repeats_at_once() {
                    add_own(&cell.retries);
                    progress.repeat_after(0);
                    true
                } else {
                    core.block_for_next(progress, hint)
                }
            } else {
                core.count_failed(progress.attempt());
                false
            };
            if !again {
                return Err(error);
            }
        }
        match body() {
            Ok(value) => {
                if most > 0 && progress.attempt() > 1 {
                    add_own(&cell.later);
                } else {
                    core.count_succeeded(progress.attempt());
                }
                return Ok(value);
            }
            Err(error) => last = Some(error),
        }
    }
}
