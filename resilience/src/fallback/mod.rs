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

use std::{fmt, future::Future, sync::Arc};

use crate::{
    ConfigError, Failure, Rejected,
    cells::Cells,
    event::{self, Origin},
    name::{self, Name},
    sync::AtomicU64,
};

/// The written settings of a fallback: it has none beside its name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Config(());

impl Config {
    /// Nothing written.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }

    /// No setting, no problem.
    #[must_use]
    pub const fn problem(&self, _setting: &str) -> Option<&'static str> {
        None
    }

    /// No setting, no problem.
    #[must_use]
    pub const fn any_problem(&self, _except: &[&str]) -> Option<&'static str> {
        None
    }
}

/// What one fallback is. Handles and sites share it.
#[doc(hidden)]
pub struct Core {
    name: Name,
    origin: Origin,
    cells: Cells<Cell>,
}

#[derive(Default)]
struct Cell {
    used: AtomicU64,
    failed: AtomicU64,
}

impl Core {
    pub(crate) fn new(name: Name, origin: Origin) -> Self {
        Self { name, origin, cells: Cells::new() }
    }

    /// The first tier is about to run.
    pub(crate) fn used(&self, refused: Option<&Rejected>) {
        self.cells.count(|cell| &cell.used);
        event::fell_back(self.origin, self.name.as_str(), refused);
    }

    /// The last tier failed.
    pub(crate) fn failed(&self) {
        self.cells.count(|cell| &cell.failed);
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot { used: self.cells.sum(|cell| &cell.used), failed: self.cells.sum(|cell| &cell.failed) }
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
        Ok(Self { core: Arc::new(Core::new(name::intern(name)?, Origin::NONE)) })
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

/// What a tier is told of a failure, for the figures.
pub(crate) fn refusal<E>(failure: &Failure<E>) -> Option<&Rejected> {
    failure.rejected()
}
