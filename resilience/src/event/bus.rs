//! From those who tell to those who listen: one ring of events per registry, which exists only while somebody reads it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak,
        atomic::{AtomicU32, Ordering},
    },
    task::Waker,
    time::Instant,
};

use super::{Event, audience};
use crate::{Registry, registry::Inner};

/// The events that a ring holds: a reader that is further behind has missed the oldest.
pub(super) const CAPACITY: usize = 1024;

static BUSES: RwLock<Option<HashMap<Origin, Weak<Bus>>>> = RwLock::new(None);

/// The registry that hears of a policy: a number, since it stands in every policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin(u32);

impl Origin {
    /// No registry hears of a policy that belongs to none.
    pub(crate) const NONE: Self = Self(0);

    /// The ring of this registry, if somebody reads it.
    #[inline]
    pub(super) fn heard(self) -> Option<Arc<Bus>> {
        if !audience::has_readers() {
            return None;
        }
        self.find().filter(|bus| bus.lock().readers > 0)
    }

    /// The registry itself, if it lives.
    pub(crate) fn registry(self) -> Option<Registry> {
        if self == Self::NONE {
            return None;
        }
        let registry = self.find()?.registry.get()?.upgrade()?;
        Some(Registry::of(registry))
    }

    #[cold]
    fn find(self) -> Option<Arc<Bus>> {
        let buses = BUSES.read().unwrap_or_else(PoisonError::into_inner);
        buses.as_ref()?.get(&self)?.upgrade()
    }
}

/// The ring of one registry.
pub(crate) struct Bus {
    origin: Origin,
    registry: OnceLock<Weak<Inner>>,
    ring: Mutex<Ring>,
    news: Condvar,
}

struct Ring {
    events: VecDeque<Arc<Event>>,
    /// The number of the next event.
    next: u64,
    readers: usize,
    wakers: Vec<Waker>,
    closed: bool,
}

/// What a reader finds.
pub(super) enum Found {
    Event(Arc<Event>),
    Missed(u64),
    Nothing,
    Closed,
}

impl Bus {
    pub(crate) fn open() -> Arc<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let origin = Origin(NEXT.fetch_add(1, Ordering::Relaxed));
        let ring = Ring { events: VecDeque::new(), next: 1, readers: 0, wakers: Vec::new(), closed: false };
        let (registry, ring, news) = (OnceLock::new(), Mutex::new(ring), Condvar::new());
        let bus = Arc::new(Self { origin, registry, ring, news });
        let mut buses = BUSES.write().unwrap_or_else(PoisonError::into_inner);
        buses.get_or_insert_with(HashMap::new).insert(origin, Arc::downgrade(&bus));
        bus
    }

    /// Says whose bus it is, once.
    pub(crate) fn belongs_to(&self, registry: &Arc<Inner>) {
        let _ = self.registry.set(Arc::downgrade(registry));
    }

    pub(crate) const fn origin(&self) -> Origin {
        self.origin
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing more will come: readers get what is left, then the end.
    pub(crate) fn close(&self) {
        if let Some(buses) = BUSES.write().unwrap_or_else(PoisonError::into_inner).as_mut() {
            buses.remove(&self.origin);
        }
        let mut ring = self.lock();
        ring.closed = true;
        let wakers = std::mem::take(&mut ring.wakers);
        drop(ring);
        self.wake(wakers);
    }

    /// Numbers the event and hands it to every reader.
    pub(super) fn publish(&self, mut event: Event) {
        let mut ring = self.lock();
        event.sequence = ring.next;
        ring.next += 1;
        if ring.events.len() == CAPACITY {
            ring.events.pop_front();
        }
        ring.events.push_back(Arc::new(event));
        let wakers = std::mem::take(&mut ring.wakers);
        drop(ring);
        self.wake(wakers);
    }

    fn wake(&self, wakers: Vec<Waker>) {
        self.news.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// A reader comes; returns the number of the first event that is its.
    pub(super) fn enter(&self) -> u64 {
        let mut ring = self.lock();
        ring.readers += 1;
        audience::enter();
        ring.next
    }

    pub(super) fn leave(&self) {
        let mut ring = self.lock();
        ring.readers -= 1;
        audience::leave();
        if ring.readers == 0 {
            ring.events = VecDeque::new();
        }
    }

    /// The event of number `at`, or what there is instead. With nothing there, `waker` will be woken.
    pub(super) fn read(&self, at: u64, waker: Option<&Waker>) -> Found {
        let mut ring = self.lock();
        let found = ring.find(at);
        if let (Found::Nothing, Some(waker)) = (&found, waker)
            && !ring.wakers.iter().any(|known| known.will_wake(waker))
        {
            ring.wakers.push(waker.clone());
        }
        found
    }

    /// The same, blocking until something is there or `end` has come.
    pub(super) fn wait(&self, at: u64, end: Option<Instant>, stop: impl Fn() -> bool) -> Found {
        let mut ring = self.lock();
        loop {
            let found = ring.find(at);
            if !matches!(found, Found::Nothing) || stop() {
                return found;
            }
            ring = match end.map(|end| end.saturating_duration_since(Instant::now())) {
                None => self.news.wait(ring).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => return Found::Nothing,
                Some(left) => self.news.wait_timeout(ring, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    /// Wakes the readers that block, so that they look whether they shall stop.
    pub(super) fn nudge(&self) {
        let _ring = self.lock();
        self.news.notify_all();
    }
}

impl Ring {
    fn find(&self, at: u64) -> Found {
        let oldest = self.next - self.events.len() as u64;
        if at < oldest {
            return Found::Missed(oldest - at);
        }
        // The difference is less than the ring's length, or there is nothing at that place.
        match usize::try_from(at - oldest).ok().and_then(|index| self.events.get(index)) {
            Some(event) => Found::Event(Arc::clone(event)),
            None if self.closed => Found::Closed,
            None => Found::Nothing,
        }
    }
}
