//! The wait between two attempts.

use std::{
    future::Future,
    mem::ManuallyDrop,
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
    /// A wait that has begun, if there is one. An `async fn` would hold the timer twice.
    pub(super) struct Sleeping {
        #[pin]
        sleep: Option<Sleep>,
    }
}

impl Sleeping {
    pub(super) const fn new(sleep: Option<Sleep>) -> Self {
        Self { sleep }
    }
}

impl Future for Sleeping {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.project().sleep.as_pin_mut() {
            Some(sleep) => sleep.poll(cx),
            None => Poll::Ready(()),
        }
    }
}

/// The wait before the next attempt, for an expansion: begun with the first poll, and in a box, since every retried
/// function's future has room for it and few ever wait.
#[doc(hidden)]
#[must_use = "futures do nothing unless polled"]
pub struct Pause<'a> {
    core: &'a Core,
    wait: Wait,
    // Dropped below, and nowhere else: drop glue would be written into the function.
    sleep: ManuallyDrop<Option<Pin<Box<Sleep>>>>,
}

impl<'a> Pause<'a> {
    #[inline]
    pub(super) const fn new(core: &'a Core, wait: Wait) -> Self {
        Self { core, wait, sleep: ManuallyDrop::new(None) }
    }
}

impl Future for Pause<'_> {
    type Output = ();

    #[cold]
    #[inline(never)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let begin = || Box::pin(this.core.clock().sleep(this.wait.duration()));
        this.sleep.get_or_insert_with(begin).as_mut().poll(cx)
    }
}

impl Drop for Pause<'_> {
    #[cold]
    #[inline(never)]
    fn drop(&mut self) {
        *self.sleep = None;
    }
}
