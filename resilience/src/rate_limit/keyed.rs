//! One rate limit for each key.
//!
//! As long as a permit is there, a key is the moment at which those in use will have come back. The caller that finds none
//! makes a machine of it, where it waits or is refused.

use std::{
    future::Future,
    ops::Deref,
    sync::{Arc, OnceLock},
};

use super::{
    Core, RateLimit, Settings, Snapshot,
    gcra::{self, Decision, Units},
};
use crate::{
    Failure, Keyed, Rejected,
    keyed::{Entry, Form, Instance, Keyable, Keys, Machine, Standing, Totals},
    rejected::Refusal,
    sync::Ordering,
};

/// A rate limit that refused nobody.
#[doc(hidden)]
pub struct Compact {
    tat: Units,
    admitted: u32,
}

impl Machine for Core {
    type Compact = Compact;

    fn keys(&self) -> &OnceLock<Box<Keys<Self>>> {
        &self.keys
    }

    fn max_keys(&self) -> usize {
        self.max_keys.load(Ordering::Relaxed) as usize
    }

    fn compact(&self) -> Compact {
        Compact { tat: gcra::moment(self.clock.now()), admitted: 0 }
    }

    fn grow(&self, compact: &Compact, key: &str) -> Self {
        let full = Self::begun(self.name, self.settings(), self.home_of(key), compact.tat);
        full.totals.any().0.admitted.store(u64::from(compact.admitted), Ordering::Relaxed);
        full
    }

    /// With a permit still to come back a key is not as good as new: gone and come again, it would have its burst once more.
    fn standing(&self, form: Form<'_, Self>) -> Standing {
        let available = match form {
            Form::Compact(compact) => self.gcra().available(compact.tat, gcra::moment(self.clock.now())),
            Form::Full(full) => full.snapshot().available,
        };
        let gcra::Gcra { spacing, tolerance } = self.gcra();
        match available {
            0 => Standing::Refusing,
            permits if permits < tolerance / spacing => Standing::Marked,
            _ => Standing::Idle,
        }
    }

    fn count(form: Form<'_, Self>, totals: &mut Totals) {
        match form {
            Form::Compact(compact) => totals.add(&[0, u64::from(compact.admitted)]),
            Form::Full(full) => {
                let Snapshot { waiting, admitted, refused, .. } = full.snapshot();
                totals.add(&[waiting as u64, admitted, refused]);
            }
        }
    }
}

impl Core {
    pub(super) fn reconfigure_keys(&self, settings: Settings) {
        let Some(keys) = self.keys.get() else { return };
        for entry in keys.all() {
            if let Some(full) = entry.full() {
                full.take_over(settings);
            }
        }
        keys.shrink(self);
    }

    pub(super) fn add_keys(&self, snapshot: &mut Snapshot) {
        let Some(keys) = self.keys.get() else { return };
        let Totals([waiting, admitted, refused, ..]) = keys.totals();
        snapshot.keys = keys.count();
        snapshot.waiting = snapshot.waiting.saturating_add(usize::try_from(waiting).unwrap_or(usize::MAX));
        snapshot.admitted = snapshot.admitted.wrapping_add(admitted);
        snapshot.refused = snapshot.refused.wrapping_add(refused);
    }
}

fn take<'e>(entry: &'e Entry<Core>, base: &Core) -> Result<(), &'e Core> {
    let mut compact = entry.compact(base)?;
    if compact.admitted < u32::MAX
        && let Decision::Admit(tat) = base.gcra().decide(compact.tat, gcra::moment(base.clock.now()), 0)
    {
        (compact.tat, compact.admitted) = (tat, compact.admitted + 1);
        return Ok(());
    }
    Err(entry.grow(base, &compact))
}

impl<B: Deref<Target = Core>> Instance<B> {
    /// Takes a permit of a compact key, or gives the machine to ask.
    fn take_permit(&self) -> Result<(), &Core> {
        let Some(entry) = &self.entry else { return Err(&self.base) };
        take(entry, &self.base)
    }

    /// A permit, if one is there.
    ///
    /// # Errors
    ///
    /// Whom to ask later.
    pub fn try_pass(&self) -> Result<(), KeyLater<B>>
    where
        B: Clone,
    {
        match self.take_permit().or_else(|full| full.try_pass().map_err(|_| ())) {
            Ok(()) => Ok(()),
            Err(()) => Err(KeyLater(self.clone())),
        }
    }

    /// A permit, if one is there now; says why not.
    fn pass_now(&self) -> Result<(), Rejected> {
        self.take_permit().or_else(Core::pass_now)
    }

    /// A permit; blocks while that is allowed.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn pass(&self) -> Result<(), Refusal> {
        self.take_permit().or_else(Core::pass).map_err(Refusal::from)
    }

    /// A permit; waits while that is allowed.
    ///
    /// # Errors
    ///
    /// The refusal.
    async fn passing(self) -> Result<(), Rejected> {
        match self.take_permit() {
            Ok(()) => Ok(()),
            Err(full) => full.passing().await,
        }
    }
}

/// The instance of a key that has no permit now.
#[doc(hidden)]
#[must_use]
pub struct KeyLater<B: Deref<Target = Core>>(Instance<B>);

impl<B: Deref<Target = Core>> KeyLater<B> {
    /// A permit; waits while that is allowed.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub async fn passing(self) -> Result<(), Rejected> {
        self.0.passing().await
    }
}

impl Keyable for RateLimit {
    type Core = Core;
    type Snapshot = Snapshot;

    fn core(&self) -> &Core {
        &self.core
    }

    fn name(&self) -> &'static str {
        self.name()
    }

    fn snapshot_of(core: &Core) -> Snapshot {
        core.snapshot()
    }
}

/// # Calls with a key
impl Keyed<RateLimit> {
    fn instance(&self, key: &str) -> Instance<Arc<Core>> {
        Instance::of(Arc::clone(&self.policy().core), key)
    }

    /// Runs `f` with a permit of this key; blocks the thread for up to `max_wait` to get one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{RateLimit, rate_limit::Config};
    ///
    /// let config = Config::new().rate(1, Duration::from_hours(1));
    /// let addresses = RateLimit::new("addresses", config)?.keyed();
    ///
    /// assert!(addresses.call("192.0.2.7", || Ok::<_, &str>("page")).is_ok());
    /// assert!(addresses.call("192.0.2.7", || Ok::<_, &str>("page")).is_err());
    /// assert!(addresses.call("192.0.2.8", || Ok::<_, &str>("page")).is_ok());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Failure::Error`] with the error of `f`, [`Failure::Rejected`] if it was not run.
    pub fn call<T, E>(&self, key: &str, f: impl FnOnce() -> Result<T, E>) -> Result<T, Failure<E>> {
        self.acquire(key)?;
        f().map_err(Failure::Error)
    }

    /// Awaits `future` with a permit of this key, after waiting for one for up to `max_wait`.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_async<T, E, F>(
        &self,
        key: &str,
        future: F,
    ) -> impl Future<Output = Result<T, Failure<E>>> + use<T, E, F>
    where
        F: Future<Output = Result<T, E>>,
    {
        let instance = self.instance(key);
        async move {
            instance.passing().await?;
            future.await.map_err(Failure::Error)
        }
    }

    /// Takes a permit of this key; blocks the thread for up to `max_wait` to get one.
    ///
    /// # Errors
    ///
    /// The refusal, with the time until a permit comes that nobody else waits for.
    pub fn acquire(&self, key: &str) -> Result<(), Rejected> {
        self.instance(key).pass().map_err(Rejected::from)
    }

    /// Takes a permit of this key, waited for up to `max_wait`.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    pub fn acquire_async(&self, key: &str) -> impl Future<Output = Result<(), Rejected>> + use<> {
        self.instance(key).passing()
    }

    /// Takes a permit of this key if one is there now that nobody waits for.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    pub fn try_acquire(&self, key: &str) -> Result<(), Rejected> {
        self.instance(key).pass_now()
    }
}
