use std::{task::Waker, time::Duration};

use crossbeam_utils::CachePadded;

use super::{
    Config, Settings, Snapshot,
    gcra::{self, Decision, Gcra, Units},
    line::{Line, SLACK},
};
use crate::{
    Clock, ConfigError, PolicyKind, Reason, Rejected,
    cells::Cells,
    event,
    queue::Queue,
    sync::{AtomicU64, Mutex, Ordering, lock},
};

/// Callers wait: nobody takes a permit but under the lock. The lowest bit of the word, whose other bits are the tat.
pub(super) const WAITERS: u64 = 1;

/// The machine of a rate limit. [`RateLimit`](super::RateLimit) is a handle of it.
pub struct Core {
    pub(super) name: &'static str,
    pub(super) clock: Clock,
    pub(super) word: CachePadded<AtomicU64>,
    // Written under the lock. A caller without the lock may read a mixture while they change: since their unit is
    // fixed, it then judges one call by a mixture of two legal settings, nothing worse.
    spacing: AtomicU64,
    tolerance: AtomicU64,
    max_wait: AtomicU64,
    pub(super) line: Mutex<Line>,
    totals: Cells<Totals>,
}

#[derive(Default)]
struct Totals {
    admitted: AtomicU64,
    refused: AtomicU64,
}

/// The outcome of one look at the word without the lock.
enum Look {
    Admitted,
    Wait(Units),
    /// Only the lock can tell.
    Unclear,
}

/// The answer to a caller who asks for a permit.
pub(super) enum Answer {
    Admitted,
    Refused(Rejected),
    /// Wait in the queue, and ask again when the alarm rings or somebody wakes you. A turn that has moved behind
    /// `deadline`, the promised time and some slack, is a refusal then.
    Wait {
        ticket: u64,
        deadline: Units,
        alarm: Alarm,
    },
}

/// When to ask again.
#[derive(Clone, Copy)]
pub(super) struct Alarm {
    pub(super) at: Units,
    pub(super) wait: Duration,
}

impl Core {
    pub(crate) fn new(name: &'static str, config: &Config, clock: Clock) -> Self {
        let settings = config.settings();
        let gcra = Gcra::new(&settings);
        Self {
            name,
            word: CachePadded::new(AtomicU64::new(gcra::moment(clock.now()))),
            clock,
            spacing: AtomicU64::new(gcra.spacing),
            tolerance: AtomicU64::new(gcra.tolerance),
            max_wait: AtomicU64::new(gcra::length(settings.max_wait)),
            line: Mutex::new(Line { queue: Queue::new(), settings }),
            totals: Cells::new(),
        }
    }

    /// A permit, if there is one now and nobody waits for it. Counts no refusal.
    #[inline]
    pub(crate) fn try_pass(&self) -> bool {
        matches!(self.look(), Look::Admitted)
    }

    /// A permit, if there is one now that nobody waits for.
    pub(crate) fn pass_now(&self) -> Result<(), Rejected> {
        match self.look() {
            Look::Admitted => Ok(()),
            Look::Wait(wait) => Err(self.refuse(wait)),
            Look::Unclear => match self.line_up(None) {
                Answer::Refused(rejected) => Err(rejected),
                Answer::Admitted | Answer::Wait { .. } => Ok(()),
            },
        }
    }

    fn look(&self) -> Look {
        let mut word = self.word.load(Ordering::Relaxed);
        if word & WAITERS != 0 {
            return Look::Unclear;
        }
        let gcra = self.gcra();
        let now = self.now();
        loop {
            match gcra.decide(word, now, 0) {
                Decision::Admit(tat) => {
                    match self.word.compare_exchange_weak(word, tat, Ordering::AcqRel, Ordering::Relaxed) {
                        Ok(_) => break,
                        Err(newer) => word = newer,
                    }
                    if word & WAITERS != 0 {
                        return Look::Unclear;
                    }
                }
                Decision::Wait(wait) => return Look::Wait(wait),
                // Or this thread slept for long after it had read the clock.
                Decision::Astray => return Look::Unclear,
            }
        }
        self.totals.count(|totals| &totals.admitted);
        Look::Admitted
    }

    /// A permit, a refusal, or a ticket. `waker` is asked for only if there may be something to wait for.
    pub(super) fn enter(&self, waker: impl FnOnce() -> Waker) -> Answer {
        match self.look() {
            Look::Admitted => Answer::Admitted,
            Look::Wait(wait) if wait > self.max_wait.load(Ordering::Relaxed) => {
                Answer::Refused(self.refuse(wait))
            }
            Look::Wait(_) | Look::Unclear => self.line_up(Some(waker())),
        }
    }

    /// The same under the lock. Without a waker the caller does not wait.
    #[cold]
    fn line_up(&self, waker: Option<Waker>) -> Answer {
        let mut held = self.hold();
        let before = held.before(held.line.queue.len());
        let outcome = held.take(before);
        let max_wait = gcra::length(held.line.settings.max_wait);
        if let (Err(wait), Some(waker)) = (outcome, waker)
            && wait <= max_wait
        {
            let deadline = held.now.wrapping_add(max_wait + SLACK);
            let alarm = held.alarm(before, wait);
            let ticket = held.line.queue.push(waker, alarm.at);
            held.release();
            return Answer::Wait { ticket, deadline, alarm };
        }
        held.release();
        self.answer(outcome)
    }

    /// Asks again with a ticket. It is used up unless the answer is to wait.
    ///
    /// An alarm that rang says that its moment has come, whatever the clock says: a paused clock stands still while a
    /// thread sleeps.
    pub(super) fn ask(&self, ticket: u64, deadline: Units, waker: &Waker, rang: Option<Units>) -> Answer {
        let mut held = self.hold();
        if let Some(alarm) = rang {
            held.now = held.now.wrapping_add(gcra::until(alarm, held.now));
        }
        // Nobody but its holder takes a ticket out of the queue.
        let position = held.line.queue.position(ticket).unwrap_or(0);
        let before = held.before(position);
        let outcome = held.take(before);
        if let Err(wait) = outcome
            && wait <= gcra::until(deadline, held.now)
        {
            let alarm = held.alarm(before, wait);
            let old = held.line.queue.get_mut(position).and_then(|caller| {
                caller.note = alarm.at;
                caller.renew(waker)
            });
            held.release();
            drop(old);
            return Answer::Wait { ticket, deadline, alarm };
        }
        let caller = held.line.queue.remove(ticket);
        held.release();
        drop(caller);
        self.answer(outcome)
    }

    /// Takes a ticket out of the queue; everybody behind it moves up.
    pub(super) fn give_up(&self, ticket: u64) {
        let mut held = self.hold();
        let caller = held.line.queue.remove(ticket);
        held.release();
        drop(caller);
    }

    fn answer(&self, outcome: Result<(), Units>) -> Answer {
        match outcome {
            Ok(()) => {
                self.totals.count(|totals| &totals.admitted);
                Answer::Admitted
            }
            Err(wait) => Answer::Refused(self.refuse(wait)),
        }
    }

    #[cold]
    fn refuse(&self, wait: Units) -> Rejected {
        self.totals.count(|totals| &totals.refused);
        let rejected = Rejected::after(self.name, Reason::RateLimited, gcra::duration(wait));
        event::rejected(&rejected);
        rejected
    }

    /// Changes the settings. Permits in use stay used, up to the new burst; waiting callers keep their order, and those
    /// whose turn cannot come in the time they were promised are refused.
    pub(crate) fn reconfigure(&self, config: &Config) -> Result<(), ConfigError> {
        config.validate()?;
        let settings = config.settings();
        let gcra = Gcra::new(&settings);
        {
            let mut line = lock(&self.line);
            line.settings = settings;
            self.spacing.store(gcra.spacing, Ordering::Relaxed);
            self.tolerance.store(gcra.tolerance, Ordering::Relaxed);
            self.max_wait.store(gcra::length(settings.max_wait), Ordering::Relaxed);
        }
        let held = self.hold();
        let wakers = held.line.queue.wakers();
        held.release();
        // Everybody sets a new alarm.
        wakers.wake();
        event::reconfigured(self.name, PolicyKind::RateLimit);
        Ok(())
    }

    pub(crate) fn settings(&self) -> Settings {
        lock(&self.line).settings
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let (waiting, settings) = {
            let line = lock(&self.line);
            (line.queue.len(), line.settings)
        };
        let tat = self.word.load(Ordering::Relaxed) & !WAITERS;
        let available = self.gcra().available(tat, self.now()).saturating_sub(waiting as u64);
        Snapshot {
            available,
            waiting,
            admitted: self.totals.sum(|totals| &totals.admitted),
            refused: self.totals.sum(|totals| &totals.refused),
            settings,
        }
    }

    pub(super) fn gcra(&self) -> Gcra {
        Gcra {
            spacing: self.spacing.load(Ordering::Relaxed),
            tolerance: self.tolerance.load(Ordering::Relaxed),
        }
    }

    pub(super) fn now(&self) -> Units {
        gcra::moment(self.clock.now())
    }
}
