//! The way in that takes longer.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{Gates, Guard};
use crate::{
    Failure, Rejected,
    bulkhead::{self, Place},
    rate_limit,
    retry::Pause,
};

/// Asks the gates that did not let a call in at once, and waits where they want it to.
///
/// All that it does is one call away, and what waits is one box in the [`Guard`], which ends it.
#[must_use = "futures do nothing unless polled"]
pub struct Entering<'g> {
    gates: &'static dyn Gates,
    next: usize,
    guard: &'g mut Guard,
}

/// What a call waits for.
pub(super) enum Waiting {
    Pausing(Pause<'static>),
    Passing(rate_limit::Queueing<'static>),
    Placing(bulkhead::Queueing<'static>),
}

impl<'g> Entering<'g> {
    /// From the gate with this number on.
    #[inline]
    pub(super) const fn new(gates: &'static dyn Gates, next: usize, guard: &'g mut Guard) -> Self {
        Self { gates, next, guard }
    }

    /// From the first on, after a pause.
    #[cold]
    #[inline(never)]
    pub(super) fn after(pause: Pause<'static>, gates: &'static dyn Gates, guard: &'g mut Guard) -> Self {
        *guard.waiting = Some(Box::new(Waiting::Pausing(pause)));
        Self { gates, next: 0, guard }
    }
}

impl Entering<'_> {
    fn go_on(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Rejected>> {
        if let Some(waiting) = self.guard.waiting.as_mut() {
            let came = ready!(waiting.poll(cx));
            *self.guard.waiting = None;
            if let Some(place) = came? {
                self.guard.put(place);
            }
        }
        while let Some(gate) = self.gates.gate(self.next) {
            self.next += 1;
            let Some(mut waiting) = gate.ask(self.guard)? else { continue };
            match waiting.poll(cx) {
                Poll::Ready(came) => {
                    if let Some(place) = came? {
                        self.guard.put(place);
                    }
                }
                Poll::Pending => {
                    *self.guard.waiting = Some(Box::new(waiting));
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Future for Entering<'_> {
    type Output = Result<(), Rejected>;

    #[cold]
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let entered = ready!(self.go_on(cx));
        if let Err(rejected) = entered {
            // To the gates that were passed, this is how the call ended.
            self.guard.fail(&Failure::<Infallible>::Rejected(rejected));
        }
        Poll::Ready(entered)
    }
}

impl Waiting {
    /// The end of the wait: a place, where it was one for a place.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Place<'static>>, Rejected>> {
        match self {
            Self::Pausing(pause) => Pin::new(pause).poll(cx).map(|()| Ok(None)),
            Self::Passing(queueing) => Pin::new(queueing).poll(cx).map_ok(|()| None),
            Self::Placing(queueing) => Pin::new(queueing).poll(cx).map_ok(Some),
        }
    }
}
