//! The future that ends in time.
//!
//! The inner future is polled first. Only when it is pending is a timer made, for what is left of the limit. The start
//! is a reading of the tick where there is one, and is then compared with the tick only: an expiry is never early, and
//! late by two ticks at most, which happens when the first poll blocks.

use std::{
    future::Future,
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

pin_project! {
    /// A future that is dropped when it takes longer than its limit.
    #[must_use = "futures do nothing unless polled"]
    pub struct Limited<'a, F> {
        #[pin]
        future: Option<F>,
        #[pin]
        timer: Option<Sleep>,
        core: Option<&'a Core>,
        marks: bool,
    }
}

impl<'a, F> Limited<'a, F> {
    /// `marks` if breakers of the same stack stand inside: what they lose to this timeout is a failure to them.
    #[inline]
    pub(crate) const fn new(core: Option<&'a Core>, future: F, marks: bool) -> Self {
        Self { future: Some(future), timer: None, core, marks }
    }
}

impl<F: Future> Future for Limited<'_, F> {
    type Output = Result<F::Output, Rejected>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let start = match (*this.core, this.timer.is_none()) {
            (Some(core), true) => Start::now(core),
            _ => Start::Known,
        };
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            // Polled again after it ended, which the contract of `Future` leaves to us.
            return Poll::Pending;
        };
        if let Poll::Ready(output) = future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        let Some(core) = *this.core else { return Poll::Pending };
        if wait(core, this.timer, start, cx).is_pending() {
            return Poll::Pending;
        }
        {
            // Whatever breaker of this stack is dropped here saw a timeout, not a cancellation.
            let _timing_out = TimingOut::set(*this.marks);
            this.future.set(None);
        }
        Poll::Ready(Err(core.expire()))
    }
}

/// When the first poll began.
#[derive(Clone, Copy)]
pub(super) enum Start {
    /// The timer runs already.
    Known,
    Tick(Nanos),
    Exact(Nanos),
}

impl Start {
    #[inline]
    pub(super) fn now(core: &Core) -> Self {
        match core.clock.tick() {
            UNKNOWN => Self::Exact(core.clock.wake()),
            tick => Self::Tick(tick),
        }
    }
}

#[cold]
#[inline(never)]
pub(super) fn wait(
    core: &Core,
    mut timer: Pin<&mut Option<Sleep>>,
    start: Start,
    cx: &mut Context<'_>,
) -> Poll<()> {
    let spent = match start {
        Start::Known => None,
        Start::Exact(start) => Some(core.clock.now().saturating_sub(start)),
        // A tick that nobody knows any more says nothing about the time spent: the limit then counts from here.
        Start::Tick(start) => match core.clock.tick() {
            UNKNOWN => Some(0),
            tick => Some(tick.saturating_sub(start).saturating_sub(TICK)),
        },
    };
    if let Some(spent) = spent {
        if !core.is_enabled() {
            // Asked again at the next poll: it may be switched on while the call runs.
            return Poll::Pending;
        }
        let left = core.limit().saturating_sub(Duration::from_nanos(spent));
        timer.set(Some(core.clock.sleep(left)));
    }
    match timer.as_pin_mut() {
        Some(timer) => timer.poll(cx),
        None => Poll::Pending,
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
