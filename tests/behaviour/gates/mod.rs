//! Layers that stand one above the other and each let an async call in are entered as one group. Nobody can tell: each does
//! what it does alone.

#![allow(clippy::unused_async, reason = "guarded functions are as users write them, and need not await")]

mod classification;
mod half_open;
mod orders;
mod panics;
mod pauses;
mod presets;
mod scopes;

mod shapes;
mod stacks;
mod switches;
mod timeouts;

mod waiting;

use std::{
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::{Pin, pin},
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll, Waker},
    time::Duration,
};

use resilience::{
    Bulkhead, CircuitBreaker, ManualClock, RateLimit, Reason, bulkhead as places,
    circuit_breaker::{self as breaker, State},
    rate_limit as permits,
    testing::{Entered, Scope},
};
use resilience_tests::Fault;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

type Answer = Result<u32, Fault>;
type Boxed<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// What a guarded function awaits.
type Act<'a> = &'a (dyn Fn() -> Boxed<'static> + Sync);

const OK: Act<'static> = &|| Box::pin(async { Ok(1) });
const DOWN: Act<'static> = &|| Box::pin(async { Err(Fault::Down) });
const NOT_FOUND: Act<'static> = &|| Box::pin(async { Err(Fault::NotFound) });
const HANG: Act<'static> = &|| Box::pin(pending());
const PANIC: Act<'static> = &|| Box::pin(async { boom() });
/// Is pending once.
const LATE: Act<'static> = &|| Box::pin(late(|| Ok(1)));
const DOWN_LATE: Act<'static> = &|| Box::pin(late(|| Err(Fault::Down)));
const PANIC_LATE: Act<'static> = &|| Box::pin(late(|| boom()));

async fn late(end: fn() -> Answer) -> Answer {
    tokio::task::yield_now().await;
    end()
}

/// A panic that prints nothing.
fn boom() -> ! {
    resume_unwind(Box::new("boom"))
}

fn panics<T>(body: impl FnOnce() -> T) {
    assert!(catch_unwind(AssertUnwindSafe(body)).is_err(), "it does not panic");
}

/// Drops what it is given while the thread unwinds from somebody else's panic.
fn drop_unwinding<T>(value: T) {
    panics(|| {
        let _value = value;
        boom()
    });
}

/// Drops a call because its owner gave it up, or because its owner panics.
fn drop_either(call: Boxed<'_>, unwinding: bool) {
    if unwinding {
        drop_unwinding(call);
    }
}

/// A test's registry and clock; the thread is inside while it lives. Every policy is called `x`, the second breaker `y`.
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

    fn breaker(&self) -> CircuitBreaker {
        self.scope.registry().circuit_breaker("x").expect("a call has been made")
    }

    fn calls(&self) -> breaker::Snapshot {
        self.breaker().snapshot()
    }

    fn state(&self) -> State {
        self.breaker().state()
    }

    fn bulkhead(&self) -> Bulkhead {
        self.scope.registry().bulkhead("x").expect("a call has been made")
    }

    fn places(&self) -> places::Snapshot {
        self.bulkhead().snapshot()
    }

    fn limit(&self) -> RateLimit {
        self.scope.registry().rate_limit("x").expect("a call has been made")
    }

    fn permits(&self) -> permits::Snapshot {
        self.limit().snapshot()
    }

    /// Polls to the end; whenever the future waits, a millisecond passes.
    fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        for _ in 0..100_000 {
            match poll(&mut future) {
                Poll::Ready(output) => return output,
                Poll::Pending => self.clock.advance(MS),
            }
        }
        panic!("it waits for something that no clock brings")
    }
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A call that is under way.
fn begun<'a>(call: impl Future<Output = Answer> + Send + 'a) -> Boxed<'a> {
    let mut call: Boxed<'a> = Box::pin(call);
    assert!(poll(&mut call).is_pending());
    call
}

/// Why a guarded function was refused.
#[track_caller]
fn reason(answer: Answer) -> Reason {
    match answer {
        Err(Fault::Refused(rejected)) => rejected.reason(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[track_caller]
fn end(call: &mut Boxed<'_>) -> Answer {
    match poll(call) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it still waits"),
    }
}
