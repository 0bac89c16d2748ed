//! Callers who wait.

use super::*;

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
