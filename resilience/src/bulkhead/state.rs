use std::{task::Waker, time::Duration};

use crossbeam_utils::CachePadded;

use super::{
    Config, Place, Settings, Snapshot,
    waiting::Ticket,
    word::{self, PLACE, WAITERS},
};
use crate::{
    Clock, ConfigError, PolicyKind, Reason, Rejected,
    cells::Cells,
    clock::nanos,
    event,
    queue::{Queue, Wakers},
    sync::{AtomicU64, Mutex, MutexGuard, Ordering, lock},
};

/// The machine of a bulkhead. [`Bulkhead`](super::Bulkhead) is a handle of it.
pub struct Core {
    pub(super) name: &'static str,
    pub(super) clock: Clock,
    word: CachePadded<AtomicU64>,
    /// `max_wait` in nanoseconds, beside the lock: a full bulkhead without a queue refuses with two loads.
    max_wait: AtomicU64,
    line: Mutex<Line>,
    totals: Cells<Totals>,
}

/// What lies under the lock.
struct Line {
    queue: Queue<()>,
    settings: Settings,
}

#[derive(Default)]
struct Totals {
    admitted: AtomicU64,
    full: AtomicU64,
    queue_full: AtomicU64,
    waited_too_long: AtomicU64,
}

/// What a caller gets that asks for a place and would wait for it.
pub(super) enum Entry<'a> {
    Place(Place<'a>),
    Ticket(Ticket<'a>, Duration),
    Refused(Rejected),
}

impl Core {
    pub(crate) fn new(name: &'static str, config: &Config, clock: Clock) -> Self {
        let settings = config.settings();
        Self {
            name,
            clock,
            word: CachePadded::new(AtomicU64::new(word::new(settings.max_concurrent))),
            max_wait: AtomicU64::new(nanos(settings.max_wait)),
            line: Mutex::new(Line { queue: Queue::new(), settings }),
            totals: Cells::new(),
        }
    }

    /// A place, if one is free and nobody waits for it. Counts no refusal.
    #[inline]
    pub(crate) fn try_place(&self) -> Option<Place<'_>> {
        let mut word = self.word.load(Ordering::Relaxed);
        while word::admits(word) {
            match self.word.compare_exchange_weak(word, word + PLACE, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(self.admitted()),
                Err(newer) => word = newer,
            }
        }
        None
    }

    /// A place, if one is free and nobody waits for it.
    pub(crate) fn place_now(&self) -> Result<Place<'_>, Rejected> {
        self.try_place().ok_or_else(|| self.refuse(Reason::BulkheadFull))
    }

    /// The place that this thread just took or was handed.
    #[inline]
    pub(super) fn admitted(&self) -> Place<'_> {
        // The place first: whatever happens while counting, it is given back.
        let place = Place::new(self);
        self.totals.count(|totals| &totals.admitted);
        place
    }

    #[cold]
    pub(super) fn refuse(&self, reason: Reason) -> Rejected {
        self.totals.count(|totals| match reason {
            Reason::QueueFull => &totals.queue_full,
            Reason::WaitedTooLong => &totals.waited_too_long,
            _ => &totals.full,
        });
        let rejected = Rejected::new(self.name, reason);
        event::rejected(&rejected);
        rejected
    }

    /// A place, or a ticket in the queue. `waker` is asked for only if somebody might have to wait.
    pub(super) fn enter(&self, waker: impl FnOnce() -> Waker) -> Entry<'_> {
        if let Some(place) = self.try_place() {
            return Entry::Place(place);
        }
        if self.max_wait.load(Ordering::Relaxed) == 0 {
            return Entry::Refused(self.refuse(Reason::BulkheadFull));
        }
        self.line_up(waker())
    }

    #[cold]
    fn line_up(&self, waker: Waker) -> Entry<'_> {
        let mut line = self.lock();
        let Settings { max_wait, max_queue, .. } = line.settings;
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            // The flag cannot be up with nobody in the queue, and nobody can raise it but us: either we take a place
            // that is free, or whoever gives one back from now on sees the flag and comes for this lock.
            let admits = word::admits(word);
            if !admits {
                let refusal = if max_wait.is_zero() {
                    Some(Reason::BulkheadFull)
                } else if max_queue.is_some_and(|most| line.queue.len() >= most as usize) {
                    Some(Reason::QueueFull)
                } else {
                    None
                };
                if let Some(reason) = refusal {
                    drop(line);
                    return Entry::Refused(self.refuse(reason));
                }
            }
            let next = if admits { word + PLACE } else { word | WAITERS };
            match self.word.compare_exchange(word, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) if admits => {
                    drop(line);
                    return Entry::Place(self.admitted());
                }
                Ok(_) => break,
                Err(newer) => word = newer,
            }
        }
        let number = line.queue.push(waker, ());
        Entry::Ticket(Ticket::new(self, number), max_wait)
    }

    /// Whether a ticket was called: a place is its holder's. If not, `waker` is called when it is.
    pub(super) fn is_called(&self, ticket: u64, waker: &Waker) -> bool {
        let mut line = self.lock();
        let Some(position) = line.queue.position(ticket) else {
            return true;
        };
        let old = line.queue.get_mut(position).and_then(|caller| caller.renew(waker));
        drop(line);
        drop(old);
        false
    }

    /// Takes a ticket out of the queue, unless it was called.
    pub(super) fn give_up(&self, ticket: u64) -> bool {
        let mut line = self.lock();
        let caller = line.queue.remove(ticket);
        // Clears the flag behind the last one.
        let wakers = self.call(&mut line.queue);
        drop(line);
        wakers.wake();
        caller.is_some()
    }

    /// Takes a place back.
    #[inline]
    pub(super) fn leave(&self) {
        let before = self.word.fetch_sub(PLACE, Ordering::Release);
        if before & WAITERS != 0 {
            self.hand_over();
        }
    }

    #[cold]
    #[inline(never)]
    fn hand_over(&self) {
        let mut line = self.lock();
        let wakers = self.call(&mut line.queue);
        drop(line);
        wakers.wake();
    }

    /// Hands free places to the longest waiting, and lowers the flag when nobody waits any more.
    ///
    /// While the flag is up and a place is free, somebody is on the way to the lock to do this.
    fn call(&self, queue: &mut Queue<()>) -> Wakers {
        let mut wakers = Wakers::default();
        let mut word = self.word.load(Ordering::Relaxed);
        while word & WAITERS != 0 {
            let next = if queue.is_empty() {
                word & !WAITERS
            } else if word::has_room(word) {
                word + PLACE
            } else {
                break;
            };
            match self.word.compare_exchange(word, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => {
                    if next & WAITERS != 0
                        && let Some(waker) = queue.pop()
                    {
                        wakers.add(waker);
                    }
                    word = next;
                }
                Err(newer) => word = newer,
            }
        }
        wakers
    }

    /// Changes the settings. Calls in progress keep their places, callers in the queue their time; a smaller limit is
    /// reached as calls end.
    pub(crate) fn reconfigure(&self, config: &Config) -> Result<(), ConfigError> {
        config.validate()?;
        let settings = config.settings();
        let mut line = self.lock();
        line.settings = settings;
        self.max_wait.store(nanos(settings.max_wait), Ordering::Relaxed);
        let mut word = self.word.load(Ordering::Relaxed);
        while let Err(newer) = self.word.compare_exchange(
            word,
            word::with_limit(word, settings.max_concurrent),
            Ordering::AcqRel,
            Ordering::Relaxed,
        ) {
            word = newer;
        }
        let wakers = self.call(&mut line.queue);
        drop(line);
        wakers.wake();
        event::reconfigured(self.name, PolicyKind::Bulkhead);
        Ok(())
    }

    pub(crate) fn settings(&self) -> Settings {
        self.lock().settings
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let (waiting, settings) = {
            let line = self.lock();
            (line.queue.len(), line.settings)
        };
        Snapshot {
            in_use: word::in_use(self.word.load(Ordering::Relaxed)),
            waiting,
            admitted: self.totals.sum(|totals| &totals.admitted),
            full: self.totals.sum(|totals| &totals.full),
            queue_full: self.totals.sum(|totals| &totals.queue_full),
            waited_too_long: self.totals.sum(|totals| &totals.waited_too_long),
            settings,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        lock(&self.line)
    }
}
