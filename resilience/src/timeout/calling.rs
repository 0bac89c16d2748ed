use std::{
    future::Future,
    mem::forget,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::limited::{Breakers, Limited};
use crate::Failure;

pin_project! {
    /// One awaited call: the future of [`Timeout::call_async`](super::Timeout::call_async).
    ///
    /// By hand and not an `async fn`, which would move the user's future once more and keep two places for it.
    #[must_use = "futures do nothing unless polled"]
    pub(super) struct Calling<'a, F> {
        // None once the call has ended.
        #[pin]
        limited: Option<Limited<'a, F, Breakers>>,
    }
}

impl<'a, F> Calling<'a, F> {
    #[inline]
    pub(super) const fn new(limited: Limited<'a, F, Breakers>) -> Self {
        Self { limited: Some(limited) }
    }
}

/// Ends the call, also where its future panics: whoever catches the panic may drop the rest at any time later.
struct End<'p, 'a, F>(Pin<&'p mut Option<Limited<'a, F, Breakers>>>);

impl<F> Drop for End<'_, '_, F> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

impl<T, E, F: Future<Output = Result<T, E>>> Future for Calling<'_, F> {
    type Output = Result<T, Failure<E>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut end = End(self.project().limited);
        // Polled again after it ended, which the contract of `Future` leaves to us.
        let Some(mut limited) = end.0.as_mut().as_pin_mut() else { return Poll::Pending };
        limited.as_mut().begin();
        match limited.poll(cx) {
            Poll::Ready(Ok(Ok(value))) => Poll::Ready(Ok(value)),
            Poll::Ready(Ok(Err(error))) => Poll::Ready(Err(Failure::Error(error))),
            Poll::Ready(Err(rejected)) => Poll::Ready(Err(Failure::Rejected(rejected))),
            Poll::Pending => {
                forget(end);
                Poll::Pending
            }
        }
    }
}
