//! The state machine of one retried call.
//!
//! It is asked after each failure: repeat, and how long from now? Before the first failure it does nothing but remember
//! how many attempts there may be. What may be repeated is fixed for refusals of the stack's own layers, whatever the
//! user's patterns say: an open circuit ends the retrying, a rate limit or a full bulkhead is waited for, a timeout is
//! repeated. For the function's own errors `wanted` decides.

use std::{fmt, future::Future, num::NonZeroU32, time::Duration};

use super::{
    Core,
    pause::{Pause, Sleeping, Wait},
    state::hint_of,
};
use crate::{
    Failure,
    clock::{Nanos, nanos},
    rejected::Refusal,
};

/// One retried call.
///
/// ```
/// use std::time::Duration;
/// use resilience::{Failure, Retry, retry::{Backoff, Config}};
///
/// let retry = Retry::new("feed", Config::new().backoff(Backoff::fixed(Duration::ZERO)))?;
/// let mut attempts = retry.start();
/// let failure = Failure::Error("connection reset");
///
/// assert_eq!(attempts.after(&failure, |_| true, |_| None), Some(Duration::ZERO)); // make the second attempt
/// assert_eq!(attempts.after(&failure, |_| true, |_| None), Some(Duration::ZERO)); // and the third
/// assert_eq!(attempts.after(&failure, |_| true, |_| None), None); // used up
/// assert!(attempts.is_exhausted());
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[must_use = "it counts the call only when it is told how the attempts end"]
pub struct Attempts<'a> {
    core: &'a Core,
    /// The attempts that there may be; 0 where there is no retry.
    most: u32,
    /// Written when the first attempt has failed: most calls need not. Or earlier, if the time of its start counts.
    progress: Option<Progress>,
}

/// How far a call has come.
#[derive(Clone, Copy)]
pub(crate) struct Progress {
    /// The attempt that runs now, from 1: no call's future is the larger for not having a progress yet.
    attempt: NonZeroU32,
    /// The attempts that there may be; 0 where there is no retry.
    pub(super) most: u32,
    pub(super) started: Nanos,
    /// The delay before this attempt, which a decorrelated backoff goes on from; [`NEVER`] once repeats were wanted and
    /// are used up.
    pub(crate) previous: Nanos,
}

impl Progress {
    /// Before the first attempt, of `most`.
    #[inline]
    pub(crate) const fn first(most: u32, started: Nanos) -> Self {
        Self { attempt: NonZeroU32::MIN, most, started, previous: 0 }
    }

    /// The attempt that runs now, from 1.
    #[inline]
    pub(crate) const fn attempt(&self) -> u32 {
        self.attempt.get()
    }

    /// Whether another attempt may follow the one that runs now.
    #[inline]
    pub(super) const fn may_follow(&self) -> bool {
        self.attempt() < self.most
    }

    /// Goes on to the next attempt.
    #[inline]
    pub(super) const fn repeat_after(&mut self, delay: Nanos) {
        self.attempt = self.attempt.saturating_add(1);
        self.previous = delay;
    }
}

/// No delay: the call is given up.
pub(super) const NEVER: Nanos = Nanos::MAX;

impl<'a> Attempts<'a> {
    #[inline]
    pub(super) const fn new(core: &'a Core, most: u32) -> Self {
        Self { core, most, progress: None }
    }

    /// The same where the call began at `started`.
    #[inline]
    pub(super) const fn timed(core: &'a Core, most: u32, started: Nanos) -> Self {
        Self { core, most, progress: Some(Progress::first(most, started)) }
    }

    #[inline]
    fn progress(&mut self) -> &mut Progress {
        let most = self.most;
        self.progress.get_or_insert_with(|| Progress::first(most, 0))
    }

    /// Whether another attempt may follow the one that runs now.
    #[inline]
    pub(crate) const fn may_follow(&self) -> bool {
        self.attempt() < self.most
    }

    /// The number of the attempt that runs now, from 1.
    #[must_use]
    #[inline]
    pub const fn attempt(&self) -> u32 {
        match &self.progress {
            None => 1,
            Some(progress) => progress.attempt(),
        }
    }

    /// Whether repeats were wanted and are used up.
    #[must_use]
    pub const fn is_exhausted(&self) -> bool {
        self.wait().0 == NEVER
    }

    /// The call succeeded: it is counted.
    #[inline]
    pub fn succeeded(&self) {
        match &self.progress {
            None => self.core.count_first(),
            Some(progress) => self.core.count_succeeded(progress.attempt()),
        }
    }

    /// After a failed attempt: how long to wait before the next, or `None` to give up.
    ///
    /// `wanted` says whether one of the function's own errors is worth a repeat, `hint` what the server said about
    /// when.
    #[inline]
    pub fn after<E>(
        &mut self,
        failure: &Failure<E>,
        wanted: impl FnOnce(&E) -> bool,
        hint: impl FnOnce(&E) -> Option<Duration>,
    ) -> Option<Duration> {
        self.wait_after(failure, wanted, hint).map(Wait::duration)
    }

    /// The same for an expansion.
    #[doc(hidden)]
    #[inline(always)]
    #[allow(clippy::inline_always)] // Else a failure, unlikely as it is, would be stored for a function of its own.
    pub fn wait_after<E>(
        &mut self,
        failure: &Failure<E>,
        wanted: impl FnOnce(&E) -> bool,
        hint: impl FnOnce(&E) -> Option<Duration>,
    ) -> Option<Wait> {
        let delay = match failure {
            Failure::Error(error) if wanted(error) => self.next(hint(error).map_or(0, nanos)),
            Failure::Error(_) => {
                self.give_up();
                return None;
            }
            Failure::Rejected(rejected) => self.next_after_refusal((*rejected).into()),
        };
        (delay != NEVER).then_some(Wait(delay))
    }

    /// The same for an expansion that waits with its next attempt: whether to make it.
    #[doc(hidden)]
    #[inline(always)]
    #[allow(clippy::inline_always)] // Else a failure, unlikely as it is, would be stored for a function of its own.
    pub fn follows_after<E>(
        &mut self,
        failure: &Failure<E>,
        wanted: impl FnOnce(&E) -> bool,
        hint: impl FnOnce(&E) -> Option<Duration>,
    ) -> bool {
        self.wait_after(failure, wanted, hint).is_some()
    }

    /// The same where every error is worth a repeat, and none says when.
    #[doc(hidden)]
    #[inline(always)]
    #[allow(clippy::inline_always)] // As there.
    pub fn follows<E>(&mut self, failure: &Failure<E>) -> bool {
        self.follows_after(failure, |_| true, |_| None)
    }

    /// How long the attempt that is next has to wait, while another one follows.
    #[inline]
    pub(crate) const fn wait(&self) -> Wait {
        match &self.progress {
            None => Wait(0),
            Some(progress) => Wait(progress.previous),
        }
    }

    /// The same for an expansion that blocks: whether to make the next attempt, now that the wait before it is over.
    #[doc(hidden)]
    #[inline(always)]
    #[allow(clippy::inline_always)] // Else a failure, unlikely as it is, would be stored for a function of its own.
    pub fn again_after<E>(
        &mut self,
        failure: &Failure<E>,
        wanted: impl FnOnce(&E) -> bool,
        hint: impl FnOnce(&E) -> Option<Duration>,
    ) -> bool {
        match failure {
            Failure::Error(error) if wanted(error) => self.block_for_next(hint(error).map_or(0, nanos)),
            Failure::Error(_) => {
                self.give_up();
                false
            }
            Failure::Rejected(rejected) => self.block_after_refusal((*rejected).into()),
        }
    }

    /// After an answer that is not wanted: how long to wait before the next attempt, or `None` to take the answer.
    #[inline]
    pub fn unwanted(&mut self) -> Option<Duration> {
        self.wait_unwanted().map(Wait::duration)
    }

    /// The same for an expansion.
    #[doc(hidden)]
    #[inline]
    pub fn wait_unwanted(&mut self) -> Option<Wait> {
        let delay = self.next(0);
        (delay != NEVER).then_some(Wait(delay))
    }

    /// The same for an expansion that blocks.
    #[doc(hidden)]
    #[inline]
    pub fn again_unwanted(&mut self) -> bool {
        self.block_for_next(0)
    }

    /// The same for an expansion that waits with its next attempt.
    #[doc(hidden)]
    #[inline]
    pub fn follows_unwanted(&mut self) -> bool {
        self.wait_unwanted().is_some()
    }

    /// Waits for `delay`; nothing at all for none.
    #[inline]
    pub fn sleep(&self, delay: Duration) -> impl Future<Output = ()> + Send + use<> {
        Sleeping::new((!delay.is_zero()).then(|| self.core.clock().sleep(delay)))
    }

    /// The wait before the next attempt, for an expansion, which awaits it at once.
    #[doc(hidden)]
    #[inline]
    pub const fn pause(&self, wait: Wait) -> Pause<'a> {
        Pause::new(self.core, wait)
    }

    /// Blocks the thread for `delay`.
    #[inline]
    pub fn block(&self, delay: Duration) {
        if !delay.is_zero() {
            self.core.clock().block(delay);
        }
    }

    /// After a failed attempt that is worth a repeat: how long to wait before the next, or [`NEVER`] to give up. A `hint`
    /// of 0 is none.
    #[cold]
    #[inline(never)]
    fn next(&mut self, hint: Nanos) -> Nanos {
        self.core.next(self.progress(), hint)
    }

    /// The same, and blocks the thread until then; whether to go on.
    #[cold]
    #[inline(never)]
    fn block_for_next(&mut self, hint: Nanos) -> bool {
        self.core.block_for_next(self.progress(), hint)
    }

    /// The same as [`next`](Self::next) after a refusal by a layer of the call's own stack.
    #[cold]
    #[inline(never)]
    fn next_after_refusal(&mut self, refusal: Refusal) -> Nanos {
        self.hint_after(refusal).map_or(NEVER, |hint| self.next(hint))
    }

    /// The same as [`block_for_next`](Self::block_for_next) after such a refusal.
    #[cold]
    #[inline(never)]
    fn block_after_refusal(&mut self, refusal: Refusal) -> bool {
        self.hint_after(refusal).is_some_and(|hint| self.block_for_next(hint))
    }

    /// What a refusal says about when to repeat; `None` once the call is given up, since it is not worth a repeat.
    #[inline]
    fn hint_after(&self, refusal: Refusal) -> Option<Nanos> {
        let hint = hint_of(refusal);
        if hint.is_none() {
            self.give_up();
        }
        hint
    }

    /// The attempt failed, and none follows.
    #[cold]
    #[inline(never)]
    fn give_up(&self) {
        self.core.count_failed(self.attempt());
    }

    /// What a retry hook is told: `attempt` failed, the next follows after `delay`.
    #[doc(hidden)]
    #[must_use]
    pub fn retrying<'e>(&self, delay: Wait, error: Option<&'e dyn fmt::Debug>) -> Retrying<'e> {
        Retrying { attempt: self.attempt() - 1, delay: delay.duration(), error }
    }

    /// What the mapping of an exhausted call is given.
    #[doc(hidden)]
    pub fn exhausted<E>(&self, last: Failure<E>) -> Exhausted<E> {
        let started = self.progress.as_ref().map_or(0, |progress| progress.started);
        let elapsed = self.core.clock().now().saturating_sub(started);
        Exhausted { last, attempts: self.attempt(), elapsed: Duration::from_nanos(elapsed) }
    }
}

/// An attempt that failed and will be repeated; what `on_retry` is told.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Retrying<'a> {
    /// The attempt that failed, from 1.
    pub attempt: u32,
    /// How long until the next.
    pub delay: Duration,
    /// How it failed, if that is printable; `None` also for an answer that `retry_if` did not want.
    pub error: Option<&'a dyn fmt::Debug>,
}

impl fmt::Debug for Retrying<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retrying")
            .field("attempt", &self.attempt)
            .field("delay", &self.delay)
            .field("error", &self.error)
            .finish()
    }
}

/// A call whose repeats were wanted and are used up; what `exhausted` is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exhausted<E> {
    /// How the last attempt failed.
    pub last: Failure<E>,
    /// Attempts made, the first included.
    pub attempts: u32,
    /// The time since the first attempt started.
    pub elapsed: Duration,
}
