//! One circuit breaker for each key.

mod compact;
mod handle;
mod permit;

use std::{
    future::Future,
    ops::Deref,
    sync::{Arc, atomic::Ordering},
};

use permit::KeyAdmission;
pub use permit::{AsyncKeyPermit, KeyPermit};

use super::{CircuitBreaker, Core, Settings, Snapshot, State, permit::blame};
use crate::{
    Failure, Keyed, Rejected, Verdict,
    keyed::{Entry, Instance, Totals},
    private::{shielded, watch},
    rejected::Refusal,
};

impl Core {
    /// The state that somebody asked for, in which every key then is that nothing has happened to.
    pub(super) fn stance(&self) -> State {
        match self.state() {
            asked @ (State::ForcedOpen | State::Disabled | State::MetricsOnly) => asked,
            State::Closed | State::Open | State::HalfOpen => State::Closed,
        }
    }

    /// What is asked of a breaker with keys is asked of every key.
    pub(super) fn go_with_keys(&self, state: State) {
        let before = self.stance();
        self.go(state);
        let has_turned = self.stance() != before;
        self.each_key(|entry| match entry.full() {
            Some(full) => full.go(state),
            // A compact key is closed, and follows the base into what somebody asked for.
            None if has_turned => {
                if let Err(full) = self.follow(entry, true) {
                    full.go(state);
                }
            }
            None => {}
        });
    }

    /// The same for a reset.
    pub(super) fn reset_with_keys(&self) {
        let has_turned = self.stance() != State::Closed;
        self.reset();
        self.each_key(|entry| {
            if let Err(full) = self.follow(entry, has_turned) {
                full.reset();
            }
        });
    }

    /// Gives every key these settings.
    pub(super) fn reconfigure_keys(&self, settings: &Arc<Settings>, is_emptied: bool) {
        self.each_key(|entry| self.reconfigure_key(entry, settings, is_emptied));
        if let Some(keys) = self.keys.get() {
            keys.shrink(self);
        }
    }

    fn each_key(&self, tell: impl Fn(&Entry<Self>)) {
        if let Some(keys) = self.keys.get() {
            keys.all().iter().for_each(|entry| tell(entry));
        }
    }

    /// Adds the figures of every key.
    pub(super) fn add_keys(&self, snapshot: &mut Snapshot) {
        let Some(keys) = self.keys.get() else { return };
        snapshot.keys = keys.count();
        let Totals(totals) = keys.totals();
        for (figure, total) in compact::figures(snapshot).into_iter().zip(totals) {
            *figure = figure.wrapping_add(total);
        }
    }

    pub(super) fn most_keys(&self) -> usize {
        self.max_keys.load(Ordering::Relaxed) as usize
    }
}

impl<B: Deref<Target = Core>> Instance<B> {
    /// May a call of a sync stack go ahead?
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn admit(self) -> Result<KeyPermit<B>, Refusal> {
        KeyAdmission::of(self).map(KeyPermit::new)
    }

    /// May a call of an async stack go ahead?
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn admit_async(self) -> Result<AsyncKeyPermit<B>, Refusal> {
        KeyAdmission::of(self).map(AsyncKeyPermit::new)
    }
}

/// # Calls with a key
impl Keyed<CircuitBreaker> {
    fn instance(&self, key: &str) -> Instance<Arc<Core>> {
        Instance::of(Arc::clone(&self.policy().core), key)
    }

    /// Runs `f` if the breaker of this key lets it, every `Err` a failure.
    ///
    /// # Errors
    ///
    /// [`Failure::Error`] with the error of `f`, [`Failure::Rejected`] if it was not run.
    pub fn call<T, E>(&self, key: &str, f: impl FnOnce() -> Result<T, E>) -> Result<T, Failure<E>> {
        self.call_judged(key, f, |_| Verdict::Failure)
    }

    /// Runs `f` if the breaker of this key lets it; `classify` says what an error means.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_judged<T, E>(
        &self,
        key: &str,
        f: impl FnOnce() -> Result<T, E>,
        classify: impl FnOnce(&E) -> Verdict,
    ) -> Result<T, Failure<E>> {
        let permit = self.acquire(key)?;
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

    /// Awaits `future` if the breaker of this key lets it, every `Err` a failure. Dropping the returned future cancels the
    /// call.
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
        self.call_async_judged(key, future, |_| Verdict::Failure)
    }

    /// Awaits `future` if the breaker of this key lets it; `classify` says what an error means.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_async_judged<T, E, F, C>(
        &self,
        key: &str,
        future: F,
        classify: C,
    ) -> impl Future<Output = Result<T, Failure<E>>> + use<T, E, F, C>
    where
        F: Future<Output = Result<T, E>>,
        C: FnOnce(&E) -> Verdict,
    {
        let instance = self.instance(key);
        async move {
            let mut permit = match instance.admit_async() {
                Ok(permit) => permit,
                Err(refusal) => return Err(Failure::Rejected(refusal.into())),
            };
            match shielded::<1, _>(future).await {
                Ok(value) => {
                    permit.success();
                    Ok(value)
                }
                Err(error) => {
                    let failure = Failure::Error(error);
                    let watch = watch::<1>();
                    let blame = blame(&failure, classify);
                    watch.done();
                    permit.settle(blame);
                    Err(failure)
                }
            }
        }
    }

    /// Leave for one call of this key, whose end the caller reports.
    ///
    /// # Errors
    ///
    /// The refusal, with the time until a new try makes sense unless the circuit is forced open.
    pub fn acquire(&self, key: &str) -> Result<KeyPermit, Rejected> {
        self.instance(key).admit().map_err(Rejected::from)
    }
}
