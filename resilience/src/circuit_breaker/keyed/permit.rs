use std::{hint::black_box, ops::Deref, sync::Arc, thread};

use super::{
    super::{
        Core,
        permit::{Blame, is_timing_out, take_unwound},
    },
    compact,
};
use crate::{Failure, clock::Nanos, keyed::Instance, rejected::Refusal};

/// One admission of a key.
pub(super) struct KeyAdmission<B: Deref<Target = Core>> {
    instance: Instance<B>,
    word: u64,
    start: Nanos,
}

impl<B: Deref<Target = Core>> KeyAdmission<B> {
    pub(super) fn of(instance: Instance<B>) -> Result<Self, Refusal> {
        if instance.full().is_none()
            && let Some(entry) = &instance.entry
            && let Ok(word) = compact::admitted(entry, &instance.base)
        {
            let start = compact::start(&instance.base);
            return Ok(Self { instance, word, start });
        }
        // It is a machine by now, and remains one.
        let admission = instance.full().unwrap_or(&instance.base).admit()?;
        let (word, start) = (admission.word, admission.start);
        Ok(Self { instance, word, start })
    }

    fn succeed(&self) {
        match (self.instance.full(), &self.instance.entry) {
            (Some(full), _) => full.succeed(self.word, self.start),
            (None, Some(entry)) => compact::succeed(entry, &self.instance.base, self.word, self.start),
            (None, None) => {}
        }
    }

    /// The machine that every other end of a call needs.
    fn machine(&self) -> &Core {
        match &self.instance.entry {
            Some(entry) => entry.machine(&self.instance.base),
            None => &self.instance.base,
        }
    }

    fn settle(&self, blame: Blame) {
        if blame == Blame::Success {
            return self.succeed();
        }
        self.machine().settle(self.word, self.start, blame);
    }
}

/// Leave for one call of a key through a [`Keyed`](crate::Keyed) circuit breaker.
///
/// As a [`Permit`](crate::circuit_breaker::Permit), but it borrows nothing. As long as it lives, its key does not leave.
///
/// ```
/// use resilience::{CircuitBreaker, circuit_breaker::Config};
///
/// let hosts = CircuitBreaker::new("hosts", Config::new())?.keyed();
/// match hosts.acquire("db-1") {
///     Ok(permit) => permit.success(),
///     Err(rejected) => println!("{rejected}"),
/// }
/// assert_eq!(hosts.get("db-1").expect("it was used").snapshot().successes, 1);
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[must_use = "a permit that is dropped says nothing about the call"]
pub struct KeyPermit<B: Deref<Target = Core> = Arc<Core>>(Held<B>);

/// The same for a call of an async stack: see [`AsyncPermit`](super::super::AsyncPermit).
#[doc(hidden)]
#[must_use]
pub struct AsyncKeyPermit<B: Deref<Target = Core>>(Held<B>);

/// The admission of a call that has not ended.
struct Held<B: Deref<Target = Core>>(Option<KeyAdmission<B>>);

impl<B: Deref<Target = Core>> Held<B> {
    fn success(&mut self) {
        if let Some(admission) = self.0.take() {
            admission.succeed();
        }
    }

    fn settle(&mut self, blame: Blame) {
        if let Some(admission) = self.0.take() {
            admission.settle(blame);
        }
    }

    fn failed(&mut self) {
        if let Some(admission) = self.0.take() {
            admission.machine().fail_plainly(admission.word, admission.start);
        }
    }

    fn fail<E>(&mut self, failure: &Failure<E>) {
        if let Some(admission) = self.0.take() {
            admission.machine().fail_with(admission.word, admission.start, black_box(failure));
        }
    }
}

impl<B: Deref<Target = Core>> KeyPermit<B> {
    pub(super) const fn new(admission: KeyAdmission<B>) -> Self {
        Self(Held(Some(admission)))
    }

    /// The dependency answered as it should.
    pub fn success(mut self) {
        self.0.success();
    }

    /// The dependency failed.
    pub fn failure(self) {
        self.settle(Blame::Failure);
    }

    /// The call says nothing about the dependency; a trial place is given back.
    pub fn ignore(self) {
        self.settle(Blame::Neither);
    }

    /// How a call that did not simply succeed ended.
    #[doc(hidden)]
    pub fn settle(mut self, blame: Blame) {
        self.0.settle(blame);
    }

    /// The body failed, and every error is a failure.
    #[doc(hidden)]
    pub fn failed(mut self) {
        self.0.failed();
    }

    /// The same, where every error of the function is a failure.
    #[doc(hidden)]
    pub fn fail<E>(mut self, failure: &Failure<E>) {
        self.0.fail(failure);
    }
}

impl<B: Deref<Target = Core>> AsyncKeyPermit<B> {
    pub(super) const fn new(admission: KeyAdmission<B>) -> Self {
        Self(Held(Some(admission)))
    }

    /// See [`KeyPermit::success`].
    pub fn success(&mut self) {
        self.0.success();
    }

    /// See [`KeyPermit::settle`].
    pub fn settle(&mut self, blame: Blame) {
        self.0.settle(blame);
    }

    /// See [`KeyPermit::failed`].
    pub fn failed(&mut self) {
        self.0.failed();
    }

    /// See [`KeyPermit::fail`].
    pub fn fail<E>(&mut self, failure: &Failure<E>) {
        self.0.fail(failure);
    }
}

impl<B: Deref<Target = Core>> Drop for KeyPermit<B> {
    fn drop(&mut self) {
        let Some(admission) = self.0.0.take() else { return };
        admission.settle(if thread::panicking() {
            Blame::Panic
        } else if is_timing_out() {
            Blame::Timeout
        } else {
            Blame::Cancelled
        });
    }
}

impl<B: Deref<Target = Core>> Drop for AsyncKeyPermit<B> {
    fn drop(&mut self) {
        let Some(admission) = self.0.0.take() else { return };
        admission.settle(if take_unwound() {
            Blame::Panic
        } else if is_timing_out() {
            Blame::Timeout
        } else {
            Blame::Cancelled
        });
    }
}
