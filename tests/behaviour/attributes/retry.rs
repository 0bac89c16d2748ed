//! `#[retry]`: how often, and how long in between.

use std::cell::{Cell, RefCell};

use resilience::{retry, retry::Backoff};

use super::*;

twins!(
    #[retry(jitter = none)]
    default
);
twins!(
    #[retry]
    jittered
);
twins!(
    #[retry(attempts = 5, backoff = fixed(0ms))]
    attempts
);
twins!(
    #[retry(attempts = 1)]
    once
);
twins!(
    #[retry(attempts = 4, backoff = fixed(70ms), jitter = none)]
    fixed
);
twins!(
    #[retry(attempts = 6, backoff = linear(100ms..350ms), jitter = none)]
    linear
);
twins!(
    #[retry(attempts = 6, backoff = exponential(100ms..1s), jitter = none)]
    exponential
);
twins!(
    #[retry(attempts = 5, backoff = exponential(10ms..5s, factor = 3), jitter = none)]
    by_three
);
twins!(
    #[retry(attempts = 8, backoff = fibonacci(100ms..1s), jitter = none)]
    fibonacci
);
twins!(
    #[retry(attempts = 40, backoff = decorrelated(100ms..2s))]
    decorrelated
);
twins!(
    #[retry(attempts = 4, backoff = ten_times, jitter = none)]
    path
);
twins!(
    #[retry(attempts = 3, backoff = |attempt| MS * attempt, jitter = none)]
    closure
);
twins!(
    #[retry(attempts = 3, backoff = SLOW, jitter = none)]
    constant
);
twins!(
    #[retry(attempts = 60, backoff = fixed(100ms), jitter = full)]
    full
);
twins!(
    #[retry(attempts = 60, backoff = fixed(100ms), jitter = equal)]
    equal
);
twins!(
    #[retry(attempts = 10, backoff = fixed(1s), jitter = none, max_elapsed = 2500ms)]
    max_elapsed
);
twins!(
    #[retry(preset = resilience::presets::BROKER, backoff = fixed(0ms))]
    preset
);

const SLOW: Backoff = Backoff::fixed(Duration::from_millis(40));

fn ten_times(attempt: u32) -> Duration {
    Duration::from_millis(10) * attempt
}

/// The milliseconds between the attempts of a call that always fails.
fn delays(stage: &Stage, call: &dyn Fn(Act<'_>) -> Answer) -> Vec<u128> {
    let starts = RefCell::new(Vec::new());
    let answer = call(&|| {
        starts.borrow_mut().push(stage.elapsed());
        Err(Fault::Down)
    });
    assert_eq!(answer, Err(Fault::Down), "the last error is returned as it is");
    assert_eq!(
        stage.elapsed(),
        *starts.borrow().last().unwrap(),
        "nothing is waited for after the last attempt"
    );
    starts.take().windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect()
}

/// How often the body ran.
pub(super) fn runs(call: &dyn Fn(Act<'_>) -> Answer, answer: Answer) -> u32 {
    let runs = Cell::new(0);
    assert_eq!(
        call(&|| {
            runs.set(runs.get() + 1);
            answer
        }),
        answer
    );
    runs.get()
}

#[test]
fn three_attempts_with_exponential_delays_by_default() {
    both!(default, |stage, call| assert_eq!(delays(stage, call), [200, 400]));
}

#[test]
fn attempts_count_the_first_call() {
    both!(attempts, |_, call| assert_eq!(runs(call, Err(Fault::Down)), 5));
    both!(once, |_, call| assert_eq!(runs(call, Err(Fault::Down)), 1));
}

#[test]
fn a_success_ends_the_attempts() {
    both!(attempts, |_, call| {
        let runs = Cell::new(0);
        let answer = call(&|| {
            runs.set(runs.get() + 1);
            if runs.get() < 3 { Err(Fault::Down) } else { Ok(9) }
        });
        assert_eq!((answer, runs.get()), (Ok(9), 3));
    });
}

#[test]
fn fixed_delays() {
    both!(fixed, |stage, call| assert_eq!(delays(stage, call), [70, 70, 70]));
}

#[test]
fn linear_delays_up_to_their_cap() {
    both!(linear, |stage, call| assert_eq!(delays(stage, call), [100, 200, 300, 350, 350]));
}

#[test]
fn exponential_delays_up_to_their_cap() {
    both!(exponential, |stage, call| assert_eq!(delays(stage, call), [100, 200, 400, 800, 1000]));
}

#[test]
fn the_factor_of_exponential_delays() {
    both!(by_three, |stage, call| assert_eq!(delays(stage, call), [10, 30, 90, 270]));
}

#[test]
fn fibonacci_delays_up_to_their_cap() {
    both!(fibonacci, |stage, call| assert_eq!(delays(stage, call), [100, 100, 200, 300, 500, 800, 1000]));
}

#[test]
fn decorrelated_delays_stay_within_their_bounds_and_differ() {
    both!(decorrelated, |stage, call| {
        let delays = delays(stage, call);
        assert!(delays.iter().all(|delay| (100..=2000).contains(delay)), "{delays:?}");
        assert!(delays[0] <= 300, "at most three times the first");
        assert!(delays.iter().any(|delay| *delay != delays[0]));
    });
}

#[test]
fn a_path_is_given_the_number_of_the_failed_attempt() {
    both!(path, |stage, call| assert_eq!(delays(stage, call), [10, 20, 30]));
}

#[test]
fn a_backoff_may_be_a_closure() {
    both!(closure, |stage, call| assert_eq!(delays(stage, call), [1, 2]));
}

#[test]
fn a_backoff_may_be_a_constant() {
    both!(constant, |stage, call| assert_eq!(delays(stage, call), [40, 40]));
}

#[test]
fn full_jitter_is_anything_up_to_the_delay() {
    both!(full, |stage, call| {
        let delays = delays(stage, call);
        assert!(delays.iter().all(|delay| *delay <= 100), "{delays:?}");
        assert!(
            delays.iter().any(|delay| *delay < 50) && delays.iter().any(|delay| *delay > 50),
            "{delays:?}"
        );
    });
}

#[test]
fn equal_jitter_keeps_half_of_the_delay() {
    both!(equal, |stage, call| {
        let delays = delays(stage, call);
        assert!(delays.iter().all(|delay| (50..=100).contains(delay)), "{delays:?}");
        assert!(delays.iter().any(|delay| *delay != delays[0]), "{delays:?}");
    });
}

#[test]
fn jitter_is_full_by_default_and_never_above_the_delay() {
    both!(jittered, |stage, call| {
        let all: Vec<_> = (0..20).flat_map(|_| delays(stage, call)).collect();
        assert!(all.chunks(2).all(|pair| pair[0] <= 200 && pair[1] <= 400), "{all:?}");
        assert!(all.iter().any(|delay| *delay < 100), "{all:?}");
    });
}

#[test]
fn an_attempt_that_could_not_start_in_time_is_not_waited_for() {
    both!(max_elapsed, |stage, call| {
        assert_eq!(delays(stage, call), [1000, 1000]);
        assert_eq!(stage.elapsed(), 2 * SECOND);
    });
}

#[test]
fn a_preset_gives_the_attempts() {
    both!(preset, |_, call| assert_eq!(runs(call, Err(Fault::Down)), 6));
}
