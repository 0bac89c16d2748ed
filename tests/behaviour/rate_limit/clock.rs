//! Clocks that jump, timers that are late.

use super::*;

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
