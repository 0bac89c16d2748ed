use std::{
    future::Future,
    mem::{forget, needs_drop},
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::{Core, permit::AsyncPermit, permit::blame};
use crate::{
    Failure, Verdict,
    private::{Permits, Shielded, shielded, watch},
};

pin_project! {
    /// One awaited call: the future of [`CircuitBreaker::call_async`](super::CircuitBreaker::call_async).
    ///
    /// By hand and not an `async fn`, which would move the user's future twice before it is first polled. Dropped while it
    /// is suspended, it drops the user's future first and then says that the call was cancelled.
    #[must_use = "futures do nothing unless polled"]
    pub struct Calling<'a, F, C> {
        #[pin]
        future: Shielded<Permits<1>, F>,
        // Over until the first poll.
        permit: AsyncPermit<'a>,
        // Taken when the call ends.
        classify: Option<C>,
    }
}

impl<'a, F: Future, C> Calling<'a, F, C> {
    #[inline]
    pub(super) fn new(core: &'a Core, future: F, classify: C) -> Self {
        Self { future: shielded::<1, _>(future), permit: AsyncPermit::over(core), classify: Some(classify) }
    }
}

/// Ends the call while its future panics: whoever catches the panic may drop the rest at any time later.
struct Unwinding<'p, 'a, C> {
    permit: &'p mut AsyncPermit<'a>,
    classify: &'p mut Option<C>,
}

impl<C> Drop for Unwinding<'_, '_, C> {
    fn drop(&mut self) {
        drop(self.permit.take());
        *self.classify = None;
    }
}

impl<T, E, F, C> Future for Calling<'_, F, C>
where
    F: Future<Output = Result<T, E>>,
    C: FnOnce(&E) -> Verdict,
{
    type Output = Result<T, Failure<E>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if this.classify.is_none() {
            // Polled again after it ended, which the contract of `Future` leaves to us.
            return Poll::Pending;
        }
        if this.permit.is_over() {
            match this.permit.core().admit() {
                Ok(admission) => this.permit.grant(admission),
                Err(refusal) => {
                    *this.classify = None;
                    this.future.set(Shielded::none());
                    return Poll::Ready(Err(Failure::Rejected(refusal.into())));
                }
            }
        }
        let unwinding = Unwinding { permit: this.permit, classify: this.classify };
        let poll = this.future.as_mut().poll(cx);
        if poll.is_ready() && needs_drop::<F>() {
            this.future.set(Shielded::none());
        }
        forget(unwinding);
        match poll {
            Poll::Ready(Ok(value)) => {
                // Dropped last, since it is the user's.
                let _classify = this.classify.take();
                this.permit.success();
                Poll::Ready(Ok(value))
            }
            Poll::Ready(Err(error)) => {
                let failure = Failure::Error(error);
                let mut permit = this.permit.take();
                if let Some(classify) = this.classify.take() {
                    let watch = watch::<1>();
                    let blame = blame(&failure, classify);
                    watch.done();
                    permit.settle(blame);
                }
                Poll::Ready(Err(failure))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
