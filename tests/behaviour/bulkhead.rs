//! `max_concurrent` places, a fair queue, and nothing lost on the way.

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

#[test]
fn a_full_bulkhead_does_not_run_the_call() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    let _place = bulkhead.acquire().unwrap();
    let outcome = bulkhead.call(|| -> Result<(), &str> { panic!("it ran") });
    assert!(matches!(outcome, Err(Failure::Rejected(_))));
    let call = bulkhead.call_async(async { Err::<(), _>("it ran") });
    let outcome = futures::executor::block_on(call);
    assert!(matches!(outcome, Err(Failure::Rejected(_))));
}

#[test]
fn a_call_holds_its_place_while_it_runs() {
    let (bulkhead, _) = bulkhead(Config::new());
    assert_eq!(bulkhead.call(|| Ok::<_, ()>(bulkhead.snapshot().in_use)), Ok(1));
    let call = bulkhead.call_async(async { Err::<(), _>(bulkhead.snapshot().in_use) });
    assert_eq!(futures::executor::block_on(call), Err(Failure::Error(1)));
    assert_eq!(bulkhead.snapshot().in_use, 0);
}

#[test]
fn a_panic_gives_the_place_back() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    for _ in 0..3 {
        let unwound =
            catch_unwind(AssertUnwindSafe(|| bulkhead.call(|| -> Result<(), ()> { panic!("on purpose") })));
        assert!(unwound.is_err());
    }
    assert_eq!(bulkhead.snapshot().in_use, 0);
}

#[test]
fn a_dropped_call_gives_the_place_back() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    {
        let mut call = pin!(bulkhead.call_async(std::future::pending::<Result<(), ()>>()));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(bulkhead.snapshot().in_use, 1);
    }
    assert_eq!(bulkhead.snapshot().in_use, 0);
}

#[test]
fn an_early_return_gives_the_place_back() {
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(1));
    let early = || -> Result<(), Failure<&str>> {
        let _place = bulkhead.acquire()?;
        Err(Failure::Error("early"))
    };
    for _ in 0..3 {
        assert_eq!(early(), Err(Failure::Error("early")));
    }
}

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

#[tokio::test(start_paused = true)]
async fn waiting_follows_tokios_paused_clock() {
    let bulkhead = Bulkhead::new("pool", Config::new().max_concurrent(1).max_wait(50 * MS)).unwrap();
    let _place = bulkhead.acquire_async().await.unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(reason(bulkhead.acquire_async().await), Reason::WaitedTooLong);
    assert!((50..52).contains(&start.elapsed().as_millis()));
}

#[tokio::test]
async fn tasks_of_a_runtime_never_exceed_the_limit_and_all_come_through() {
    let bulkhead = Bulkhead::new("pool", Config::new().max_concurrent(3).max_wait(MINUTE)).unwrap();
    let (running, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (bulkhead, running, most) = (bulkhead.clone(), running.clone(), most.clone());
            tokio::spawn(async move {
                bulkhead
                    .call_async(async {
                        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                        running.fetch_sub(1, Ordering::SeqCst);
                        Ok::<_, ()>(())
                    })
                    .await
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Ok(()));
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
    assert_eq!(bulkhead.snapshot().admitted, 100);
}

#[test]
fn threads_that_block_never_exceed_the_limit_and_all_come_through() {
    const THREADS: u64 = 8;
    const CALLS: u64 = 500;
    for limit in [1, 3] {
        let config = Config::new().max_concurrent(limit).max_wait(MINUTE);
        let bulkhead = Bulkhead::new("pool", config).unwrap();
        let (running, start) = (AtomicU32::new(0), Barrier::new(8));
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..CALLS {
                        let _place = bulkhead.acquire().unwrap();
                        assert!(running.fetch_add(1, Ordering::SeqCst) < limit);
                        thread::yield_now();
                        running.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        let snapshot = bulkhead.snapshot();
        assert_eq!((snapshot.in_use, snapshot.waiting, snapshot.admitted), (0, 0, THREADS * CALLS));
    }
}

#[test]
fn totals_are_exact_after_many_threads() {
    const THREADS: u64 = 8;
    const CALLS: u64 = 5_000;
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(2));
    let (ran, running, start) = (AtomicU32::new(0), AtomicU32::new(0), Barrier::new(8));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                for _ in 0..CALLS {
                    let _ = bulkhead.call(|| {
                        assert!(running.fetch_add(1, Ordering::SeqCst) < 2);
                        ran.fetch_add(1, Ordering::Relaxed);
                        running.fetch_sub(1, Ordering::SeqCst);
                        Ok::<_, ()>(())
                    });
                }
            });
        }
    });
    let snapshot = bulkhead.snapshot();
    assert_eq!(snapshot.admitted, u64::from(ran.into_inner()));
    assert_eq!(snapshot.admitted + snapshot.full, THREADS * CALLS);
    assert_eq!(snapshot.in_use, 0);
}

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

/// What can happen to a bulkhead.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// Somebody asks for a place.
    Ask,
    /// Somebody asks and would not wait.
    Try,
    /// The n-th of those who hold a place gives it back.
    Leave(usize),
    /// The n-th of those who wait is polled.
    Poll(usize),
    /// The n-th of those who wait is dropped.
    Drop(usize),
    /// The limit changes.
    Resize(u32),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Ask),
        1 => Just(Event::Try),
        3 => (0..8_usize).prop_map(Event::Leave),
        3 => (0..8_usize).prop_map(Event::Poll),
        2 => (0..8_usize).prop_map(Event::Drop),
        1 => (1..5_u32).prop_map(Event::Resize),
    ]
}

/// A caller of the model: its number, and whether the place is its own already.
type Standing = (u32, bool);

/// Hands out what is free.
fn settle(limit: u32, held: usize, queue: &mut VecDeque<Standing>) {
    loop {
        let used = held + queue.iter().filter(|(_, called)| *called).count();
        match queue.iter_mut().find(|(_, called)| !called) {
            Some((_, called)) if used < limit as usize => *called = true,
            _ => break,
        }
    }
}

proptest! {
    #[test]
    fn it_equals_a_naive_queue(events in prop::collection::vec(event(), 1..120)) {
        let mut limit = 2;
        let (bulkhead, _) = bulkhead(Config::new().max_concurrent(limit).max_wait(MINUTE).max_queue(6));
        let mut places = Vec::new();
        let mut callers: Vec<(u32, Waiting<'_>)> = Vec::new();
        let (mut held, mut queue) = (0_usize, VecDeque::<Standing>::new());
        for (number, event) in (0..).zip(events) {
            let called = queue.iter().filter(|(_, called)| *called).count();
            let waiting = queue.len() - called;
            let room = held + called < limit as usize && waiting == 0;
            match event {
                Event::Ask => {
                    let mut caller = bulkhead.acquire_async();
                    match poll(&mut caller) {
                        Poll::Ready(Ok(place)) => {
                            prop_assert!(room);
                            places.push(place);
                            held += 1;
                        }
                        Poll::Ready(Err(refused)) => {
                            prop_assert!(!room && waiting == 6);
                            prop_assert_eq!(refused.reason(), Reason::QueueFull);
                        }
                        Poll::Pending => {
                            prop_assert!(!room && waiting < 6);
                            callers.push((number, caller));
                            queue.push_back((number, false));
                        }
                    }
                }
                Event::Try => {
                    let place = bulkhead.try_acquire();
                    prop_assert_eq!(place.is_ok(), room);
                    if let Ok(place) = place {
                        places.push(place);
                        held += 1;
                    }
                }
                Event::Leave(at) if at < places.len() => {
                    drop(places.swap_remove(at));
                    held -= 1;
                }
                Event::Poll(at) if at < callers.len() => {
                    let (number, outcome) = (callers[at].0, poll(&mut callers[at].1));
                    let position = queue.iter().position(|(other, _)| *other == number).unwrap();
                    prop_assert_eq!(outcome.is_ready(), queue[position].1);
                    if let Poll::Ready(place) = outcome {
                        places.push(place.unwrap());
                        held += 1;
                        drop(callers.remove(at));
                        queue.remove(position);
                    }
                }
                Event::Drop(at) if at < callers.len() => {
                    let (number, _) = callers.remove(at);
                    queue.retain(|(other, _)| *other != number);
                }
                Event::Resize(to) => {
                    limit = to;
                    bulkhead.reconfigure(Config::new().max_concurrent(to).max_wait(MINUTE).max_queue(6)).unwrap();
                }
                Event::Leave(_) | Event::Poll(_) | Event::Drop(_) => {}
            }
            settle(limit, held, &mut queue);
            let snapshot = bulkhead.snapshot();
            let called = queue.iter().filter(|(_, called)| *called).count();
            prop_assert_eq!((snapshot.in_use as usize, snapshot.waiting), (held + called, queue.len() - called));
        }
        drop(places);
        drop(callers);
        let snapshot = bulkhead.snapshot();
        prop_assert_eq!((snapshot.in_use, snapshot.waiting), (0, 0));
    }
}
