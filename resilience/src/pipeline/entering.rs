//! The way in.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use super::{Layer, Passage, passage::Slot};
use crate::{Rejected, circuit_breaker::AsyncPermit, label, timeout::BoxedDeadline};

impl<'a> Passage<'a> {
    /// The refusal of a blocking call that a timeout would have to stop.
    pub(super) fn check_blocking(&self) -> Result<(), Rejected> {
        for layer in self.layers {
            if let Layer::Timeout(timeout) = layer
                && !self.without.has(layer.kind())
            {
                return Err(timeout.core().needs_async());
            }
        }
        Ok(())
    }

    /// Enters every layer that is still ahead; blocks while a layer lets callers wait.
    pub(super) fn enter_blocking(&mut self) -> Result<(), Rejected> {
        let _label = label::enter(self.label);
        while let Some(layer) = self.next() {
            let slot =
                if self.without.has(layer.kind()) { Slot::Empty } else { entered(layer, self.is_timed)? };
            self.take_slot(slot);
        }
        Ok(())
    }

    /// The same, where nobody has asked yet whether a blocking call can be made.
    ///
    /// # Errors
    ///
    /// The refusal of a layer; of every call, if one of the layers is a timeout.
    pub fn enter_checked(&mut self) -> Result<(), Rejected> {
        self.check_blocking()?;
        self.enter_blocking()
    }

    /// Enters every layer that is still ahead.
    pub(super) fn poll_enter(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Rejected>> {
        let _label = label::enter(self.label);
        while let Some(layer) = self.next() {
            let entered = if self.without.has(layer.kind()) {
                Poll::Ready(Ok(Slot::Empty))
            } else {
                let (depth, is_timed) = (self.depth, self.is_timed);
                poll_entered(layer, &mut self.slots()[depth], is_timed, cx)
            };
            match entered {
                Poll::Ready(Ok(slot)) => self.take_slot(slot),
                Poll::Ready(Err(rejected)) => {
                    let depth = self.depth;
                    self.slots()[depth] = Slot::Empty;
                    return Poll::Ready(Err(rejected));
                }
                Poll::Pending => return self.poll_deadlines(cx).map(Err),
            }
        }
        Poll::Ready(Ok(()))
    }

    fn next(&self) -> Option<&'a Layer> {
        self.layers.get(self.depth)
    }

    fn take_slot(&mut self, slot: Slot<'a>) {
        let depth = self.depth;
        self.slots()[depth] = slot;
        self.depth += 1;
    }
}

fn entered(layer: &Layer, is_timed: bool) -> Result<Slot<'_>, Rejected> {
    Ok(match layer {
        Layer::CircuitBreaker(breaker) => {
            Slot::Permit(AsyncPermit::new(breaker.core().admit().map_err(Rejected::from)?))
        }
        Layer::Retry(retry) => Slot::Attempts(retry.start_timed(is_timed)),
        Layer::Bulkhead(bulkhead) => Slot::Place(bulkhead.acquire()?),
        Layer::RateLimit(limit) => {
            limit.acquire()?;
            Slot::Empty
        }
        Layer::Timeout(timeout) => Slot::Deadline(BoxedDeadline::new(timeout.core())),
        Layer::Fallback(_) => Slot::Empty,
    })
}

/// A layer that lets callers wait keeps the wait in the slot.
fn poll_entered<'a>(
    layer: &'a Layer,
    slot: &mut Slot<'a>,
    is_timed: bool,
    cx: &mut Context<'_>,
) -> Poll<Result<Slot<'a>, Rejected>> {
    match layer {
        Layer::Bulkhead(bulkhead) => {
            let mut waiting = match std::mem::replace(slot, Slot::Empty) {
                Slot::Waiting(waiting) => waiting,
                _ => bulkhead.acquire_async(),
            };
            let poll = Pin::new(&mut waiting).poll(cx);
            if poll.is_pending() {
                *slot = Slot::Waiting(waiting);
            }
            poll.map_ok(Slot::Place)
        }
        Layer::RateLimit(limit) => {
            let mut passing = match std::mem::replace(slot, Slot::Empty) {
                Slot::Passing(passing) => passing,
                _ => limit.acquire_async(),
            };
            let poll = Pin::new(&mut passing).poll(cx);
            if poll.is_pending() {
                *slot = Slot::Passing(passing);
            }
            poll.map_ok(|()| Slot::Empty)
        }
        _ => Poll::Ready(entered(layer, is_timed)),
    }
}
