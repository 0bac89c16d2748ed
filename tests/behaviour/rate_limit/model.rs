//! Against a bucket counted in fractions.

use super::*;

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
