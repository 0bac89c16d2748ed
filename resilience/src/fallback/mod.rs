//! Fallback: answer with something else when the call cannot.
//!
//! The attribute is [`#[fallback]`](macro@crate::fallback), which type-checks its tiers against the function. By hand:
//!
//! ```
//! use resilience::Fallback;
//!
//! let fallback = Fallback::new("quotes")?;
//! let answer = fallback.call(|| Err("connection reset"), |_error| Ok::<_, &str>("yesterday's quote"));
//! assert_eq!(answer, Ok("yesterday's quote"));
//! assert_eq!(fallback.snapshot().used, 1);
//! # Ok::<(), resilience::ConfigError>(())
//! ```

mod config;

use std::{fmt, future::Future, sync::Arc};

pub use config::{Config, Settings};

use crate::{
    Clock, ConfigError, PolicyKind, Registry, Rejected,
    cells::Cells,
    event::{self, Origin},
    name::{self, Name},
    registry::Home,
    sync::{AtomicU32, AtomicU64, Ordering},
};

/// What one fallback is. Handles and sites share it.
#[doc(hidden)]
pub struct Core {
    name: Name,
    origin: Origin,
    enabled: AtomicU32,
    cells: Cells<Cell>,
}

#[derive(Default)]
#[repr(align(64))]
struct Cell {
    used: AtomicU64,
    failed: AtomicU64,
}

#[allow(clippy::trivially_copy_pass_by_ref, clippy::needless_pass_by_value)] // As those of every kind.
impl Core {
    pub(crate) fn new(name: Name, config: &Config, home: Home) -> Self {
        let enabled = AtomicU32::new(u32::from(config.settings().enabled));
        Self { name, origin: home.origin, enabled, cells: Cells::new() }
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.enabled.load(Ordering::Relaxed) != 0
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings { enabled: self.is_enabled() }
    }

    pub(crate) fn reconfigure(&self, config: &Config) -> Result<(), ConfigError> {
        config.validate()?;
        self.enabled.store(u32::from(config.settings().enabled), Ordering::Relaxed);
        event::reconfigured(self.origin, self.name.as_str(), PolicyKind::Fallback);
        Ok(())
    }

    /// The first tier is about to run.
    #[inline]
    pub(crate) fn used(&self, refused: Option<&Rejected>) {
        self.cells.count(|cell| &cell.used);
        event::fell_back(self.origin, self.name.as_str(), refused);
    }

    /// The last tier failed.
    pub(crate) fn failed(&self) {
        self.cells.count(|cell| &cell.failed);
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            used: self.cells.sum(|cell| &cell.used),
            failed: self.cells.sum(|cell| &cell.failed),
            settings: self.settings(),
        }
    }
}

/// The figures of a fallback at one moment, counted since it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// Calls for which it stood in.
    pub used: u64,
    /// Calls for which every tier failed as well.
    pub failed: u64,
    /// The settings in force.
    pub settings: Settings,
}

/// A fallback: a cheap handle, all clones of which share their figures.
#[derive(Clone)]
pub struct Fallback {
    core: Arc<Core>,
}

impl Fallback {
    /// A fallback of its own, outside every registry.
    ///
    /// # Errors
    ///
    /// A name that is empty, longer than 256 bytes or has control characters.
    pub fn new(name: &str) -> Result<Self, ConfigError> {
        let home = Home::none(Clock::system());
        Ok(Self { core: Arc::new(Core::new(name::intern(name)?, &Config::new(), home)) })
    }

    pub(crate) const fn from_core(core: Arc<Core>) -> Self {
        Self { core }
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    /// The fallback's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.core.name.as_str()
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.core.settings()
    }

    /// Changes the settings from the next failure on.
    ///
    /// Of a policy in a registry they become its layer of the run time, instead of what that was: they win over file,
    /// environment and what the program wrote, and what is not written here is as those say.
    /// [`Registry::unset`](crate::Registry::unset) takes one back, and a config with nothing written takes back all. Of a
    /// policy outside every registry they are all of its settings.
    ///
    /// # Errors
    ///
    /// None: every setting of a fallback can be.
    pub fn reconfigure(&self, config: Config) -> Result<(), ConfigError> {
        Registry::reconfigure(self.core.origin, self.core.name, &*self.core, &config)
    }

    /// Every figure of this fallback at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.core.snapshot()
    }

    /// Runs `f`, and `tier` with its error if it fails.
    ///
    /// # Errors
    ///
    /// The error of `tier`.
    pub fn call<T, E, G>(
        &self,
        f: impl FnOnce() -> Result<T, E>,
        tier: impl FnOnce(E) -> Result<T, G>,
    ) -> Result<T, G> {
        match f() {
            Ok(value) => Ok(value),
            Err(error) => {
                self.core.used(None);
                tier(error).inspect_err(|_| self.core.failed())
            }
        }
    }

    /// Awaits `future`, and what `tier` makes of its error if it fails.
    ///
    /// # Errors
    ///
    /// The error of `tier`.
    pub async fn call_async<T, E, G, F>(
        &self,
        future: impl Future<Output = Result<T, E>>,
        tier: impl FnOnce(E) -> F,
    ) -> Result<T, G>
    where
        F: Future<Output = Result<T, G>>,
    {
        match future.await {
            Ok(value) => Ok(value),
            Err(error) => {
                self.core.used(None);
                tier(error).await.inspect_err(|_| self.core.failed())
            }
        }
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback").field("name", &self.name()).finish_non_exhaustive()
    }
}
