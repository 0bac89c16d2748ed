//! The site of a timeout.

use std::hint::cold_path;

use super::Site;
use crate::timeout::{self, Deadline, Limited, NoBreaker, Start};

impl Site<timeout::Config> {
    /// A call begins. Before there is a future, which would have to be moved after that.
    #[inline]
    pub fn timing(&'static self) -> Timing {
        if let Some(core) = self.found()
            && let Some(timing) = Timing::shortly(core)
        {
            return timing;
        }
        cold_path();
        self.timing_slowly()
    }

    #[cold]
    #[inline(never)]
    fn timing_slowly(&'static self) -> Timing {
        Timing::of(self.core())
    }
}

/// A timeout, and when the call began.
pub struct Timing {
    core: &'static timeout::Core,
    start: Start,
}

impl Timing {
    /// A call begins, if a look at the tick says when.
    #[inline]
    pub(super) fn shortly(core: &'static timeout::Core) -> Option<Self> {
        core.start_shortly().map(|start| Self { core, start })
    }

    /// A call begins.
    pub(super) fn of(core: &'static timeout::Core) -> Self {
        Self { core, start: Start::now(core) }
    }

    /// The future that ends in time. No breaker of its stack stands inside.
    #[inline]
    pub const fn limit<F: Future>(self, future: F) -> Limited<'static, F, NoBreaker> {
        Limited::begun(self.core, self.start, future)
    }

    /// The end of layers, for whatever waits among them. To breakers of the stack that stand inside, it is a failure.
    #[inline]
    #[must_use]
    pub const fn deadline(self, has_breakers: bool) -> Deadline {
        Deadline::new(self.core, self.start, has_breakers)
    }
}
