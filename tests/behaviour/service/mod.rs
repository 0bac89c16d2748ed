//! Services: a dependency by name, with the policies around it.

mod attribute;
mod calls;
mod catalogue;
mod labels;
mod registration;
mod snapshots;

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use resilience::{
    ManualClock, Registry,
    testing::{Entered, Scope},
};

const MS: Duration = Duration::from_millis(1);

/// A registry of its own, on a clock that stands still; the thread is inside while it lives.
struct Stage {
    scope: Scope,
    clock: ManualClock,
    _inside: Entered,
}

impl Stage {
    fn new() -> Self {
        let clock = ManualClock::new();
        let scope = Scope::with_clock(clock.clone());
        let inside = scope.enter();
        Self { scope, clock, _inside: inside }
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
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
