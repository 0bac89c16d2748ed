use std::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{Core, Place, places::Answer, state::Entry};
use crate::{Reason, Rejected, clock::Sleep, queue::thread_waker};

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

/// Waits for a place: the future of [`Bulkhead::acquire_async`](super::Bulkhead::acquire_async).
///
/// It asks for the place when it is first polled. Dropping it leaves the queue; a place that was already handed to it
/// goes to the next in line. Until it is polled or dropped it keeps that place, so do not hold one that you do not poll.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Waiting<'a> {
    core: &'a Core,
    ticket: Option<Ticket<'a>>,
    // Boxed, since every guarded function's future has room for it and few ever wait.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<'a> Future for Waiting<'a> {
    type Output = Result<Place<'a>, Rejected>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.ticket.is_none() {
            match this.core.ask() {
                Answer::Place(place) => return Poll::Ready(Ok(place)),
                Answer::Full(full) => return Poll::Ready(Err(*full.rejected())),
                Answer::Later => {}
            }
        }
        this.poll_later(cx)
    }
}

/// The same for a caller that has asked and was told to come later.
#[doc(hidden)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Queueing<'a>(Waiting<'a>);

impl<'a> Future for Queueing<'a> {
    type Output = Result<Place<'a>, Rejected>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().0.poll_later(cx)
    }
}

impl<'a> Waiting<'a> {
    #[cold]
    #[inline(never)]
    fn poll_later(&mut self, cx: &mut Context<'_>) -> Poll<Result<Place<'a>, Rejected>> {
        let ticket = match self.ticket.take() {
            Some(ticket) if ticket.is_called(cx.waker()) => return Poll::Ready(Ok(ticket.redeem())),
            Some(ticket) => ticket,
            None => match self.core.enter(|| cx.waker().clone()) {
                Entry::Place(place) => return Poll::Ready(Ok(place)),
                Entry::Refused(rejected) => return Poll::Ready(Err(rejected)),
                Entry::Ticket(ticket, max_wait) => {
                    self.alarm = Some(Box::pin(self.core.clock.sleep(max_wait)));
                    ticket
                }
            },
        };
        if self.alarm.as_mut().is_some_and(|alarm| alarm.as_mut().poll(cx).is_pending()) {
            self.ticket = Some(ticket);
            return Poll::Pending;
        }
        Poll::Ready(ticket.give_up())
    }
}

impl Core {
    /// A place, waited for up to `max_wait`.
    #[inline]
    pub(crate) const fn waiting(&self) -> Waiting<'_> {
        Waiting { core: self, ticket: None, alarm: None }
    }

    /// The same for a caller that has [asked](Self::ask).
    pub(crate) fn queueing(&self) -> Queueing<'_> {
        Queueing(self.waiting())
    }

    /// A place; blocks the thread for up to `max_wait`.
    #[inline]
    pub(crate) fn place(&self) -> Result<Place<'_>, Rejected> {
        match self.ask() {
            Answer::Place(place) => Ok(place),
            Answer::Full(full) => Err(*full.rejected()),
            Answer::Later => self.place_later(),
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
