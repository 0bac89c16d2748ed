//! Clocks, and waiting on them.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use futures::executor::block_on;
use resilience::{
    CircuitBreaker, Clock, ManualClock, Retry, Timeout, circuit_breaker,
    retry::{self, Attempts, Backoff, Jitter},
    timeout,
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Counts how often it was woken.
struct Bell(AtomicUsize);

impl Bell {
    fn new() -> (Arc<Self>, Waker) {
        let bell = Arc::new(Self(AtomicUsize::new(0)));
        (Arc::clone(&bell), Waker::from(bell))
    }

    fn rung(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A retry, to sleep by.
fn sleeper(clock: &ManualClock) -> Retry {
    Retry::with_clock("sleeper", retry::Config::new(), clock.clone()).unwrap()
}

fn on_system(clock: Clock) -> Retry {
    Retry::with_clock("sleeper", retry::Config::new(), clock).unwrap()
}

#[test]
fn a_manual_clock_stands_still_until_it_is_moved() {
    let clock = ManualClock::new();
    assert_eq!(clock.elapsed(), Duration::ZERO);
    clock.advance(3 * SECOND);
    assert_eq!(clock.elapsed(), 3 * SECOND);
    clock.set(SECOND);
    assert_eq!(clock.elapsed(), SECOND);
}

#[test]
fn clones_of_a_manual_clock_share_one_time() {
    let clock = ManualClock::new();
    clock.clone().advance(SECOND);
    assert_eq!(clock.elapsed(), SECOND);
}

#[test]
fn a_manual_clock_saturates() {
    let clock = ManualClock::new();
    clock.advance(Duration::MAX);
    clock.advance(Duration::MAX);
    assert!(clock.elapsed() > 365 * 24 * 3600 * SECOND);
    clock.set(Duration::MAX);
    clock.set(Duration::ZERO);
    assert_eq!(clock.elapsed(), Duration::ZERO);
}

#[test]
fn a_blocking_wait_moves_a_manual_clock() {
    let clock = ManualClock::new();
    sleeper(&clock).start().block(5 * SECOND);
    assert_eq!(clock.elapsed(), 5 * SECOND);
}

#[test]
fn sleepers_wake_in_their_time() {
    let clock = ManualClock::new();
    let retry = sleeper(&clock);
    let attempts = retry.start();
    let sleep = |seconds: u32| Box::pin(attempts.sleep(seconds * SECOND));
    let mut sleeps: Vec<_> = (1..=3).map(|seconds| (sleep(seconds), Bell::new())).collect();
    for (sleep, (_, waker)) in &mut sleeps {
        assert!(sleep.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
    }
    for passed in 1..=3 {
        clock.advance(SECOND);
        let rung: Vec<_> = sleeps.iter().map(|(_, (bell, _))| bell.rung()).collect();
        assert_eq!(rung.iter().sum::<usize>(), passed, "{rung:?}");
    }
    for (sleep, (_, waker)) in &mut sleeps {
        assert!(sleep.as_mut().poll(&mut Context::from_waker(waker)).is_ready());
    }
}

#[test]
fn a_sleep_that_is_moved_to_another_task_wakes_that_one() {
    let clock = ManualClock::new();
    let retry = sleeper(&clock);
    let attempts = retry.start();
    let mut sleep = pin!(attempts.sleep(SECOND));
    let ((first, waker), (second, other)) = (Bell::new(), Bell::new());
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&other)).is_pending());
    clock.advance(SECOND);
    assert_eq!((first.rung(), second.rung()), (0, 1));
}

#[test]
fn a_dropped_sleep_wakes_nobody_and_leaves_nothing() {
    let clock = ManualClock::new();
    let retry = sleeper(&clock);
    let attempts = retry.start();
    let (bell, waker) = Bell::new();
    let mut sleep = Box::pin(attempts.sleep(SECOND));
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(sleep);
    drop(waker);
    assert_eq!(Arc::strong_count(&bell), 1, "the clock has let go of the waker");
    clock.advance(SECOND);
    assert_eq!(bell.rung(), 0);
}

#[test]
fn a_sleep_of_any_length_ends_at_the_end_of_time() {
    let clock = ManualClock::new();
    let retry = sleeper(&clock);
    let attempts = retry.start();
    let (bell, waker) = Bell::new();
    let mut sleep = pin!(attempts.sleep(Duration::MAX));
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    clock.advance(Duration::MAX);
    assert_eq!(bell.rung(), 1);
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
}

#[test]
fn a_woken_task_may_use_the_clock() {
    struct Reader(ManualClock);
    impl Wake for Reader {
        fn wake(self: Arc<Self>) {
            self.0.advance(MS);
        }
    }
    let clock = ManualClock::new();
    let retry = sleeper(&clock);
    let attempts = retry.start();
    let waker = Waker::from(Arc::new(Reader(clock.clone())));
    let mut sleep = pin!(attempts.sleep(SECOND));
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    clock.advance(SECOND);
    assert_eq!(clock.elapsed(), SECOND + MS);
}

/// The waker is the last owner of a task that holds the sleep: to forget the one drops the other.
#[test]
fn a_waker_that_owns_another_sleep_may_be_dropped_by_the_clock() {
    type Sleep = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
    struct Owner(#[allow(dead_code)] std::sync::Mutex<Sleep>);
    impl Wake for Owner {
        fn wake(self: Arc<Self>) {}
    }
    fn sleep(retry: &Retry) -> Sleep {
        let retry = retry.clone();
        Box::pin(async move { retry.start().sleep(SECOND).await })
    }
    for clock in [Clock::from(ManualClock::new()), Clock::system()] {
        let retry = on_system(clock);
        let mut owned = sleep(&retry);
        assert!(owned.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let waker = Waker::from(Arc::new(Owner(std::sync::Mutex::new(owned))));
        let mut outer = sleep(&retry);
        assert!(outer.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        // Replaced once, dropped once: neither deadlocks.
        let mut other = sleep(&retry);
        assert!(other.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let waker = Waker::from(Arc::new(Owner(std::sync::Mutex::new(other))));
        assert!(outer.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        drop(outer);
    }
}

#[test]
fn waits_work_outside_tokio() {
    for clock in [Clock::system(), Clock::exact(), Clock::default()] {
        let retry = on_system(clock);
        let start = std::time::Instant::now();
        block_on(retry.start().sleep(2 * MS));
        block_on(async { futures::join!(attempt(&retry).sleep(MS), attempt(&retry).sleep(2 * MS)) });
        assert!(start.elapsed() >= 4 * MS, "a wait never ends early");
    }
}

fn attempt(retry: &Retry) -> &'static Attempts<'static> {
    // The futures of `sleep` borrow the attempts; a test may leak a few.
    let retry: &'static Retry = Box::leak(Box::new(retry.clone()));
    Box::leak(Box::new(retry.start()))
}

#[test]
fn a_timeout_works_outside_tokio() {
    let timeout = Timeout::new("geocoder", timeout::Config::new().limit(2 * MS)).unwrap();
    let answer = block_on(timeout.call_async(std::future::pending::<Result<(), &str>>()));
    assert!(answer.unwrap_err().rejected().is_some_and(resilience::Rejected::is_timeout));
}

#[test]
fn a_timeout_works_in_a_runtime_without_a_timer() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let timeout = Timeout::new("geocoder", timeout::Config::new().limit(2 * MS)).unwrap();
    let answer = runtime.block_on(timeout.call_async(std::future::pending::<Result<(), &str>>()));
    assert!(answer.unwrap_err().rejected().is_some_and(resilience::Rejected::is_timeout));
}

#[test]
fn a_retry_works_outside_tokio() {
    let config = retry::Config::new().backoff(Backoff::fixed(MS)).jitter(Jitter::None);
    let retry = Retry::new("feed", config).unwrap();
    let mut calls = 0;
    let answer = block_on(retry.call_async(|| {
        calls += 1;
        std::future::ready(if calls < 3 { Err("down") } else { Ok(calls) })
    }));
    assert_eq!(answer, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn clocks_without_a_tick_follow_tokios_paused_time() {
    // In release builds the system's clock has a tick, which is real time.
    let clocks = [Some(Clock::exact()), cfg!(debug_assertions).then(Clock::system)];
    for clock in clocks.into_iter().flatten() {
        let config = circuit_breaker::Config::new().threshold(1).open_for(3600 * SECOND);
        let breaker = CircuitBreaker::with_clock("stock", config, clock).unwrap();
        let _ = breaker.call(|| Err::<(), _>("down"));
        tokio::time::advance(3599 * SECOND).await;
        assert!(breaker.acquire().is_err());
        assert_eq!(breaker.retry_after(), Some(SECOND));
        tokio::time::advance(SECOND).await;
        assert!(breaker.acquire().is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn sleeping_on_tokios_paused_time_takes_none() {
    let retry = on_system(Clock::system());
    let begin = tokio::time::Instant::now();
    retry.start().sleep(24 * 3600 * SECOND).await;
    assert_eq!(begin.elapsed(), 24 * 3600 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_sleep_of_any_length_does_not_panic() {
    let retry = on_system(Clock::system());
    let attempts = retry.start();
    let mut sleep = pin!(attempts.sleep(Duration::MAX));
    assert!(futures::poll!(sleep.as_mut()).is_pending());
}

#[test]
fn a_sleep_of_any_length_outside_tokio_does_not_panic() {
    let retry = on_system(Clock::system());
    let attempts = retry.start();
    let mut sleep = pin!(attempts.sleep(Duration::MAX));
    assert_eq!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
}

#[tokio::test(start_paused = true)]
async fn a_manual_clock_is_its_own_also_inside_tokio() {
    let clock = ManualClock::new();
    let retry = sleeper(&clock);
    let attempts = retry.start();
    let mut sleep = pin!(attempts.sleep(SECOND));
    assert!(futures::poll!(sleep.as_mut()).is_pending());
    tokio::time::advance(60 * SECOND).await;
    assert!(futures::poll!(sleep.as_mut()).is_pending());
    clock.advance(SECOND);
    assert!(futures::poll!(sleep.as_mut()).is_ready());
}

#[test]
fn clocks_show_what_they_are() {
    let clock = ManualClock::new();
    clock.advance(SECOND);
    assert_eq!(format!("{clock:?} {:?}", Clock::manual(clock.clone())), "ManualClock(1s) ManualClock(1s)");
    assert_eq!(format!("{:?} {:?}", Clock::system(), Clock::exact()), "Clock::System Clock::Exact");
}
