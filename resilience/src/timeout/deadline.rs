use std::{
    pin::Pin,
    task::{Context, Poll},
};

use super::{Core, Start, wait};
use crate::{Reason, Rejected, clock::Sleep, event};

/// The limit of a call whose future lies elsewhere: the timer is made when the call first has to wait.
pub(crate) struct Deadline {
    start: Start,
    // Boxed: a pipeline knows at run time only how many of its layers are timeouts.
    timer: Option<Pin<Box<Option<Sleep>>>>,
}

impl Deadline {
    /// The time runs from here.
    pub(crate) fn new(core: &Core) -> Self {
        Self { start: Start::now(core), timer: None }
    }

    /// Whether the time is over. Asked after whatever the call waits for was found pending.
    pub(crate) fn poll(&mut self, core: &Core, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(None));
        let start = std::mem::replace(&mut self.start, Start::Known);
        wait(core, timer.as_mut(), start, cx)
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
