//! One call on its way through the layers of a pipeline, in and out again.
//!
//! The stack of an attribute is code: a block in a block. Which layers a pipeline has is known at run time only, so here
//! the stack is data: a slot for each layer that the call is inside, and the depth it has come to. A future for each layer
//! would have to be boxed, and then somebody would have to say whether it is `Send`. A passage holds no future of the
//! user's: the driver makes and awaits them, and the passage keeps the time of the timeouts that stand around.
//!
//! What an attribute's stack does by the order in which blocks are dropped is done here by hand: slots are emptied from
//! the innermost outwards, always after the user's future.

use std::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use super::{Layer, layer::Without};
use crate::{
    Failure, Rejected,
    bulkhead::{Place, Waiting},
    circuit_breaker::{AsyncPermit, TimingOut, mark_unwound},
    label::{self, Label},
    rate_limit::Passing,
    retry::Attempts,
    service::{End, Tally},
    timeout::BoxedDeadline,
};

/// What a call holds of a layer that it is inside.
pub(crate) enum Slot<'a> {
    /// Nothing, or the call goes without this layer.
    Empty,
    Permit(AsyncPermit<'a>),
    Attempts(Attempts<'a>),
    #[allow(dead_code, reason = "held, and given back when it is dropped")]
    Place(Place<'a>),
    Deadline(BoxedDeadline),
    Waiting(Waiting<'a>),
    Passing(Passing<'a>),
}

/// So many slots need no allocation. The recommended order has seven layers.
const INLINE: usize = 8;

#[allow(clippy::large_enum_variant, reason = "the large one is what saves the allocation")]
enum Slots<'a> {
    Inline([Slot<'a>; INLINE]),
    Heap(Box<[Slot<'a>]>),
}

/// One call on its way through the layers of a pipeline.
pub struct Passage<'a> {
    pub(super) layers: &'a [Layer],
    pub(super) without: Without,
    pub(super) label: Option<Label>,
    /// Who counts how it ends.
    tally: Option<Tally<'a>>,
    /// So many layers the call is inside.
    pub(super) depth: usize,
    slots: Slots<'a>,
    /// So many permits of other layers hold the call as well: those of the stack around an attribute's service.
    permits_around: usize,
    /// Somebody asks how long the call took, if its repeats are used up.
    pub(super) is_timed: bool,
    /// Code of the user's runs, and has unwound if nobody takes this back.
    is_busy: bool,
}

/// Lives through code of the user's, and is dropped only if it unwinds: the call's own panic.
pub(super) struct Watch {
    permits: usize,
}

impl Drop for Watch {
    fn drop(&mut self) {
        mark_unwound(self.permits);
    }
}

impl<'a> Passage<'a> {
    pub(crate) fn new(
        layers: &'a [Layer],
        without: Without,
        label: Option<Label>,
        tally: Option<Tally<'a>>,
    ) -> Self {
        let slots = if layers.len() <= INLINE {
            Slots::Inline([const { Slot::Empty }; INLINE])
        } else {
            Slots::Heap(layers.iter().map(|_| Slot::Empty).collect())
        };
        Self {
            layers,
            without,
            label,
            tally,
            depth: 0,
            slots,
            permits_around: 0,
            is_timed: false,
            is_busy: false,
        }
    }

    pub(super) fn slots(&mut self) -> &mut [Slot<'a>] {
        match &mut self.slots {
            Slots::Inline(slots) => slots,
            Slots::Heap(slots) => slots,
        }
    }

    pub(crate) const fn inside_of(mut self, permits: usize) -> Self {
        self.permits_around = permits;
        self
    }

    fn permits(&mut self) -> usize {
        let own = self.slots().iter().filter(|slot| matches!(slot, Slot::Permit(_))).count();
        own + self.permits_around
    }

    /// Watches code of the user's. What it gives is handed to [`unwatch`](Self::unwatch) when that code is done.
    pub(super) fn watch(&mut self) -> Watch {
        self.is_busy = true;
        Watch { permits: self.permits() }
    }

    pub(super) fn unwatch(&mut self, watch: Watch) {
        mem::forget(watch);
        self.is_busy = false;
    }

    /// The call has ended with this.
    pub(super) fn count<T, E>(&mut self, answer: &Result<T, Failure<E>>) {
        if let Some(tally) = self.tally.take() {
            tally.count(match answer {
                Ok(_) => End::Success,
                Err(Failure::Error(_)) => End::Failure,
                Err(Failure::Rejected(_)) => End::Rejected,
            });
        }
    }

    /// The outermost of the timeouts around asks last, as it would if each polled what is inside it.
    fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        for index in (0..self.depth).rev() {
            let layer = &self.layers[index];
            if let (Layer::Timeout(timeout), Slot::Deadline(deadline)) = (layer, &mut self.slots()[index])
                && deadline.poll(timeout.core(), cx).is_ready()
            {
                return Poll::Ready(index);
            }
        }
        Poll::Pending
    }

    pub(super) fn poll_deadlines(&mut self, cx: &mut Context<'_>) -> Poll<Rejected> {
        self.poll_expired(cx).map(|index| self.cut(index))
    }

    /// The call is over up to the timeout at `index`.
    fn cut(&mut self, index: usize) -> Rejected {
        let _label = label::enter(self.label);
        {
            // The breakers inside lose their calls to a timeout of their own stack.
            let _timing_out = TimingOut::set(true);
            self.clear(index + 1);
        }
        self.slots()[index] = Slot::Empty;
        self.depth = index;
        match &self.layers[index] {
            Layer::Timeout(timeout) => timeout.core().expire(),
            _ => unreachable!("only a timeout has a deadline"),
        }
    }

    /// Empties the slots from the innermost one out to this.
    fn clear(&mut self, from: usize) {
        for slot in self.slots()[from..].iter_mut().rev() {
            *slot = Slot::Empty;
        }
    }

    /// Polls a future of the user's inside all layers entered so far.
    pub(super) fn poll_inside<F: Future>(
        &mut self,
        future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let _label = label::enter(self.label);
        let watch = self.watch();
        let poll = future.poll(cx);
        self.unwatch(watch);
        poll
    }

    /// Which timeout is over, after a future inside was found pending. The caller drops that future, then [`cut`](Self::cut)s.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<Over> {
        let _label = label::enter(self.label);
        self.poll_expired(cx).map(Over)
    }

    pub(super) fn end(&mut self, over: Over) -> Rejected {
        self.cut(over.0)
    }

    /// Calls code of the user's inside all layers entered so far.
    pub fn inside<R>(&mut self, code: impl FnOnce() -> R) -> R {
        let _label = label::enter(self.label);
        let watch = self.watch();
        let answer = code();
        self.unwatch(watch);
        answer
    }

    /// Whether a fallback has its place among the layers.
    pub(super) fn has_fallback(&self) -> bool {
        self.layers.iter().any(|layer| matches!(layer, Layer::Fallback(_)))
    }

    /// The attempts of the retry that the call is inside.
    pub(super) fn attempts(&mut self) -> Option<&Attempts<'a>> {
        let depth = self.depth;
        self.slots()[..depth].iter().rev().find_map(|slot| match slot {
            Slot::Attempts(attempts) => Some(attempts),
            _ => None,
        })
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        let _label = label::enter(self.label);
        self.clear(0);
        if let Some(tally) = self.tally.take() {
            tally.count(if self.is_busy { End::Failure } else { End::Cancelled });
        }
    }
}

/// A timeout whose time is over.
#[derive(Clone, Copy)]
pub(super) struct Over(usize);
