//! The site of a bulkhead.

use super::Site;
use crate::{
    bulkhead::{self, Answer, Later, Place, Queueing},
    rejected::Refusal,
};

impl Site<bulkhead::Config> {
    /// A place, a refusal, or that it takes longer to say: always that, while the site may have to look for a test scope.
    #[inline]
    pub fn ask(&'static self) -> Answer<'static, Place<'static>, SiteLater> {
        let answer = match self.found() {
            Some(core) => core.ask(),
            None => self.find().ask(),
        };
        match answer {
            Answer::Place(place) => Answer::Place(place),
            Answer::Full(full) => Answer::Full(full),
            Answer::Later(_) => Answer::Later(SiteLater(self)),
        }
    }

    #[cold]
    #[inline(never)]
    fn later(&'static self) -> Later<'static> {
        Later::new(self.core())
    }
}

/// A bulkhead that told a caller to come later, perhaps to one of a test scope.
#[must_use]
pub struct SiteLater(&'static Site<bulkhead::Config>);

impl SiteLater {
    /// See [`Later::queueing`].
    #[inline]
    pub fn queueing(self) -> Queueing<'static> {
        self.0.later().queueing()
    }

    /// See [`Later::place_later`].
    ///
    /// # Errors
    ///
    /// The refusal.
    #[cold]
    #[inline(never)]
    pub fn place_later(self) -> Result<Place<'static>, Refusal> {
        self.0.later().place_later()
    }
}
