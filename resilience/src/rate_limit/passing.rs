use std::{
    future::Future,
    hint::cold_path,
    mem::{self, ManuallyDrop},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use pin_project_lite::pin_project;

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

pin_project! {
    /// What a caller has that waits. In one box, since every guarded function's future has room for it and few ever wait.
    struct Turn<'a> {
        // None once the answer has used it up.
        ticket: Option<Ticket<'a>>,
        #[pin]
        sleep: Sleep,
    }
}

/// Waits for a permit: the future of [`RateLimit::acquire_async`](super::RateLimit::acquire_async).
///
/// It asks for the permit when it is first polled. Dropping it leaves the queue, and those behind it move up.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Passing<'a> {
    core: &'a Core,
    turn: Option<Pin<Box<Turn<'a>>>>,
}

impl Future for Passing<'_> {
    type Output = Result<(), Rejected>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        poll(this.core, &mut this.turn, cx)
    }
}

/// A rate limit that told a caller to come later: it has no permit now.
#[doc(hidden)]
#[must_use]
pub struct Later<'a>(&'a Core);

impl<'a> Later<'a> {
    pub(super) const fn new(core: &'a Core) -> Self {
        Self(core)
    }

    /// Waits for a permit while that is allowed.
    #[inline]
    pub const fn passing(self) -> Queueing<'a> {
        Queueing { core: self.0, turn: ManuallyDrop::new(None) }
    }
}

/// The future of [`Later::passing`]. Its end is one call, as each poll is: it stands in every guarded function.
#[doc(hidden)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Queueing<'a> {
    core: &'a Core,
    // Dropped below, and nowhere else: drop glue would be written into the function.
    turn: ManuallyDrop<Option<Pin<Box<Turn<'a>>>>>,
}

impl Future for Queueing<'_> {
    type Output = Result<(), Rejected>;

    #[cold]
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let core = self.core;
        poll(core, &mut self.turn, cx)
    }
}

impl Drop for Queueing<'_> {
    #[cold]
    #[inline(never)]
    fn drop(&mut self) {
        *self.turn = None;
    }
}

fn poll<'a>(
    core: &'a Core,
    turn: &mut Option<Pin<Box<Turn<'a>>>>,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Rejected>> {
    if turn.is_none() && core.take_granted() {
        return Poll::Ready(Ok(()));
    }
    let mut rang = None;
    loop {
        let ticket = turn.as_mut().and_then(|turn| turn.as_mut().project().ticket.as_ref());
        let answer = match ticket {
            None => core.enter(|| cx.waker().clone()),
            Some(ticket) => core.ask(ticket.number, ticket.deadline, cx.waker(), rang),
        };
        let (ticket, alarm) = match answer {
            Answer::Wait { ticket: number, deadline, alarm } => {
                (Ticket { core, number, deadline, alarm: alarm.at }, alarm)
            }
            Answer::Admitted => return end(turn, Ok(())),
            Answer::Refused(rejected) => return end(turn, Err(rejected)),
        };
        ready!(sleep(core, turn, ticket, alarm.wait).poll(cx));
        rang = Some(alarm.at);
    }
}

/// The sleep until the alarm of a ticket, which may be the one that waits already.
fn sleep<'a, 't>(
    core: &'a Core,
    turn: &'t mut Option<Pin<Box<Turn<'a>>>>,
    ticket: Ticket<'a>,
    wait: Duration,
) -> Pin<&'t mut Sleep> {
    let Some(turn) = turn else {
        let begun = Turn { ticket: Some(ticket), sleep: core.clock.sleep(wait) };
        return turn.insert(Box::pin(begun)).as_mut().project().sleep;
    };
    let mut turn = turn.as_mut().project();
    let at = ticket.alarm;
    let before = turn.ticket.replace(ticket);
    if before.as_ref().is_none_or(|before| before.alarm != at) {
        turn.sleep.set(core.clock.sleep(wait));
    }
    // The same ticket, as it was.
    mem::forget(before);
    turn.sleep
}

/// The answer has used the ticket up.
fn end(turn: &mut Option<Pin<Box<Turn<'_>>>>, result: Result<(), Rejected>) -> Poll<Result<(), Rejected>> {
    if let Some(turn) = turn {
        mem::forget(turn.as_mut().project().ticket.take());
    }
    *turn = None;
    Poll::Ready(result)
}

impl Core {
    /// A permit, waited for up to `max_wait`.
    #[inline]
    pub(crate) const fn passing(&self) -> Passing<'_> {
        Passing { core: self, turn: None }
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
