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

/// Two places, one of which this thread keeps to itself while it is free.
fn kept(max_wait: Option<Duration>) -> Arc<Bulkhead> {
    let config = Config::new().max_concurrent(2).max_wait(max_wait.unwrap_or_default());
    let bulkhead = Bulkhead::with_clock("pool", config, ManualClock::new()).unwrap();
    (0..2).for_each(|_| drop(bulkhead.try_acquire().unwrap()));
    assert_eq!(bulkhead.snapshot().in_use, 0);
    Arc::new(bulkhead)
}

const MINUTE: Duration = Duration::from_secs(60);

fn two_places_are_free(bulkhead: &Bulkhead) {
    assert_eq!(bulkhead.snapshot().in_use, 0);
    let places = [bulkhead.try_acquire().unwrap(), bulkhead.try_acquire().unwrap()];
    assert!(bulkhead.try_acquire().is_err());
    drop(places);
    assert_eq!(bulkhead.snapshot().in_use, 0);
}

#[test]
fn a_spare_place_is_found_by_whoever_needs_it() {
    model(Some(3), || {
        let (bulkhead, running) = (kept(Some(MINUTE)), Arc::new(AtomicU32::new(0)));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let (bulkhead, running) = (bulkhead.clone(), running.clone());
                thread::spawn(move || {
                    let _place = block_on(bulkhead.acquire_async()).unwrap();
                    work(&running, 2);
                })
            })
            .collect();
        {
            let _place = block_on(bulkhead.acquire_async()).unwrap();
            work(&running, 2);
        }
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(bulkhead.snapshot().waiting, 0);
        two_places_are_free(&bulkhead);
    });
}

#[test]
fn a_place_left_beside_a_caller_who_lines_up_is_no_spare_one() {
    model(None, || {
        let bulkhead = kept(Some(MINUTE));
        let (kept, pooled) = (bulkhead.try_acquire().unwrap(), bulkhead.try_acquire().unwrap());
        let waiting = {
            let bulkhead = bulkhead.clone();
            thread::spawn(move || drop(block_on(bulkhead.acquire_async()).unwrap()))
        };
        drop(kept);
        waiting.join().unwrap();
        drop(pooled);
        two_places_are_free(&bulkhead);
    });
}

#[test]
fn nobody_is_refused_while_a_place_is_free() {
    model(Some(3), || {
        let bulkhead = kept(None);
        let other = {
            let bulkhead = bulkhead.clone();
            thread::spawn(move || (0..2).for_each(|_| drop(bulkhead.try_acquire().unwrap())))
        };
        (0..2).for_each(|_| drop(bulkhead.try_acquire().unwrap()));
        other.join().unwrap();
        two_places_are_free(&bulkhead);
    });
}

#[test]
fn the_limit_holds_while_threads_take_each_others_spare_places() {
    model(Some(2), || {
        let (bulkhead, running) = (kept(None), Arc::new(AtomicU32::new(0)));
        let enter = |bulkhead: &Bulkhead, running: &AtomicU32| {
            for _ in 0..2 {
                if let Ok(_place) = bulkhead.try_acquire() {
                    work(running, 2);
                }
            }
        };
        let others: Vec<_> = (0..2)
            .map(|_| {
                let (bulkhead, running) = (bulkhead.clone(), running.clone());
                thread::spawn(move || enter(&bulkhead, &running))
            })
            .collect();
        enter(&bulkhead, &running);
        others.into_iter().for_each(|other| other.join().unwrap());
        two_places_are_free(&bulkhead);
    });
}

#[test]
fn beside_a_smaller_limit_no_spare_place_is_left() {
    model(Some(3), || {
        let bulkhead = kept(None);
        let place = bulkhead.try_acquire().unwrap();
        let resized = {
            let bulkhead = bulkhead.clone();
            thread::spawn(move || {
                bulkhead.reconfigure(Config::new().max_concurrent(1)).unwrap();
                // Of the two places there is one now, here or there.
                let first = bulkhead.try_acquire().map(std::mem::forget).is_ok();
                let second = bulkhead.try_acquire().map(std::mem::forget).is_ok();
                assert!(!(first && second));
                u32::from(first || second)
            })
        };
        drop(place);
        let taken = resized.join().unwrap();
        assert_eq!(bulkhead.snapshot().in_use, taken);
        assert_eq!(bulkhead.try_acquire().is_ok(), taken == 0);
    });
}
