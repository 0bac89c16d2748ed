//! Figures, and settings that change while it runs.

use super::*;

#[test]
fn each_refusal_is_counted_under_its_reason() {
    let (bulkhead, clock) = bulkhead(Config::new().max_concurrent(1).max_wait(MS).max_queue(1));
    let _place = bulkhead.acquire().unwrap();
    assert!(bulkhead.try_acquire().is_err());
    {
        let mut slow = waiting(&bulkhead);
        assert_eq!(reason(bulkhead.acquire()), Reason::QueueFull);
        clock.advance(MS);
        assert!(poll(&mut slow).is_ready());
    }
    assert_eq!(reason(bulkhead.acquire()), Reason::WaitedTooLong);
    let cancelled = waiting(&bulkhead);
    drop(cancelled);
    let snapshot = bulkhead.snapshot();
    assert_eq!(
        (snapshot.admitted, snapshot.full, snapshot.queue_full, snapshot.waited_too_long),
        (1, 1, 1, 2),
    );
}

#[test]
fn more_places_serve_waiting_callers_at_once() {
    let (bulkhead, _) = narrow();
    let _place = bulkhead.acquire().unwrap();
    let mut queue: Vec<_> = (0..3).map(|_| waiting(&bulkhead)).collect();
    bulkhead.reconfigure(Config::new().max_concurrent(3).max_wait(MINUTE)).unwrap();
    let served: Vec<_> = queue.iter_mut().map(poll).collect();
    assert!(served[0].is_ready() && served[1].is_ready() && served[2].is_pending());
    assert_eq!(bulkhead.snapshot().in_use, 3);
}

#[test]
fn fewer_places_are_reached_as_calls_end() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(3).max_wait(MINUTE));
    let mut places: Vec<_> = (0..3).map(|_| bulkhead.acquire().unwrap()).collect();
    bulkhead.reconfigure(Config::new().max_concurrent(1).max_wait(MINUTE)).unwrap();
    let mut waiting = waiting(&bulkhead);
    for left in [2, 1] {
        places.pop();
        assert_eq!(bulkhead.snapshot().in_use, left);
        assert!(poll(&mut waiting).is_pending());
    }
    places.pop();
    let Poll::Ready(Ok(place)) = poll(&mut waiting) else { panic!("no place") };
    assert!(bulkhead.try_acquire().is_err());
    drop(place);
}

#[test]
fn new_settings_hold_for_new_callers_and_old_promises_stay() {
    let (bulkhead, clock) = bulkhead(Config::new().max_concurrent(1).max_wait(10 * MS));
    let place = bulkhead.acquire().unwrap();
    let mut old = waiting(&bulkhead);
    bulkhead.reconfigure(Config::new().max_concurrent(1)).unwrap();
    assert_eq!(reason(bulkhead.acquire()), Reason::BulkheadFull);
    clock.advance(9 * MS);
    drop(place);
    assert!(matches!(poll(&mut old), Poll::Ready(Ok(_))));
}

#[test]
fn a_new_max_wait_holds_at_once() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    let place = bulkhead.acquire().unwrap();
    bulkhead.reconfigure(Config::new().max_concurrent(1).max_wait(MINUTE)).unwrap();
    let mut waiting = waiting(&bulkhead);
    drop(place);
    assert!(matches!(poll(&mut waiting), Poll::Ready(Ok(_))));
}

#[test]
fn the_limit_can_change_under_load() {
    let bulkhead = Bulkhead::new("pool", Config::new().max_concurrent(1).max_wait(MINUTE)).unwrap();
    let running = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    let _place = bulkhead.acquire().unwrap();
                    assert!(running.fetch_add(1, Ordering::SeqCst) < 3);
                    running.fetch_sub(1, Ordering::SeqCst);
                }
            });
        }
        scope.spawn(|| {
            for turn in 0..500 {
                bulkhead.reconfigure(Config::new().max_concurrent(1 + turn % 3).max_wait(MINUTE)).unwrap();
            }
        });
    });
    let snapshot = bulkhead.snapshot();
    assert_eq!((snapshot.in_use, snapshot.waiting, snapshot.admitted), (0, 0, 2_000));
}

#[test]
fn clones_are_one_bulkhead() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    let clone = bulkhead.clone();
    let _place = bulkhead.acquire().unwrap();
    assert!(clone.try_acquire().is_err());
}

#[test]
fn a_snapshot_can_be_serialised() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(4));
    let _place = bulkhead.acquire().unwrap();
    let json = serde_json::to_value(bulkhead.snapshot()).unwrap();
    assert_eq!((&json["in_use"], &json["settings"]["max_concurrent"]), (&1.into(), &4.into()));
}

#[test]
fn futures_are_send() {
    fn is_send<T: Send>(_: &T) {}
    let (bulkhead, _) = bulkhead(Config::new());
    is_send(&bulkhead.acquire_async());
    is_send(&bulkhead.call_async(async { Ok::<_, ()>(()) }));
}
