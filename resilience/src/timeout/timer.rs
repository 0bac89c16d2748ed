//! The time that a call may take, and what wakes it at its end.
//!
//! Only when a call has to wait is a timer made, for what is left of the limit. The start is a reading of the tick where
//! there is one, and is then compared with the tick only: an expiry is never early, and late by two ticks at most, which
//! happens when the first poll blocks.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;

use super::Core;
use crate::{
    circuit_breaker::TimingOut,
    clock::{self, Nanos, Sleep, UNKNOWN},
    sync::Ordering,
};

/// The tick may lag behind the time by this much.
const TICK: Nanos = 10_000_000;

/// When a call began, in one word: a reading of the tick, or one of the exact clock with the highest bit set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start(Nanos);

/// Three centuries.
const EXACT: Nanos = 1 << 63;

pin_project! {
    /// The start of a call, until it has to wait; from then on what wakes it at its end.
    #[project = TimerProjection]
    pub(super) enum Timer {
        Begun { start: Start },
        Running { #[pin] sleep: Sleep },
        /// The time was over, and whatever it cuts off is dropped now.
        Over { timing_out: TimingOut },
    }
}

impl Core {
    /// A call begins. `None` where a look at the tick does not say when.
    #[inline]
    pub(crate) fn start_shortly(&self) -> Option<Start> {
        if self.by_tick.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let tick = clock::tick();
        (tick != UNKNOWN).then_some(Start(tick))
    }

    pub(crate) fn set_scoped(&self, scoped: bool) {
        self.by_tick.store(u32::from(!scoped && self.clock.ticks()), Ordering::Relaxed);
    }
}

impl Start {
    /// It has not.
    pub(crate) const NEVER: Self = Self(Nanos::MAX);

    #[inline]
    pub(crate) fn now(core: &Core) -> Self {
        match core.clock.tick() {
            UNKNOWN => Self(core.clock.wake() | EXACT),
            tick => Self(tick),
        }
    }

    /// How long ago that is.
    fn spent(self, core: &Core) -> Nanos {
        if self == Self::NEVER {
            return 0;
        }
        if self.0 >= EXACT {
            // Of 63 bits and a sign: a clock may pass the middle of its range, or jump back.
            return ((core.clock.now().wrapping_sub(self.0) << 1).cast_signed() >> 1).max(0).cast_unsigned();
        }
        // A tick that nobody knows any more says nothing about the time spent: the limit then counts from here.
        match core.clock.tick() {
            UNKNOWN => 0,
            tick => tick.saturating_sub(self.0).saturating_sub(TICK),
        }
    }
}

impl Timer {
    /// Whether the time is over. Asked after whatever the call waits for was found pending.
    #[cold]
    #[inline(never)]
    pub(super) fn poll(mut self: Pin<&mut Self>, core: &Core, cx: &mut Context<'_>) -> Poll<()> {
        if let TimerProjection::Begun { start } = self.as_mut().project() {
            if !core.is_enabled() {
                // Asked again at the next poll: it may be switched on while the call runs.
                return Poll::Pending;
            }
            let left = core.limit().saturating_sub(Duration::from_nanos(start.spent(core)));
            self.set(Self::Running { sleep: core.clock.sleep(left) });
        }
        match self.project() {
            TimerProjection::Running { sleep } => sleep.poll(cx),
            TimerProjection::Begun { .. } | TimerProjection::Over { .. } => Poll::Pending,
        }
    }
}
