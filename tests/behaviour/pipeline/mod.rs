//! Pipelines: the layers of an attribute's stack, put together at run time.

mod calls;
mod equivalence;
mod order;
mod rules;
mod script;

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use resilience::{ManualClock, Registry, testing::Scope};

const MS: Duration = Duration::from_millis(1);

/// A registry of its own, on a clock that stands still.
struct Stage {
    scope: Scope,
    clock: ManualClock,
}

impl Stage {
    fn new() -> Self {
        let clock = ManualClock::new();
        Self { scope: Scope::with_clock(clock.clone()), clock }
    }

    fn registry(&self) -> Registry {
        self.scope.registry()
    }

    /// Polls to the end; whenever the future waits, a millisecond passes.
    fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        for _ in 0..1_000_000 {
            match poll(future.as_mut()) {
                Poll::Ready(output) => return output,
                Poll::Pending => self.clock.advance(MS),
            }
        }
        panic!("it waits for something that no clock brings")
    }

    /// Polls so often, a millisecond apart, and drops the future if it has not ended.
    fn run_briefly<F: Future>(&self, future: F, polls: u32) -> Option<F::Output> {
        let mut future = pin!(future);
        for _ in 0..polls {
            if let Poll::Ready(output) = poll(future.as_mut()) {
                return Some(output);
            }
            self.clock.advance(MS);
        }
        None
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
