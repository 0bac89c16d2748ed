use std::{
    future::Future,
    mem::forget,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use super::{Core, Place, Waiting};
use crate::Failure;

pin_project! {
    /// One awaited call: the future of [`Bulkhead::call_async`](super::Bulkhead::call_async).
    ///
    /// By hand and not an `async fn`, which would move the user's future once more and keep two places for it. Dropped
    /// while it is suspended, it drops the user's future first and then gives its place back.
    #[must_use = "futures do nothing unless polled"]
    pub(super) struct Calling<'a, F> {
        // None once the call has ended.
        #[pin]
        future: Option<F>,
        place: Option<Place<'a>>,
        waiting: Waiting<'a>,
    }
}

impl<'a, F> Calling<'a, F> {
    #[inline]
    pub(super) const fn new(core: &'a Core, future: F) -> Self {
        Self { future: Some(future), place: None, waiting: core.waiting() }
    }
}

/// Ends the call, also where its future panics: whoever catches the panic may drop the rest at any time later.
struct End<'p, 'a, F> {
    future: Pin<&'p mut Option<F>>,
    place: &'p mut Option<Place<'a>>,
}

impl<F> Drop for End<'_, '_, F> {
    fn drop(&mut self) {
        let _place = self.place.take();
        self.future.set(None);
    }
}

impl<T, E, F: Future<Output = Result<T, E>>> Future for Calling<'_, F> {
    type Output = Result<T, Failure<E>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if this.place.is_none() {
            if this.future.is_none() {
                // Polled again after it ended, which the contract of `Future` leaves to us.
                return Poll::Pending;
            }
            match ready!(Pin::new(this.waiting).poll(cx)) {
                Ok(place) => *this.place = Some(place),
                Err(rejected) => {
                    this.future.set(None);
                    return Poll::Ready(Err(Failure::Rejected(rejected)));
                }
            }
        }
        let mut end = End { future: this.future, place: this.place };
        let Some(future) = end.future.as_mut().as_pin_mut() else { return Poll::Pending };
        match future.poll(cx) {
            Poll::Ready(Ok(value)) => Poll::Ready(Ok(value)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(Failure::Error(error))),
            Poll::Pending => {
                forget(end);
                Poll::Pending
            }
        }
    }
}
