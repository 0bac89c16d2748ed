//! Around the user's body.

use std::{
    future::Future,
    marker::PhantomData,
    mem::{forget, needs_drop},
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{
    circuit_breaker::{Bystanders, TimingOut, is_ending, mark_unwound},
    timeout::Deadline,
};

/// Calls a body once. The expected kind of closure is then `FnOnce`, so that it may give out what it captured.
#[inline(always)]
#[allow(clippy::inline_always)] // The body would otherwise be a call away from its function.
pub fn once<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// What follows is not the usual way, says the call of this to the optimiser. Nothing unwinds from a function that others
/// than Rust may call, and it says that too.
#[cold]
#[inline(never)]
pub extern "C" fn unlikely() {}

/// The body of an async stack with `PERMITS` circuit breakers.
///
/// An `async` block, which drops what it holds while its own poll unwinds. Of any other future [`shielded`] takes care.
#[inline]
pub const fn body<const PERMITS: usize, F: Future>(future: F) -> Body<Permits<PERMITS>, F> {
    Body { future, permits: PhantomData }
}

/// The same below a timeout of its stack.
#[inline]
pub const fn shielded<const PERMITS: usize, F: Future>(future: F) -> Shielded<Permits<PERMITS>, F> {
    Shielded { future: Some(future), permits: PhantomData }
}

impl<P: Number, F> Shielded<P, F> {
    /// A body that is over.
    pub(crate) const fn none() -> Self {
        Self { future: None, permits: PhantomData }
    }
}

/// Watches what the user wrote beside the body (a predicate, a hook) in an async stack that holds `PERMITS` permits: its
/// panic is the call's own as well.
#[inline]
#[must_use]
pub const fn watch<const PERMITS: usize>() -> Unwinding<Permits<PERMITS>> {
    Unwinding(PhantomData)
}

/// A number of circuit breakers, as a type.
pub struct Permits<const N: usize>;

/// A number, as a type.
pub trait Number {
    /// The number.
    const NUMBER: usize;
}

impl<const N: usize> Number for Permits<N> {
    const NUMBER: usize = N;
}

/// Lives through a poll, and is dropped only if it unwinds.
pub struct Unwinding<P: Number>(PhantomData<P>);

impl<P: Number> Unwinding<P> {
    /// Nothing unwound.
    #[inline]
    pub const fn done(self) {
        forget(self);
    }
}

impl<P: Number> Drop for Unwinding<P> {
    fn drop(&mut self) {
        mark_unwound(P::NUMBER);
    }
}

pin_project! {
    /// Tells the circuit breakers around it when its own poll panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct Body<P, F> {
        #[pin]
        future: F,
        permits: PhantomData<fn() -> P>,
    }
}

impl<P: Number, F: Future> Future for Body<P, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let unwinding = Unwinding::<P>(PhantomData);
        let poll = self.project().future.poll(cx);
        forget(unwinding);
        poll
    }
}

pin_project! {
    /// The same, and keeps a timeout of its own stack from the stacks that run inside it: what is dropped in there was
    /// cancelled.
    #[must_use = "futures do nothing unless polled"]
    pub struct Shielded<P, F> {
        #[pin]
        future: Option<F>,
        permits: PhantomData<fn() -> P>,
    }

    impl<P, F> PinnedDrop for Shielded<P, F> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            shield(this.project().future);
        }
    }
}

/// Ends a body that may hold permits of other stacks.
#[inline]
fn shield<F>(mut future: Pin<&mut Option<F>>) {
    if needs_drop::<F>() && future.is_some() {
        // Most are over already, and dropped in peace.
        if is_ending() {
            let _cancelled = TimingOut::set(false);
            let _waiting = Bystanders::enter();
            future.set(None);
        } else {
            future.set(None);
        }
    }
}

impl<P: Number, F: Future> Future for Shielded<P, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some(future) = self.project().future.as_pin_mut() else { return Poll::Pending };
        let unwinding = Unwinding::<P>(PhantomData);
        let poll = future.poll(cx);
        forget(unwinding);
        poll
    }
}

pin_project! {
    /// A body made before it is wanted. It stays where it is made: moved as soon as it is written, it could only be read
    /// again once all of it has reached the processor's cache.
    pub struct Early<F> {
        #[pin]
        future: Option<F>,
    }
}

/// A body made before it is wanted.
#[inline]
pub const fn early<F: Future>(future: F) -> Early<F> {
    Early { future: Some(future) }
}

/// Runs a body that was made early. It is dropped with this, so before whatever was entered for it is left.
#[inline]
pub const fn running<F: Future>(early: Pin<&mut Early<F>>) -> Running<'_, F> {
    Running(early)
}

/// See [`running`].
#[must_use = "futures do nothing unless polled"]
pub struct Running<'a, F>(Pin<&'a mut Early<F>>);

impl<F: Future> Future for Running<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.0.as_mut().project().future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending,
        }
    }
}

impl<F> Drop for Running<'_, F> {
    #[inline]
    fn drop(&mut self) {
        self.0.as_mut().project().future.set(None);
    }
}

/// A wait among layers that have a deadline.
#[inline]
pub const fn until<F: Future>(deadline: Pin<&mut Deadline>, future: F) -> Until<'_, F> {
    Until { future, deadline }
}

pin_project! {
    /// What a wait among layers comes to, or `None` once their deadline is reached.
    #[must_use = "futures do nothing unless polled"]
    pub struct Until<'d, F> {
        #[pin]
        future: F,
        deadline: Pin<&'d mut Deadline>,
    }
}

impl<F: Future> Future for Until<'_, F> {
    type Output = Option<F::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.future.poll(cx) {
            return Poll::Ready(Some(output));
        }
        this.deadline.as_mut().poll(cx).map(|()| None)
    }
}
