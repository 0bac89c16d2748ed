//! Layers that stand one above the other and each let an async call in are entered as one group. Nobody can tell: each does
//! what it does alone.

mod script;
mod twins;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Wake,
    time::Duration,
};

use resilience_tests::Fault;

const MS: Duration = Duration::from_millis(1);

type Answer = Result<u32, Fault>;

/// Counts how often it was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Bell {
    fn rings(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
