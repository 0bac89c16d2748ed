use std::{
    future::Future,
    hint::cold_path,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use super::{Core, gcra::Units, state::Answer};
use crate::{Rejected, clock::Sleep, queue::thread_waker};

/// A place in the queue. Dropping it leaves the queue, and everybody behind it moves up.
struct Ticket<'a> {
    core: &'a Core,
    number: u64,
    deadline: Units,
    alarm: Units,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.core.give_up(self.number);
    }
}

/// Waits for a permit: the future of [`RateLimit::acquire_async`](super::RateLimit::acquire_async).
///
/// It asks for the permit when it is first polled. Dropping it leaves the queue, and those behind it move up.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Passing<'a> {
    core: &'a Core,
    ticket: Option<Ticket<'a>>,
    // Boxed, since every guarded function's future has room for it and few ever wait.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Future for Passing<'_> {
    type Output = Result<(), Rejected>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.ticket.is_none() && this.core.take_granted() {
            return Poll::Ready(Ok(()));
        }
        let mut rang = None;
        loop {
            let answer = match &this.ticket {
                None => this.core.enter(|| cx.waker().clone()),
                Some(ticket) => this.core.ask(ticket.number, ticket.deadline, cx.waker(), rang),
            };
            let (number, deadline, alarm) = match answer {
                Answer::Wait { ticket, deadline, alarm } => (ticket, deadline, alarm),
                Answer::Admitted => return this.end(Ok(())),
                Answer::Refused(rejected) => return this.end(Err(rejected)),
            };
            let before = this.ticket.as_ref().map(|ticket| ticket.alarm);
            match &mut this.ticket {
                Some(ticket) => ticket.alarm = alarm.at,
                none => *none = Some(Ticket { core: this.core, number, deadline, alarm: alarm.at }),
            }
            let sleep = match &mut this.sleep {
                Some(sleep) if before == Some(alarm.at) => sleep,
                Some(sleep) => {
                    sleep.as_mut().set(this.core.clock.sleep(alarm.wait));
                    sleep
                }
                none => none.insert(Box::pin(this.core.clock.sleep(alarm.wait))),
            };
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            rang = Some(alarm.at);
        }
    }
}

impl Passing<'_> {
    /// The answer has used the ticket up.
    fn end(&mut self, result: Result<(), Rejected>) -> Poll<Result<(), Rejected>> {
        mem::forget(self.ticket.take());
        self.sleep = None;
        Poll::Ready(result)
    }
}

impl Core {
    /// A permit, waited for up to `max_wait`.
    pub(crate) fn passing(&self) -> Passing<'_> {
        Passing { core: self, ticket: None, sleep: None }
    }

    /// A permit; blocks the thread for up to `max_wait`.
    #[inline]
    pub(crate) fn pass(&self) -> Result<(), Rejected> {
        if self.take_granted() {
            return Ok(());
        }
        cold_path();
        self.pass_slowly()
    }

    #[inline(never)]
    fn pass_slowly(&self) -> Result<(), Rejected> {
        let mut own = None;
        let mut answer = self.enter(|| own.insert(thread_waker()).clone());
        loop {
            let (number, deadline, alarm) = match answer {
                Answer::Wait { ticket, deadline, alarm } => (ticket, deadline, alarm),
                Answer::Admitted => return Ok(()),
                Answer::Refused(rejected) => return Err(rejected),
            };
            let ticket = Ticket { core: self, number, deadline, alarm: alarm.at };
            let rang = self.clock.park(alarm.wait).then_some(alarm.at);
            answer = self.ask(number, deadline, own.get_or_insert_with(thread_waker), rang);
            mem::forget(ticket);
        }
    }
}
