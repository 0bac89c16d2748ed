//! Settings that change while it runs.

use super::*;

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
