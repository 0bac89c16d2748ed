use std::{
    pin::Pin,
    task::{Context, Poll},
};

use super::{Core, Start, Timer};
use crate::{Reason, Rejected, event};

/// The limit of a call whose future lies elsewhere: the timer is made when the call first has to wait.
pub(crate) struct Deadline {
    start: Start,
    // Boxed: a pipeline knows at run time only how many of its layers are timeouts.
    timer: Option<Pin<Box<Timer>>>,
}

impl Deadline {
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
