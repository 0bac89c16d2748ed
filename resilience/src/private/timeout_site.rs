//! The site of a timeout.

use super::Site;
use crate::timeout::{self, Breakers, Limited, NoBreaker, Start};

impl Site<timeout::Config> {
    /// A call begins. Before there is a future, which would have to be moved after that.
    #[inline]
    pub fn timing(&'static self) -> Timing {
        let core = self.core();
        Timing { core: Some(core), start: Start::now(core) }
    }
}

/// A timeout, if there is one, and when the call began.
pub struct Timing {
    core: Option<&'static timeout::Core>,
    start: Start,
}

impl Timing {
    /// None, where a preset has none.
    pub(super) const NONE: Self = Self { core: None, start: Start::Never };

    /// The future that ends in time. No breaker of its stack stands inside.
    #[inline]
    pub const fn limit<F: Future>(self, future: F) -> Limited<'static, F, NoBreaker> {
        Limited::begun(self.core, self.start, future)
    }

    /// The same around breakers of its stack, to which its end is a failure.
    #[inline]
    pub const fn limit_marking<F: Future>(self, future: F) -> Limited<'static, F, Breakers> {
        Limited::begun(self.core, self.start, future)
    }
}
