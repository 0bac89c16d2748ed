//! A blocking call whose attempts are one closure, from the first attempt to the last.
//!
//! The first attempt is inlined into the guarded function. Beforehand it finds the counter that a success adds to, and over
//! the attempt it keeps nothing but that address: what remains after a success is one addition, which nothing can refuse.
//! Everything else, from the moment that the attempt has failed, is a function of its own, so that the guarded function need
//! not save a register for it.

use std::time::Duration;

use super::{Core, attempts::Progress, state::Cell};
use crate::{cells::add_own, clock::nanos};

/// The first attempt of a call of which nobody need be told before it ends.
#[derive(Clone, Copy)]
pub(crate) struct First<'a> {
    pub(super) core: &'a Core,
    pub(super) cell: &'a Cell,
}

impl<'a> First<'a> {
    /// The call succeeded: it is counted.
    #[inline]
    pub(crate) fn succeeded(self) {
        add_own(&self.cell.first);
    }

    /// The attempt has failed.
    #[inline]
    pub(crate) fn failed(self, progress: &mut Progress) -> (&'a Core, Option<&'a Cell>) {
        progress.most = self.core.most();
        (self.core, Some(self.cell))
    }
}

static NOWHERE: Cell = Cell::new();

/// Goes on with a call after an attempt that has `failed`, or makes one of which nothing has been done yet. `cell` is where
/// this thread counts, if it alone does.
///
/// What of the progress is in memory stays where it is: a copy would load in one what was stored in two.
#[inline(always)]
#[allow(clippy::inline_always)] // Part of functions that are out of line themselves.
pub(crate) fn go_on<T, E>(
    (core, cell): (&Core, Option<&Cell>),
    progress: &mut Progress,
    failed: Option<E>,
    mut body: impl FnMut() -> Result<T, E>,
    mut wanted: impl FnMut(&E) -> bool,
    mut hint: impl FnMut(&E) -> Option<Duration>,
) -> Result<T, E> {
    // No attempt is counted where nobody looks: a question that the compiler does not take out of the loop.
    let (cell, counted) = cell.map_or((&NOWHERE, 0), |cell| (cell, progress.most));
    let mut last = failed;
    loop {
        if let Some(error) = last {
            let again = if wanted(&error) {
                let hint = hint(&error).map_or(0, nanos);
                if hint == 0 && progress.attempt < counted && core.repeats_at_once() {
                    add_own(&cell.retries);
                    progress.repeat_after(0);
                    true
                } else {
                    core.block_for_next(progress, hint)
                }
            } else {
                core.give_up(progress, false);
                false
            };
            if !again {
                return Err(error);
            }
        }
        match body() {
            Ok(value) => {
                if counted > 0 && progress.attempt > 1 {
                    add_own(&cell.later);
                } else {
                    core.count_succeeded(progress.attempt);
                }
                return Ok(value);
            }
            Err(error) => last = Some(error),
        }
    }
}
