//! What each setting does, and which cannot be.

use super::*;

#[test]
fn twenty_five_places_by_default() {
    let (bulkhead, _) = bulkhead(Config::new());
    let places: Vec<_> = (0..25).map(|_| bulkhead.acquire().unwrap()).collect();
    assert_eq!(reason(bulkhead.acquire()), Reason::BulkheadFull);
    drop(places);
    assert!(bulkhead.acquire().is_ok());
}

#[test]
fn max_concurrent_is_the_number_of_places() {
    for limit in [1, 2, 7] {
        let (bulkhead, _) = bulkhead(Config::new().max_concurrent(limit));
        let places: Vec<_> = (0..limit).map(|_| bulkhead.try_acquire().unwrap()).collect();
        assert!(bulkhead.try_acquire().is_err());
        assert_eq!(bulkhead.snapshot().in_use, limit);
        drop(places);
        assert_eq!(bulkhead.snapshot().in_use, 0);
    }
}

#[test]
fn nobody_waits_by_default() {
    let (bulkhead, clock) = bulkhead(Config::new().max_concurrent(1));
    let _place = bulkhead.acquire().unwrap();
    assert_eq!(reason(bulkhead.acquire()), Reason::BulkheadFull);
    let Poll::Ready(refused) = poll(&mut bulkhead.acquire_async()) else { panic!("it waits") };
    assert_eq!(reason(refused), Reason::BulkheadFull);
    assert_eq!(clock.elapsed(), Duration::ZERO);
}

#[test]
fn max_wait_bounds_the_waiting() {
    let (bulkhead, clock) = bulkhead(Config::new().max_concurrent(1).max_wait(50 * MS));
    let _place = bulkhead.acquire().unwrap();
    let mut waiting = waiting(&bulkhead);
    clock.advance(49 * MS);
    assert!(poll(&mut waiting).is_pending());
    clock.advance(MS);
    let Poll::Ready(refused) = poll(&mut waiting) else { panic!("it waits on") };
    assert_eq!(reason(refused), Reason::WaitedTooLong);
    assert_eq!(bulkhead.snapshot().waiting, 0);
}

#[test]
fn the_alarm_of_max_wait_wakes_the_caller() {
    let (bulkhead, clock) = narrow();
    let _place = bulkhead.acquire().unwrap();
    let bell = Arc::new(Bell::default());
    let mut waiting = bulkhead.acquire_async();
    let waker = Waker::from(bell.clone());
    assert!(Pin::new(&mut waiting).poll(&mut Context::from_waker(&waker)).is_pending());
    clock.advance(MINUTE);
    assert_eq!(bell.0.load(Ordering::Relaxed), 1);
}

#[test]
fn max_queue_bounds_the_queue() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1).max_wait(MINUTE).max_queue(2));
    let place = bulkhead.acquire().unwrap();
    let mut first = waiting(&bulkhead);
    let second = waiting(&bulkhead);
    let Poll::Ready(refused) = poll(&mut bulkhead.acquire_async()) else { panic!("a third waits") };
    assert_eq!(reason(refused), Reason::QueueFull);

    drop(second);
    let _third = waiting(&bulkhead);
    drop(place);
    let _fourth = waiting(&bulkhead);
    assert!(matches!(poll(&mut first), Poll::Ready(Ok(_))));
    assert_eq!(bulkhead.snapshot().queue_full, 1);
}

#[test]
fn without_max_queue_any_number_waits() {
    let (bulkhead, _) = narrow();
    let _place = bulkhead.acquire().unwrap();
    let all: Vec<_> = (0..5_000).map(|_| waiting(&bulkhead)).collect();
    assert_eq!(bulkhead.snapshot().waiting, all.len());
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let day = Duration::from_hours(24);
    for (config, setting, message) in [
        (Config::new().max_concurrent(0), "max_concurrent", "`max_concurrent` must be at least 1"),
        (Config::new().max_concurrent(u32::MAX), "max_concurrent", "`max_concurrent` can be at most 1000000"),
        (Config::new().max_wait(day + MS), "max_wait", "`max_wait` can be at most 1 day"),
        (Config::new().max_wait(Duration::MAX), "max_wait", "`max_wait` can be at most 1 day"),
        (
            Config::new().max_queue(5),
            "max_queue",
            "`max_queue` needs a `max_wait` above zero: write how long a caller may wait, like `max_wait = 50ms`",
        ),
        (
            Config::new().max_queue(5).max_wait(Duration::ZERO),
            "max_queue",
            "`max_queue` needs a `max_wait` above zero: write how long a caller may wait, like `max_wait = 50ms`",
        ),
        (
            Config::new().max_queue(0).max_wait(MS),
            "max_queue",
            "`max_queue` must be at least 1; to let nobody wait, leave out `max_wait`",
        ),
        (Config::new().max_queue(1_000_001).max_wait(MS), "max_queue", "`max_queue` can be at most 1000000"),
    ] {
        let error = Bulkhead::new("pool", config).unwrap_err();
        assert_eq!((error.setting(), error.to_string().as_str()), (setting, message));
        assert_eq!(config.any_problem(&[]), Some(message));
        assert_eq!(config.any_problem(&[setting]), None);

        let running = Bulkhead::new("pool", Config::new()).unwrap();
        let before = running.settings();
        assert_eq!(running.reconfigure(config), Err(error));
        assert_eq!(running.settings(), before);
    }
    assert!(Config::new().max_concurrent(1_000_000).max_wait(day).max_queue(1_000_000).validate().is_ok());
}

#[test]
fn names_that_cannot_be_are_refused() {
    assert_eq!(Bulkhead::new("", Config::new()).unwrap_err().setting(), "name");
    assert_eq!(Bulkhead::new(&"x".repeat(10_000), Config::new()).unwrap_err().setting(), "name");
}

#[test]
fn written_settings_win_over_a_base() {
    let base = Config::new().max_concurrent(5).max_wait(MS).max_queue(9);
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(7).or(base));
    let settings = bulkhead.settings();
    assert_eq!((settings.max_concurrent, settings.max_wait, settings.max_queue), (7, MS, Some(9)));
}

#[test]
fn a_refusal_says_who_and_why_and_has_no_hint() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    let _place = bulkhead.acquire().unwrap();
    let refused = bulkhead.acquire().unwrap_err();
    assert_eq!((refused.policy(), refused.name()), (PolicyKind::Bulkhead, "pool"));
    assert_eq!(refused.retry_after(), None);
    assert_eq!(refused.to_string(), "bulkhead `pool` is full");
}
