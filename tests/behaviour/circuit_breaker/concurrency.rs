//! Many threads: totals stay exact, limits hold.

use std::{
    cell::RefCell,
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use resilience::{
    CircuitBreaker, ManualClock,
    circuit_breaker::{Config, State, Window},
};

use super::{FRAGILE, SECOND, breaker, fail, succeed};

/// Never opens, whatever happens.
fn never_opening() -> [Config; 4] {
    let config = Config::new().threshold(16_777_215);
    [
        config,
        config.failure_count(1_000_000).window(Window::Calls(1_000_000)),
        config.failure_count(1_000_000).window(Window::Time(3600 * SECOND)),
        config.slow_call(SECOND).failure_rate(1.0).window(Window::Calls(1000)),
    ]
}

fn hammer(breaker: &CircuitBreaker, threads: usize, calls: usize) {
    let together = Barrier::new(threads);
    thread::scope(|scope| {
        for number in 0..threads {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                for call in 0..calls {
                    match (number + call) % 4 {
                        0 => fail(breaker),
                        1 => drop(breaker.acquire().unwrap()),
                        _ => succeed(breaker),
                    }
                }
                // Nobody ends before all have counted, so that all are alive at once.
                together.wait();
            });
        }
    });
}

fn assert_exact(breaker: &CircuitBreaker, threads: u64, calls: u64) {
    let seen = breaker.snapshot();
    let quarter = threads * calls / 4;
    assert_eq!((seen.successes, seen.errors, seen.cancelled), (2 * quarter, quarter, quarter));
    assert_eq!(seen.state, State::Closed);
}

#[test]
fn totals_of_four_threads_are_exact() {
    for config in never_opening() {
        let (breaker, _) = breaker(config);
        hammer(&breaker, 4, 4_000);
        assert_exact(&breaker, 4, 4_000);
    }
}

#[test]
fn totals_of_more_threads_than_first_cells_are_exact() {
    for config in never_opening() {
        let (breaker, _) = breaker(config);
        hammer(&breaker, 12, 400);
        assert_exact(&breaker, 12, 400);
    }
}

#[test]
fn totals_of_more_threads_than_the_second_row_of_cells_are_exact() {
    for config in never_opening() {
        let (breaker, _) = breaker(config);
        hammer(&breaker, 60, 80);
        assert_exact(&breaker, 60, 80);
    }
}

/// In a release build this is the way by the tick.
#[test]
fn totals_on_the_system_clock_are_exact() {
    for config in never_opening() {
        let breaker = CircuitBreaker::new("stock", config).unwrap();
        hammer(&breaker, 4, 4_000);
        assert_exact(&breaker, 4, 4_000);
        let window = breaker.snapshot().window;
        if let Some(Window::Time(_)) = breaker.settings().window {
            assert_eq!((window.calls, window.failures), (12_000, 4_000));
        }
    }
}

#[test]
fn totals_of_threads_that_follow_each_other_are_exact() {
    let (breaker, _) = breaker(Config::new().failure_count(1_000_000).window(Window::Time(3600 * SECOND)));
    for _ in 0..50 {
        hammer(&breaker, 4, 8);
    }
    assert_exact(&breaker, 200, 8);
}

#[test]
fn a_window_in_calls_holds_what_all_threads_did() {
    let config = Config::new().failure_count(1_000_000).window(Window::Calls(1_000_000));
    let (breaker, _) = breaker(config);
    hammer(&breaker, 8, 1_000);
    let window = breaker.snapshot().window;
    assert_eq!((window.calls, window.failures), (6_000, 2_000));
}

#[test]
fn a_window_in_time_holds_what_all_threads_did() {
    let config = Config::new().failure_count(1_000_000).window(Window::Time(10 * SECOND));
    let (breaker, clock) = breaker(config);
    hammer(&breaker, 8, 1_000);
    clock.advance(5 * SECOND);
    hammer(&breaker, 12, 400);
    let window = breaker.snapshot().window;
    assert_eq!((window.calls, window.failures), (6_000 + 3_600, 2_000 + 1_200));
    clock.advance(5 * SECOND);
    let window = breaker.snapshot().window;
    assert_eq!((window.calls, window.failures), (3_600, 1_200));
}

#[test]
fn failures_of_many_threads_are_one_row() {
    let (breaker, _) = breaker(Config::new().threshold(4_000));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..999).for_each(|_| fail(&breaker)));
        }
    });
    assert_eq!(breaker.snapshot().consecutive_failures, 3_996);
    (0..3).for_each(|_| fail(&breaker));
    assert_eq!(breaker.state(), State::Closed);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
}

/// The first failure after a long silence starts the row; those beside it must not start it once more.
#[test]
fn failures_of_many_threads_after_a_silence_are_one_row() {
    for _ in 0..200 {
        let (breaker, clock) = breaker(Config::new().threshold(100).reset_after(SECOND));
        (0..3).for_each(|_| fail(&breaker));
        clock.advance(2 * SECOND);
        let together = Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    together.wait();
                    fail(&breaker);
                });
            }
        });
        assert_eq!(breaker.snapshot().consecutive_failures, 4);
    }
}

#[test]
fn a_row_that_is_long_enough_opens_once() {
    for _ in 0..50 {
        let (breaker, _) = breaker(Config::new().threshold(20));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10).for_each(|_| fail(&breaker)));
            }
        });
        let seen = breaker.snapshot();
        assert_eq!((seen.state, seen.transitions), (State::Open, 1));
        assert_eq!(seen.errors + seen.refused, 40);
    }
}

#[test]
fn no_more_trials_than_half_open_run_at_once() {
    for _ in 0..100 {
        let (breaker, clock) = breaker(FRAGILE.half_open(2));
        fail(&breaker);
        clock.advance(SECOND);
        let admitted = AtomicUsize::new(0);
        let together = Barrier::new(8);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    together.wait();
                    if let Ok(permit) = breaker.acquire() {
                        admitted.fetch_add(1, Ordering::Relaxed);
                        std::mem::forget(permit);
                    }
                });
            }
        });
        assert_eq!(admitted.into_inner(), 2);
        assert_eq!(breaker.snapshot().refused, 6);
    }
}

#[test]
fn an_open_circuit_refuses_every_thread_for_its_whole_time() {
    let (breaker, clock) = breaker(FRAGILE);
    for _ in 0..100 {
        let admitted = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| fail(&breaker));
            for _ in 0..3 {
                scope.spawn(|| {
                    while breaker.state() != State::Open {
                        thread::yield_now();
                    }
                    if breaker.acquire().is_ok() {
                        admitted.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(admitted.into_inner(), 0, "no thread sees `open` with the time of the opening before");
        clock.advance(2 * SECOND);
        breaker.reset();
    }
}

#[test]
fn transitions_by_hand_from_many_threads_lose_nothing() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.5));
    thread::scope(|scope| {
        for hand in [CircuitBreaker::reset, CircuitBreaker::disable, CircuitBreaker::metrics_only] {
            let breaker = &breaker;
            scope.spawn(move || (0..500).for_each(|_| hand(breaker)));
        }
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    succeed(&breaker);
                    fail(&breaker);
                }
            });
        }
    });
    let seen = breaker.snapshot();
    assert_eq!(seen.successes + seen.errors + seen.refused, 8_000);
}

#[test]
fn a_guarded_call_inside_a_thread_locals_destructor_is_counted() {
    thread_local! {
        static LAST: RefCell<Option<LastCall>> = const { RefCell::new(None) };
    }
    struct LastCall(CircuitBreaker);
    impl Drop for LastCall {
        fn drop(&mut self) {
            succeed(&self.0);
            fail(&self.0);
        }
    }
    for config in never_opening() {
        for first_call_before in [false, true] {
            let (breaker, _) = breaker(config);
            let handle = breaker.clone();
            thread::spawn(move || {
                if first_call_before {
                    succeed(&handle);
                    LAST.set(Some(LastCall(handle)));
                } else {
                    // Registered before the thread has a number of its own, and so dropped after it is gone.
                    LAST.set(Some(LastCall(handle.clone())));
                    succeed(&handle);
                }
            })
            .join()
            .unwrap();
            let seen = breaker.snapshot();
            assert_eq!((seen.successes, seen.errors), (2, 1));
        }
    }
}

#[test]
fn a_permit_may_end_on_another_thread() {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::with_clock("stock", Config::new(), clock).unwrap();
    let (success, failure) = (breaker.acquire().unwrap(), breaker.acquire().unwrap());
    thread::scope(|scope| {
        scope.spawn(move || success.success());
        scope.spawn(move || failure.failure());
    });
    let seen = breaker.snapshot();
    assert_eq!((seen.successes, seen.errors), (1, 1));
}
