use std::{
    future::Future,
    mem::{self, ManuallyDrop},
    pin::Pin,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use pin_project_lite::pin_project;

use super::{Core, Place, places::Answer, state::Entry};
use crate::{Reason, Rejected, clock::Sleep, queue::thread_waker, rejected::Refusal};

/// A place in the queue. Dropping it leaves the queue, and hands on the place that may have come meanwhile.
pub(super) struct Ticket<'a> {
    core: &'a Core,
    number: u64,
}

impl<'a> Ticket<'a> {
    pub(super) const fn new(core: &'a Core, number: u64) -> Self {
        Self { core, number }
    }

    fn is_called(&self, waker: &Waker) -> bool {
        self.core.is_called(self.number, waker)
    }

    /// The place of a ticket that was called.
    fn redeem(self) -> Place<'a> {
        let core = self.core;
        mem::forget(self);
        core.admitted()
    }

    /// The end of the waiting: the place that came in the last moment, or a refusal.
    fn give_up(self) -> Result<Place<'a>, Rejected> {
        let (core, number) = (self.core, self.number);
        mem::forget(self);
        if core.give_up(number) { Err(core.refuse(Reason::WaitedTooLong)) } else { Ok(core.admitted()) }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if !self.core.give_up(self.number) {
            self.core.leave();
        }
    }
}

pin_project! {
    /// What a caller has that waits. In one box, since every guarded function's future has room for it and few ever wait.
    struct Turn<'a> {
        // None once it is redeemed.
        ticket: Option<Ticket<'a>>,
        #[pin]
        alarm: Sleep,
    }
}

impl<'a> Turn<'a> {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Place<'a>, Rejected>> {
        let this = self.project();
        let is_called = this.ticket.as_ref().is_none_or(|ticket| ticket.is_called(cx.waker()));
        if !is_called && this.alarm.poll(cx).is_pending() {
            return Poll::Pending;
        }
        match this.ticket.take() {
            Some(ticket) if is_called => Poll::Ready(Ok(ticket.redeem())),
            Some(ticket) => Poll::Ready(ticket.give_up()),
            // Polled again after it ended, which the contract of `Future` leaves to us.
            None => Poll::Pending,
        }
    }
}

/// Waits for a place: the future of [`Bulkhead::acquire_async`](super::Bulkhead::acquire_async).
///
/// It asks for the place when it is first polled. Dropping it leaves the queue; a place that was already handed to it
/// goes to the next in line. Until it is polled or dropped it keeps that place, so do not hold one that you do not poll.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Waiting<'a> {
    core: &'a Core,
    turn: Option<Pin<Box<Turn<'a>>>>,
}

impl<'a> Future for Waiting<'a> {
    type Output = Result<Place<'a>, Rejected>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.turn.is_none() {
            match this.core.ask() {
                Answer::Place(place) => return Poll::Ready(Ok(place)),
                Answer::Full(full) => return Poll::Ready(Err(*full.rejected())),
                Answer::Later(_) => {}
            }
        }
        poll_later(this.core, &mut this.turn, cx)
    }
}

/// A bulkhead that told a caller to come later: only its lock can say more.
#[doc(hidden)]
#[must_use]
pub struct Later<'a>(&'a Core);

impl<'a> Later<'a> {
    #[inline]
    pub(crate) const fn new(core: &'a Core) -> Self {
        Self(core)
    }

    /// Waits for a place while that is allowed.
    #[inline]
    pub const fn queueing(self) -> Queueing<'a> {
        Queueing { core: self.0, turn: ManuallyDrop::new(None) }
    }

    /// A place; blocks while that is allowed.
    ///
    /// # Errors
    ///
    /// The refusal.
    #[cold]
    #[inline(never)]
    pub fn place_later(self) -> Result<Place<'a>, Refusal> {
        self.0.place_later().map_err(Refusal::from)
    }
}

/// The future of [`Later::queueing`]. Its end is one call, as each poll is: it stands in every guarded function.
#[doc(hidden)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Queueing<'a> {
    core: &'a Core,
    // Dropped below, and nowhere else: drop glue would be written into the function.
    turn: ManuallyDrop<Option<Pin<Box<Turn<'a>>>>>,
}

impl<'a> Future for Queueing<'a> {
    type Output = Result<Place<'a>, Rejected>;

    #[cold]
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let core = self.core;
        poll_later(core, &mut self.turn, cx)
    }
}

impl Drop for Queueing<'_> {
    #[cold]
    #[inline(never)]
    fn drop(&mut self) {
        *self.turn = None;
    }
}

#[cold]
#[inline(never)]
fn poll_later<'a>(
    core: &'a Core,
    turn: &mut Option<Pin<Box<Turn<'a>>>>,
    cx: &mut Context<'_>,
) -> Poll<Result<Place<'a>, Rejected>> {
    let begun = match turn {
        Some(begun) => begun,
        None => match core.enter(|| cx.waker().clone()) {
            Entry::Place(place) => return Poll::Ready(Ok(place)),
            Entry::Refused(rejected) => return Poll::Ready(Err(rejected)),
            Entry::Ticket(ticket, max_wait) => {
                turn.insert(Box::pin(Turn { ticket: Some(ticket), alarm: core.clock.sleep(max_wait) }))
            }
        },
    };
    let end = ready!(begun.as_mut().poll(cx));
    *turn = None;
    Poll::Ready(end)
}

impl Core {
    /// A place, waited for up to `max_wait`.
    #[inline]
    pub(crate) const fn waiting(&self) -> Waiting<'_> {
        Waiting { core: self, turn: None }
    }

    /// A place; blocks the thread for up to `max_wait`.
    #[inline]
    pub(crate) fn place(&self) -> Result<Place<'_>, Rejected> {
        match self.ask() {
            Answer::Place(place) => Ok(place),
            Answer::Full(full) => Err(*full.rejected()),
            Answer::Later(_) => self.place_later(),
        }
    }

    /// The same for a caller that has [asked](Self::ask).
    #[cold]
    #[inline(never)]
    pub(crate) fn place_later(&self) -> Result<Place<'_>, Rejected> {
        let mut own = None;
        let (ticket, max_wait) = match self.enter(|| own.insert(thread_waker()).clone()) {
            Entry::Place(place) => return Ok(place),
            Entry::Refused(rejected) => return Err(rejected),
            Entry::Ticket(ticket, max_wait) => (ticket, max_wait),
        };
        let waker = own.get_or_insert_with(thread_waker);
        let start = self.clock.now();
        let mut left = max_wait;
        loop {
            let over = self.clock.park(left);
            if ticket.is_called(waker) {
                return Ok(ticket.redeem());
            }
            left = max_wait.saturating_sub(Duration::from_nanos(self.clock.now().saturating_sub(start)));
            if over || left.is_zero() {
                return ticket.give_up();
            }
        }
    }
}
