//! What an async call holds of the gates that it has passed.

use std::{convert::Infallible, mem::ManuallyDrop};

use super::Waiting;
use crate::{
    Failure, Verdict,
    bulkhead::Place,
    circuit_breaker::{self, Admission, AsyncPermit, Blame, blame, take_unwound},
    clock::Nanos,
    rejected::Refusal,
    retry::{Attempts, Wait},
};

/// What an async call holds of the gates that it has passed: a circuit breaker's permit, a bulkhead's place, and while it
/// waits to enter, what it waits for.
///
/// It stays where it is made, and its parts are written there: moved as a whole, it would be read again before it has
/// reached the processor's cache. One that is dropped says of its call what an [`AsyncPermit`] says.
#[must_use]
pub struct Guard {
    /// The admission's, where there is one.
    word: u64,
    start: Nanos,
    breaker: Option<&'static circuit_breaker::Core>,
    // Both dropped at the end of the call, and nowhere else: drop glue would be written into the function.
    place: ManuallyDrop<Option<Place<'static>>>,
    pub(super) waiting: ManuallyDrop<Option<Box<Waiting>>>,
    /// The number of the gate that is to be asked next.
    pub(super) next: usize,
}

/// The call has not ended, and no breaker has admitted it.
const OUTSIDE: u64 = 0;
/// The same where the preset has no breaker.
const MISSING: u64 = 1;
/// The call has ended. Only the word of a breaker that is switched off has the highest bit, and that never all of them.
const OVER: u64 = u64::MAX;

impl Guard {
    /// Of a call that has passed no gate.
    #[inline]
    #[allow(clippy::new_without_default)] // Expansions make it, nobody else.
    pub const fn new() -> Self {
        Self {
            word: OUTSIDE,
            start: 0,
            breaker: None,
            place: ManuallyDrop::new(None),
            waiting: ManuallyDrop::new(None),
            next: 0,
        }
    }

    /// Before the first gate comes a pause.
    #[cold]
    #[inline(never)]
    pub(super) fn pause(&mut self, attempts: &Attempts<'static>, wait: Wait) {
        *self.waiting = Some(Box::new(Waiting::Pausing(attempts.pause(wait))));
    }

    /// A breaker has admitted the call.
    #[inline]
    pub(super) const fn admit(&mut self, Admission { core, word, start }: Admission<'static>) {
        self.breaker = Some(core);
        self.word = word;
        self.start = start;
    }

    /// There is no breaker where the body thinks that there is one.
    #[inline]
    pub(super) const fn miss_breaker(&mut self) {
        self.word = MISSING;
    }

    /// A bulkhead has given the call a place.
    #[inline]
    pub(super) const fn put(&mut self, place: Place<'static>) {
        // There was none.
        self.place = ManuallyDrop::new(Some(place));
    }

    #[inline]
    fn admission(&self) -> Option<Admission<'static>> {
        self.breaker.map(|core| Admission { core, word: self.word, start: self.start })
    }

    /// See [`AsyncPermit::success`].
    #[inline]
    pub fn success(&mut self) {
        debug_assert!(self.word != OVER, "a call ends once");
        // The breaker first: a bulkhead above it lets the next call in, which is to meet a breaker that knows of this one.
        match self.admission() {
            Some(admission) => admission.success(|| self.word = OVER),
            None => self.word = OVER,
        }
        drop(self.place.take());
    }

    /// Gives the place back. Nothing is left to drop then.
    #[inline]
    fn leave(&mut self) {
        self.word = OVER;
        drop(self.place.take());
    }

    /// See [`AsyncPermit::failed`].
    #[cold]
    #[inline(never)]
    pub fn failed(&mut self) {
        self.end(AsyncPermit::failed);
    }

    /// See [`AsyncPermit::fail`].
    #[cold]
    #[inline(never)]
    pub fn fail<E>(&mut self, failure: &Failure<E>) {
        self.settle(blame(failure, |_| Verdict::Failure));
    }

    /// A gate further in refused the call, which ends it for those that it has passed.
    pub(super) fn refused(&mut self, refusal: Refusal) {
        if self.breaker.is_none() {
            self.leave();
        } else {
            self.fail(&Failure::<Infallible>::Rejected(refusal.into()));
        }
    }

    /// See [`AsyncPermit::settle`].
    #[cold]
    #[inline(never)]
    pub fn settle(&mut self, blame: Blame) {
        self.end(|permit| permit.settle(blame));
    }

    /// Nothing waits any more, the breaker is told how the call ended, and then the place is given back, as after a success.
    fn end(&mut self, tell: impl FnOnce(&mut AsyncPermit<'static>)) {
        // Dropped last.
        let _place = self.place.take();
        let permit = self.admission().map(AsyncPermit::new);
        self.word = OVER;
        *self.waiting = None;
        if let Some(mut permit) = permit {
            tell(&mut permit);
        }
    }
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        if self.word != OVER {
            self.abandon();
        }
    }
}

impl Guard {
    #[cold]
    #[inline(never)]
    fn abandon(&mut self) {
        if self.word == MISSING && self.breaker.is_none() {
            // The body left a mark for each breaker that its stack may have; this one had none to take it.
            take_unwound();
        }
        // A permit that nothing is said of finds out itself.
        self.end(|_| ());
    }
}
