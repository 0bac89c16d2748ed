use std::{
    error::Error,
    fmt,
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use super::{
    Event,
    bus::{Bus, Found},
};

/// A reader of what the policies of a registry do, from the moment at which it is made.
///
/// Events wait in a ring of 1,024 that all readers of a registry share. Nobody waits for a reader: one that falls further
/// behind is told how many it has missed, and goes on with the oldest that is left. While a registry has no reader,
/// events are not even made.
///
/// ```
/// use std::time::Duration;
/// use resilience::{EventKind, circuit_breaker::{Config, State}, registry};
///
/// let mut events = registry().events();
/// registry().add_circuit_breaker("mail", Config::new())?.force_open();
///
/// while let Some(Ok(event)) = events.try_next() {
///     if let EventKind::Transition { to, .. } = &event.kind {
///         assert_eq!((event.name, *to), (Some("mail"), State::ForcedOpen));
///     }
/// }
/// # Ok::<(), resilience::ConfigError>(())
/// ```
pub struct Events {
    bus: Arc<Bus>,
    next: u64,
}

/// So many events were gone before the reader came to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// How many.
    pub events: u64,
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} events were missed: the reader was too slow", self.events)
    }
}

impl Error for Missed {}

impl Events {
    pub(super) fn new(bus: Arc<Bus>) -> Self {
        let next = bus.enter();
        Self { bus, next }
    }

    /// The next event, if one is there; `None` if not, or if the registry is gone.
    ///
    /// # Errors
    ///
    /// How many events were missed before the one that comes next.
    pub fn try_next(&mut self) -> Option<Result<Arc<Event>, Missed>> {
        let found = self.bus.read(self.next, None);
        self.take(found)
    }

    /// The next event; `None` when the registry is gone and everything read. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// As [`try_next`](Self::try_next).
    pub async fn next(&mut self) -> Option<Result<Arc<Event>, Missed>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The same for streams written by hand.
    ///
    /// # Errors
    ///
    /// As [`try_next`](Self::try_next).
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Arc<Event>, Missed>>> {
        match self.bus.read(self.next, Some(cx.waker())) {
            Found::Nothing => Poll::Pending,
            found => Poll::Ready(self.take(found)),
        }
    }

    /// The next event, blocking the thread for up to `time`; `None` if none came, or if the registry is gone.
    ///
    /// # Errors
    ///
    /// As [`try_next`](Self::try_next).
    pub fn next_within(&mut self, time: Duration) -> Option<Result<Arc<Event>, Missed>> {
        let found = self.bus.wait(self.next, Instant::now().checked_add(time), || false);
        self.take(found)
    }

    /// The next event, blocking until there is one, the registry is gone, or `stop` says so after a nudge.
    pub(super) fn next_until(&mut self, stop: impl Fn() -> bool) -> Option<Result<Arc<Event>, Missed>> {
        let found = self.bus.wait(self.next, None, stop);
        self.take(found)
    }

    /// The number of the event that comes next.
    #[cfg(feature = "dashboard")]
    pub(crate) const fn position(&self) -> u64 {
        self.next
    }

    pub(super) const fn bus(&self) -> &Arc<Bus> {
        &self.bus
    }

    fn take(&mut self, found: Found) -> Option<Result<Arc<Event>, Missed>> {
        match found {
            Found::Event(event) => {
                self.next += 1;
                Some(Ok(event))
            }
            Found::Missed(events) => {
                self.next += events;
                Some(Err(Missed { events }))
            }
            Found::Nothing | Found::Closed => None,
        }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.bus.leave();
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("next", &self.next).finish_non_exhaustive()
    }
}
