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
use resilience::{ManualClock, RateLimit, ScriptedClock, rate_limit::Config};

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

/// A rate limit with a grant out, of which so many permits are left. None comes back in the times of a model. The next
/// grant is given if at least 64 are left then, and some of this one were taken.
fn granted(left: u64) -> (Arc<RateLimit>, ScriptedClock) {
    let clock = ScriptedClock::new();
    let config = Config::new().rate(1, HOUR).burst(70);
    let limit = RateLimit::with_clock("quota", config, clock.clone()).unwrap();
    clock.turn();
    // Two calls in a moment: the grant is given.
    (0..2).for_each(|_| limit.try_acquire().unwrap());
    let readings = clock.readings();
    (left..68).for_each(|_| limit.try_acquire().unwrap());
    assert_eq!(clock.readings(), readings);
    (Arc::new(limit), clock)
}

fn taker(limit: &Arc<RateLimit>, calls: u32) -> thread::JoinHandle<u64> {
    let limit = limit.clone();
    thread::spawn(move || (0..calls).filter(|_| limit.try_acquire().is_ok()).count() as u64)
}

/// The next tick: the grant that is out holds no longer.
fn next_tick(clock: &ScriptedClock) {
    clock.advance(Duration::from_millis(5));
    clock.turn();
}

/// Takes all that is left.
fn drain(limit: &RateLimit) -> u64 {
    std::iter::repeat_with(|| limit.try_acquire()).take_while(Result::is_ok).count() as u64
}

#[test]
fn a_grants_last_permits_go_once() {
    model(Some(3), || {
        let (limit, _) = granted(2);
        let others = [taker(&limit, 1), taker(&limit, 1)];
        let own = u64::from(limit.try_acquire().is_ok());
        let passed = own + others.into_iter().map(|other| other.join().unwrap()).sum::<u64>();
        assert_eq!((passed, limit.snapshot().available, limit.snapshot().admitted), (2, 0, 70));
    });
}

#[test]
fn permits_taken_while_a_grant_is_settled_are_counted_and_the_others_come_back() {
    model(Some(3), || {
        let (limit, clock) = granted(3);
        let other = taker(&limit, 2);
        next_tick(&clock);
        let own = u64::from(limit.try_acquire().is_ok());
        let passed = own + other.join().unwrap();
        assert_eq!((passed, drain(&limit), limit.snapshot().available), (3, 0, 0));
    });
}

#[test]
fn a_late_taker_takes_of_the_next_grant_or_nothing() {
    model(Some(2), || {
        let (limit, clock) = granted(67);
        let others = [taker(&limit, 1), taker(&limit, 1)];
        next_tick(&clock);
        limit.try_acquire().unwrap();
        others.into_iter().for_each(|other| assert_eq!(other.join().unwrap(), 1));
        assert_eq!(limit.snapshot().available, 64);
        next_tick(&clock);
        limit.try_acquire().unwrap();
        assert_eq!(limit.snapshot().available, 63, "whichever grant the permits were of");
    });
}

#[test]
fn new_settings_and_a_snapshot_find_every_permit_of_a_grant() {
    model(Some(3), || {
        let (limit, _) = granted(68);
        let other = taker(&limit, 2);
        limit.reconfigure(Config::new().rate(1, HOUR).burst(68)).unwrap();
        // The two permits in use from before stay used, and so do those taken meanwhile.
        let before = limit.snapshot().available;
        assert!((64..=66).contains(&before), "{before}");
        assert_eq!(other.join().unwrap(), 2);
        assert_eq!(limit.snapshot().available, 64);
    });
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
