//! The future that ends in time: the inner future is polled first, and the timer only when that is pending.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::{
    Core,
    timer::{Start, Timer, TimerProjection},
};
use crate::{Reason, Rejected, circuit_breaker::TimingOut, event};

/// Whether circuit breakers of the same stack stand inside.
pub trait Inside {
    /// If so, they are told that a timeout ended their call: what they lose to it is a failure to them.
    const HAS_BREAKERS: bool;
}

/// Some may.
pub(super) struct Breakers;

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
        core: &'a Core,
        inside: PhantomData<fn() -> I>,
    }
}

impl<'a, F, I> Limited<'a, F, I> {
    /// The time runs once [`begin`](Self::begin) is called.
    #[inline]
    pub(super) const fn new(core: &'a Core, future: F) -> Self {
        Self::begun(core, Start::NEVER, future)
    }

    /// The same of a call that began at `start`.
    #[inline]
    pub(crate) const fn begun(core: &'a Core, start: Start, future: F) -> Self {
        Self { future: Some(future), timer: Timer::Begun { start }, core, inside: PhantomData }
    }

    /// The time runs from the first call of this.
    #[inline]
    pub(super) fn begin(self: Pin<&mut Self>) {
        let this = self.project();
        if let TimerProjection::Begun { start } = this.timer.project()
            && *start == Start::NEVER
        {
            *start = Start::now(this.core);
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
        let core = *this.core;
        if this.timer.poll(core, cx).is_pending() {
            return Poll::Pending;
        }
        {
            // Whatever breaker of this stack is dropped here saw a timeout, not a cancellation. Where the stack has none,
            // those of others saw a cancellation, even if all this runs while another timeout drops what it cut off.
            let _timing_out = TimingOut::set(I::HAS_BREAKERS);
            this.future.set(None);
        }
        Poll::Ready(Err(core.expire()))
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
