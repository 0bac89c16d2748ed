//! Retry: make a failed call again, later, and not too often.
//!
//! The attribute is [`#[retry]`](macro@crate::retry); this module is what stands behind it:
//!
//! ```
//! use std::time::Duration;
//! use resilience::{ManualClock, Retry, retry::{Backoff, Config, Jitter}};
//!
//! let clock = ManualClock::new();
//! let config = Config::new()
//!     .attempts(4)
//!     .backoff(Backoff::exponential(Duration::from_millis(100), Duration::from_secs(1)))
//!     .jitter(Jitter::None);
//! let retry = Retry::with_clock("feed", config, clock.clone())?;
//!
//! let mut calls = 0;
//! let answer = retry.call(|| {
//!     calls += 1;
//!     if calls < 3 { Err("connection reset") } else { Ok(calls) }
//! });
//! assert_eq!(answer, Ok(3));
//! assert_eq!(clock.elapsed(), Duration::from_millis(100 + 200));
//! # Ok::<(), resilience::ConfigError>(())
//! ```

mod attempts;
mod backoff;
mod blocking;
mod config;
mod pause;
mod snapshot;
mod state;

use std::{fmt, future::Future, sync::Arc};

pub(crate) use attempts::Progress;
pub use attempts::{Attempts, Exhausted, Retrying};
pub use backoff::{Backoff, Jitter};
pub(crate) use blocking::{Counting, First, go_on};
pub use config::{Config, Settings};
pub(crate) use pause::Pause;
#[doc(hidden)]
pub use pause::Wait;
pub use snapshot::Snapshot;
#[doc(hidden)]
pub use state::Core;

use crate::{Clock, ConfigError, Failure, Registry, name, private::only_error, registry::Home};

/// A retry: a cheap handle, all clones of which share settings and figures.
#[derive(Clone)]
pub struct Retry {
    core: Arc<Core>,
}

impl Retry {
    /// A retry of its own, outside every registry, on the system clock.
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

    /// The retry's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.core.name.as_str()
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.core.settings()
    }

    /// Changes the settings from the next call on.
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

    /// Every figure of this retry at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.core.snapshot()
    }

    /// Begins a call that the caller drives: see [`Attempts`].
    pub fn start(&self) -> Attempts<'_> {
        self.start_timed(false)
    }

    /// The same; `timed` if the caller will ask how long the call took.
    pub(crate) fn start_timed(&self, timed: bool) -> Attempts<'_> {
        self.core.start(timed)
    }

    /// Calls `f` until it succeeds or the attempts are used up, blocking in between.
    ///
    /// # Errors
    ///
    /// The last error of `f`.
    pub fn call<T, E>(&self, f: impl FnMut() -> Result<T, E>) -> Result<T, E> {
        self.call_if(f, |_| true)
    }

    /// The same, repeating only errors for which `wanted` says yes.
    ///
    /// # Errors
    ///
    /// The last error of `f`.
    pub fn call_if<T, E>(
        &self,
        mut f: impl FnMut() -> Result<T, E>,
        wanted: impl FnMut(&E) -> bool,
    ) -> Result<T, E> {
        if let Some(first) = self.core.first() {
            match f() {
                Ok(value) => {
                    first.succeeded();
                    Ok(value)
                }
                Err(error) => self.go_on(Some((first, error)), f, wanted),
            }
        } else {
            self.go_on(None, f, wanted)
        }
    }

    #[cold]
    #[inline(never)]
    fn go_on<T, E>(
        &self,
        failed: Option<(First<'_>, E)>,
        f: impl FnMut() -> Result<T, E>,
        wanted: impl FnMut(&E) -> bool,
    ) -> Result<T, E> {
        let mut progress = Progress::first(0, 0);
        let (counting, error) = match failed {
            Some((first, error)) => (first.failed(&mut progress), Some(error)),
            None => (self.core.begin(&mut progress), None),
        };
        go_on(counting, &mut progress, error, f, wanted, |_| None)
    }

    /// Awaits what `f` makes until it succeeds or the attempts are used up, sleeping in between.
    ///
    /// # Errors
    ///
    /// The last error.
    pub async fn call_async<T, E, F>(&self, f: impl FnMut() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        self.call_async_if(f, |_| true).await
    }

    /// The same, repeating only errors for which `wanted` says yes.
    ///
    /// # Errors
    ///
    /// The last error.
    pub async fn call_async_if<T, E, F>(
        &self,
        mut f: impl FnMut() -> F,
        mut wanted: impl FnMut(&E) -> bool,
    ) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let mut attempts = self.start();
        loop {
            let failure = match f().await {
                Ok(value) => {
                    attempts.succeeded();
                    return Ok(value);
                }
                Err(error) => Failure::Error(error),
            };
            match attempts.wait_after(&failure, &mut wanted, |_| None) {
                Some(wait) if wait.is_none() => {}
                Some(wait) => attempts.pause(wait).await,
                None => return Err(only_error(failure)),
            }
        }
    }
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry").field("name", &self.name()).finish_non_exhaustive()
    }
}
