use std::{cell::Cell, hint::black_box, thread};

use super::state::Core;
use crate::{Failure, PolicyKind, Verdict, clock::Nanos};

impl Core {
    /// A call ended with a failure that nobody classifies.
    ///
    /// Callers pass the failure through a `black_box`, so that it stays in memory. Kept in registers over this call, it
    /// would cost every call that succeeds the saving of those registers.
    #[cold]
    #[inline(never)]
    pub(super) fn fail_with<E>(&self, word: u64, start: Nanos, failure: &Failure<E>) {
        match blame(failure, |_| Verdict::Failure) {
            Blame::Failure => self.fail_plainly(word, start),
            blame => self.settle(word, start, blame),
        }
    }

    /// An async call was dropped before it ended.
    #[cold]
    #[inline(never)]
    fn drop_unsaid(&self, word: u64, start: Nanos) {
        let blame = if take_unwound() {
            Blame::Panic
        } else if is_timing_out() {
            Blame::Timeout
        } else {
            Blame::Cancelled
        };
        self.settle(word, start, blame);
    }
}

/// How a call ended that did not simply succeed, as far as a circuit breaker is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Blame {
    Success,
    Failure,
    Timeout,
    Panic,
    /// A bulkhead or a rate limit inside refused.
    Exhausted,
    Neither,
    Cancelled,
}

/// What a failure below a circuit breaker says about the dependency: `classify` judges the function's own errors.
#[doc(hidden)]
pub fn blame<E>(failure: &Failure<E>, classify: impl FnOnce(&E) -> Verdict) -> Blame {
    match failure {
        Failure::Error(error) => match classify(error) {
            Verdict::Success => Blame::Success,
            Verdict::Failure => Blame::Failure,
            Verdict::Neither => Blame::Neither,
        },
        Failure::Rejected(rejected) => match rejected.policy() {
            PolicyKind::Timeout if rejected.is_timeout() => Blame::Timeout,
            PolicyKind::Bulkhead | PolicyKind::RateLimit => Blame::Exhausted,
            _ => Blame::Neither,
        },
    }
}

/// One admission: the word it was given under, and when. Dropping it does nothing.
#[derive(Clone, Copy)]
pub(crate) struct Admission<'a> {
    pub(crate) core: &'a Core,
    pub(crate) word: u64,
    pub(crate) start: Nanos,
}

impl Admission<'_> {
    /// The call ended as it should. Whoever holds this makes sure with `ended` that it says nothing more; done in between,
    /// the compiler can see that nothing is left to drop on the short way.
    #[inline]
    pub(crate) fn success(self, ended: impl FnOnce()) {
        let Self { core, word, start } = self;
        let ending = core.succeed_shortly(word);
        ended();
        core.succeed_otherwise(word, start, ending);
    }
}

/// Leave for one call through a circuit breaker.
///
/// Say how the call ended with [`success`](Self::success), [`failure`](Self::failure) or [`ignore`](Self::ignore).
/// Dropping it says "neither", or "failure" while the thread is panicking.
///
/// ```
/// use resilience::{CircuitBreaker, circuit_breaker::Config};
///
/// let breaker = CircuitBreaker::new("ledger", Config::new())?;
/// match breaker.acquire() {
///     Ok(permit) => permit.success(),
///     Err(rejected) => println!("{rejected}"),
/// }
/// assert_eq!(breaker.snapshot().successes, 1);
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[must_use = "a permit that is dropped says nothing about the call"]
pub struct Permit<'a>(Admission<'a>);

impl<'a> Permit<'a> {
    #[inline]
    pub(crate) const fn new(admission: Admission<'a>) -> Self {
        Self(admission)
    }

    #[inline]
    fn take(self) -> Admission<'a> {
        let admission = self.0;
        std::mem::forget(self);
        admission
    }

    /// The dependency answered as it should.
    #[inline]
    pub fn success(self) {
        let Admission { core, word, start } = self.take();
        core.succeed(word, start);
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
    pub fn settle(self, blame: Blame) {
        let Admission { core, word, start } = self.take();
        core.settle(word, start, blame);
    }

    /// The body failed, and every error is a failure.
    #[doc(hidden)]
    #[inline]
    pub fn failed(self) {
        let Admission { core, word, start } = self.take();
        core.fail_plainly(word, start);
    }

    /// The same, where every error of the function is a failure.
    #[doc(hidden)]
    #[inline]
    pub fn fail<E>(self, failure: &Failure<E>) {
        let Admission { core, word, start } = self.take();
        core.fail_with(word, start, black_box(failure));
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let blame = if thread::panicking() {
            Blame::Panic
        } else if is_timing_out() {
            Blame::Timeout
        } else {
            Blame::Cancelled
        };
        self.0.core.settle(self.0.word, self.0.start, blame);
    }
}

/// Leave for one call of an async stack.
///
/// Unlike [`Permit`] it is dropped in two ways while the thread panics: its own body unwound, which is a failure, or
/// somebody else's panic drops a suspended call, which is a cancellation. The body's poll leaves a mark that tells them
/// apart ([`body`](crate::private::body)).
///
/// What ends it takes it by reference. Moved out of a suspended function it would need a flag beside it that says whether
/// it is still there, written four times in a call that succeeds (measured: 2.5 ns of 4).
#[doc(hidden)]
#[must_use]
pub struct AsyncPermit<'a>(Admission<'a>);

/// The word of an admission whose call has ended: that of no admission, since a breaker that is switched off, and only
/// that, has the highest bit.
const OVER: u64 = u64::MAX;

impl<'a> AsyncPermit<'a> {
    #[inline]
    pub(crate) const fn new(admission: Admission<'a>) -> Self {
        Self(admission)
    }

    /// None yet, or of a call that is over.
    #[inline]
    pub(super) const fn over(core: &'a Core) -> Self {
        Self(Admission { core, word: OVER, start: 0 })
    }

    #[inline]
    pub(super) const fn is_over(&self) -> bool {
        self.0.word == OVER
    }

    #[inline]
    pub(super) const fn core(&self) -> &'a Core {
        self.0.core
    }

    /// Leave, where there was none. Written in place: moved here as a permit, it would be read again before it has reached
    /// the processor's cache.
    #[inline]
    pub(super) const fn grant(&mut self, Admission { word, start, .. }: Admission<'a>) {
        self.0.word = word;
        self.0.start = start;
    }

    #[inline]
    pub(super) const fn take(&mut self) -> Self {
        let admission = self.0;
        self.0.word = OVER;
        Self(admission)
    }

    /// What it was given. The call ends now, whatever comes of it, and may not have ended before.
    #[inline]
    const fn end(&mut self) -> Admission<'a> {
        debug_assert!(!self.is_over(), "a call ends once");
        let admission = self.0;
        self.0.word = OVER;
        admission
    }

    /// See [`Permit::success`].
    #[inline]
    pub fn success(&mut self) {
        debug_assert!(!self.is_over(), "a call ends once");
        let admission = self.0;
        admission.success(|| self.0.word = OVER);
    }

    /// See [`Permit::settle`].
    pub fn settle(&mut self, blame: Blame) {
        let Admission { core, word, start } = self.end();
        core.settle(word, start, blame);
    }

    /// See [`Permit::failed`].
    #[inline]
    pub fn failed(&mut self) {
        let Admission { core, word, start } = self.end();
        core.fail_plainly(word, start);
    }

    /// See [`Permit::fail`].
    #[inline]
    pub fn fail<E>(&mut self, failure: &Failure<E>) {
        let Admission { core, word, start } = self.end();
        core.fail_with(word, start, black_box(failure));
    }
}

impl Drop for AsyncPermit<'_> {
    #[inline]
    fn drop(&mut self) {
        let Admission { core, word, start } = self.0;
        if word != OVER {
            core.drop_unsaid(word, start);
        }
    }
}

thread_local! {
    /// Permits of the stack whose body is unwinding right now that have not seen it yet.
    static UNWOUND: Cell<usize> = const { Cell::new(0) };
    /// Whether a timeout is dropping what it cut off right now.
    static TIMING_OUT: Cell<bool> = const { Cell::new(false) };
}

/// The body of a stack with `permits` breakers panicked: the next so many permits to be dropped are its own.
pub(crate) fn mark_unwound(permits: usize) {
    UNWOUND.set(permits);
}

pub(crate) fn take_unwound() -> bool {
    let left = if thread::panicking() { UNWOUND.get() } else { 0 };
    UNWOUND.set(left.saturating_sub(1));
    left > 0
}

/// While it lives, permits that are dropped on this thread are not those of the body that unwound: whatever a body held
/// suspended is dropped after its poll has unwound, and before its own permits are.
pub(crate) struct Bystanders {
    unwound: usize,
}

impl Bystanders {
    pub(crate) fn enter() -> Self {
        Self { unwound: if thread::panicking() { UNWOUND.replace(0) } else { 0 } }
    }
}

impl Drop for Bystanders {
    fn drop(&mut self) {
        if self.unwound > 0 {
            UNWOUND.set(self.unwound);
        }
    }
}

/// Whether permits that are dropped now on this thread may be told that their own call ended.
pub(crate) fn is_ending() -> bool {
    is_timing_out() || thread::panicking()
}

pub(super) fn is_timing_out() -> bool {
    TIMING_OUT.get()
}

/// While it lives, permits that are dropped on this thread count as timed out, or no longer do.
pub(crate) struct TimingOut {
    before: bool,
}

impl TimingOut {
    pub(crate) fn set(timing_out: bool) -> Self {
        Self { before: TIMING_OUT.replace(timing_out) }
    }
}

impl Drop for TimingOut {
    fn drop(&mut self) {
        TIMING_OUT.set(self.before);
    }
}
