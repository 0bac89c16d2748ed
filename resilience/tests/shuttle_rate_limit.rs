//! Random schedules of many threads at a rate limit: never a permit too many, none lost, and whoever waits is served.
//!
//! `RUSTFLAGS="--cfg resilience_shuttle" cargo test -p resilience --no-default-features --release --test shuttle_rate_limit`
#![cfg(resilience_shuttle)]

use std::{
    pin::Pin,
    task::{Context, Waker},
    time::Duration,
};

use resilience::{ManualClock, RateLimit, rate_limit::Config};
use shuttle::{
    future::block_on,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn model(check: impl Fn() + Send + Sync + Clone + 'static) {
    shuttle::check_random(check.clone(), 3_000);
    shuttle::check_pct(check, 3_000, 4);
}

/// A permit a second.
fn limit(burst: u32) -> (Arc<RateLimit>, ManualClock) {
    let clock = ManualClock::new();
    let config = Config::new().rate(1, SECOND).burst(burst).max_wait(HOUR);
    (Arc::new(RateLimit::with_clock("quota", config, clock.clone()).unwrap()), clock)
}

/// Runs one part on each of so many threads, and gathers what they say.
fn together<T: Send + 'static>(threads: u32, part: impl Fn(u32) -> T + Send + Sync + 'static) -> Vec<T> {
    let part = Arc::new(part);
    let running: Vec<_> = (0..threads)
        .map(|number| {
            let part = Arc::clone(&part);
            thread::spawn(move || part(number))
        })
        .collect();
    running.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn exactly_the_burst_passes_while_time_stands_still() {
    for burst in [1, 5, 70] {
        model(move || {
            let (limit, _) = limit(burst);
            (6..burst).for_each(|_| limit.try_acquire().unwrap());
            let inside = limit.clone();
            let passed = together(6, move |_| (0..2).filter(|_| inside.try_acquire().is_ok()).count());
            let left = burst.min(6);
            assert_eq!(passed.iter().sum::<usize>(), left as usize);
            let snapshot = limit.snapshot();
            assert_eq!((snapshot.admitted, snapshot.refused), (u64::from(burst), u64::from(12 - left)));
        });
    }
}

#[test]
fn never_more_pass_than_the_burst_and_what_came_back() {
    model(|| {
        let (limit, clock) = limit(3);
        let inside = limit.clone();
        let passed = together(6, move |number| {
            if number == 0 {
                (0..4).for_each(|_| clock.advance(SECOND));
                return 0;
            }
            (0..4).filter(|_| inside.try_acquire().is_ok()).count()
        });
        let passed = passed.iter().sum::<usize>();
        assert!((3..=7).contains(&passed), "{passed} of 3 and 4");
        assert_eq!(limit.snapshot().admitted, passed as u64);
    });
}

/// Turns come, a second each, while callers wait for them on threads of their own: `patient` ones, and others that give
/// up. A caller that reads the time just before a turn sleeps into the next, so there are as many turns as it takes; a lost
/// wake-up is a schedule without end, which shuttle reports.
fn queue(patient: u32, impatient: u32) {
    let (limit, clock) = limit(2);
    (0..2).for_each(|_| limit.try_acquire().unwrap());
    let served = Arc::new(AtomicU32::new(0));
    let inside = limit.clone();
    together(1 + patient + impatient, move |number| {
        if number == 0 {
            while served.load(Ordering::SeqCst) < patient {
                clock.advance(SECOND);
                thread::yield_now();
            }
        } else if number <= patient {
            block_on(inside.acquire_async()).unwrap();
            served.fetch_add(1, Ordering::SeqCst);
        } else {
            let mut waiting = inside.acquire_async();
            let _ = Pin::new(&mut waiting).poll(&mut Context::from_waker(Waker::noop()));
            thread::yield_now();
        }
    });
    let snapshot = limit.snapshot();
    assert_eq!(snapshot.waiting, 0);
    assert!((u64::from(2 + patient)..=u64::from(2 + patient + impatient)).contains(&snapshot.admitted));
}

#[test]
fn waiting_callers_are_all_served_when_their_turns_come() {
    model(|| queue(5, 0));
}

#[test]
fn callers_that_give_up_leave_their_turns_to_the_others() {
    model(|| queue(3, 3));
}
