//! The end of layers. A call that is inside them looks at it wherever it waits, and leaves them once it is reached.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::{
    Core,
    timer::{Start, Timer},
};
use crate::{circuit_breaker::TimingOut, rejected::Refusal};

pin_project! {
    /// When layers are to be left.
    #[doc(hidden)]
    pub struct Deadline {
        core: &'static Core,
        #[pin]
        timer: Timer,
        has_breakers: bool,
    }
}

impl Deadline {
    #[inline]
    pub(crate) const fn new(core: &'static Core, start: Start, has_breakers: bool) -> Self {
        Self { core, timer: Timer::Begun { start }, has_breakers }
    }

    /// Whether it is reached. Asked after whatever the call waits for was found pending.
    ///
    /// If it is, what the layers hold is to be dropped at once, and [`expire`](Self::expire) called after that: in between
    /// their breakers see a timeout.
    #[cold]
    #[inline(never)]
    pub(crate) fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let over = this.timer.as_mut().poll(this.core, cx);
        if over.is_ready() {
            this.timer.set(Timer::Over { timing_out: TimingOut::set(*this.has_breakers) });
        }
        over
    }

    /// The refusal of layers that were left.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn expire(self: Pin<&mut Self>) -> Refusal {
        let mut this = self.project();
        this.timer.set(Timer::Begun { start: Start::NEVER });
        this.core.expire().into()
    }
}
