//! At most `rate * window + burst` calls in any window, in order, and nobody waits in vain.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Barrier,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use proptest::prelude::*;
use resilience::{
    Failure, ManualClock, PolicyKind, RateLimit, Reason, Rejected,
    rate_limit::{Config, Passing},
};

const NS: Duration = Duration::from_nanos(1);
const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

fn rate_limit(config: Config) -> (RateLimit, ManualClock) {
    let clock = ManualClock::new();
    (RateLimit::with_clock("quota", config, clock.clone()).unwrap(), clock)
}

/// One call every 100 ms, and callers who wait up to a minute. The first permit is used up.
fn strict() -> (RateLimit, ManualClock) {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(1).max_wait(MINUTE));
    limit.try_acquire().unwrap();
    (limit, clock)
}

fn poll(passing: &mut Passing<'_>) -> Poll<Result<(), Rejected>> {
    Pin::new(passing).poll(&mut Context::from_waker(Waker::noop()))
}

/// A caller that has begun to wait.
fn waiting(limit: &RateLimit) -> Passing<'_> {
    let mut passing = limit.acquire_async();
    assert!(poll(&mut passing).is_pending());
    passing
}

/// How many calls go now.
fn drain(limit: &RateLimit) -> u32 {
    let mut calls = 0;
    while limit.try_acquire().is_ok() {
        calls += 1;
    }
    calls
}

/// A nanosecond less.
fn just_before(time: Duration) -> Duration {
    time.checked_sub(NS).unwrap()
}

fn hint(outcome: Result<(), Rejected>) -> Duration {
    let refused = outcome.unwrap_err();
    assert_eq!(refused.reason(), Reason::RateLimited);
    refused.retry_after().unwrap()
}

/// A waiting caller that is polled only after it was woken, as a runtime does it.
struct Task<'a> {
    passing: Passing<'a>,
    bell: Arc<Bell>,
}

#[derive(Default)]
struct Bell {
    rung: AtomicUsize,
    seen: AtomicUsize,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.fetch_add(1, Ordering::Relaxed);
    }
}

impl<'a> Task<'a> {
    fn spawn(limit: &'a RateLimit) -> Self {
        let bell = Arc::new(Bell { rung: AtomicUsize::new(1), ..Bell::default() });
        Self { passing: limit.acquire_async(), bell }
    }

    fn is_woken(&self) -> bool {
        self.bell.rung.load(Ordering::Relaxed) > self.bell.seen.load(Ordering::Relaxed)
    }

    fn run(&mut self) -> Poll<Result<(), Rejected>> {
        if !self.is_woken() {
            return Poll::Pending;
        }
        self.bell.seen.store(self.bell.rung.load(Ordering::Relaxed), Ordering::Relaxed);
        let waker = Waker::from(self.bell.clone());
        Pin::new(&mut self.passing).poll(&mut Context::from_waker(&waker))
    }
}

#[test]
fn the_rates_calls_go_at_once_and_come_back_one_by_one() {
    let (limit, clock) = rate_limit(Config::new().rate(100, SECOND));
    assert_eq!(drain(&limit), 100);
    for _ in 0..5 {
        clock.advance(just_before(10 * MS));
        assert!(limit.acquire().is_err());
        clock.advance(NS);
        assert!(limit.acquire().is_ok());
        assert!(limit.acquire().is_err());
    }
}

#[test]
fn the_period_stretches_the_rate() {
    let (limit, clock) = rate_limit(Config::new().rate(2, MINUTE));
    assert_eq!(drain(&limit), 2);
    clock.advance(just_before(30 * SECOND));
    assert_eq!(drain(&limit), 0);
    clock.advance(NS);
    assert_eq!(drain(&limit), 1);
}

#[test]
fn burst_is_what_goes_at_once_after_idleness() {
    for burst in [1, 3, 250] {
        let (limit, clock) = rate_limit(Config::new().rate(100, SECOND).burst(burst));
        assert_eq!(drain(&limit), burst);
        clock.advance(Duration::from_hours(24 * 365));
        assert_eq!(drain(&limit), burst);
    }
}

#[test]
fn years_of_idleness_give_one_burst() {
    let (limit, clock) = rate_limit(Config::new().rate(100, SECOND).burst(5));
    assert_eq!(drain(&limit), 5);
    for _ in 0..20 {
        clock.advance(Duration::from_hours(24 * 365));
        assert!(drain(&limit) <= 5);
        clock.advance(SECOND);
        assert_eq!(drain(&limit), 5);
    }
}

#[test]
fn nobody_waits_by_default() {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(1));
    assert!(limit.acquire().is_ok());
    assert_eq!(hint(limit.acquire()), 100 * MS);
    let Poll::Ready(refused) = poll(&mut limit.acquire_async()) else { panic!("it waits") };
    assert_eq!(hint(refused), 100 * MS);
    assert_eq!(clock.elapsed(), Duration::ZERO);
}

#[test]
fn max_wait_admits_a_turn_that_comes_just_in_time() {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(1).max_wait(200 * MS));
    limit.try_acquire().unwrap();
    let mut first = waiting(&limit);
    let mut second = waiting(&limit);
    let Poll::Ready(refused) = poll(&mut limit.acquire_async()) else { panic!("a third waits") };
    assert_eq!(hint(refused), 300 * MS);
    clock.advance(100 * MS);
    assert_eq!(poll(&mut first), Poll::Ready(Ok(())));
    assert!(poll(&mut second).is_pending());
    clock.advance(100 * MS);
    assert_eq!(poll(&mut second), Poll::Ready(Ok(())));
}

#[test]
fn a_turn_that_comes_too_late_is_refused_at_once() {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(1).max_wait(just_before(100 * MS)));
    limit.try_acquire().unwrap();
    assert_eq!(hint(limit.acquire()), 100 * MS);
    assert_eq!(clock.elapsed(), Duration::ZERO);
}

#[test]
fn a_refusal_says_who_and_why_and_when() {
    let (limit, clock) = rate_limit(Config::new().rate(1, 10 * SECOND));
    limit.try_acquire().unwrap();
    clock.advance(2_500 * MS);
    let refused = limit.try_acquire().unwrap_err();
    assert_eq!((refused.policy(), refused.name()), (PolicyKind::RateLimit, "quota"));
    assert_eq!(refused.reason(), Reason::RateLimited);
    assert_eq!(refused.retry_after(), Some(7_500 * MS));
    assert_eq!(refused.to_string(), "rate limit `quota` is used up, try again in 7.5s");
}

#[test]
fn the_hint_is_exact() {
    let (limit, clock) = rate_limit(Config::new().rate(3, SECOND).burst(2));
    assert_eq!(drain(&limit), 2);
    let wait = hint(limit.try_acquire());
    assert_eq!(wait, 334 * MS, "a third of a second, in whole milliseconds");
    clock.advance(wait.checked_sub(MS).unwrap());
    assert!(limit.try_acquire().is_err());
    clock.advance(MS);
    assert!(limit.try_acquire().is_ok());
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let rate = Config::new().rate(100, SECOND);
    let day = Duration::from_hours(24);
    for (config, setting, message) in [
        (
            Config::new(),
            "rate",
            "a rate limit needs a rate: write so many calls in a period, like `100 / 1s`",
        ),
        (
            Config::new().burst(5),
            "rate",
            "a rate limit needs a rate: write so many calls in a period, like `100 / 1s`",
        ),
        (
            Config::new().rate(0, SECOND),
            "rate",
            "`rate` must allow at least 1 call: write `1 / 10s` for one in ten seconds",
        ),
        (
            Config::new().rate(1, Duration::ZERO),
            "rate",
            "`rate` must have a period above zero: write so many calls in a period, like `100 / 1s`",
        ),
        (Config::new().rate(1, day + NS), "rate", "`rate` can have a period of at most 1 day"),
        (Config::new().rate(1, Duration::MAX), "rate", "`rate` can have a period of at most 1 day"),
        (Config::new().rate(2, NS), "rate", "`rate` can be at most 1 call per nanosecond"),
        (rate.burst(0), "burst", "`burst` must be at least 1"),
        (
            Config::new().rate(1, day).burst(31),
            "burst",
            "`burst` cannot be more than the calls that `rate` allows in 30 days",
        ),
        (rate.max_wait(day + NS), "max_wait", "`max_wait` can be at most 1 day"),
        (rate.max_wait(Duration::MAX), "max_wait", "`max_wait` can be at most 1 day"),
    ] {
        let error = RateLimit::new("quota", config).unwrap_err();
        assert_eq!((error.setting(), error.to_string().as_str()), (setting, message));
        assert_eq!(config.any_problem(&[]), Some(message));
        assert_eq!(config.any_problem(&[setting]), None);

        let running = RateLimit::new("quota", rate).unwrap();
        let before = running.settings();
        assert_eq!(running.reconfigure(config), Err(error));
        assert_eq!(running.settings(), before);
    }
    assert!(Config::new().rate(1, day).burst(30).max_wait(day).validate().is_ok());
}

#[test]
fn the_extremes_of_the_settings_work() {
    let day = Duration::from_hours(24);
    let (limit, clock) = rate_limit(Config::new().rate(1, day).burst(30).max_wait(day));
    assert_eq!(drain(&limit), 30);
    assert_eq!(hint(limit.try_acquire()), day);
    assert!(limit.acquire().is_ok());
    assert_eq!(clock.elapsed(), day);

    let (limit, clock) = rate_limit(Config::new().rate(1, NS));
    for _ in 0..100 {
        assert_eq!(drain(&limit), 1);
        clock.advance(NS);
    }

    let (limit, clock) = rate_limit(Config::new().rate(u32::MAX, Duration::from_secs(5)).burst(u32::MAX));
    assert_eq!(limit.snapshot().available, u64::from(u32::MAX));
    assert!(limit.acquire().is_ok());
    clock.advance(SECOND);
    assert_eq!(limit.snapshot().available, u64::from(u32::MAX));
}

#[test]
fn names_that_cannot_be_are_refused() {
    let config = Config::new().rate(1, SECOND);
    assert_eq!(RateLimit::new("", config).unwrap_err().setting(), "name");
    assert_eq!(RateLimit::new(&"x".repeat(10_000), config).unwrap_err().setting(), "name");
}

#[test]
fn written_settings_win_over_a_base() {
    let base = Config::new().rate(1, SECOND).burst(9).max_wait(MS);
    let (limit, _) = rate_limit(Config::new().rate(7, MINUTE).or(base));
    let settings = limit.settings();
    assert_eq!((settings.calls, settings.period, settings.burst, settings.max_wait), (7, MINUTE, 9, MS));
}

#[test]
fn rates_that_nanoseconds_cannot_express_do_not_drift() {
    for calls in [3, 7, 9, 21, 63, 512] {
        let (limit, clock) = rate_limit(Config::new().rate(calls, SECOND));
        for _ in 0..2_000 {
            assert_eq!(drain(&limit), calls);
            clock.advance(just_before(SECOND));
            assert_eq!(drain(&limit), calls - 1);
            clock.advance(NS);
            assert_eq!(drain(&limit), 1);
            clock.advance(SECOND);
        }
    }
}

#[test]
fn rates_that_no_unit_expresses_never_allow_more() {
    let (limit, clock) = rate_limit(Config::new().rate(11, SECOND).burst(22));
    let mut passed = 0;
    for second in 1..1_000 {
        passed += drain(&limit);
        clock.set(just_before(SECOND * second));
        passed += drain(&limit);
        assert_eq!(passed, 11 * second + 21);
    }
}

#[test]
fn over_the_limit_the_call_does_not_run() {
    let (limit, _) = rate_limit(Config::new().rate(1, SECOND));
    assert_eq!(limit.call(|| Err::<(), _>("ran")), Err(Failure::Error("ran")));
    let outcome = limit.call(|| -> Result<(), &str> { panic!("it ran") });
    assert!(matches!(outcome, Err(Failure::Rejected(_))));
    let call = limit.call_async(async { Err::<(), _>("it ran") });
    assert!(matches!(futures::executor::block_on(call), Err(Failure::Rejected(_))));
}

#[test]
fn exactly_the_burst_passes_while_time_stands_still() {
    const THREADS: u64 = 8;
    const CALLS: u64 = 2_000;
    let (limit, _) = rate_limit(Config::new().rate(100, SECOND));
    let (ran, start) = (AtomicU64::new(0), Barrier::new(8));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                for _ in 0..CALLS {
                    let _ = limit.call(|| Ok::<_, ()>(ran.fetch_add(1, Ordering::Relaxed)));
                }
            });
        }
    });
    let snapshot = limit.snapshot();
    assert_eq!((ran.into_inner(), snapshot.admitted), (100, 100));
    assert_eq!(snapshot.refused, THREADS * CALLS - 100);
}

#[test]
fn threads_on_a_running_clock_keep_the_bound() {
    let limit = RateLimit::new("quota", Config::new().rate(10_000, SECOND).burst(7)).unwrap();
    let start = Instant::now();
    let passed = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20_000 {
                    if limit.try_acquire().is_ok() {
                        // The bound holds at every moment, not only at the end.
                        let so_far = passed.fetch_add(1, Ordering::SeqCst) + 1;
                        let most = start.elapsed().as_nanos() / 100_000 + 7;
                        assert!(u128::from(so_far) <= most, "{so_far} of {most}");
                    }
                }
            });
        }
    });
    assert_eq!(limit.snapshot().admitted, passed.into_inner());
}

#[test]
fn threads_that_wait_all_come_through() {
    let config = Config::new().rate(20_000, SECOND).burst(1).max_wait(MINUTE);
    let limit = RateLimit::new("quota", config).unwrap();
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| limit.acquire().unwrap()));
        }
    });
    assert!(start.elapsed() >= Duration::from_micros(50) * 199);
    let snapshot = limit.snapshot();
    assert_eq!((snapshot.admitted, snapshot.refused, snapshot.waiting), (200, 0, 0));
}

#[test]
fn waiting_callers_are_served_in_order_each_in_its_turn() {
    let (limit, clock) = strict();
    let mut tasks: Vec<_> = (0..10).map(|_| Task::spawn(&limit)).collect();
    assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
    for turn in 0..10 {
        clock.advance(just_before(100 * MS));
        assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
        clock.advance(NS);
        // Polled from the last to the first: only one of them has its turn.
        let served: Vec<_> =
            (0..tasks.len()).rev().filter(|&at| tasks[at].run() == Poll::Ready(Ok(()))).collect();
        assert_eq!(served, [0], "turn {turn}");
        tasks.remove(0);
    }
}

#[test]
fn a_newcomer_does_not_overtake() {
    let (limit, clock) = strict();
    let mut first = waiting(&limit);
    clock.advance(100 * MS);
    assert_eq!(hint(limit.try_acquire()), 100 * MS, "the permit that is there belongs to the first");
    let mut second = waiting(&limit);
    assert!(poll(&mut second).is_pending());
    assert_eq!(poll(&mut first), Poll::Ready(Ok(())));
    clock.advance(100 * MS);
    assert_eq!(poll(&mut second), Poll::Ready(Ok(())));
}

#[test]
fn a_newcomer_may_take_what_is_left_beside_those_who_wait() {
    let (limit, clock) = rate_limit(Config::new().rate(20, SECOND).burst(3).max_wait(MINUTE));
    assert_eq!(drain(&limit), 3);
    let mut first = waiting(&limit);
    clock.advance(100 * MS);
    assert!(limit.try_acquire().is_ok());
    assert!(limit.try_acquire().is_err());
    assert_eq!(poll(&mut first), Poll::Ready(Ok(())));
}

#[test]
fn when_a_waiting_caller_is_dropped_those_behind_move_up() {
    let (limit, clock) = strict();
    let mut tasks: Vec<_> = (0..4).map(|_| Task::spawn(&limit)).collect();
    assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
    drop(tasks.remove(1));
    drop(tasks.remove(0));
    assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
    for _ in 0..2 {
        clock.advance(100 * MS);
        assert_eq!(tasks.remove(0).run(), Poll::Ready(Ok(())));
        assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
    }
    assert!(limit.try_acquire().is_err());
    clock.advance(100 * MS);
    assert!(limit.try_acquire().is_ok());
}

#[test]
fn a_caller_dropped_when_its_turn_has_come_leaves_the_permit_to_the_next() {
    let (limit, clock) = strict();
    let first = waiting(&limit);
    let mut second = Task::spawn(&limit);
    assert!(second.run().is_pending());
    clock.advance(100 * MS);
    drop(first);
    assert!(second.is_woken());
    assert_eq!(second.run(), Poll::Ready(Ok(())));
}

#[test]
fn a_dropped_caller_takes_no_permit_along() {
    let (limit, clock) = strict();
    for _ in 0..5 {
        drop(waiting(&limit));
    }
    assert_eq!(limit.snapshot().waiting, 0);
    clock.advance(100 * MS);
    assert!(limit.try_acquire().is_ok());
}

#[test]
fn a_future_that_is_never_polled_takes_no_permit() {
    let (limit, _) = rate_limit(Config::new().rate(1, SECOND));
    let unpolled = limit.acquire_async();
    assert!(limit.try_acquire().is_ok());
    drop(unpolled);
}

#[test]
fn a_future_that_nobody_polls_any_more_blocks_the_others_for_a_moment_only() {
    let (limit, clock) = strict();
    let mut forgotten = waiting(&limit);
    let mut tasks: Vec<_> = (0..3).map(|_| Task::spawn(&limit)).collect();
    assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
    for _ in 0..1_000 {
        clock.advance(MS);
        tasks.retain_mut(|task| task.run().is_pending());
    }
    assert!(tasks.is_empty());
    assert_eq!(poll(&mut forgotten), Poll::Ready(Ok(())));
}

#[test]
fn callers_behind_one_that_does_not_come_sleep_meanwhile() {
    let (limit, clock) = rate_limit(Config::new().rate(1_000, SECOND).burst(1).max_wait(MINUTE));
    limit.try_acquire().unwrap();
    let _forgotten = waiting(&limit);
    let mut task = Task::spawn(&limit);
    let mut polls = 0;
    for _ in 0..102 {
        polls += u32::from(task.is_woken());
        if task.run().is_ready() {
            break;
        }
        clock.advance(MS);
    }
    assert!((2..5).contains(&polls), "{polls}");
    assert_eq!(limit.snapshot().admitted, 2);
}

#[test]
fn a_process_that_slept_does_not_wake_up_to_a_flood() {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(2).max_wait(MINUTE));
    assert_eq!(drain(&limit), 2);
    let mut tasks: Vec<_> = (0..20).map(|_| Task::spawn(&limit)).collect();
    assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
    clock.advance(2 * SECOND);
    tasks.retain_mut(|task| task.run().is_pending());
    assert_eq!(tasks.len(), 18, "a burst of two");
    clock.advance(100 * MS);
    tasks.retain_mut(|task| task.run().is_pending());
    assert_eq!(tasks.len(), 17);
}

#[test]
fn a_wake_up_a_little_late_costs_the_others_nothing() {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(2).max_wait(MINUTE));
    assert_eq!(drain(&limit), 2);
    let mut tasks: Vec<_> = (0..50).map(|_| Task::spawn(&limit)).collect();
    assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
    clock.advance(MS);
    for _ in 0..50 {
        clock.advance(100 * MS);
        tasks.retain_mut(|task| task.run().is_pending());
    }
    assert!(tasks.is_empty());
}

#[test]
fn late_timers_do_not_break_a_promise() {
    // Three callers are promised 100, 200 and 300 ms, and the timers of the first two are 3 ms late.
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(1).max_wait(300 * MS));
    limit.try_acquire().unwrap();
    let mut tasks: Vec<_> = (0..3).map(|_| Task::spawn(&limit)).collect();
    assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
    for _ in 0..2 {
        clock.advance(103 * MS);
        assert_eq!(tasks.remove(0).run(), Poll::Ready(Ok(())));
        assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
    }
    clock.advance(94 * MS);
    assert!(tasks[0].is_woken() && tasks[0].run().is_pending());
    clock.advance(6 * MS);
    assert_eq!(tasks[0].run(), Poll::Ready(Ok(())));
}

#[test]
fn a_clock_set_back_locks_nobody_out() {
    for back in [90 * MS, SECOND, MINUTE, Duration::from_hours(10), Duration::from_hours(24 * 2_000)] {
        let (limit, clock) = rate_limit(Config::new().rate(10, SECOND));
        clock.advance(back);
        assert_eq!(drain(&limit), 10);
        clock.set(Duration::ZERO);
        assert!(limit.try_acquire().is_err());
        clock.advance(back.min(100 * MS) + 100 * MS);
        assert!(limit.try_acquire().is_ok(), "{back:?}");
    }
}

#[test]
fn a_clock_set_back_before_the_beginning_locks_nobody_out() {
    let clock = ManualClock::new();
    clock.advance(Duration::from_hours(10));
    let config = Config::new().rate(10, SECOND).burst(2);
    let limit = RateLimit::with_clock("quota", config, clock.clone()).unwrap();
    clock.set(Duration::ZERO);
    clock.advance(SECOND);
    assert_eq!(hint(limit.try_acquire()), 100 * MS);
    for _ in 0..5 {
        clock.advance(100 * MS);
        assert!(limit.try_acquire().is_ok());
    }
}

#[test]
fn callers_that_wait_when_the_clock_is_set_back_are_woken_by_the_next() {
    let (limit, clock) = strict();
    clock.advance(Duration::from_hours(1));
    assert_eq!(drain(&limit), 1);
    let mut task = Task::spawn(&limit);
    assert!(task.run().is_pending());
    clock.set(Duration::ZERO);
    assert!(limit.try_acquire().is_err());
    assert!(task.is_woken());
    assert!(task.run().is_pending());
    clock.advance(100 * MS);
    assert_eq!(task.run(), Poll::Ready(Ok(())));
}

#[test]
fn a_faster_rate_brings_waiting_callers_forward() {
    let (limit, clock) = strict();
    let mut tasks: Vec<_> = (0..3).map(|_| Task::spawn(&limit)).collect();
    assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
    clock.advance(50 * MS);
    limit.reconfigure(Config::new().rate(100, SECOND).burst(1).max_wait(MINUTE)).unwrap();
    for _ in 0..3 {
        assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
        clock.advance(10 * MS);
        assert_eq!(tasks.remove(0).run(), Poll::Ready(Ok(())));
    }
}

#[test]
fn a_slower_rate_refuses_those_it_would_keep_too_long() {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(1).max_wait(1_500 * MS));
    limit.try_acquire().unwrap();
    let mut tasks: Vec<_> = (0..5).map(|_| Task::spawn(&limit)).collect();
    assert!(tasks.iter_mut().all(|task| task.run().is_pending()));
    limit.reconfigure(Config::new().rate(1, SECOND).max_wait(1_500 * MS)).unwrap();
    let outcomes: Vec<_> = tasks.iter_mut().map(Task::run).collect();
    let refused: Vec<_> = outcomes.iter().map(Poll::is_ready).collect();
    assert_eq!(refused, [false, false, true, true, true]);
    let Poll::Ready(outcome) = outcomes[2] else { panic!("it waits") };
    assert_eq!(hint(outcome), 2_100 * MS);
    for (task, pause) in tasks.iter_mut().zip([100 * MS, SECOND]) {
        clock.advance(pause);
        assert_eq!(task.run(), Poll::Ready(Ok(())));
    }
}

#[test]
fn a_smaller_burst_holds_at_once() {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(100));
    assert_eq!(drain(&limit), 100);
    limit.reconfigure(Config::new().rate(10, SECOND).burst(1)).unwrap();
    assert!(limit.try_acquire().is_err());
    clock.advance(100 * MS);
    assert_eq!(drain(&limit), 1);
    clock.advance(MINUTE);
    assert_eq!(drain(&limit), 1);
}

#[test]
fn a_larger_burst_is_there_at_once() {
    let (limit, _) = rate_limit(Config::new().rate(10, SECOND).burst(1));
    assert_eq!(drain(&limit), 1);
    limit.reconfigure(Config::new().rate(10, SECOND).burst(5)).unwrap();
    assert_eq!(drain(&limit), 4);
}

#[test]
fn settings_can_change_under_load() {
    let (limit, _) = rate_limit(Config::new().rate(10, SECOND).burst(50));
    let passed = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5_000 {
                    passed.fetch_add(u64::from(limit.try_acquire().is_ok()), Ordering::Relaxed);
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..500 {
                limit.reconfigure(Config::new().rate(20, SECOND).burst(100)).unwrap();
                limit.reconfigure(Config::new().rate(10, SECOND).burst(50)).unwrap();
            }
        });
    });
    // Time stands still: twice 5 seconds of spacing, however often the settings changed. A caller that reads a mixture
    // (half the spacing, the same tolerance) may get a little more, never without bound.
    let passed = passed.into_inner();
    assert!((50..=101).contains(&passed), "{passed}");
    assert_eq!(limit.snapshot().admitted, passed);
}

#[test]
fn a_blocking_wait_moves_a_manual_clock_to_the_turn() {
    let (limit, clock) = strict();
    for turn in 1..=5 {
        assert!(limit.acquire().is_ok());
        assert_eq!(clock.elapsed(), 100 * MS * turn);
    }
}

#[test]
fn a_blocked_thread_waits_for_its_turn_on_the_real_clock() {
    let limit = RateLimit::new("quota", Config::new().rate(200, SECOND).burst(1).max_wait(SECOND)).unwrap();
    let start = Instant::now();
    limit.acquire().unwrap();
    limit.acquire().unwrap();
    assert!(start.elapsed() >= 5 * MS);
}

#[tokio::test(start_paused = true)]
async fn a_blocking_wait_ends_though_tokios_clock_is_paused() {
    let limit = RateLimit::new("quota", Config::new().rate(200, SECOND).burst(1).max_wait(SECOND)).unwrap();
    for _ in 0..3 {
        limit.acquire().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_follows_tokios_paused_clock() {
    let limit = RateLimit::new("quota", Config::new().rate(10, SECOND).burst(1).max_wait(MINUTE)).unwrap();
    let start = tokio::time::Instant::now();
    let calls = (0..5).map(|number| {
        let limit = &limit;
        async move {
            limit.acquire_async().await.unwrap();
            (number, start.elapsed().as_millis())
        }
    });
    for (number, at) in futures::future::join_all(calls).await {
        assert!((number * 100..=number * 100 + 5).contains(&at), "{number} at {at} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_of_a_runtime_keep_the_bound_in_every_window() {
    let limit = RateLimit::new("quota", Config::new().rate(300, SECOND).burst(4).max_wait(MINUTE)).unwrap();
    let start = tokio::time::Instant::now();
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let limit = limit.clone();
            tokio::spawn(async move {
                limit.acquire_async().await.unwrap();
                start.elapsed()
            })
        })
        .collect();
    let mut starts = Vec::new();
    for task in tasks {
        starts.push(task.await.unwrap());
    }
    starts.sort_unstable();
    assert_bound(&starts, 300, SECOND, 4);
}

#[test]
fn clones_are_one_rate_limit() {
    let (limit, _) = rate_limit(Config::new().rate(1, SECOND));
    let clone = limit.clone();
    assert!(limit.try_acquire().is_ok());
    assert!(clone.try_acquire().is_err());
}

#[test]
fn a_large_burst_costs_no_memory() {
    let (limit, _) = rate_limit(Config::new().rate(1_000_000_000, SECOND).burst(u32::MAX));
    assert_eq!(limit.snapshot().available, u64::from(u32::MAX));
}

#[test]
fn no_edge_of_a_period_lets_two_bursts_through() {
    let (limit, clock) = rate_limit(Config::new().rate(100, SECOND));
    let mut starts = Vec::new();
    // A caller that hits a fixed window twice at its edge.
    for pause in [990 * MS, 20 * MS, 980 * MS, 20 * MS] {
        clock.advance(pause);
        let calls = drain(&limit);
        starts.extend((0..calls).map(|_| clock.elapsed()));
    }
    assert_bound(&starts, 100, SECOND, 100);
}

#[test]
fn a_snapshot_tells_what_is_there() {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(3).max_wait(MINUTE));
    assert_eq!(limit.snapshot().available, 3);
    assert_eq!(drain(&limit), 3);
    let _waiting = waiting(&limit);
    let snapshot = limit.snapshot();
    assert_eq!((snapshot.available, snapshot.waiting), (0, 1));
    assert_eq!((snapshot.admitted, snapshot.refused), (3, 1));
    clock.advance(200 * MS);
    assert_eq!(limit.snapshot().available, 1);
    let json = serde_json::to_value(limit.snapshot()).unwrap();
    assert_eq!((&json["waiting"], &json["settings"]["burst"]), (&1.into(), &3.into()));
}

#[test]
fn futures_are_send() {
    fn is_send<T: Send>(_: &T) {}
    let (limit, _) = rate_limit(Config::new().rate(1, SECOND));
    is_send(&limit.acquire_async());
    is_send(&limit.call_async(async { Ok::<_, ()>(()) }));
}

/// No window from one call to another holds more than `burst` calls beyond what the rate allows in it.
fn assert_bound(starts: &[Duration], calls: u32, period: Duration, burst: u32) {
    for (first, from) in starts.iter().enumerate() {
        for (last, to) in starts.iter().enumerate().skip(first) {
            let allowed =
                (to.as_nanos() - from.as_nanos()) * u128::from(calls) / period.as_nanos() + u128::from(burst);
            let went = (last - first + 1) as u128;
            assert!(went <= allowed, "{went} calls of {allowed} between {from:?} and {to:?}");
        }
    }
}

/// What can happen to a rate limit.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// Somebody asks and would wait.
    Ask,
    /// Somebody asks and would not wait.
    Try,
    /// The n-th of those who wait is dropped.
    Drop(usize),
    /// The n-th of those who wait is forgotten: it is woken and not polled.
    Forget(usize),
    /// Time passes, and those who are woken run, from the first to the last or the other way round.
    Pass(u64, bool),
}

fn event(most_micros: u64) -> impl Strategy<Value = Event> {
    prop_oneof![
        5 => Just(Event::Ask),
        2 => Just(Event::Try),
        1 => (0..8_usize).prop_map(Event::Drop),
        1 => (0..30_usize).prop_map(Event::Forget),
        5 => (0..most_micros, any::<bool>()).prop_map(|(micros, back)| Event::Pass(micros, back)),
    ]
}

/// Rates whose spacing is a whole number of units, so that the model, which counts in fractions, must agree exactly.
fn exact_rate() -> impl Strategy<Value = (u32, Duration)> {
    (
        prop::sample::select(vec![1, 2, 3, 5, 7, 8, 9, 10, 21, 100, 1_000]),
        prop::sample::select(vec![1, 10, 60, 3_600]),
    )
        .prop_map(|(calls, seconds)| (calls, SECOND * seconds))
}

proptest! {
    #[test]
    fn it_equals_a_bucket_counted_in_fractions(
        (calls, period) in exact_rate(),
        burst in 1..20_u32,
        steps in prop::collection::vec((0..3_000_000_000_u64, 1..6_u8), 1..60),
    ) {
        let (limit, clock) = rate_limit(Config::new().rate(calls, period).burst(burst));
        // A permit is `period` fractions; in a nanosecond `calls` of them come back.
        let (permit, full) = (period.as_nanos(), period.as_nanos() * u128::from(burst));
        let mut bucket = full;
        for (nanos, asked) in steps {
            clock.advance(Duration::from_nanos(nanos));
            bucket = full.min(bucket + u128::from(nanos) * u128::from(calls));
            for _ in 0..asked {
                let outcome = limit.try_acquire();
                if bucket >= permit {
                    prop_assert_eq!(outcome, Ok(()));
                    bucket -= permit;
                } else {
                    let millis = (permit - bucket).div_ceil(u128::from(calls)).div_ceil(1_000_000);
                    prop_assert_eq!(hint(outcome).as_millis(), millis);
                }
            }
            prop_assert_eq!(u128::from(limit.snapshot().available), bucket / permit);
        }
    }

    #[test]
    fn whatever_happens_the_bound_holds_and_nobody_waits_in_vain(
        calls in 1..50_u32,
        burst in 1..6_u32,
        max_wait in 0..800_u64,
        events in prop::collection::vec(event(60_000), 1..150),
    ) {
        let max_wait = MS * u32::try_from(max_wait).unwrap();
        let (limit, clock) = rate_limit(Config::new().rate(calls, SECOND).burst(burst).max_wait(max_wait));
        let mut starts = Vec::new();
        let mut tasks: Vec<(Task<'_>, Duration)> = Vec::new();
        let mut forgotten = Vec::new();
        for event in events.into_iter().chain((0..200).map(|_| Event::Pass(10_000, false))) {
            match event {
                Event::Ask => {
                    let mut task = Task::spawn(&limit);
                    match task.run() {
                        Poll::Ready(Ok(())) => starts.push(clock.elapsed()),
                        Poll::Ready(refused) => prop_assert!(hint(refused) + MS > max_wait),
                        Poll::Pending => tasks.push((task, clock.elapsed())),
                    }
                }
                Event::Try => {
                    if limit.try_acquire().is_ok() {
                        starts.push(clock.elapsed());
                    }
                }
                Event::Drop(at) if at < tasks.len() => drop(tasks.remove(at)),
                Event::Forget(at) if at < tasks.len() => forgotten.push(tasks.remove(at)),
                Event::Drop(_) | Event::Forget(_) => {}
                Event::Pass(micros, back) => {
                    clock.advance(Duration::from_micros(micros));
                    // Whoever runs may wake others: until nobody is awake.
                    while tasks.iter().any(|(task, _)| task.is_woken()) {
                        let mut order: Vec<_> = (0..tasks.len()).collect();
                        if back {
                            order.reverse();
                        }
                        let mut done = vec![false; tasks.len()];
                        for at in order {
                            if let Poll::Ready(outcome) = tasks[at].0.run() {
                                done[at] = true;
                                if outcome.is_ok() {
                                    starts.push(clock.elapsed());
                                }
                            }
                        }
                        let mut done = done.into_iter();
                        tasks.retain(|_| !done.next().unwrap());
                    }
                }
            }
            for (_, since) in &tasks {
                prop_assert!(clock.elapsed() <= *since + max_wait + 160 * MS, "it waits for ever");
            }
        }
        prop_assert!(tasks.is_empty());
        assert_bound(&starts, calls, SECOND, burst);
        prop_assert_eq!(limit.snapshot().admitted, starts.len() as u64);
        drop(forgotten);
        prop_assert_eq!(limit.snapshot().waiting, 0);
    }

    #[test]
    fn in_time_and_in_order_when_every_timer_is_exact(
        calls in prop::sample::select(vec![1, 2, 4, 5, 8, 10, 20, 25, 40, 50]),
        burst in 1..6_u32,
        pauses in prop::collection::vec(0..150_u32, 1..60),
    ) {
        let (limit, clock) = rate_limit(Config::new().rate(calls, SECOND).burst(burst).max_wait(SECOND));
        let mut tasks: Vec<(usize, Task<'_>, Duration)> = Vec::new();
        let mut served = Vec::new();
        for (number, pause) in pauses.into_iter().enumerate() {
            let mut task = Task::spawn(&limit);
            match task.run() {
                Poll::Ready(Ok(())) => {
                    prop_assert!(tasks.is_empty());
                    served.push(number);
                }
                Poll::Ready(Err(_)) => {}
                Poll::Pending => tasks.push((number, task, clock.elapsed())),
            }
            for _ in 0..pause {
                clock.advance(MS);
                for (number, task, since) in &mut tasks {
                    if let Poll::Ready(outcome) = task.run() {
                        prop_assert_eq!(outcome, Ok(()), "a promise is kept");
                        prop_assert!(clock.elapsed() <= *since + SECOND);
                        served.push(*number);
                        *number = usize::MAX;
                    }
                }
                tasks.retain(|(number, ..)| *number != usize::MAX);
            }
        }
        prop_assert!(served.is_sorted());
    }
}
