//! `max_concurrent` places, a fair queue, and nothing lost on the way.
#![allow(clippy::wildcard_imports, reason = "every topic uses the stage that is set here")]

mod calls;
mod figures;
mod load;
mod model;
mod queue;
mod settings;
mod spare;

use std::{
    collections::VecDeque,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::{
        Arc, Barrier,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use proptest::prelude::*;
use resilience::{
    Bulkhead, Failure, ManualClock, PolicyKind, Reason, Rejected,
    bulkhead::{Config, Place, Waiting},
};

const MS: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_mins(1);

fn bulkhead(config: Config) -> (Bulkhead, ManualClock) {
    let clock = ManualClock::new();
    (Bulkhead::with_clock("pool", config, clock.clone()).unwrap(), clock)
}

/// One place, and callers who wait a minute for it.
fn narrow() -> (Bulkhead, ManualClock) {
    bulkhead(Config::new().max_concurrent(1).max_wait(MINUTE))
}

fn poll<'a>(waiting: &mut Waiting<'a>) -> Poll<Result<Place<'a>, Rejected>> {
    Pin::new(waiting).poll(&mut Context::from_waker(Waker::noop()))
}

/// A caller that has begun to wait.
fn waiting(bulkhead: &Bulkhead) -> Waiting<'_> {
    let mut waiting = bulkhead.acquire_async();
    assert!(poll(&mut waiting).is_pending());
    waiting
}

fn reason(outcome: Result<Place<'_>, Rejected>) -> Reason {
    outcome.unwrap_err().reason()
}

/// Counts how often it was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
