//! One bulkhead for each key.
//!
//! As long as a place is free, a key is the number of those in use. The caller that finds none makes a machine of it, with
//! so many places out of the pool, where it waits or is refused.

use std::{
    fmt,
    future::Future,
    ops::Deref,
    sync::{Arc, OnceLock},
};

use super::{
    Answer, Bulkhead, Core, Settings, Snapshot,
    word::{self, PLACE},
};
use crate::{
    Failure, Keyed, Rejected,
    keyed::{Entry, Form, Instance, Keyable, Keys, Machine, Standing, Totals},
    rejected::Refusal,
    sync::Ordering,
};

/// A bulkhead that was never full.
#[doc(hidden)]
pub struct Compact {
    in_use: u32,
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
        Compact { in_use: 0, admitted: 0 }
    }

    fn grow(&self, compact: &Compact, key: &str) -> Self {
        let full = Self::begun(self.name, self.settings(), self.home_of(key));
        full.word.fetch_add(u64::from(compact.in_use) * PLACE, Ordering::Relaxed);
        full.cells.any().0.admitted.store(u64::from(compact.admitted), Ordering::Relaxed);
        full
    }

    fn standing(&self, _: Form<'_, Self>) -> Standing {
        // Whoever has a place or waits for one has the key as well.
        Standing::Idle
    }

    fn count(form: Form<'_, Self>, totals: &mut Totals) {
        match form {
            Form::Compact(compact) => {
                totals.add(&[u64::from(compact.in_use), 0, u64::from(compact.admitted)]);
            }
            Form::Full(full) => {
                let Snapshot { in_use, waiting, admitted, full, queue_full, waited_too_long, .. } =
                    full.snapshot();
                let (in_use, waiting) = (u64::from(in_use), waiting as u64);
                totals.add(&[in_use, waiting, admitted, full, queue_full, waited_too_long]);
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
        let Totals([in_use, waiting, admitted, full, queue_full, waited_too_long, ..]) = keys.totals();
        snapshot.keys = keys.count();
        snapshot.in_use = snapshot.in_use.saturating_add(u32::try_from(in_use).unwrap_or(u32::MAX));
        snapshot.waiting = snapshot.waiting.saturating_add(usize::try_from(waiting).unwrap_or(usize::MAX));
        snapshot.admitted = snapshot.admitted.wrapping_add(admitted);
        snapshot.full = snapshot.full.wrapping_add(full);
        snapshot.queue_full = snapshot.queue_full.wrapping_add(queue_full);
        snapshot.waited_too_long = snapshot.waited_too_long.wrapping_add(waited_too_long);
    }
}

/// A place in the bulkhead of one key. Dropping it gives the place to the longest waiting caller, or back. As long as it
/// lives, its key does not leave.
#[must_use = "the place is given back when this is dropped"]
pub struct KeyPlace<B: Deref<Target = Core> = Arc<Core>>(Instance<B>);

impl<B: Deref<Target = Core>> Drop for KeyPlace<B> {
    fn drop(&mut self) {
        let Instance { base, entry } = &self.0;
        match entry {
            None => base.leave(),
            Some(entry) => match entry.compact(base) {
                Ok(mut compact) => compact.in_use -= 1,
                Err(full) => full.leave(),
            },
        }
    }
}

impl<B: Deref<Target = Core>> fmt::Debug for KeyPlace<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.0.entry.as_ref().map(|entry| entry.key());
        f.debug_struct("KeyPlace").field("bulkhead", &self.0.base.name.as_str()).field("key", &key).finish()
    }
}

impl<B: Deref<Target = Core>> Instance<B> {
    /// Takes a place of a compact key, or gives the machine to ask.
    fn take_place(&self) -> Result<(), &Core> {
        let Some(entry) = &self.entry else { return Err(&self.base) };
        take(entry, &self.base)
    }

    /// A place, or what else can be said without the lock.
    pub fn ask(&self) -> Answer<'_, KeyPlace<B>, KeyLater<B>>
    where
        B: Clone,
    {
        match self.take_place() {
            Ok(()) => {}
            Err(full) => match full.ask() {
                Answer::Place(place) => std::mem::forget(place),
                Answer::Full(full) => return Answer::Full(full),
                Answer::Later(_) => return Answer::Later(KeyLater(self.clone())),
            },
        }
        Answer::Place(KeyPlace(self.clone()))
    }

    /// A place, if one is free; says why not.
    fn place_now(self) -> Result<KeyPlace<B>, Rejected> {
        match self.take_place() {
            Ok(()) => {}
            Err(full) => std::mem::forget(full.place_now()?),
        }
        Ok(KeyPlace(self))
    }

    /// A place; blocks while that is allowed.
    ///
    /// # Errors
    ///
    /// The refusal.
    fn place(self) -> Result<KeyPlace<B>, Rejected> {
        match self.take_place() {
            Ok(()) => {}
            Err(full) => std::mem::forget(full.place()?),
        }
        Ok(KeyPlace(self))
    }

    /// A place; waits while that is allowed.
    ///
    /// # Errors
    ///
    /// The refusal.
    async fn waiting(self) -> Result<KeyPlace<B>, Rejected> {
        match self.take_place() {
            Ok(()) => {}
            Err(full) => std::mem::forget(full.waiting().await?),
        }
        Ok(KeyPlace(self))
    }
}

/// The instance of a key that told a caller to come later.
#[doc(hidden)]
#[must_use]
pub struct KeyLater<B: Deref<Target = Core>>(Instance<B>);

impl<B: Deref<Target = Core>> KeyLater<B> {
    /// A place; blocks while that is allowed.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn place_later(self) -> Result<KeyPlace<B>, Refusal> {
        match self.0.take_place() {
            Ok(()) => {}
            Err(full) => std::mem::forget(full.place_later()?),
        }
        Ok(KeyPlace(self.0))
    }

    /// The same; waits while that is allowed.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub async fn queueing(self) -> Result<KeyPlace<B>, Rejected> {
        match self.0.take_place() {
            Ok(()) => {}
            Err(full) => std::mem::forget(super::Later::new(full).queueing().await?),
        }
        Ok(KeyPlace(self.0))
    }
}

fn take<'e>(entry: &'e Entry<Core>, base: &Core) -> Result<(), &'e Core> {
    let mut compact = entry.compact(base)?;
    if compact.in_use < word::limit(base.word.load(Ordering::Relaxed)) && compact.admitted < u32::MAX {
        compact.in_use += 1;
        compact.admitted += 1;
        return Ok(());
    }
    Err(entry.grow(base, &compact))
}

impl Keyable for Bulkhead {
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
impl Keyed<Bulkhead> {
    fn instance(&self, key: &str) -> Instance<Arc<Core>> {
        Instance::of(Arc::clone(&self.policy().core), key)
    }

    /// Runs `f` in a place of this key; blocks the thread for up to `max_wait` to get one.
    ///
    /// ```
    /// use resilience::{Bulkhead, bulkhead::Config};
    ///
    /// let tenants = Bulkhead::new("tenants", Config::new().max_concurrent(1))?.keyed();
    ///
    /// let place = tenants.acquire("acme").unwrap();
    /// assert!(tenants.call("acme", || Ok::<_, &str>("report")).is_err());
    /// assert!(tenants.call("umbrella", || Ok::<_, &str>("report")).is_ok());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Failure::Error`] with the error of `f`, [`Failure::Rejected`] if it was not run.
    pub fn call<T, E>(&self, key: &str, f: impl FnOnce() -> Result<T, E>) -> Result<T, Failure<E>> {
        let _place = self.acquire(key)?;
        f().map_err(Failure::Error)
    }

    /// Awaits `future` in a place of this key, after waiting for one for up to `max_wait`. Dropping the returned future
    /// cancels the call and gives its place back.
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
            let _place = instance.waiting().await?;
            future.await.map_err(Failure::Error)
        }
    }

    /// A place of this key, given back when it is dropped; blocks the thread for up to `max_wait` to get one.
    ///
    /// # Errors
    ///
    /// The refusal: every place is taken and nobody may wait, or the queue is full, or `max_wait` has passed.
    pub fn acquire(&self, key: &str) -> Result<KeyPlace, Rejected> {
        self.instance(key).place()
    }

    /// A place of this key, waited for up to `max_wait`.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    pub fn acquire_async(&self, key: &str) -> impl Future<Output = Result<KeyPlace, Rejected>> + use<> {
        self.instance(key).waiting()
    }

    /// A place of this key if one is free now and nobody waits for it.
    ///
    /// # Errors
    ///
    /// The refusal, with [`Reason::BulkheadFull`](crate::Reason::BulkheadFull).
    pub fn try_acquire(&self, key: &str) -> Result<KeyPlace, Rejected> {
        self.instance(key).place_now()
    }
}
