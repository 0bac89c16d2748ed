//! Random schedules of many threads in a circuit breaker: counts are exact, the places of a round are conserved, an
//! outcome counts in its own generation or nowhere.
//!
//! `RUSTFLAGS="--cfg resilience_shuttle" cargo test -p resilience --no-default-features --release --test shuttle_breaker`
#![cfg(resilience_shuttle)]

use std::time::Duration;

use resilience::{
    CircuitBreaker, ManualClock,
    circuit_breaker::{Config, State, Window},
};
use shuttle::{sync::Arc, thread};

const SECOND: Duration = Duration::from_secs(1);
/// Opens at the first failure for a second.
const FRAGILE: Config = Config::new().threshold(1).open_for(SECOND).half_open_for(SECOND);

fn model(check: impl Fn() + Send + Sync + Clone + 'static) {
    shuttle::check_random(check.clone(), 3_000);
    shuttle::check_pct(check, 3_000, 4);
}

fn breaker(config: Config) -> (Arc<CircuitBreaker>, ManualClock) {
    let clock = ManualClock::new();
    (Arc::new(CircuitBreaker::with_clock("stock", config, clock.clone()).unwrap()), clock)
}

/// A breaker whose open time is over.
fn due(config: Config) -> Arc<CircuitBreaker> {
    let (breaker, clock) = breaker(config);
    breaker.acquire().unwrap().failure();
    clock.advance(SECOND);
    breaker
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
fn totals_are_exact() {
    for config in [
        Config::new().threshold(100),
        Config::new().failure_count(100).window(Window::Calls(200)),
        Config::new().failure_count(100).window(Window::Time(10 * SECOND)),
    ] {
        model(move || {
            let (breaker, _) = breaker(config);
            let inside = breaker.clone();
            together(6, move |number| {
                for turn in 0..3 {
                    let permit = inside.acquire().unwrap();
                    if (number + turn) % 3 == 0 {
                        permit.failure();
                    } else {
                        permit.success();
                    }
                }
            });
            let seen = breaker.snapshot();
            assert_eq!((seen.successes, seen.errors, seen.state), (12, 6, State::Closed));
        });
    }
}

#[test]
fn failures_in_a_row_are_counted_each() {
    model(|| {
        let (breaker, _) = breaker(Config::new().threshold(13));
        let inside = breaker.clone();
        together(6, move |_| (0..2).for_each(|_| inside.acquire().unwrap().failure()));
        assert_eq!((breaker.snapshot().consecutive_failures, breaker.state()), (12, State::Closed));
        breaker.acquire().unwrap().failure();
        assert_eq!((breaker.state(), breaker.generation()), (State::Open, 1));
    });
}

#[test]
fn the_failure_that_fills_a_window_opens_once() {
    for window in [Window::Calls(20), Window::Time(10 * SECOND)] {
        model(move || {
            let (breaker, _) = breaker(Config::new().failure_count(6).window(window));
            let inside = breaker.clone();
            together(6, move |_| inside.acquire().map(|permit| permit.failure()).is_ok());
            assert_eq!((breaker.state(), breaker.generation()), (State::Open, 1));
        });
    }
}

/// Threads go on to the next bucket of time while others still count in the last one, and while the window is judged.
#[test]
fn a_window_in_time_holds_every_call_whoever_went_on_to_the_next_bucket() {
    model(|| {
        let config = Config::new().failure_count(1_000).window(Window::Time(10 * SECOND));
        let (breaker, clock) = breaker(config);
        let inside = breaker.clone();
        together(5, move |number| {
            for turn in 0..3 {
                let permit = inside.acquire().unwrap();
                if number == 0 {
                    permit.failure()
                } else {
                    permit.success()
                }
                if number == turn {
                    clock.advance(SECOND);
                }
            }
        });
        let window = breaker.snapshot().window;
        assert_eq!((window.calls, window.failures), (15, 3));
    });
}

#[test]
fn the_call_that_reaches_min_calls_judges_whoever_it_is() {
    model(|| {
        let (breaker, _) = breaker(Config::new().failure_rate(0.5).min_calls(8));
        let inside = breaker.clone();
        together(8, move |number| {
            let permit = inside.acquire().unwrap();
            if number % 2 == 0 { permit.failure() } else { permit.success() }
        });
        assert_eq!((breaker.state(), breaker.generation()), (State::Open, 1));
    });
}

#[test]
fn a_round_admits_as_many_trials_as_it_has_places() {
    model(|| {
        let breaker = due(FRAGILE.half_open(3));
        let inside = breaker.clone();
        let admitted = together(8, move |_| inside.acquire().map(std::mem::forget).is_ok());
        assert_eq!(admitted.iter().filter(|admitted| **admitted).count(), 3);
        assert_eq!((breaker.state(), breaker.generation()), (State::HalfOpen, 2));
    });
}

#[test]
fn trials_that_decide_nothing_give_every_place_back() {
    model(|| {
        let breaker = due(FRAGILE.half_open(2));
        let inside = breaker.clone();
        together(6, move |number| {
            for _ in 0..2 {
                if let Ok(permit) = inside.acquire() {
                    thread::yield_now();
                    if number % 2 == 0 { permit.ignore() } else { drop(permit) }
                }
            }
        });
        assert_eq!((breaker.state(), breaker.generation()), (State::HalfOpen, 2));
        let places = [breaker.acquire().unwrap(), breaker.acquire().unwrap()];
        assert!(breaker.acquire().is_err());
        places.into_iter().for_each(|place| place.success());
        assert_eq!((breaker.state(), breaker.generation()), (State::Closed, 3));
    });
}

#[test]
fn late_results_of_an_older_generation_change_nothing() {
    model(|| {
        let (breaker, clock) = breaker(FRAGILE.half_open(2));
        let late = shuttle::sync::Mutex::new(Vec::new());
        let leaked: &'static CircuitBreaker = Box::leak(Box::new((*breaker).clone()));
        (0..5).for_each(|_| late.lock().unwrap().push(leaked.acquire().unwrap()));
        breaker.acquire().unwrap().failure();
        clock.advance(SECOND);
        breaker.acquire().unwrap().ignore();
        assert_eq!((breaker.state(), breaker.generation()), (State::HalfOpen, 2));
        together(5, move |number| {
            let permit = late.lock().unwrap().pop().unwrap();
            if number % 2 == 0 { permit.success() } else { permit.failure() }
        });
        assert_eq!((breaker.state(), breaker.generation()), (State::HalfOpen, 2));
        let seen = breaker.snapshot();
        assert_eq!((seen.successes, seen.errors), (3, 3), "the totals have them");
    });
}
