//! Circuit breaker: stop calling what keeps failing, and try again carefully.
//!
//! A closed breaker lets calls pass and judges their outcomes. When one of its rules is broken (so many failures in a
//! row, or so many in a window, or too high a share of failed or slow calls) it opens: calls are refused at once for
//! `open_for`. Then it is half-open: at most `half_open` trial calls pass, and it closes at `success_threshold`
//! successes, or opens again as soon as so many are out of reach.
//!
//! The attribute is [`#[circuit_breaker]`](macro@crate::circuit_breaker); this module is what stands behind it, and is
//! good by itself:
//!
//! ```
//! use std::time::Duration;
//! use resilience::{CircuitBreaker, Failure, ManualClock, circuit_breaker::{Config, State}};
//!
//! let clock = ManualClock::new();
//! let config = Config::new().threshold(2).open_for(Duration::from_secs(30)).half_open(1);
//! let breaker = CircuitBreaker::with_clock("stock", config, clock.clone())?;
//!
//! for _ in 0..2 {
//!     let _ = breaker.call(|| Err::<u32, _>("connection reset"));
//! }
//! assert_eq!(breaker.state(), State::Open);
//!
//! let refused = breaker.call(|| Ok::<u32, &str>(7)).unwrap_err();
//! assert_eq!(refused.to_string(), "circuit breaker `stock` is open, try again in 30s");
//!
//! clock.advance(Duration::from_secs(30));
//! assert_eq!(breaker.call(|| Ok::<u32, &str>(7)), Ok(7));
//! assert_eq!(breaker.state(), State::Closed);
//! # Ok::<(), resilience::ConfigError>(())
//! ```

mod calling;
mod cause;
mod cell;
mod config;
mod failure;
mod history;
mod keyed;
mod latency;
mod outcome;
mod past;
mod permit;
mod refusal;
mod rules;
mod settings;
mod share;
mod snapshot;
mod state;
mod transition;
mod verdict;
mod word;

use std::{fmt, future::Future, sync::Arc, time::Duration};

pub use cause::Cause;
pub use config::{Config, Initial, Window};
pub use history::Counts;
pub use keyed::KeyPermit;
pub use latency::Latency;
#[cfg(feature = "dashboard")]
pub(crate) use latency::Spread;
pub use past::Transition;
pub use permit::Permit;
pub use settings::Settings;
pub use snapshot::Snapshot;
pub use word::State;

#[doc(hidden)]
pub use keyed::AsyncKeyPermit;
pub(crate) use permit::{Admission, Bystanders, TimingOut, is_ending, mark_unwound, take_unwound};
#[doc(hidden)]
pub use permit::{AsyncPermit, Blame, blame};
#[doc(hidden)]
pub use state::Core;

use calling::Calling;

use crate::{Clock, ConfigError, Failure, Keyed, Registry, Rejected, Verdict, name, registry::Home};

/// A circuit breaker: a cheap handle, all clones of which are one breaker.
#[derive(Clone)]
pub struct CircuitBreaker {
    core: Arc<Core>,
}

impl CircuitBreaker {
    /// A breaker of its own, outside every registry, on the system clock.
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

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    /// The breaker's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.core.name.as_str()
    }

    /// Runs `f` if the breaker lets it, every `Err` a failure.
    ///
    /// # Errors
    ///
    /// [`Failure::Error`] with the error of `f`, [`Failure::Rejected`] if it was not run.
    #[inline]
    pub fn call<T, E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<T, Failure<E>> {
        self.call_judged(f, |_| Verdict::Failure)
    }

    /// Runs `f` if the breaker lets it; `classify` says what an error means.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    #[inline]
    pub fn call_judged<T, E>(
        &self,
        f: impl FnOnce() -> Result<T, E>,
        classify: impl FnOnce(&E) -> Verdict,
    ) -> Result<T, Failure<E>> {
        let permit = self.acquire()?;
        match f() {
            Ok(value) => {
                permit.success();
                Ok(value)
            }
            Err(error) => {
                let failure = Failure::Error(error);
                permit.settle(blame(&failure, classify));
                Err(failure)
            }
        }
    }

    /// Awaits `future` if the breaker lets it, every `Err` a failure. Dropping the returned future cancels the call.
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
        self.call_async_judged(future, |_| Verdict::Failure)
    }

    /// Awaits `future` if the breaker lets it; `classify` says what an error means.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    #[inline]
    pub fn call_async_judged<T, E, F, C>(
        &self,
        future: F,
        classify: C,
    ) -> impl Future<Output = Result<T, Failure<E>>> + use<'_, T, E, F, C>
    where
        F: Future<Output = Result<T, E>>,
        C: FnOnce(&E) -> Verdict,
    {
        Calling::new(&self.core, future, classify)
    }

    /// Leave for one call, whose end the caller reports.
    ///
    /// # Errors
    ///
    /// The refusal, with the time until a new try makes sense unless the circuit is forced open.
    #[inline]
    pub fn acquire(&self) -> Result<Permit<'_>, Rejected> {
        match self.core.admit() {
            Ok(admission) => Ok(Permit::new(admission)),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// The state. An open circuit whose time is over says open until a call comes.
    #[must_use]
    pub fn state(&self) -> State {
        self.core.state()
    }

    /// The number of transitions and half-open rounds so far, modulo 2^31: an outcome of an earlier generation is
    /// counted in the totals and changes nothing else.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.core.generation()
    }

    /// The time until an open circuit tries again; `None` in every other state.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.core.retry_after()
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.core.settings()
    }

    /// Changes the settings while the breaker runs. State and totals are kept, and so is what the window holds unless the
    /// window itself or `reset_after` changes.
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
        Registry::reconfigure(self.core.registry, self.core.name, &*self.core, &config)
    }

    /// Closes the circuit, with an empty window. Nothing happens if it is closed.
    pub fn close(&self) {
        self.core.go_with_keys(State::Closed);
    }

    /// Closed, with nothing in its window and no failure in a row, from any state. Totals stay.
    pub fn reset(&self) {
        self.core.reset_with_keys();
    }

    /// Refuses every call until told otherwise.
    pub fn force_open(&self) {
        self.core.go_with_keys(State::ForcedOpen);
    }

    /// Lets every call pass, counted but not judged, until told otherwise.
    pub fn disable(&self) {
        self.core.go_with_keys(State::Disabled);
    }

    /// Lets every call pass and only says when it would open, until told otherwise.
    pub fn metrics_only(&self) {
        self.core.go_with_keys(State::MetricsOnly);
    }

    /// How long calls took in this minute and the last, if that is measured.
    #[cfg(feature = "dashboard")]
    pub(crate) fn spread(&self) -> Option<Spread> {
        self.core.spread()
    }

    /// One breaker for each key, all with the name and the settings of this one.
    #[must_use]
    pub fn keyed(&self) -> Keyed<Self> {
        Keyed::over(self.clone())
    }

    /// Every figure of this breaker at this moment; with keys, the sums over all of them.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.core.snapshot()
    }
}

impl fmt::Debug for CircuitBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreaker")
            .field("name", &self.name())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
