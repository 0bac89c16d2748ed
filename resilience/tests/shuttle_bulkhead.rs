//! Random schedules of many threads in a bulkhead: places are conserved, the limit holds, whoever waits is served.
//!
//! `RUSTFLAGS="--cfg resilience_shuttle" cargo test -p resilience --no-default-features --release --test shuttle_bulkhead`
#![cfg(resilience_shuttle)]

use std::{
    pin::Pin,
    task::{Context, Waker},
    time::Duration,
};

use resilience::{
    Bulkhead, ManualClock,
    bulkhead::{Config, Place},
};
use shuttle::{
    future::block_on,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
};

const MINUTE: Duration = Duration::from_secs(60);

fn model(check: impl Fn() + Send + Sync + Clone + 'static) {
    shuttle::check_random(check.clone(), 3_000);
    shuttle::check_pct(check, 3_000, 4);
}

/// The clock stands still: whoever waits, waits until it is served. A lost wake-up is a deadlock, which shuttle reports.
fn bulkhead(limit: u32) -> Arc<Bulkhead> {
    let config = Config::new().max_concurrent(limit).max_wait(MINUTE);
    Arc::new(Bulkhead::with_clock("pool", config, ManualClock::new()).unwrap())
}

/// Nobody may wait.
fn strict(limit: u32) -> Arc<Bulkhead> {
    let config = Config::new().max_concurrent(limit);
    Arc::new(Bulkhead::with_clock("pool", config, ManualClock::new()).unwrap())
}

/// Inside a place: never more than `limit` at a time.
fn work(running: &AtomicU32, limit: u32) {
    assert!(running.fetch_add(1, Ordering::SeqCst) < limit);
    thread::yield_now();
    running.fetch_sub(1, Ordering::SeqCst);
}

fn all_places_are_free(bulkhead: &Bulkhead) {
    let snapshot = bulkhead.snapshot();
    assert_eq!((snapshot.in_use, snapshot.waiting), (0, 0));
    let limit = snapshot.settings.max_concurrent;
    let places: Vec<_> = (0..limit).map(|_| bulkhead.try_acquire().unwrap()).collect();
    assert!(bulkhead.try_acquire().is_err());
    assert_eq!(bulkhead.snapshot().in_use, limit);
    drop(places);
    assert_eq!(bulkhead.snapshot().in_use, 0);
}

/// Runs one part on each of so many threads.
fn together(threads: u32, part: impl Fn(u32) + Send + Sync + 'static) {
    let part = Arc::new(part);
    let running: Vec<_> = (0..threads)
        .map(|number| {
            let part = Arc::clone(&part);
            thread::spawn(move || part(number))
        })
        .collect();
    running.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn waiting_callers_are_served_within_the_limit() {
    for limit in [1, 2, 4] {
        model(move || {
            let (bulkhead, running) = (bulkhead(limit), AtomicU32::new(0));
            let (inside, running) = (bulkhead.clone(), Arc::new(running));
            together(6, move |_| {
                for _ in 0..2 {
                    let _place = block_on(inside.acquire_async()).unwrap();
                    work(&running, limit);
                }
            });
            assert_eq!(bulkhead.snapshot().admitted, 12);
            all_places_are_free(&bulkhead);
        });
    }
}

#[test]
fn callers_that_give_up_take_no_place_with_them() {
    for limit in [2, 4] {
        model(move || {
            let (bulkhead, running) = (bulkhead(limit), Arc::new(AtomicU32::new(0)));
            let inside = bulkhead.clone();
            together(8, move |number| match number % 3 {
                0 => {
                    for _ in 0..2 {
                        let _place = block_on(inside.acquire_async()).unwrap();
                        work(&running, limit);
                    }
                }
                1 => {
                    let mut waiting = inside.acquire_async();
                    let _ = Pin::new(&mut waiting).poll(&mut Context::from_waker(Waker::noop()));
                    thread::yield_now();
                }
                _ => {
                    for _ in 0..2 {
                        if let Ok(_place) = inside.try_acquire() {
                            work(&running, limit);
                        }
                    }
                }
            });
            all_places_are_free(&bulkhead);
        });
    }
}

#[test]
fn no_call_is_refused_while_a_place_is_free() {
    for threads in [2, 4, 6] {
        model(move || {
            let bulkhead = strict(threads);
            let inside = bulkhead.clone();
            together(threads, move |_| {
                for _ in 0..4 {
                    drop(inside.try_acquire().unwrap());
                }
            });
            assert_eq!(bulkhead.snapshot().admitted, u64::from(threads) * 4);
            all_places_are_free(&bulkhead);
        });
    }
}

#[test]
fn the_limit_holds_where_calls_are_refused() {
    for limit in [1, 2, 3, 4] {
        model(move || {
            let (bulkhead, running) = (strict(limit), Arc::new(AtomicU32::new(0)));
            let inside = bulkhead.clone();
            together(6, move |_| {
                for _ in 0..4 {
                    if let Ok(_place) = inside.try_acquire() {
                        work(&running, limit);
                    }
                }
            });
            let snapshot = bulkhead.snapshot();
            assert_eq!(snapshot.admitted + snapshot.full, 24);
            all_places_are_free(&bulkhead);
        });
    }
}

#[test]
fn places_left_by_another_thread_than_took_them_are_conserved() {
    model(|| {
        let config = Config::new().max_concurrent(4);
        // Places borrow it, and go through a channel.
        let bulkhead: &'static Bulkhead =
            Box::leak(Box::new(Bulkhead::with_clock("pool", config, ManualClock::new()).unwrap()));
        let (give, take) = mpsc::channel::<Place<'static>>();
        let leavers = thread::spawn(move || {
            while let Ok(place) = take.recv() {
                drop(place);
            }
        });
        let give = shuttle::sync::Mutex::new(give);
        together(4, move |_| {
            let give = give.lock().unwrap().clone();
            for turn in 0..4 {
                if let Ok(place) = bulkhead.try_acquire()
                    && turn % 2 == 0
                {
                    give.send(place).unwrap();
                }
            }
        });
        leavers.join().unwrap();
        all_places_are_free(bulkhead);
    });
}

#[test]
fn a_limit_that_changes_leaves_nobody_behind() {
    model(|| {
        let (bulkhead, running) = (bulkhead(4), Arc::new(AtomicU32::new(0)));
        let inside = bulkhead.clone();
        together(6, move |number| {
            if number == 0 {
                for limit in [1, 4, 2] {
                    let config = Config::new().max_concurrent(limit).max_wait(MINUTE);
                    inside.reconfigure(config).unwrap();
                }
            } else {
                for _ in 0..2 {
                    let _place = block_on(inside.acquire_async()).unwrap();
                    work(&running, 4);
                }
            }
        });
        assert_eq!(bulkhead.snapshot().admitted, 10);
        all_places_are_free(&bulkhead);
    });
}
