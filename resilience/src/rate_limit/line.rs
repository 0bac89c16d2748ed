use std::time::Duration;

use super::{
    Core, Settings,
    gcra::{self, Decision, Gcra, Units},
    grant::Given,
    state::{Alarm, HELD},
};
use crate::{
    clock::Nanos,
    queue::{Queue, Wakers},
    sync::{MutexGuard, Ordering},
};

/// What a waiting caller bears with beyond the time it was promised, and how long a caller whose turn has come may keep
/// the others behind it. Timers are late by a millisecond or so, busy runtimes by some more.
pub(super) const SLACK: Units = gcra::length(Duration::from_millis(100));

/// What lies under the lock of a rate limit.
pub(super) struct Line {
    /// Waiting callers. The note of each is the moment for which its alarm is set.
    pub(super) queue: Queue<Units>,
    pub(super) settings: Settings,
    /// The grant that is out. Nobody waits then.
    pub(super) given: Option<Given>,
}

/// A rate limit whose lock and word are held: nobody else takes a permit until it is released.
pub(super) struct Held<'a> {
    core: &'a Core,
    pub(super) line: MutexGuard<'a, Line>,
    gcra: Gcra,
    tat: Units,
    pub(super) now: Units,
    /// Calls come so often that they should go by the tick.
    pub(super) is_busy: bool,
    reading: Nanos,
}

impl Core {
    /// Settles the grant that is out.
    pub(super) fn hold<'a>(&'a self, mut line: MutexGuard<'a, Line>) -> Held<'a> {
        // With the flag up, the word is ours.
        let tat = self.words.tat.fetch_or(HELD, Ordering::AcqRel) & !HELD;
        let given = line.given.take().map(|given| (given.taken(self.words.grant.close()), given));
        // The clock after the words: no other thread has made this tat of a later reading, nor of settings that we do
        // not know, and no permit of the grant was taken later. If the tat lies too far ahead, the clock went backwards
        // or the burst was made smaller.
        let (gcra, reading) = (self.gcra(), self.clock.now());
        let now = gcra::moment(reading);
        let (tat, is_busy) = match given {
            Some((taken, given)) => (given.settle(taken, tat, reading, &self.clock), taken > 0),
            None => (tat, false),
        };
        let most = now.wrapping_add(gcra.tolerance);
        let tat = if gcra::until(tat, now) > gcra.tolerance { most } else { tat };
        Held { core: self, line, gcra, tat, now, is_busy, reading }
    }
}

impl Held<'_> {
    /// Takes a permit for a caller with so many before it, or says how long until its turn comes.
    pub(super) fn take(&mut self, before: usize) -> Result<(), Units> {
        match self.gcra.decide(self.tat, self.now, before as u64) {
            Decision::Admit(tat) => {
                self.tat = tat;
                Ok(())
            }
            Decision::Wait(wait) => Err(wait),
            Decision::Astray => Err(self.gcra.spacing),
        }
    }

    /// How many callers have to go before the one at this position.
    pub(super) fn before(&self, position: usize) -> usize {
        position.saturating_sub(self.overdue())
    }

    /// Callers at the front whose alarm rang a while ago, and who have not asked since: futures that nobody polls. They
    /// keep their tickets, but nobody waits for them.
    fn overdue(&self) -> usize {
        let is_overdue = |alarm: Units| gcra::until(alarm.wrapping_add(SLACK), self.now) == 0;
        self.line.queue.iter().take_while(|caller| is_overdue(caller.note)).count()
    }

    /// When a caller is to ask again whose turn comes in `wait`.
    pub(super) fn alarm(&self, before: usize, wait: Units) -> Alarm {
        let mut wait = wait;
        if before > 0
            && matches!(self.gcra.decide(self.tat, self.now, 0), Decision::Admit(_))
            && let Some(first) = self.line.queue.iter().nth(self.overdue())
        {
            // There is a permit, and somebody before has yet to come for it and will wake the next. If it never does,
            // it is overdue at this moment.
            let rang = if gcra::until(first.note, self.now) == 0 { first.note } else { self.now };
            wait = wait.max(gcra::until(rang.wrapping_add(SLACK), self.now));
        }
        Alarm { at: self.now.wrapping_add(wait), wait: gcra::duration(wait) }
    }

    /// Lets go, after making sure that the next in line has its alarm set in time. It may have moved up. If nobody waits
    /// and calls come often, the permits that are left are given out for the present tick.
    pub(super) fn release(mut self) {
        let wakers = self.call();
        let nobody_waits = self.line.queue.is_empty();
        if nobody_waits && self.is_busy {
            let (core, grant) = (self.core, &self.core.words.grant);
            self.line.given = Given::new(grant, self.gcra, self.tat, self.reading, &core.clock);
        }
        let flag = if nobody_waits && self.line.given.is_none() { 0 } else { HELD };
        self.core.words.tat.store(self.tat | flag, Ordering::Release);
        drop(self.line);
        wakers.wake();
    }

    fn call(&mut self) -> Wakers {
        let mut wakers = Wakers::default();
        let turn = match self.gcra.decide(self.tat, self.now, 0) {
            Decision::Wait(wait) => self.now.wrapping_add(wait),
            Decision::Admit(_) | Decision::Astray => self.now,
        };
        let first = self.overdue();
        if let Some(caller) = self.line.queue.get_mut(first)
            && gcra::until(caller.note, turn) > 0
        {
            caller.note = turn;
            wakers.add(caller.waker().clone());
        }
        wakers
    }
}
