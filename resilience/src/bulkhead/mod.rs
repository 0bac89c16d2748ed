//! Bulkhead: so many calls at a time, so that one slow dependency cannot take every thread and connection with it.
//!
//! A bulkhead has `max_concurrent` places. A call takes one and gives it back at its end, however it ends. When all are
//! taken, the next caller is refused at once, or waits up to `max_wait` in a queue of `max_queue` callers, first come
//! first served.
//!
//! The attribute is [`#[bulkhead]`](macro@crate::bulkhead); this module is what stands behind it, and is good by itself:
//!
//! ```
//! use resilience::{Bulkhead, bulkhead::Config};
//!
//! let reports = Bulkhead::new("reports", Config::new().max_concurrent(1))?;
//!
//! let place = reports.acquire().unwrap();
//! let refused = reports.call(|| Ok::<_, &str>("report")).unwrap_err();
//! assert_eq!(refused.to_string(), "bulkhead `reports` is full");
//!
//! drop(place);
//! assert_eq!(reports.call(|| Ok::<_, &str>("report")), Ok("report"));
//! # Ok::<(), resilience::ConfigError>(())
//! ```
//!
//! # How it works
//!
//! One word holds the places that are out of the pool, the limit, and a flag that says that callers wait. Taking a place
//! from the pool is one compare-exchange and giving it back one subtraction, as long as the flag is down. Threads that
//! write the same word wait for each other, so where most places are idle a thread becomes a *keeper*: it puts the place
//! that it gives back aside, in a cell of its own, and takes it from there for its next call. Such a call touches
//! nothing that another thread writes. At most half of the places are kept like this.
//!
//! A spare place belongs to nobody. A caller that finds the pool empty while there are keepers takes the lock of the
//! queue and *withdraws* every spare place: one exchange per cell takes the place, if one lies there, and the permission
//! to keep another. So a place cannot be put aside unnoticed, and when no keeper is left the word alone knows every
//! place: a full bulkhead refuses with one look at it. Threads become keepers again, under the lock, when no more than a
//! quarter of the places is in use.
//!
//! A caller that waits raises the flag, with no keeper left, and takes a ticket in a queue, under the lock. From then on
//! nobody takes a place from the word and nobody keeps one: whoever gives one back sees the flag, comes for the lock,
//! and hands the free places to the longest waiting callers, by taking their tickets out of the queue and waking them. A
//! ticket that is gone from the queue *is* a place: a caller that is dropped before it noticed gives that place back like
//! any other, to the next in line. The flag goes down when the queue is empty. So nobody overtakes, no place is lost, and
//! since flag and count are one word, a place cannot come free unnoticed between a caller's look and its ticket.
//!
//! Blocked threads and futures stand in the same queue; a thread's waker unparks it.

mod calling;
mod config;
mod keyed;
mod places;
mod spare;
mod state;
mod waiting;
mod word;

use std::{fmt, future::Future, sync::Arc};

pub use config::{Config, Settings};
pub use keyed::KeyPlace;
#[doc(hidden)]
pub use places::{Answer, Full};
#[doc(hidden)]
pub use state::Core;
pub use waiting::Waiting;
#[doc(hidden)]
pub use waiting::{Later, Queueing};

use calling::Calling;

use crate::{Clock, ConfigError, Failure, Keyed, Registry, Rejected, name, registry::Home};

/// A bulkhead: a cheap handle, all clones of which are one bulkhead.
#[derive(Clone)]
pub struct Bulkhead {
    core: Arc<Core>,
}

impl Bulkhead {
    /// A bulkhead of its own, outside every registry, on the system clock.
    ///
    /// # Errors
    ///
    /// A name that is empty, longer than 256 bytes or has control characters; a setting that cannot be.
    pub fn new(name: &str, config: Config) -> Result<Self, ConfigError> {
        Self::with_clock(name, config, Clock::system())
    }

    /// The same on another clock.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_clock(name: &str, config: Config, clock: impl Into<Clock>) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self { core: Arc::new(Core::new(name::intern(name)?, &config, Home::none(clock.into()))) })
    }

    pub(crate) const fn from_core(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// The bulkhead's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.core.name.as_str()
    }

    /// Runs `f` in a place; blocks the thread for up to `max_wait` to get one.
    ///
    /// # Errors
    ///
    /// [`Failure::Error`] with the error of `f`, [`Failure::Rejected`] if it was not run.
    #[inline]
    pub fn call<T, E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<T, Failure<E>> {
        let _place = self.acquire()?;
        f().map_err(Failure::Error)
    }

    /// Awaits `future` in a place, after waiting for one for up to `max_wait`. Dropping the returned future cancels the
    /// call and gives its place back.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    #[inline]
    pub fn call_async<T, E, F>(
        &self,
        future: F,
    ) -> impl Future<Output = Result<T, Failure<E>>> + use<'_, T, E, F>
    where
        F: Future<Output = Result<T, E>>,
    {
        Calling::new(&self.core, future)
    }

    /// A place for one call, given back when it is dropped; blocks the thread for up to `max_wait` to get one.
    ///
    /// # Errors
    ///
    /// The refusal: every place is taken and nobody may wait, or the queue is full, or `max_wait` has passed.
    #[inline]
    pub fn acquire(&self) -> Result<Place<'_>, Rejected> {
        self.core.place()
    }

    /// A place for one call, waited for up to `max_wait`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use resilience::{Bulkhead, Reason, bulkhead::Config};
    ///
    /// let config = Config::new().max_concurrent(1).max_wait(Duration::from_millis(5));
    /// let printers = Bulkhead::new("printers", config)?;
    ///
    /// let place = printers.acquire_async().await?;
    /// let refused = printers.acquire_async().await.unwrap_err();
    /// assert_eq!(refused.reason(), Reason::WaitedTooLong);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    #[inline]
    pub fn acquire_async(&self) -> Waiting<'_> {
        self.core.waiting()
    }

    /// A place for one call if one is free now and nobody waits for it.
    ///
    /// # Errors
    ///
    /// The refusal, with [`Reason::BulkheadFull`](crate::Reason::BulkheadFull).
    #[inline]
    pub fn try_acquire(&self) -> Result<Place<'_>, Rejected> {
        self.core.place_now()
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.core.settings()
    }

    /// Changes the settings while the bulkhead runs. With more places waiting callers go ahead at once; with fewer, calls
    /// in progress keep theirs, and nobody enters until enough of them have ended. A caller that waits already waits as
    /// long as it was promised.
    ///
    /// Of a policy in a registry they become its layer of the run time, instead of what that was: they win over file,
    /// environment and what the program wrote, and what is not written here is as those say.
    /// [`Registry::unset`](crate::Registry::unset) takes one back, and a config with nothing written takes back all. Of a
    /// policy outside every registry they are all of its settings.
    ///
    /// # Errors
    ///
    /// A setting that cannot be; nothing has changed then.
    pub fn reconfigure(&self, config: Config) -> Result<(), ConfigError> {
        Registry::reconfigure(self.core.origin, self.core.name, &*self.core, &config)
    }

    /// One bulkhead for each key, all with the name and the settings of this one.
    #[must_use]
    pub fn keyed(&self) -> Keyed<Self> {
        Keyed::over(self.clone())
    }

    /// Every figure of this bulkhead at this moment; with keys, the sums over all of them.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.core.snapshot()
    }
}

impl fmt::Debug for Bulkhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulkhead").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// A place in a bulkhead. Dropping it gives the place to the longest waiting caller, or back.
#[must_use = "the place is given back when this is dropped"]
pub struct Place<'a> {
    core: &'a Core,
}

impl<'a> Place<'a> {
    const fn new(core: &'a Core) -> Self {
        Self { core }
    }
}

impl Drop for Place<'_> {
    #[inline]
    fn drop(&mut self) {
        self.core.leave();
    }
}

impl fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("bulkhead", &self.core.name.as_str()).finish()
    }
}

/// The figures of a bulkhead at one moment.
///
/// Totals count since the bulkhead exists and are exact: each call that has ended is in exactly one of `admitted`,
/// `full`, `queue_full` and `waited_too_long`, unless it was dropped while it waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// Places in use.
    pub in_use: u32,
    /// Callers that wait for a place.
    pub waiting: usize,
    /// Calls that got a place.
    pub admitted: u64,
    /// Calls refused because every place was taken and nobody may wait.
    pub full: u64,
    /// Calls refused because the queue was full.
    pub queue_full: u64,
    /// Calls refused because no place came free within `max_wait`.
    pub waited_too_long: u64,
    /// Keys that have a bulkhead of their own now, where calls have keys.
    pub keys: usize,
    /// The settings in force.
    pub settings: Settings,
}
