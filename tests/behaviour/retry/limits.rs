//! `max_elapsed`, and settings that change while calls run.

use std::time::Duration;

use resilience::{
    Failure, Retry,
    retry::{Attempts, Backoff, Config, Jitter},
};

use super::{MS, SECOND, WEEK, retry};

const EVERY_SECOND: Config =
    Config::new().attempts(100).backoff(Backoff::fixed(Duration::from_secs(1))).jitter(Jitter::None);

fn failing(retry: &Retry) -> u32 {
    let mut calls = 0;
    let _ = retry.call(|| {
        calls += 1;
        Err::<(), _>("down")
    });
    calls
}

#[test]
fn a_retry_that_cannot_start_in_time_is_not_waited_for() {
    let (retry, clock) = retry(EVERY_SECOND.max_elapsed(3500 * MS));
    assert_eq!(failing(&retry), 4, "at 0, 1, 2, 3 s");
    assert_eq!(clock.elapsed(), 3 * SECOND);
}

#[test]
fn a_retry_that_starts_exactly_in_time_is_made() {
    let (retry, clock) = retry(EVERY_SECOND.max_elapsed(3 * SECOND));
    assert_eq!(failing(&retry), 4);
    assert_eq!(clock.elapsed(), 3 * SECOND);
}

#[test]
fn the_time_of_the_attempts_themselves_counts() {
    let (retry, clock) = retry(EVERY_SECOND.max_elapsed(3 * SECOND));
    let mut calls = 0;
    let _ = retry.call(|| {
        calls += 1;
        clock.advance(SECOND);
        Err::<(), _>("down")
    });
    assert_eq!(calls, 2, "at 0 and 2 s; the third would start at 4 s");
}

#[test]
fn an_attempt_that_outlasts_max_elapsed_is_the_last() {
    let (retry, clock) = retry(EVERY_SECOND.max_elapsed(3 * SECOND));
    let mut calls = 0;
    let _ = retry.call(|| {
        calls += 1;
        clock.advance(3600 * SECOND);
        Err::<(), _>("down")
    });
    assert_eq!(calls, 1);
    assert_eq!(retry.snapshot().exhausted, 1);
}

#[test]
fn without_max_elapsed_only_attempts_bound_it() {
    let (retry, clock) = retry(EVERY_SECOND);
    assert_eq!(failing(&retry), 100);
    assert_eq!(clock.elapsed(), 99 * SECOND);
}

#[test]
fn a_hint_beyond_max_elapsed_ends_the_retrying() {
    let (retry, _) = retry(EVERY_SECOND.max_elapsed(5 * SECOND));
    let delay = |hint| retry.start().after(&Failure::Error(()), |()| true, |()| Some(hint));
    assert_eq!(delay(5 * SECOND), Some(5 * SECOND));
    assert_eq!(delay(5 * SECOND + MS), None);
    assert_eq!(delay(Duration::MAX), None);
}

#[test]
fn jitter_above_a_hint_does_not_pass_max_elapsed() {
    let (retry, _) = retry(EVERY_SECOND.max_elapsed(5 * SECOND).jitter(Jitter::Full));
    for _ in 0..200 {
        let delay = retry.start().after(&Failure::Error(()), |()| true, |()| Some(4800 * MS)).unwrap();
        assert!((4800 * MS..=5 * SECOND).contains(&delay));
    }
}

#[test]
fn a_clock_that_jumps_backwards_does_not_end_it() {
    let (retry, clock) = retry(EVERY_SECOND.attempts(5).max_elapsed(60 * SECOND));
    clock.advance(3600 * SECOND);
    let mut calls = 0;
    let _ = retry.call(|| {
        calls += 1;
        clock.set(Duration::ZERO);
        Err::<(), _>("down")
    });
    assert_eq!(calls, 5);
}

#[test]
fn other_settings_hold_from_the_next_call_on() {
    let (retry, clock) = retry(EVERY_SECOND.attempts(2));
    assert_eq!(failing(&retry), 2);
    retry.reconfigure(EVERY_SECOND.attempts(4).backoff(Backoff::fixed(10 * SECOND))).unwrap();
    let begin = clock.elapsed();
    assert_eq!(failing(&retry), 4);
    assert_eq!(clock.elapsed() - begin, 30 * SECOND);
    assert_eq!(retry.settings().attempts, 4);
}

#[test]
fn a_call_that_began_without_max_elapsed_is_not_held_to_it() {
    let (retry, clock) = retry(EVERY_SECOND.attempts(3));
    let mut attempts = retry.start();
    clock.advance(60 * SECOND);
    retry.reconfigure(EVERY_SECOND.max_elapsed(SECOND)).unwrap();
    assert_eq!(attempts.after(&Failure::Error(()), |()| true, |()| None), Some(SECOND));
}

#[test]
fn a_call_makes_the_attempts_that_there_were_when_it_began() {
    let again = |attempts: &mut Attempts<'_>| attempts.after(&Failure::Error(()), |()| true, |()| None);
    for config in [EVERY_SECOND.attempts(3), EVERY_SECOND.attempts(3).max_elapsed(60 * SECOND)] {
        let (retry, _) = retry(config);
        let (mut before, mut between) = (retry.start(), retry.start());
        assert_eq!(again(&mut between), Some(SECOND));
        for other in [config.attempts(1), config.attempts(9), config.enabled(false)] {
            retry.reconfigure(other).unwrap();
            assert_eq!((before.attempt(), between.attempt()), (1, 2));
        }
        assert_eq!(
            (again(&mut before), again(&mut before), again(&mut before)),
            (Some(SECOND), Some(SECOND), None)
        );
        assert_eq!((again(&mut between), again(&mut between)), (Some(SECOND), None));
        assert!(before.is_exhausted() && between.is_exhausted());
        let mut off = retry.start();
        retry.reconfigure(config).unwrap();
        assert_eq!((again(&mut off), off.is_exhausted()), (None, false));
        assert_eq!((retry.snapshot().exhausted, retry.snapshot().failed_without_retry), (2, 1));
    }
}

#[test]
fn settings_that_cannot_be_change_nothing() {
    let (retry, _) = retry(EVERY_SECOND);
    let before = retry.settings();
    assert!(retry.reconfigure(Config::new().attempts(0)).is_err());
    assert_eq!(retry.settings(), before);
}

#[test]
fn a_hint_is_cut_to_a_week() {
    let (retry, _) = retry(Config::new().backoff(Backoff::fixed(MS)).jitter(Jitter::None));
    let delay = retry.start().after(&Failure::Error(()), |()| true, |()| Some(Duration::MAX));
    assert_eq!(delay, Some(WEEK));
}
