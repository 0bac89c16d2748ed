//! Every interleaving of a few threads at a rate limit: no permit too many, none lost, and no wake-up lost.
//!
//! `RUSTFLAGS="--cfg resilience_loom" cargo test -p resilience --no-default-features --release --test loom_rate_limit`
#![cfg(resilience_loom)]

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc as Plain,
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use loom::{
    model::Builder,
    sync::Arc,
    thread::{self, Thread},
};
use resilience::{ManualClock, RateLimit, rate_limit::Config};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn model(bound: Option<usize>, check: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = bound;
    builder.check(check);
}

fn limit(burst: u32) -> (Arc<RateLimit>, ManualClock) {
    let clock = ManualClock::new();
    let config = Config::new().rate(1, SECOND).burst(burst).max_wait(HOUR);
    let limit = RateLimit::with_clock("quota", config, clock.clone()).unwrap();
    // Makes the cell of the counters: loom does not see the `OnceLock` that hands it from thread to thread.
    limit.try_acquire().unwrap();
    clock.advance(HOUR);
    (Arc::new(limit), clock)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Plain<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Plain::new(Unpark(thread::current())));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

#[test]
fn exactly_the_burst_passes_while_time_stands_still() {
    model(None, || {
        let (limit, _) = limit(2);
        let others: Vec<_> = (0..2)
            .map(|_| {
                let limit = limit.clone();
                thread::spawn(move || u64::from(limit.try_acquire().is_ok()))
            })
            .collect();
        let own = u64::from(limit.try_acquire().is_ok());
        let passed = own + others.into_iter().map(|other| other.join().unwrap()).sum::<u64>();
        let snapshot = limit.snapshot();
        assert_eq!((passed, snapshot.admitted, snapshot.refused), (2, 3, 1));
    });
}

#[test]
fn waiting_callers_are_all_served_when_their_turns_come() {
    model(Some(3), || {
        let (limit, clock) = limit(2);
        limit.try_acquire().unwrap();
        limit.try_acquire().unwrap();
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let limit = limit.clone();
                thread::spawn(move || block_on(limit.acquire_async()).unwrap())
            })
            .collect();
        clock.advance(SECOND);
        clock.advance(SECOND);
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        assert_eq!(limit.snapshot().admitted, 5);
    });
}

#[test]
fn a_caller_that_gives_up_leaves_its_turn_to_the_next() {
    model(Some(3), || {
        let (limit, clock) = limit(1);
        limit.try_acquire().unwrap();
        let patient = {
            let limit = limit.clone();
            thread::spawn(move || block_on(limit.acquire_async()).unwrap())
        };
        let impatient = {
            let limit = limit.clone();
            thread::spawn(move || {
                let mut waiting = limit.acquire_async();
                u32::from(Pin::new(&mut waiting).poll(&mut Context::from_waker(Waker::noop())).is_ready())
            })
        };
        // A turn for each that takes one: nobody waits for a third.
        clock.advance(SECOND);
        if impatient.join().unwrap() == 1 {
            clock.advance(SECOND);
        }
        patient.join().unwrap();
        assert_eq!(limit.snapshot().waiting, 0);
    });
}

#[test]
fn one_permit_goes_once_while_the_queue_empties() {
    model(Some(3), || {
        let (limit, clock) = limit(1);
        limit.try_acquire().unwrap();
        let mut waiting = limit.acquire_async();
        assert!(Pin::new(&mut waiting).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        clock.advance(SECOND);
        let others: Vec<_> = (0..2)
            .map(|_| {
                let limit = limit.clone();
                thread::spawn(move || u64::from(limit.try_acquire().is_ok()))
            })
            .collect();
        drop(waiting);
        let passed = others.into_iter().map(|other| other.join().unwrap()).sum::<u64>();
        assert!(passed <= 1);
        assert_eq!(limit.snapshot().available, 1 - passed);
    });
}

#[test]
fn nobody_overtakes_a_caller_that_waits() {
    model(Some(3), || {
        let (limit, clock) = limit(1);
        limit.try_acquire().unwrap();
        let mut waiting = limit.acquire_async();
        assert!(Pin::new(&mut waiting).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        clock.advance(SECOND);
        let newcomers: Vec<_> = (0..2)
            .map(|_| {
                let limit = limit.clone();
                thread::spawn(move || assert!(limit.try_acquire().is_err()))
            })
            .collect();
        assert!(Pin::new(&mut waiting).poll(&mut Context::from_waker(Waker::noop())).is_ready());
        newcomers.into_iter().for_each(|newcomer| newcomer.join().unwrap());
    });
}
