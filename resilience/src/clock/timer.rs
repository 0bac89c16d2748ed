//! Wakes futures that sleep outside a tokio runtime: one thread, started by the first of them.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::{Duration, Instant},
};

static TIMER: Mutex<Timer> = Mutex::new(Timer { started: false, next_id: 0, sleepers: BTreeMap::new() });
static CHANGED: Condvar = Condvar::new();

struct Timer {
    started: bool,
    next_id: u64,
    sleepers: BTreeMap<(Instant, u64), Waker>,
}

fn lock() -> MutexGuard<'static, Timer> {
    TIMER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes `waker` at `until`. `id` is the sleeper's number, given at its first call.
pub(super) fn wake_at(until: Instant, id: &mut Option<u64>, waker: &Waker) {
    let mut timer = lock();
    let id = *id.get_or_insert_with(|| {
        timer.next_id += 1;
        timer.next_id
    });
    let before = timer.sleepers.insert((until, id), waker.clone());
    let first = timer.sleepers.first_key_value().is_some_and(|(key, _)| *key == (until, id));
    if !timer.started {
        timer.started = std::thread::Builder::new().name("resilience-timer".into()).spawn(run).is_ok();
        if !timer.started {
            // No thread to be had: ask again at once rather than sleep for ever.
            drop(timer);
            waker.wake_by_ref();
        }
        return;
    }
    if first {
        CHANGED.notify_one();
    }
    drop(timer);
    // A waker may own what it wakes, and dropping that may come back here.
    drop(before);
}

pub(super) fn forget(until: Instant, id: u64) {
    let waker = lock().sleepers.remove(&(until, id));
    // The lock is gone: a waker may own what it wakes, and dropping that may come back here.
    drop(waker);
}

fn run() {
    let mut timer = lock();
    loop {
        let now = Instant::now();
        let mut due = Vec::new();
        while let Some(entry) = timer.sleepers.first_entry() {
            if entry.key().0 > now {
                break;
            }
            due.push(entry.remove());
        }
        if !due.is_empty() {
            drop(timer);
            for waker in due {
                // A foreign waker that panics must not stop the timer of everybody else.
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| waker.wake()));
            }
            timer = lock();
            continue;
        }
        let wait =
            timer.sleepers.first_key_value().map_or(Duration::from_hours(1), |((until, _), _)| *until - now);
        timer = CHANGED.wait_timeout(timer, wait).unwrap_or_else(PoisonError::into_inner).0;
    }
}
