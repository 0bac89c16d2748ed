//! Waiting on a thread for a future.

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future to its end on this thread.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        thread::park();
    }
}

/// What the thread that takes the samples shall do besides waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Nothing.
    None,
    /// Look at the interval again.
    Again,
    /// End.
    Stop,
}

/// Where the orders arrive.
pub(super) struct Signal(Mutex<(Order, Option<Waker>)>);

impl Signal {
    pub(super) const fn new() -> Self {
        Self(Mutex::new((Order::None, None)))
    }

    fn lock(&self) -> MutexGuard<'_, (Order, Option<Waker>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn give(&self, order: Order) {
        let mut signal = self.lock();
        if signal.0 != Order::Stop {
            signal.0 = order;
        }
        let waker = signal.1.take();
        drop(signal);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes an order, or leaves the waker behind. Who is to stop is told so for ever.
    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<Order> {
        let mut signal = self.lock();
        match signal.0 {
            Order::None => {
                signal.1 = Some(cx.waker().clone());
                Poll::Pending
            }
            Order::Again => {
                signal.0 = Order::None;
                Poll::Ready(Order::Again)
            }
            Order::Stop => Poll::Ready(Order::Stop),
        }
    }
}
