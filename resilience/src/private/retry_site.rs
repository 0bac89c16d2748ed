//! The site of a retry.

use std::{hint::cold_path, time::Duration};

use super::Site;
use crate::retry::{self, Attempts, Counting, First, Progress};

impl Site<retry::Config> {
    /// A call begins.
    #[inline]
    pub fn start(&'static self) -> Attempts<'static> {
        if let Some(core) = self.found()
            && let Some(attempts) = core.start_shortly()
        {
            return attempts;
        }
        cold_path();
        self.start_slowly()
    }

    #[cold]
    #[inline(never)]
    fn start_slowly(&'static self) -> Attempts<'static> {
        self.find().start(false)
    }

    /// A call begins that will ask how long it took.
    #[inline]
    pub fn start_timed(&'static self) -> Attempts<'static> {
        self.core().start(true)
    }

    /// A whole blocking call, all attempts of which are `body`.
    ///
    /// # Errors
    ///
    /// The last error.
    #[inline(always)]
    #[allow(clippy::inline_always)] // The body would otherwise be a call away from its function.
    pub fn call<T, E>(
        &'static self,
        mut body: impl FnMut() -> Result<T, E>,
        wanted: impl FnMut(&E) -> bool,
        hint: impl FnMut(&E) -> Option<Duration>,
    ) -> Result<T, E> {
        if let Some(core) = self.found()
            && let Some(first) = core.first()
        {
            match body() {
                Ok(value) => {
                    first.succeeded();
                    Ok(value)
                }
                Err(error) => self.go_on(Some((first, error)), body, wanted, hint),
            }
        } else {
            self.go_on(None, body, wanted, hint)
        }
    }

    #[cold]
    #[inline(never)]
    fn go_on<T, E>(
        &'static self,
        failed: Option<(First<'static>, E)>,
        body: impl FnMut() -> Result<T, E>,
        wanted: impl FnMut(&E) -> bool,
        hint: impl FnMut(&E) -> Option<Duration>,
    ) -> Result<T, E> {
        let mut progress = Progress::first(0, 0);
        let (counting, error) = match failed {
            Some((first, error)) => (first.failed(&mut progress), Some(error)),
            None => (self.begin(&mut progress), None),
        };
        retry::go_on(counting, &mut progress, error, body, wanted, hint)
    }

    #[cold]
    #[inline(never)]
    fn begin(&'static self, progress: &mut Progress) -> Counting<'static> {
        self.core().begin(progress)
    }
}
