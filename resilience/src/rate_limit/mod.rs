//! Rate limit: so many calls in a period, so that a dependency's quota is kept.
//!
//! Permits come back one by one, evenly spread over the period; up to `burst` of them are kept for later. So at most
//! `rate * window + burst` calls go in any window of time, whatever its length and whatever the number of threads. A
//! caller that finds no permit is refused at once and told when one will be there, or waits for it if it comes within
//! `max_wait`, first come first served.
//!
//! The attribute is [`#[rate_limit]`](macro@crate::rate_limit); this module is what stands behind it, and is good by
//! itself:
//!
//! ```
//! use std::time::Duration;
//! use resilience::{ManualClock, RateLimit, rate_limit::Config};
//!
//! let clock = ManualClock::new();
//! let config = Config::new().rate(10, Duration::from_secs(1)).burst(2);
//! let geocoder = RateLimit::with_clock("geocoder", config, clock.clone())?;
//!
//! assert!(geocoder.acquire().is_ok());
//! assert!(geocoder.acquire().is_ok());
//! let refused = geocoder.acquire().unwrap_err();
//! assert_eq!(refused.to_string(), "rate limit `geocoder` is used up, try again in 100ms");
//!
//! clock.advance(Duration::from_millis(100));
//! assert!(geocoder.acquire().is_ok());
//! # Ok::<(), resilience::ConfigError>(())
//! ```
//!
//! # How it works
//!
//! One word holds the moment at which every permit used so far will have come back (the generic cell rate algorithm),
//! and a flag that says that it moves under the lock only. As long as the flag is down, taking a permit is a reading of
//! the exact clock and one compare-exchange.
//!
//! Where calls follow each other within a millisecond, the permits that are there are given out for as long as a tick of
//! the rough clock is up: taking one of them is a decrement, without a reading. The first call of the next tick settles
//! what was taken by the exact clock, as late as it can have been, so that the bound holds whatever the tick does
//! (`rate_limit/grant.rs` has the reasons). This is done only where the whole burst takes 320 ms or more to come back,
//! and a permit may then come back later by the distance of two ticks, 5 ms or so.
//!
//! A caller whose permit is not there yet raises the flag and takes a ticket in a queue, under a lock, and sets an alarm
//! for its turn. Its turn follows from its place in the queue, and if it is later than `max_wait` the caller is refused
//! instead. From then on permits are taken under the lock only. Nobody takes one for another: a waiting caller takes
//! its own when it runs and it is its turn, so a caller that is dropped leaves nothing behind, a process that slept does
//! not wake up to a flood of calls, and the bound holds for the moments at which calls really go. A permit that is
//! there counts as taken by those that stand before.
//!
//! Every alarm is set for the turn that was known then. When somebody leaves the queue those behind move up, and whoever
//! holds the lock sees to it that the first in line, and so at last everybody, has an alarm that is not late. A future
//! that nobody polls although its turn has come cannot block the rest: after 100 ms they go past it.

#[cfg(test)]
mod bound;
mod config;
mod gcra;
mod grant;
mod keyed;
mod line;
mod passing;
mod state;

use std::{fmt, future::Future, sync::Arc};

pub use config::{Config, Settings};
pub use passing::Passing;
#[doc(hidden)]
pub use passing::{Later, Queueing};
#[doc(hidden)]
pub use state::Core;

use crate::{Clock, ConfigError, Failure, Keyed, Registry, Rejected, name, registry::Home};

/// A rate limit: a cheap handle, all clones of which are one rate limit.
#[derive(Clone)]
pub struct RateLimit {
    core: Arc<Core>,
}

impl RateLimit {
    /// A rate limit of its own, outside every registry, on the system clock.
    ///
    /// # Errors
    ///
    /// A name that is empty, longer than 256 bytes or has control characters; a setting that cannot be; no rate.
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

    /// The rate limit's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.core.name.as_str()
    }

    /// Runs `f` with a permit; blocks the thread for up to `max_wait` to get one.
    ///
    /// # Errors
    ///
    /// [`Failure::Error`] with the error of `f`, [`Failure::Rejected`] if it was not run.
    #[inline]
    pub fn call<T, E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<T, Failure<E>> {
        self.acquire()?;
        f().map_err(Failure::Error)
    }

    /// Awaits `future` with a permit, after waiting for one for up to `max_wait`.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub async fn call_async<T, E>(
        &self,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure<E>> {
        self.acquire_async().await?;
        future.await.map_err(Failure::Error)
    }

    /// Takes a permit; blocks the thread for up to `max_wait` to get one.
    ///
    /// # Errors
    ///
    /// The refusal, with the time until a permit comes that nobody else waits for.
    #[inline]
    pub fn acquire(&self) -> Result<(), Rejected> {
        self.core.pass()
    }

    /// Takes a permit, waited for up to `max_wait`. One whose turn would come later is refused at its first poll.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::{Duration, Instant};
    /// use resilience::{RateLimit, rate_limit::Config};
    ///
    /// let config = Config::new().rate(100, Duration::from_secs(1)).burst(1).max_wait(Duration::from_secs(1));
    /// let mails = RateLimit::new("mails", config)?;
    ///
    /// let start = Instant::now();
    /// mails.acquire_async().await?;
    /// mails.acquire_async().await?;
    /// assert!(start.elapsed() >= Duration::from_millis(10));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    #[inline]
    pub fn acquire_async(&self) -> Passing<'_> {
        self.core.passing()
    }

    /// Takes a permit if one is there now that nobody waits for.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    #[inline]
    pub fn try_acquire(&self) -> Result<(), Rejected> {
        self.core.pass_now()
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.core.settings()
    }

    /// Changes the settings while the rate limit runs. Permits in use stay used, but never more than the new burst; the
    /// callers that wait keep their order, and those whose turn moves out of the time they were promised are refused.
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

    /// One rate limit for each key, all with the name and the settings of this one.
    #[must_use]
    pub fn keyed(&self) -> Keyed<Self> {
        Keyed::over(self.clone())
    }

    /// Every figure of this rate limit at this moment; with keys, the sums over all of them.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.core.snapshot()
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// The figures of a rate limit at one moment.
///
/// Totals count since the rate limit exists and are exact: each call is in one of `admitted` and `refused`, unless it
/// was dropped while it waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// Permits that are there now and that nobody waits for.
    pub available: u64,
    /// Callers that wait for a permit.
    pub waiting: usize,
    /// Calls that got a permit.
    pub admitted: u64,
    /// Calls refused because no permit would come in time.
    pub refused: u64,
    /// Keys that have a rate limit of their own now, where calls have keys. `available` is then what calls without a key
    /// find.
    pub keys: usize,
    /// The settings in force.
    pub settings: Settings,
}
