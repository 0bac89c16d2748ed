use std::{sync::OnceLock, task::Waker, time::Duration};

use crossbeam_utils::CachePadded;

use super::{
    Config, Place, Settings, Snapshot,
    spare::Spare,
    waiting::Ticket,
    word::{self, PLACE, SCOPED, WAITERS},
};
use crate::{
    Clock, ConfigError, PolicyKind, Reason, Rejected,
    cells::Cells,
    event::{self, Origin},
    keyed::Keys,
    name::Name,
    queue::{Queue, Wakers},
    registry::Home,
    sync::{AtomicU32, AtomicU64, Mutex, MutexGuard, Ordering, lock},
};

/// The machine of a bulkhead. [`Bulkhead`](super::Bulkhead) is a handle of it.
pub struct Core {
    pub(super) name: Name,
    /// What it says when it is full.
    pub(super) full: Rejected,
    pub(super) clock: Clock,
    pub(super) origin: Origin,
    pub(super) word: CachePadded<AtomicU64>,
    line: Mutex<Line>,
    pub(super) cells: Cells<Cell>,
    pub(super) max_keys: AtomicU32,
    /// One instance for each key, where calls have keys.
    pub(super) keys: OnceLock<Box<Keys<Self>>>,
    /// Which key's instance this is.
    pub(super) key: Option<Box<str>>,
    /// Stand in for those of the cells, all of which are one under loom.
    #[cfg(resilience_loom)]
    pub(super) spares: [Spare; 3],
}

/// What lies under the lock.
pub(super) struct Line {
    queue: Queue<()>,
    settings: Settings,
}

/// What each thread has of a bulkhead.
#[derive(Default)]
#[repr(align(64))]
pub(super) struct Cell {
    pub(super) spare: Spare,
    pub(super) admitted: AtomicU64,
    pub(super) full: AtomicU64,
    pub(super) queue_full: AtomicU64,
    pub(super) waited_too_long: AtomicU64,
}

/// What a caller gets that asks for a place and would wait for it.
pub(super) enum Entry<'a> {
    Place(Place<'a>),
    Ticket(Ticket<'a>, Duration),
    Refused(Rejected),
}

impl Core {
    pub(crate) fn new(name: Name, config: &Config, home: Home) -> Self {
        Self::begun(name, config.settings(), home)
    }

    /// One that has seen nothing.
    pub(super) fn begun(name: Name, settings: Settings, home: Home) -> Self {
        Self {
            name,
            full: Rejected::new(name, Reason::BulkheadFull),
            clock: home.clock,
            origin: home.origin,
            word: CachePadded::new(AtomicU64::new(word::new(&settings))),
            line: Mutex::new(Line { queue: Queue::new(), settings }),
            cells: Cells::new(),
            max_keys: AtomicU32::new(settings.max_keys),
            keys: OnceLock::new(),
            key: home.key,
            #[cfg(resilience_loom)]
            spares: Default::default(),
        }
    }

    /// The place that this thread just took or was handed.
    pub(super) fn admitted(&self) -> Place<'_> {
        // The place first: whatever happens while counting, it is given back.
        let place = Place::new(self);
        self.cells.count(|cell| &cell.admitted);
        place
    }

    #[cold]
    pub(super) fn refuse(&self, reason: Reason) -> Rejected {
        self.cells.count(move |cell| match reason {
            Reason::QueueFull => &cell.queue_full,
            Reason::WaitedTooLong => &cell.waited_too_long,
            _ => &cell.full,
        });
        let rejected = Rejected::new(self.name, reason);
        event::rejected(self.origin, || self.key.as_deref(), rejected.into());
        rejected
    }

    /// A place, or a ticket in the queue. `waker` is asked for only if somebody might have to wait.
    pub(super) fn enter(&self, waker: impl FnOnce() -> Waker) -> Entry<'_> {
        if !word::may_wait(self.word.load(Ordering::Relaxed)) {
            return match self.last_place() {
                Some(place) => Entry::Place(place),
                None => Entry::Refused(self.refuse(Reason::BulkheadFull)),
            };
        }
        self.line_up(waker())
    }

    fn line_up(&self, waker: Waker) -> Entry<'_> {
        let mut line = self.lock();
        let Settings { max_wait, max_queue, .. } = line.settings;
        loop {
            let Err(word) = self.take_last(&mut line) else {
                drop(line);
                return Entry::Place(self.admitted());
            };
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
            // No thread keeps a spare place, nobody can allow it one but us, and the flag cannot be up with nobody in the
            // queue: whoever gives a place back from now on sees the flag and comes for this lock.
            if self.word.compare_exchange(word, word | WAITERS, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                break;
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

    /// A place came back while callers wait.
    #[cold]
    #[inline(never)]
    pub(super) fn hand_over(&self) {
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

    /// Whether sites have to look for a test scope of their own before they ask this bulkhead. They ask by the lock then,
    /// so that no call has to look otherwise.
    pub(crate) fn set_scoped(&self, scoped: bool) {
        let mut line = self.lock();
        if scoped {
            self.word.fetch_or(SCOPED, Ordering::AcqRel);
            self.withdraw(&mut line);
        } else {
            self.word.fetch_and(!SCOPED, Ordering::AcqRel);
        }
    }

    /// What a key of this one is born with.
    pub(super) fn home_of(&self, key: &str) -> Home {
        Home { clock: self.clock.clone(), origin: self.origin, key: Some(key.into()) }
    }

    /// Changes the settings. Calls in progress keep their places, callers in the queue their time; a smaller limit is
    /// reached as calls end.
    pub(crate) fn reconfigure(&self, config: &Config) -> Result<(), ConfigError> {
        config.validate()?;
        let settings = config.settings();
        self.take_over(settings);
        self.reconfigure_keys(settings);
        event::reconfigured(self.origin, self.name.as_str(), PolicyKind::Bulkhead);
        Ok(())
    }

    /// The same, told to nobody.
    pub(super) fn take_over(&self, settings: Settings) {
        self.max_keys.store(settings.max_keys, Ordering::Relaxed);
        let mut line = self.lock();
        line.settings = settings;
        // Beside a smaller limit no spare place may be left; and how many threads may keep one depends on the limit.
        let mut word = self.withdraw(&mut line);
        while let Err(newer) = self.word.compare_exchange(
            word,
            word::with_settings(word, &settings),
            Ordering::AcqRel,
            Ordering::Relaxed,
        ) {
            word = newer;
        }
        let wakers = self.call(&mut line.queue);
        drop(line);
        wakers.wake();
    }

    pub(crate) fn settings(&self) -> Settings {
        self.lock().settings
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let (in_use, waiting, settings) = {
            let line = self.lock();
            (self.in_use(), line.queue.len(), line.settings)
        };
        let mut snapshot = Snapshot {
            in_use,
            waiting,
            admitted: self.cells.sum(|cell| &cell.admitted),
            full: self.cells.sum(|cell| &cell.full),
            queue_full: self.cells.sum(|cell| &cell.queue_full),
            waited_too_long: self.cells.sum(|cell| &cell.waited_too_long),
            keys: 0,
            settings,
        };
        self.add_keys(&mut snapshot);
        snapshot
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Line> {
        lock(&self.line)
    }
}
