//! The site of a timeout.

use super::Site;
use crate::timeout::{self, Limited};

impl Site<timeout::Config> {
    /// The timeout, found before there is a future that would have to be moved after that.
    #[inline]
    pub fn timing(&'static self) -> Timing {
        Timing(Some(self.core()))
    }
}

/// A timeout, if there is one.
pub struct Timing(Option<&'static timeout::Core>);

impl Timing {
    /// None, where a preset has none.
    pub(super) const NONE: Self = Self(None);

    /// The future that ends in time. No breaker of its stack stands inside.
    #[inline]
    pub const fn limit<F: Future>(self, future: F) -> Limited<'static, F> {
        Limited::new(self.0, future, false)
    }

    /// The same around breakers of its stack, to which its end is a failure.
    #[inline]
    pub const fn limit_marking<F: Future>(self, future: F) -> Limited<'static, F> {
        Limited::new(self.0, future, true)
    }
}
