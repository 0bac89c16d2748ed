//! The state machine of one retried call.
//!
//! It is asked after each failure: repeat, and how long from now? Before the first failure it does nothing but remember
//! how many attempts there may be. What may be repeated is fixed for refusals of the stack's own layers, whatever the
//! user's patterns say: an open circuit ends the retrying, a rate limit or a full bulkhead is waited for, a timeout is
//! repeated. For the function's own errors `wanted` decides.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;

use super::Core;
use crate::{
    Failure, PolicyKind,
    clock::{Nanos, Sleep, nanos},
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
    core: Option<&'a Core>,
    /// The attempt that runs now, from 1.
    attempt: u32,
    most: u32,
    started: Nanos,
    /// The delay before this attempt, which a decorrelated backoff goes on from.
    previous: Nanos,
    exhausted: bool,
}

/// An attempt that failed.
#[derive(Clone, Copy)]
pub(super) struct Failed {
    pub(super) attempt: u32,
    pub(super) most: u32,
    pub(super) started: Nanos,
    pub(super) previous: Nanos,
}

impl<'a> Attempts<'a> {
    #[inline]
    pub(crate) const fn new(core: &'a Core, most: u32, started: Nanos) -> Self {
        Self { core: Some(core), attempt: 1, most, started, previous: 0, exhausted: false }
    }

    /// A call that is made once: a preset without a retry.
    pub(crate) const fn once() -> Self {
        Self { core: None, attempt: 1, most: 1, started: 0, previous: 0, exhausted: false }
    }

    /// Whether another attempt may follow the one that runs now.
    #[inline]
    pub(crate) const fn may_follow(&self) -> bool {
        self.attempt < self.most
    }

    /// The number of the attempt that runs now, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether repeats were wanted and are used up.
    #[must_use]
    pub const fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// The call succeeded: it is counted.
    #[inline]
    pub fn succeeded(&self) {
        if let Some(core) = self.core {
            core.count_success(self.attempt > 1);
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
        match failure {
            Failure::Error(error) => {
                let wanted = wanted(error);
                let hint = if wanted { hint(error) } else { None };
                self.failed(wanted, hint)
            }
            Failure::Rejected(rejected) => {
                let wanted = rejected.policy() != PolicyKind::CircuitBreaker;
                self.failed(wanted, rejected.retry_after())
            }
        }
    }

    /// After an answer that is not wanted: how long to wait before the next attempt, or `None` to take the answer.
    #[inline]
    pub fn unwanted(&mut self) -> Option<Duration> {
        self.failed(true, None)
    }

    // What decides is given the fields and not their address: a call whose first attempt succeeds then never writes them.
    #[inline]
    fn failed(&mut self, wanted: bool, hint: Option<Duration>) -> Option<Duration> {
        let core = self.core?;
        let Self { attempt, most, started, previous, .. } = *self;
        let delay = core.failed(Failed { attempt, most, started, previous }, wanted, hint);
        match delay {
            Some(delay) => {
                self.previous = nanos(delay);
                self.attempt += 1;
            }
            None => self.exhausted = wanted,
        }
        delay
    }

    /// Waits for `delay`; nothing at all for none.
    #[inline]
    pub fn sleep(&self, delay: Duration) -> impl Future<Output = ()> + Send + use<> {
        Pause { sleep: if delay.is_zero() { None } else { self.core.map(|core| core.clock().sleep(delay)) } }
    }

    /// Blocks the thread for `delay`.
    #[inline]
    pub fn block(&self, delay: Duration) {
        if let Some(core) = self.core
            && !delay.is_zero()
        {
            core.clock().block(delay);
        }
    }

    /// What a retry hook is told: `attempt` failed, the next follows after `delay`.
    #[doc(hidden)]
    #[must_use]
    pub fn retrying<'e>(&self, delay: Duration, error: Option<&'e dyn fmt::Debug>) -> Retrying<'e> {
        Retrying { attempt: self.attempt - 1, delay, error }
    }

    /// What the mapping of an exhausted call is given.
    #[doc(hidden)]
    pub fn exhausted<E>(&self, last: Failure<E>) -> Exhausted<E> {
        let elapsed = self.core.map_or(0, |core| core.clock().now().saturating_sub(self.started));
        Exhausted { last, attempts: self.attempt, elapsed: Duration::from_nanos(elapsed) }
    }
}

pin_project! {
    /// The wait between two attempts. An `async fn` would hold the timer twice, in every retried function's future.
    struct Pause {
        #[pin]
        sleep: Option<Sleep>,
    }
}

impl Future for Pause {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.project().sleep.as_pin_mut() {
            Some(sleep) => sleep.poll(cx),
            None => Poll::Ready(()),
        }
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
