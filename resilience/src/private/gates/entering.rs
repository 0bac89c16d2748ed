//! The way in that takes longer.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{Gates, Guard};
use crate::{
    Rejected,
    bulkhead::{self, Place},
    rate_limit,
    rejected::Refusal,
    retry::Pause,
};

/// Asks the gates that did not let a call in at once, and waits where they want it to.
///
/// All that it does is one call away, and what waits is one box in the [`Guard`], which ends it.
#[must_use = "futures do nothing unless polled"]
pub struct Entering<'g> {
    gates: &'static dyn Gates,
    guard: &'g mut Guard,
}

/// What a call waits for.
pub(super) enum Waiting {
    Pausing(Pause<'static>),
    Passing(rate_limit::Queueing<'static>),
    Placing(bulkhead::Queueing<'static>),
}

impl<'g> Entering<'g> {
    #[inline]
    pub(super) const fn new(gates: &'static dyn Gates, guard: &'g mut Guard) -> Self {
        Self { gates, guard }
    }
}

impl Entering<'_> {
    fn go_on(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        if self.guard.waiting.is_some() {
            ready!(self.wait_on(cx))?;
        }
        while let Some(gate) = self.gates.gate(self.guard.next) {
            self.guard.next += 1;
            if let Some(waiting) = gate.ask(self.guard)? {
                ready!(self.wait(waiting, cx))?;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Begins to wait. Most waits are over at once, whoever comes from the lock: they need no box.
    #[inline(never)]
    fn wait(&mut self, mut waiting: Waiting, cx: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        let came = waiting.poll(cx);
        if came.is_pending() {
            *self.guard.waiting = Some(Box::new(waiting));
        }
        self.came(ready!(came))
    }

    #[inline(never)]
    fn wait_on(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        let came = match self.guard.waiting.as_mut() {
            Some(waiting) => ready!(waiting.poll(cx)),
            None => Ok(None),
        };
        *self.guard.waiting = None;
        self.came(came)
    }

    fn came(&mut self, came: Result<Option<Place<'static>>, Rejected>) -> Poll<Result<(), Refusal>> {
        if let Some(place) = came? {
            self.guard.put(place);
        }
        Poll::Ready(Ok(()))
    }
}

impl Future for Entering<'_> {
    type Output = Result<(), Refusal>;

    #[cold]
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let entered = ready!(self.go_on(cx));
        if let Err(refusal) = entered {
            self.guard.refused(refusal);
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
