//! Callers who wait.

use super::*;

#[test]
fn waiting_callers_are_served_in_order() {
    let (bulkhead, _) = narrow();
    let mut place = Some(bulkhead.acquire().unwrap());
    let mut queue: Vec<_> = (0..10).map(|_| waiting(&bulkhead)).collect();
    for turn in 0..queue.len() {
        drop(place.take());
        for (position, waiting) in queue.iter_mut().enumerate().skip(turn).rev() {
            match poll(waiting) {
                Poll::Ready(got) => {
                    assert_eq!(position, turn);
                    place = Some(got.unwrap());
                }
                Poll::Pending => assert_ne!(position, turn),
            }
        }
    }
}

#[test]
fn a_newcomer_does_not_overtake() {
    let (bulkhead, _) = narrow();
    let place = bulkhead.acquire().unwrap();
    let mut first = waiting(&bulkhead);
    drop(place);
    assert!(bulkhead.try_acquire().is_err(), "the place is handed over already");
    let mut second = waiting(&bulkhead);
    let Poll::Ready(Ok(place)) = poll(&mut first) else { panic!("the first has no place") };
    assert!(poll(&mut second).is_pending());
    drop(place);
    assert!(poll(&mut second).is_ready());
}

#[test]
fn a_free_place_wakes_exactly_one_caller() {
    let (bulkhead, _) = narrow();
    let place = bulkhead.acquire().unwrap();
    let bells: Vec<_> = (0..3).map(|_| Arc::new(Bell::default())).collect();
    let mut queue: Vec<_> = bells.iter().map(|_| bulkhead.acquire_async()).collect();
    for (waiting, bell) in queue.iter_mut().zip(&bells) {
        let waker = Waker::from(bell.clone());
        assert!(Pin::new(waiting).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    drop(place);
    let rung: Vec<_> = bells.iter().map(|bell| bell.0.load(Ordering::Relaxed)).collect();
    assert_eq!(rung, [1, 0, 0]);
}

#[test]
fn the_waker_of_the_last_poll_is_the_one_that_counts() {
    let (bulkhead, _) = narrow();
    let place = bulkhead.acquire().unwrap();
    let (old, new) = (Arc::new(Bell::default()), Arc::new(Bell::default()));
    let mut waiting = bulkhead.acquire_async();
    for bell in [&old, &new] {
        let waker = Waker::from(Arc::clone(bell));
        assert!(Pin::new(&mut waiting).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    drop(place);
    assert_eq!((old.0.load(Ordering::Relaxed), new.0.load(Ordering::Relaxed)), (0, 1));
}

#[test]
fn a_caller_dropped_while_waiting_leaves_the_queue() {
    let (bulkhead, _) = narrow();
    let place = bulkhead.acquire().unwrap();
    let first = waiting(&bulkhead);
    let mut second = waiting(&bulkhead);
    drop(first);
    assert_eq!(bulkhead.snapshot().waiting, 1);
    drop(place);
    assert!(poll(&mut second).is_ready());
}

#[test]
fn a_place_handed_to_a_dropped_caller_goes_to_the_next() {
    let (bulkhead, _) = narrow();
    let place = bulkhead.acquire().unwrap();
    let first = waiting(&bulkhead);
    let mut second = waiting(&bulkhead);
    drop(place);
    drop(first);
    let Poll::Ready(Ok(place)) = poll(&mut second) else { panic!("the place is lost") };
    drop(place);
    let snapshot = bulkhead.snapshot();
    assert_eq!((snapshot.in_use, snapshot.waiting), (0, 0));
}

#[test]
fn a_place_handed_to_the_last_caller_and_dropped_is_free_again() {
    let (bulkhead, _) = narrow();
    let place = bulkhead.acquire().unwrap();
    let only = waiting(&bulkhead);
    drop(place);
    drop(only);
    assert!(bulkhead.try_acquire().is_ok());
}

#[test]
fn a_place_that_comes_in_the_last_moment_is_taken() {
    let (bulkhead, clock) = narrow();
    let place = bulkhead.acquire().unwrap();
    let mut waiting = waiting(&bulkhead);
    clock.advance(MINUTE);
    drop(place);
    assert!(matches!(poll(&mut waiting), Poll::Ready(Ok(_))));
}

#[test]
fn a_finished_wait_can_be_polled_again() {
    let (bulkhead, _) = narrow();
    let mut waiting = bulkhead.acquire_async();
    let Poll::Ready(Ok(place)) = poll(&mut waiting) else { panic!("no place") };
    assert!(poll(&mut waiting).is_pending());
    drop(place);
    assert!(matches!(poll(&mut waiting), Poll::Ready(Ok(_))));
}

#[test]
fn a_future_asks_when_it_is_polled_and_not_before() {
    let (bulkhead, _) = narrow();
    let unpolled = bulkhead.acquire_async();
    assert!(bulkhead.try_acquire().is_ok());
    drop(unpolled);
    assert_eq!(bulkhead.snapshot().in_use, 0);
}

#[test]
fn a_waker_that_panics_harms_nobody() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("on purpose");
        }
    }
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1).max_wait(MINUTE));
    let place = bulkhead.acquire().unwrap();
    let mut first = bulkhead.acquire_async();
    let waker = Waker::from(Arc::new(Panics));
    assert!(Pin::new(&mut first).poll(&mut Context::from_waker(&waker)).is_pending());
    let mut second = waiting(&bulkhead);
    bulkhead.reconfigure(Config::new().max_concurrent(3)).unwrap();
    assert!(poll(&mut second).is_ready());
    drop(place);
    drop(first);
    assert_eq!(bulkhead.snapshot().in_use, 0);
}

#[test]
fn a_blocked_thread_gets_the_place_of_another() {
    let bulkhead = Bulkhead::new("pool", Config::new().max_concurrent(1).max_wait(MINUTE)).unwrap();
    let place = bulkhead.acquire().unwrap();
    thread::scope(|scope| {
        let blocked = scope.spawn(|| bulkhead.acquire().is_ok());
        while bulkhead.snapshot().waiting == 0 {
            thread::yield_now();
        }
        drop(place);
        assert!(blocked.join().unwrap());
    });
}

#[test]
fn threads_and_futures_stand_in_one_queue() {
    let bulkhead = Bulkhead::new("pool", Config::new().max_concurrent(1).max_wait(MINUTE)).unwrap();
    let place = bulkhead.acquire().unwrap();
    thread::scope(|scope| {
        let mut first = waiting(&bulkhead);
        let blocked = scope.spawn(|| drop(bulkhead.acquire().unwrap()));
        while bulkhead.snapshot().waiting < 2 {
            thread::yield_now();
        }
        let mut third = waiting(&bulkhead);
        drop(place);
        assert!(poll(&mut third).is_pending());
        let Poll::Ready(Ok(place)) = poll(&mut first) else { panic!("the first is not served first") };
        assert!(!blocked.is_finished());
        drop(place);
        blocked.join().unwrap();
        assert!(poll(&mut third).is_ready());
    });
}

#[test]
fn a_blocking_wait_moves_a_manual_clock() {
    let (bulkhead, clock) = narrow();
    let _place = bulkhead.acquire().unwrap();
    assert_eq!(reason(bulkhead.acquire()), Reason::WaitedTooLong);
    assert_eq!(clock.elapsed(), MINUTE);
}

#[test]
fn a_blocking_wait_that_meets_a_clock_set_back_ends() {
    let (bulkhead, clock) = narrow();
    clock.advance(MINUTE);
    let _place = bulkhead.acquire().unwrap();
    let mut waiting = waiting(&bulkhead);
    clock.set(Duration::ZERO);
    assert!(poll(&mut waiting).is_pending());
    assert_eq!(reason(bulkhead.acquire()), Reason::WaitedTooLong);
}
