//! A site whose policy only a preset knows of.

use std::{
    future::Future,
    hint::cold_path,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use once_cell::race::OnceRef;

use super::{Policy, Site, SiteLater, Source, Timing};
use crate::{
    Failure, Rejected, Verdict,
    bulkhead::{self, Place, Queueing},
    circuit_breaker::{self, AsyncPermit, Blame, Permit, blame, take_unwound},
    rate_limit,
    rejected::Refusal,
    retry::{self, Attempts},
    testing, timeout,
};

/// A site that stands there only if the preset has its section.
pub struct OptionalSite<C: Policy> {
    site: Option<Site<C>>,
    /// What calls ask of a retry or a timeout: the site's, or one that is switched off.
    core: OnceRef<'static, C::Core>,
}

impl<C: Policy> OptionalSite<C> {
    /// A site whose policy is not yet found, or none.
    #[must_use]
    pub const fn new(name: Option<&'static str>, config: Option<C>, source: Source) -> Self {
        let site = match config {
            Some(config) => Some(Site::new(name, config, source)),
            None => None,
        };
        Self { site, core: OnceRef::new() }
    }

    #[inline]
    pub(super) const fn site(&'static self) -> Option<&'static Site<C>> {
        self.site.as_ref()
    }

    /// The policy, or `none`. In no test scope, it is the one that every later call asks.
    fn find(&'static self, none: fn() -> &'static C::Core) -> &'static C::Core {
        let core = self.site().map_or_else(none, Site::core);
        if !testing::is_any() {
            // Whoever was here before has found the same.
            let _ = self.core.set(core);
        }
        core
    }
}

/// A permit, if there was a breaker to give one.
#[must_use]
pub struct Maybe<P>(Option<P>);

impl Maybe<Permit<'static>> {
    /// See [`Permit::success`].
    #[inline]
    pub fn success(self) {
        if let Some(permit) = self.0 {
            permit.success();
        }
    }

    /// See [`Permit::failed`].
    #[inline]
    pub fn failed(self) {
        if let Some(permit) = self.0 {
            permit.failed();
        }
    }

    /// See [`Permit::fail`].
    #[cold]
    #[inline(never)]
    pub fn fail<E>(self, failure: &Failure<E>) {
        self.settle(blame(failure, |_| Verdict::Failure));
    }

    /// See [`Permit::settle`].
    pub fn settle(self, blame: Blame) {
        if let Some(permit) = self.0 {
            permit.settle(blame);
        }
    }
}

/// An async permit, if there was a breaker to give one.
#[must_use]
pub struct MaybeAsync {
    permit: Option<AsyncPermit<'static>>,
    /// Whether there was none, until the call has ended.
    is_missing: bool,
}

impl MaybeAsync {
    /// The permit, for the one thing that can be said of it.
    #[inline]
    const fn end(&mut self) -> Option<&mut AsyncPermit<'static>> {
        self.is_missing = false;
        self.permit.as_mut()
    }

    /// See [`Permit::success`].
    #[inline]
    pub fn success(&mut self) {
        if let Some(permit) = self.end() {
            permit.success();
        }
    }

    /// See [`Permit::failed`].
    #[inline]
    pub fn failed(&mut self) {
        if let Some(permit) = self.end() {
            permit.failed();
        }
    }

    /// See [`Permit::fail`].
    #[inline]
    pub fn fail<E>(&mut self, failure: &Failure<E>) {
        if let Some(permit) = self.end() {
            permit.fail(failure);
        }
    }

    /// See [`Permit::settle`].
    pub fn settle(&mut self, blame: Blame) {
        if let Some(permit) = self.end() {
            permit.settle(blame);
        }
    }
}

impl Drop for MaybeAsync {
    #[inline]
    fn drop(&mut self) {
        if self.is_missing {
            // The body left a mark for each breaker that its stack may have; this one had none to take it.
            take_unwound();
        }
    }
}

impl OptionalSite<circuit_breaker::Config> {
    /// See [`Site::admit`].
    ///
    /// # Errors
    ///
    /// The refusal.
    #[inline]
    pub fn admit(&'static self) -> Result<Maybe<Permit<'static>>, Refusal> {
        match self.site() {
            Some(site) => Ok(Maybe(Some(site.admit()?))),
            None => Ok(Maybe(None)),
        }
    }

    /// See [`Site::admit_async`].
    ///
    /// # Errors
    ///
    /// The refusal.
    #[inline]
    pub fn admit_async(&'static self) -> Result<MaybeAsync, Refusal> {
        match self.site() {
            Some(site) => Ok(MaybeAsync { permit: Some(site.admit_async()?), is_missing: false }),
            None => Ok(MaybeAsync { permit: None, is_missing: true }),
        }
    }
}

impl OptionalSite<retry::Config> {
    /// See [`Site::start`]; a call that is made once if there is no retry.
    #[inline]
    pub fn start(&'static self) -> Attempts<'static> {
        if let Some(core) = self.core.get()
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
        self.find(retry::Core::none).start(false)
    }

    /// See [`Site::start_timed`].
    #[inline]
    pub fn start_timed(&'static self) -> Attempts<'static> {
        self.find(retry::Core::none).start(true)
    }

    /// See [`Site::call`].
    ///
    /// # Errors
    ///
    /// The last error.
    #[inline(always)]
    #[allow(clippy::inline_always)] // As there.
    pub fn call<T, E>(
        &'static self,
        mut body: impl FnMut() -> Result<T, E>,
        wanted: impl FnMut(&E) -> bool,
        hint: impl FnMut(&E) -> Option<Duration>,
    ) -> Result<T, E> {
        match self.site() {
            Some(site) => site.call(body, wanted, hint),
            None => body(),
        }
    }
}

/// A bulkhead that told a caller to come later.
#[must_use]
pub struct MaybeLater(SiteLater);

impl MaybeLater {
    /// See [`SiteLater::queueing`].
    #[inline]
    pub fn queueing(self) -> MaybeQueueing {
        MaybeQueueing(self.0.queueing())
    }

    /// See [`SiteLater::place_later`].
    ///
    /// # Errors
    ///
    /// The refusal.
    #[inline]
    pub fn place_later(self) -> Result<Option<Place<'static>>, Refusal> {
        self.0.place_later().map(Some)
    }
}

/// See [`Queueing`].
#[must_use = "futures do nothing unless polled"]
pub struct MaybeQueueing(Queueing<'static>);

impl Future for MaybeQueueing {
    type Output = Result<Option<Place<'static>>, Rejected>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_ok(Some)
    }
}

impl OptionalSite<bulkhead::Config> {
    /// See [`Site::ask`].
    #[inline]
    pub fn ask(&'static self) -> bulkhead::Answer<'static, Option<Place<'static>>, MaybeLater> {
        match self.site().map(Site::ask) {
            None => bulkhead::Answer::Place(None),
            Some(bulkhead::Answer::Place(place)) => bulkhead::Answer::Place(Some(place)),
            Some(bulkhead::Answer::Full(full)) => bulkhead::Answer::Full(full),
            Some(bulkhead::Answer::Later(later)) => bulkhead::Answer::Later(MaybeLater(later)),
        }
    }
}

impl OptionalSite<rate_limit::Config> {
    /// See [`Site::pass`].
    ///
    /// # Errors
    ///
    /// The refusal.
    #[inline]
    pub fn pass(&'static self) -> Result<(), Refusal> {
        self.site().map_or(Ok(()), Site::pass)
    }

    /// See [`Site::try_pass`].
    ///
    /// # Errors
    ///
    /// Whom to ask later.
    #[inline]
    pub fn try_pass(&'static self) -> Result<(), rate_limit::Later<'static>> {
        self.site().map_or(Ok(()), Site::try_pass)
    }
}

impl OptionalSite<timeout::Config> {
    /// See [`Site::timing`].
    #[inline]
    pub fn timing(&'static self) -> Timing {
        if let Some(core) = self.core.get()
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
        Timing::of(self.find(timeout::Core::none))
    }
}
