//! Every interleaving of a few threads in a bulkhead: places are conserved, the limit holds, no wake-up is lost.
//!
//! `RUSTFLAGS="--cfg resilience_loom" cargo test -p resilience --no-default-features --release --test loom_bulkhead`
#![cfg(resilience_loom)]

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc as Plain,
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use loom::{
    model::Builder,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread::{self, Thread},
};
use resilience::{Bulkhead, ManualClock, bulkhead::Config};

fn model(bound: Option<usize>, check: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = bound;
    builder.check(check);
}

/// The clock stands still: whoever waits, waits until it is served. A lost wake-up is a deadlock, which loom reports.
fn bulkhead(limit: u32) -> Arc<Bulkhead> {
    let config = Config::new().max_concurrent(limit).max_wait(Duration::from_secs(60));
    let bulkhead = Bulkhead::with_clock("pool", config, ManualClock::new()).unwrap();
    // Makes the cell of the counters: loom does not see the `OnceLock` that hands it from thread to thread.
    drop(bulkhead.try_acquire().unwrap());
    Arc::new(bulkhead)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Plain<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Plain::new(Unpark(thread::current())));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

/// Inside a place: never more than `limit` at a time.
fn work(running: &AtomicU32, limit: u32) {
    assert!(running.fetch_add(1, Ordering::SeqCst) < limit);
    running.fetch_sub(1, Ordering::SeqCst);
}

fn is_empty(bulkhead: &Bulkhead, admitted: u64) {
    let snapshot = bulkhead.snapshot();
    assert_eq!((snapshot.in_use, snapshot.waiting, snapshot.admitted), (0, 0, 1 + admitted));
    assert!(bulkhead.try_acquire().is_ok());
}

#[test]
fn three_callers_in_one_place() {
    model(Some(3), || {
        let (bulkhead, running) = (bulkhead(1), Arc::new(AtomicU32::new(0)));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let (bulkhead, running) = (bulkhead.clone(), running.clone());
                thread::spawn(move || {
                    let _place = block_on(bulkhead.acquire_async()).unwrap();
                    work(&running, 1);
                })
            })
            .collect();
        {
            let _place = block_on(bulkhead.acquire_async()).unwrap();
            work(&running, 1);
        }
        others.into_iter().for_each(|other| other.join().unwrap());
        is_empty(&bulkhead, 3);
    });
}

#[test]
fn two_callers_in_one_place_every_interleaving() {
    model(None, || {
        let (bulkhead, running) = (bulkhead(1), Arc::new(AtomicU32::new(0)));
        let other = {
            let (bulkhead, running) = (bulkhead.clone(), running.clone());
            thread::spawn(move || {
                let _place = block_on(bulkhead.acquire_async()).unwrap();
                work(&running, 1);
            })
        };
        {
            let _place = block_on(bulkhead.acquire_async()).unwrap();
            work(&running, 1);
        }
        other.join().unwrap();
        is_empty(&bulkhead, 2);
    });
}

#[test]
fn a_place_handed_to_a_caller_that_is_dropped_reaches_the_next() {
    model(Some(3), || {
        let bulkhead = bulkhead(1);
        let place = bulkhead.try_acquire().unwrap();
        let patient = {
            let bulkhead = bulkhead.clone();
            thread::spawn(move || drop(block_on(bulkhead.acquire_async()).unwrap()))
        };
        // Gives up while its place may be on the way.
        let impatient = {
            let bulkhead = bulkhead.clone();
            thread::spawn(move || {
                let mut waiting = bulkhead.acquire_async();
                let _ = Pin::new(&mut waiting).poll(&mut Context::from_waker(Waker::noop()));
            })
        };
        drop(place);
        patient.join().unwrap();
        impatient.join().unwrap();
        let snapshot = bulkhead.snapshot();
        assert_eq!((snapshot.in_use, snapshot.waiting), (0, 0));
    });
}

#[test]
fn a_limit_that_changes_leaves_nobody_behind() {
    model(Some(3), || {
        let (bulkhead, running) = (bulkhead(1), Arc::new(AtomicU32::new(0)));
        let other = {
            let (bulkhead, running) = (bulkhead.clone(), running.clone());
            thread::spawn(move || {
                let _place = block_on(bulkhead.acquire_async()).unwrap();
                work(&running, 2);
            })
        };
        let resizing = {
            let bulkhead = bulkhead.clone();
            thread::spawn(move || {
                for limit in [2, 1] {
                    let config = Config::new().max_concurrent(limit).max_wait(Duration::from_secs(60));
                    bulkhead.reconfigure(config).unwrap();
                }
            })
        };
        {
            let _place = block_on(bulkhead.acquire_async()).unwrap();
            work(&running, 2);
        }
        other.join().unwrap();
        resizing.join().unwrap();
        is_empty(&bulkhead, 2);
    });
}

#[test]
fn nobody_overtakes_a_caller_that_waits() {
    model(None, || {
        let bulkhead = bulkhead(1);
        let place = bulkhead.try_acquire().unwrap();
        let mut waiting = bulkhead.acquire_async();
        assert!(Pin::new(&mut waiting).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let newcomer = {
            let bulkhead = bulkhead.clone();
            thread::spawn(move || assert!(bulkhead.try_acquire().is_err()))
        };
        drop(place);
        newcomer.join().unwrap();
        assert!(Pin::new(&mut waiting).poll(&mut Context::from_waker(Waker::noop())).is_ready());
    });
}
