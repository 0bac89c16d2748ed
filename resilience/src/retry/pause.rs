//! The wait between two attempts.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;

use super::Core;
use crate::clock::{Nanos, Sleep};

/// A delay before the next attempt, as an expansion holds it: in one word.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Wait(pub(super) Nanos);

impl Wait {
    /// Whether there is nothing to wait for.
    #[inline]
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The same as a duration.
    #[inline]
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_nanos(self.0)
    }
}

pin_project! {
    /// The wait before the next attempt. An `async fn` would hold the timer twice, in every retried function's future.
    #[project = PauseProjection]
    pub(super) enum Pause<'a> {
        Over,
        /// Begins with the first poll, so that an expansion neither makes nor moves a timer.
        Due { core: &'a Core, wait: Wait },
        Begun { #[pin] sleep: Sleep },
    }
}

impl Future for Pause<'_> {
    type Output = ();

    #[cold]
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let PauseProjection::Due { core, wait } = self.as_mut().project() {
            let sleep = core.clock().sleep(wait.duration());
            self.set(Pause::Begun { sleep });
        }
        match self.project() {
            PauseProjection::Begun { sleep } => sleep.poll(cx),
            PauseProjection::Due { .. } | PauseProjection::Over => Poll::Ready(()),
        }
    }
}
