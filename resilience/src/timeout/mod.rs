//! Timeout: drop a call that takes too long.
//!
//! A future that is dropped stops where it is; work that it handed to other tasks or threads goes on. The attribute is
//! [`#[timeout]`](macro@crate::timeout); this module is what stands behind it:
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
//! use std::time::Duration;
//! use resilience::{Failure, Timeout, timeout::Config};
//!
//! let timeout = Timeout::new("geocoder", Config::new().limit(Duration::from_millis(800)))?;
//! let answer = timeout.call_async(std::future::pending::<Result<(), &str>>()).await;
//! assert_eq!(answer.unwrap_err().to_string(), "timeout `geocoder`: no answer within 800ms");
//! # Ok::<(), resilience::ConfigError>(())
//! # }).unwrap();
//! ```

mod boxed;
mod calling;
mod config;
mod deadline;
mod limited;
mod timer;

use std::{
    fmt,
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

pub(crate) use boxed::BoxedDeadline;
pub use config::{Config, Settings};
#[doc(hidden)]
pub use deadline::Deadline;
#[doc(hidden)]
pub use limited::Limited;
pub(crate) use limited::NoBreaker;
pub(crate) use timer::Start;

use calling::Calling;

use crate::{
    Clock, ConfigError, Failure, PolicyKind, Registry,
    cells::Cells,
    clock::nanos,
    event::{self, Origin},
    name::{self, Name},
    registry::Home,
    sync::{AtomicU32, AtomicU64, Ordering},
};

/// What one timeout is. Handles and sites share it.
#[doc(hidden)]
pub struct Core {
    name: Name,
    clock: Clock,
    origin: Origin,
    /// Whether a call begins with a look at the tick: not where the clock has none, nor while a test scope exists.
    by_tick: AtomicU32,
    limit: AtomicU64,
    enabled: AtomicU32,
    cells: Cells<Cell>,
}

#[derive(Default)]
#[repr(align(64))]
struct Cell {
    expired: AtomicU64,
}

impl Core {
    pub(crate) fn new(name: Name, config: &Config, home: Home) -> Self {
        let settings = config.settings();
        let (limit, enabled) = (nanos(settings.limit), u32::from(settings.enabled));
        Self {
            name,
            by_tick: AtomicU32::new(home.clock.ticks().into()),
            clock: home.clock,
            origin: home.origin,
            limit: AtomicU64::new(limit),
            enabled: AtomicU32::new(enabled),
            cells: Cells::new(),
        }
    }

    /// What stands in for a timeout where a preset has none.
    pub(crate) fn none() -> &'static Self {
        static NONE: OnceLock<Core> = OnceLock::new();
        NONE.get_or_init(|| {
            let off = Config::UNLIMITED.enabled(false);
            Self::new(name::intern_valid("none"), &off, Home::none(Clock::system()))
        })
    }

    fn limit(&self) -> Duration {
        Duration::from_nanos(self.limit.load(Ordering::Relaxed))
    }

    fn is_enabled(&self) -> bool {
        self.enabled.load(Ordering::Relaxed) != 0
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings { limit: self.limit(), enabled: self.is_enabled() }
    }

    pub(crate) fn reconfigure(&self, config: &Config) -> Result<(), ConfigError> {
        config.validate()?;
        let settings = config.settings();
        self.limit.store(nanos(settings.limit), Ordering::Relaxed);
        self.enabled.store(u32::from(settings.enabled), Ordering::Relaxed);
        event::reconfigured(self.origin, self.name.as_str(), PolicyKind::Timeout);
        Ok(())
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot { expired: self.cells.sum(|cell| &cell.expired), settings: self.settings() }
    }
}

/// The figures of a timeout at one moment.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// Calls that were dropped since it exists.
    pub expired: u64,
    /// The settings in force.
    pub settings: Settings,
}

/// A timeout: a cheap handle, all clones of which share limit and figures.
#[derive(Clone)]
pub struct Timeout {
    core: Arc<Core>,
}

impl Timeout {
    /// A timeout of its own, outside every registry, on the system clock.
    ///
    /// # Errors
    ///
    /// A name that is empty, longer than 256 bytes or has control characters; a limit that is missing, zero or longer
    /// than a week.
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

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    /// The timeout's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.core.name.as_str()
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.core.settings()
    }

    /// Changes the limit for calls that have not yet begun to wait.
    ///
    /// Of a policy in a registry they become its layer of the run time, instead of what that was: they win over file,
    /// environment and what the program wrote, and what is not written here is as those say.
    /// [`Registry::unset`](crate::Registry::unset) takes one back, and a config with nothing written takes back all. Of a
    /// policy outside every registry they are all of its settings.
    ///
    /// # Errors
    ///
    /// A limit that cannot be; nothing has changed then.
    pub fn reconfigure(&self, config: Config) -> Result<(), ConfigError> {
        Registry::reconfigure(self.core.origin, self.core.name, &*self.core, &config)
    }

    /// Every figure of this timeout at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.core.snapshot()
    }

    /// Awaits `future`, and drops it when it takes longer than the limit.
    ///
    /// # Errors
    ///
    /// [`Failure::Error`] with the error of `future`, [`Failure::Rejected`] if it was dropped.
    #[inline]
    pub fn call_async<T, E, F>(
        &self,
        future: F,
    ) -> impl Future<Output = Result<T, Failure<E>>> + use<'_, T, E, F>
    where
        F: Future<Output = Result<T, E>>,
    {
        Calling::new(Limited::new(&self.core, future))
    }
}

impl fmt::Debug for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout")
            .field("name", &self.name())
            .field("limit", &self.core.limit())
            .finish_non_exhaustive()
    }
}
