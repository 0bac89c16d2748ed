use std::{
    pin::Pin,
    task::{Context, Poll},
};

use super::{
    Core,
    timer::{Start, Timer},
};
use crate::{Reason, Rejected, event};

/// The same as [`Deadline`](super::Deadline) where only the run time knows how many there are: the timer is one box.
pub(crate) struct BoxedDeadline {
    start: Start,
    timer: Option<Pin<Box<Timer>>>,
}

impl BoxedDeadline {
    /// The time runs from here.
    pub(crate) fn new(core: &Core) -> Self {
        Self { start: Start::now(core), timer: None }
    }

    /// Whether the time is over. Asked after whatever the call waits for was found pending.
    pub(crate) fn poll(&mut self, core: &Core, cx: &mut Context<'_>) -> Poll<()> {
        let start = self.start;
        self.timer.get_or_insert_with(|| Box::pin(Timer::Begun { start })).as_mut().poll(core, cx)
    }
}

impl Core {
    /// Refuses a blocking call, which it could not stop.
    pub(crate) fn needs_async(&self) -> Rejected {
        let rejected = Rejected::new(self.name, Reason::NeedsAsync);
        event::rejected(self.origin, || None, rejected.into());
        rejected
    }
}
