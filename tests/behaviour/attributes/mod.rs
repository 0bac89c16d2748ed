//! The attributes: what each key does, and what a stack of them means.
//!
//! Every test has a registry of its own, on a clock that only moves when the test says so.
#![allow(
    clippy::arc_with_non_send_sync,
    clippy::large_types_passed_by_value,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::unused_async,
    clippy::wildcard_imports,
    reason = "guarded functions are as users write them: they own what they are given, return `Result`, and need not await"
)]

mod arguments;
mod blocks;
mod bulkhead;
mod circuit_breaker;
mod classification;
mod context;
mod deadlines;
mod ends;
mod fallback;
mod half_open;
mod initial;
mod keys;
mod keys_in_stacks;
mod naming;
mod order;
mod rate_limit;
mod receivers;
mod resilient;
mod retry;
mod retry_hooks;
mod retry_outcomes;
mod retry_refusals;
mod scopes;
mod sizes;
mod tiers;
mod timeout;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use resilience::{
    CircuitBreaker, ManualClock, Reason, Rejected, circuit_breaker as breaker,
    circuit_breaker::State,
    testing::{Entered, Scope},
};
use resilience_tests::Fault;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

type Answer = Result<u32, Fault>;

/// What a guarded function does when it is called.
type Act<'a> = &'a dyn Fn() -> Answer;

const OK: Act<'static> = &|| Ok(1);
const DOWN: Act<'static> = &|| Err(Fault::Down);
const NOT_FOUND: Act<'static> = &|| Err(Fault::NotFound);

/// One function twice, blocking and async: `$name::now` and `$name::later`.
macro_rules! twins {
    ($(#[$attribute:meta])+ $name:ident) => {
        mod $name {
            use super::*;

            $(#[$attribute])+
            pub(super) fn now(act: Act<'_>) -> Answer {
                act()
            }

            $(#[$attribute])+
            pub(super) async fn later(act: Act<'_>) -> Answer {
                act()
            }
        }
    };
}
use twins;

/// Runs a test against both twins, each on a stage of its own.
macro_rules! both {
    ($name:ident, $test:expr) => {
        crate::attributes::each($name::now, $name::later, $test)
    };
}
use both;

fn each(
    now: impl Fn(Act<'_>) -> Answer,
    later: impl AsyncFn(Act<'_>) -> Answer,
    test: impl Fn(&Stage, &dyn Fn(Act<'_>) -> Answer),
) {
    let stage = Stage::new();
    test(&stage, &|act| now(act));
    drop(stage);
    let stage = Stage::new();
    test(&stage, &|act| stage.run(later(act)));
}

/// A test's registry and clock; the thread is inside while it lives.
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

    fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    fn breaker(&self, name: &str) -> CircuitBreaker {
        self.scope.registry().circuit_breaker(name).expect("a call has been made")
    }

    fn state(&self, name: &str) -> State {
        self.breaker(name).state()
    }

    fn figures(&self, name: &str) -> breaker::Snapshot {
        self.breaker(name).snapshot()
    }

    /// Polls to the end; whenever the future waits, a millisecond passes.
    fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        for _ in 0..10_000_000 {
            match poll(&mut future) {
                Poll::Ready(output) => return output,
                Poll::Pending => self.advance(MS),
            }
        }
        panic!("it waits for something that no clock brings")
    }
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    std::pin::Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// The refusal that a guarded function reported.
#[track_caller]
fn refusal(answer: Answer) -> Rejected {
    match answer {
        Err(Fault::Refused(rejected)) => rejected,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// Why a guarded function was refused.
#[track_caller]
fn reason(answer: Answer) -> Reason {
    refusal(answer).reason()
}
