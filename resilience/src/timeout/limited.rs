//! The future that ends in time.
//!
//! The inner future is polled first. Only when it is pending is a timer made, for what is left of the limit. The start
//! is a reading of the tick where there is one, and is then compared with the tick only: an expiry is never early, and
//! late by two ticks at most, which happens when the first poll blocks.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;

use super::Core;
use crate::{
    Reason, Rejected,
    circuit_breaker::TimingOut,
    clock::{Nanos, Sleep, UNKNOWN},
    event,
};

/// The tick may lag behind the time by this much.
const TICK: Nanos = 10_000_000;

/// Whether circuit breakers of the same stack stand inside.
pub trait Inside {
    /// If so, they are told that a timeout ended their call: what they lose to it is a failure to them.
    const HAS_BREAKERS: bool;
}

/// Some may.
pub struct Breakers;

impl Inside for Breakers {
    const HAS_BREAKERS: bool = true;
}

/// None does.
pub struct NoBreaker;

impl Inside for NoBreaker {
    const HAS_BREAKERS: bool = false;
}

pin_project! {
    /// A future that is dropped when it takes longer than its limit.
    #[must_use = "futures do nothing unless polled"]
    pub struct Limited<'a, F, I> {
        #[pin]
        future: Option<F>,
        #[pin]
        timer: Timer,
        core: Option<&'a Core>,
        inside: PhantomData<fn() -> I>,
    }
}

/// When a call began.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    /// It has not.
    Never,
    Tick(Nanos),
    Exact(Nanos),
}

pin_project! {
    /// The start of a call, until it has to wait; from then on what wakes it at its end.
    #[project = TimerProjection]
    pub(super) enum Timer {
        Begun { start: Start },
        Running { #[pin] sleep: Sleep },
    }
}

impl<'a, F, I> Limited<'a, F, I> {
    /// The time runs once [`begin`](Self::begin) is called.
    #[inline]
    pub(super) const fn new(core: &'a Core, future: F) -> Self {
        Self::begun(Some(core), Start::Never, future)
    }

    /// The same of a call that began at `start`. Without a limit for `None`.
    #[inline]
    pub(crate) const fn begun(core: Option<&'a Core>, start: Start, future: F) -> Self {
        Self { future: Some(future), timer: Timer::Begun { start }, core, inside: PhantomData }
    }

    /// The time runs from the first call of this.
    #[inline]
    pub(super) fn begin(self: Pin<&mut Self>) {
        let this = self.project();
        if let (TimerProjection::Begun { start: start @ Start::Never }, Some(core)) =
            (this.timer.project(), *this.core)
        {
            *start = Start::now(core);
        }
    }
}

impl<F: Future, I: Inside> Future for Limited<'_, F, I> {
    type Output = Result<F::Output, Rejected>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = self.as_mut().project().future.as_pin_mut() else {
            // Polled again after it ended, which the contract of `Future` leaves to us.
            return Poll::Pending;
        };
        if let Poll::Ready(output) = future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        // Projected anew: what is not asked for before takes no register until then.
        let mut this = self.project();
        let Some(core) = *this.core else { return Poll::Pending };
        if this.timer.poll(core, cx).is_pending() {
            return Poll::Pending;
        }
        {
            // Whatever breaker of this stack is dropped here saw a timeout, not a cancellation. Without one, what is dropped saw a
            // cancellation, also where all this runs because another timeout drops what it cut off.
            let _timing_out = TimingOut::set(I::HAS_BREAKERS);
            this.future.set(None);
        }
        Poll::Ready(Err(core.expire()))
    }
}

impl Start {
    #[inline]
    pub(crate) fn now(core: &Core) -> Self {
        match core.clock.tick() {
            UNKNOWN => Self::Exact(core.clock.wake()),
            tick => Self::Tick(tick),
        }
    }

    /// How long ago that is.
    fn spent(self, core: &Core) -> Nanos {
        match self {
            Self::Never => 0,
            Self::Exact(start) => core.clock.now().saturating_sub(start),
            // A tick that nobody knows any more says nothing about the time spent: the limit then counts from here.
            Self::Tick(start) => match core.clock.tick() {
                UNKNOWN => 0,
                tick => tick.saturating_sub(start).saturating_sub(TICK),
            },
        }
    }
}

impl Timer {
    /// Whether the time is over. Asked after whatever the call waits for was found pending.
    #[cold]
    #[inline(never)]
    pub(super) fn poll(mut self: Pin<&mut Self>, core: &Core, cx: &mut Context<'_>) -> Poll<()> {
        if let TimerProjection::Begun { start } = self.as_mut().project() {
            if !core.is_enabled() {
                // Asked again at the next poll: it may be switched on while the call runs.
                return Poll::Pending;
            }
            let left = core.limit().saturating_sub(Duration::from_nanos(start.spent(core)));
            self.set(Self::Running { sleep: core.clock.sleep(left) });
        }
        match self.project() {
            TimerProjection::Running { sleep } => sleep.poll(cx),
            TimerProjection::Begun { .. } => Poll::Pending,
        }
    }
}

impl Core {
    pub(crate) fn expire(&self) -> Rejected {
        self.cells.count(|cell| &cell.expired);
        let rejected = Rejected::after(self.name, Reason::TimedOut, self.limit());
        event::rejected(self.origin, || None, rejected.into());
        rejected
    }
}
