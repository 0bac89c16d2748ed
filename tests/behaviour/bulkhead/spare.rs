//! Places that a thread keeps for its next call: nobody notices them.

use super::*;

/// A bulkhead from which so many other threads, all gone, keep a place each.
fn kept(config: Config, threads: usize) -> Bulkhead {
    let (bulkhead, _) = bulkhead(config);
    let start = Barrier::new(threads);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                (0..2).for_each(|_| drop(bulkhead.acquire().unwrap()));
                // Nobody gets the number of one that has ended.
                start.wait();
            });
        }
    });
    bulkhead
}

#[test]
fn places_that_other_threads_keep_are_free() {
    for limit in [2, 8, 64] {
        let bulkhead = kept(Config::new().max_concurrent(limit), 4.min(limit as usize));
        assert_eq!(bulkhead.snapshot().in_use, 0);
        let places: Vec<_> = (0..limit).map(|_| bulkhead.acquire().unwrap()).collect();
        assert_eq!(bulkhead.snapshot().in_use, limit);
        assert_eq!(reason(bulkhead.acquire()), Reason::BulkheadFull);
        drop(places);
        assert_eq!(bulkhead.snapshot().in_use, 0);
    }
}

#[test]
fn places_that_other_threads_keep_are_free_for_a_future_and_for_who_would_not_wait() {
    let bulkhead = kept(Config::new().max_concurrent(4).max_wait(MINUTE), 4);
    let mut places: Vec<_> = (0..2).map(|_| bulkhead.try_acquire().unwrap()).collect();
    for _ in 0..2 {
        let Poll::Ready(Ok(place)) = poll(&mut bulkhead.acquire_async()) else { panic!("it waits") };
        places.push(place);
    }
    assert!(bulkhead.try_acquire().is_err());
    let _waiting = waiting(&bulkhead);
}

#[test]
fn a_smaller_limit_counts_the_places_that_other_threads_keep() {
    let bulkhead = kept(Config::new().max_concurrent(8), 4);
    bulkhead.reconfigure(Config::new().max_concurrent(1)).unwrap();
    let place = bulkhead.acquire().unwrap();
    assert_eq!(reason(bulkhead.acquire()), Reason::BulkheadFull);
    drop(place);
    assert!(bulkhead.acquire().is_ok());
}

#[test]
fn a_place_left_on_a_thread_that_ends_is_not_lost() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(4));
    for _ in 0..20 {
        let places: Vec<_> = (0..4).map(|_| bulkhead.acquire().unwrap()).collect();
        assert!(bulkhead.acquire().is_err());
        thread::scope(|scope| {
            for place in places {
                scope.spawn(|| drop(place));
            }
        });
        assert_eq!(bulkhead.snapshot().in_use, 0);
    }
}

#[test]
fn as_many_threads_as_places_are_never_refused() {
    for threads in [2, 4, 8] {
        let (bulkhead, _) = bulkhead(Config::new().max_concurrent(threads));
        let start = Barrier::new(threads as usize);
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    start.wait();
                    (0..5_000).for_each(|_| drop(bulkhead.acquire().unwrap()));
                });
            }
        });
        let snapshot = bulkhead.snapshot();
        assert_eq!((snapshot.in_use, snapshot.admitted, snapshot.full), (0, u64::from(threads) * 5_000, 0));
    }
}

/// Threads that take places for themselves and for each other, more and fewer of them than there are places.
#[test]
fn the_limit_holds_and_every_place_comes_back() {
    const CALLS: u64 = 3_000;
    for (limit, threads) in [(1, 6), (2, 6), (3, 6), (4, 12), (64, 12)] {
        for max_wait in [Duration::ZERO, MINUTE] {
            let bulkhead =
                Bulkhead::new("pool", Config::new().max_concurrent(limit).max_wait(max_wait)).unwrap();
            let (running, start) = (AtomicU32::new(0), Barrier::new(threads));
            let (give, take) = std::sync::mpsc::channel::<Place<'_>>();
            thread::scope(|scope| {
                for _ in 0..threads {
                    let give = give.clone();
                    let (bulkhead, running, start) = (&bulkhead, &running, &start);
                    scope.spawn(move || {
                        start.wait();
                        for call in 0..CALLS {
                            let Ok(place) = bulkhead.acquire() else { continue };
                            assert!(running.fetch_add(1, Ordering::SeqCst) < limit);
                            running.fetch_sub(1, Ordering::SeqCst);
                            if call % 7 == 0 {
                                give.send(place).unwrap();
                            }
                        }
                    });
                }
                drop(give);
                take.iter().for_each(drop);
            });
            let snapshot = bulkhead.snapshot();
            assert_eq!((snapshot.in_use, snapshot.waiting), (0, 0));
            assert_eq!(snapshot.admitted + snapshot.full, threads as u64 * CALLS);
            let places: Vec<_> = (0..limit).map(|_| bulkhead.try_acquire().unwrap()).collect();
            assert!(bulkhead.try_acquire().is_err());
            drop(places);
        }
    }
}
