//! How long between attempts.

use std::time::Duration;

use resilience::{
    Failure,
    retry::{Backoff, Config, Jitter},
};

use super::{MS, SECOND, WEEK, delays, drawn, retry};

fn millis(delays: &[Duration]) -> Vec<u128> {
    delays.iter().map(Duration::as_millis).collect()
}

#[test]
fn fixed_is_the_same_each_time() {
    assert_eq!(delays(Backoff::fixed(SECOND), Jitter::None, 4), [SECOND; 4]);
}

#[test]
fn a_fixed_delay_of_zero_waits_for_nothing() {
    assert_eq!(delays(Backoff::fixed(Duration::ZERO), Jitter::None, 3), [Duration::ZERO; 3]);
}

#[test]
fn linear_grows_by_its_first_delay_up_to_its_cap() {
    let drawn = delays(Backoff::linear(100 * MS, 350 * MS), Jitter::None, 5);
    assert_eq!(millis(&drawn), [100, 200, 300, 350, 350]);
}

#[test]
fn exponential_doubles_from_its_first_delay_up_to_its_cap() {
    let drawn = delays(Backoff::exponential(100 * MS, SECOND), Jitter::None, 6);
    assert_eq!(millis(&drawn), [100, 200, 400, 800, 1000, 1000]);
}

#[test]
fn exponential_grows_by_its_factor() {
    let drawn = delays(Backoff::exponential_by(100 * MS, 3 * SECOND, 3.0), Jitter::None, 5);
    assert_eq!(millis(&drawn), [100, 300, 900, 2700, 3000]);
    let drawn = delays(Backoff::exponential_by(100 * MS, SECOND, 1.5), Jitter::None, 4);
    assert_eq!(drawn[3], Duration::from_micros(337_500));
}

#[test]
fn a_factor_of_one_does_not_grow() {
    assert_eq!(delays(Backoff::exponential_by(SECOND, 9 * SECOND, 1.0), Jitter::None, 50), [SECOND; 50]);
}

#[test]
fn exponential_is_its_first_delay_times_a_power_and_not_its_power() {
    let drawn = delays(Backoff::exponential(SECOND, WEEK), Jitter::None, 4);
    assert_eq!(millis(&drawn), [1000, 2000, 4000, 8000]);
}

#[test]
fn fibonacci_adds_the_two_before() {
    let drawn = delays(Backoff::fibonacci(100 * MS, 1200 * MS), Jitter::None, 8);
    assert_eq!(millis(&drawn), [100, 100, 200, 300, 500, 800, 1200, 1200]);
}

#[test]
fn custom_is_given_the_number_of_the_attempt_that_failed() {
    fn tenths(attempt: u32) -> Duration {
        100 * MS * attempt
    }
    let drawn = delays(Backoff::custom(tenths), Jitter::None, 3);
    assert_eq!(millis(&drawn), [100, 200, 300]);
}

#[test]
fn a_custom_delay_of_any_length_is_cut_to_a_week() {
    let drawn = delays(Backoff::custom(|_| Duration::MAX), Jitter::None, 1);
    assert_eq!(drawn, [WEEK]);
}

#[test]
fn every_backoff_saturates_at_its_cap_for_any_attempt() {
    let kinds = [
        Backoff::linear(MS, WEEK),
        Backoff::exponential(MS, WEEK),
        Backoff::exponential_by(MS, WEEK, 1.5),
        Backoff::exponential_by(MS, WEEK, 100.0),
        Backoff::fibonacci(MS, WEEK),
    ];
    for backoff in kinds {
        let (retry, _) = retry(Config::new().attempts(1_000_000).backoff(backoff).jitter(Jitter::None));
        let mut attempts = retry.start();
        let mut before = Duration::ZERO;
        for attempt in 1..1_000_000_u32 {
            let delay = attempts.after(&Failure::Error(()), |()| true, |()| None).unwrap();
            assert!(before <= delay && delay <= WEEK, "{backoff:?} {attempt} {delay:?}");
            before = delay;
            if attempt == 5000 && !matches!(backoff, linear if linear == Backoff::linear(MS, WEEK)) {
                assert_eq!(delay, WEEK, "{backoff:?}");
                break;
            }
            if attempt == 100_000 {
                assert_eq!(delay, 100 * SECOND);
                break;
            }
        }
    }
}

#[test]
fn a_first_delay_of_zero_stays_zero() {
    for backoff in [
        Backoff::linear(Duration::ZERO, SECOND),
        Backoff::exponential(Duration::ZERO, SECOND),
        Backoff::exponential_by(Duration::ZERO, SECOND, 100.0),
        Backoff::fibonacci(Duration::ZERO, SECOND),
        Backoff::decorrelated(Duration::ZERO, SECOND),
    ] {
        let config = Config::new().backoff(backoff);
        assert!(drawn(config, 2000).iter().all(Duration::is_zero), "{backoff:?}");
    }
}

#[test]
fn full_jitter_is_anything_up_to_the_computed_delay() {
    let drawn = delays(Backoff::fixed(SECOND), Jitter::Full, 4000);
    assert!(drawn.iter().all(|delay| *delay <= SECOND));
    assert!(drawn.iter().any(|delay| *delay < 50 * MS) && drawn.iter().any(|delay| *delay > 950 * MS));
}

#[test]
fn full_jitter_is_the_default() {
    let drawn = drawn(Config::new().backoff(Backoff::fixed(SECOND)), 4000);
    assert!(drawn.iter().any(|delay| *delay < 50 * MS));
}

#[test]
fn equal_jitter_keeps_half_of_the_computed_delay() {
    let drawn = delays(Backoff::fixed(SECOND), Jitter::Equal, 4000);
    assert!(drawn.iter().all(|delay| (500 * MS..=SECOND).contains(delay)));
    assert!(drawn.iter().any(|delay| *delay < 550 * MS) && drawn.iter().any(|delay| *delay > 950 * MS));
}

#[test]
fn jitter_never_exceeds_the_cap() {
    for jitter in [Jitter::Full, Jitter::Equal, Jitter::None] {
        let drawn = delays(Backoff::exponential(100 * MS, SECOND), jitter, 2000);
        assert!(drawn.iter().all(|delay| *delay <= SECOND), "{jitter:?}");
    }
}

#[test]
fn equal_jitter_of_an_odd_delay_of_one_nanosecond_is_within_it() {
    let drawn = delays(Backoff::fixed(Duration::from_nanos(1)), Jitter::Equal, 100);
    assert!(drawn.iter().all(|delay| *delay <= Duration::from_nanos(1)));
}

#[test]
fn decorrelated_lies_between_its_first_delay_and_three_times_the_one_before() {
    let backoff = Backoff::decorrelated(100 * MS, 10 * SECOND);
    for _ in 0..200 {
        let mut before = 100 * MS;
        for delay in drawn(Config::new().backoff(backoff), 30) {
            let most = (3 * before).min(10 * SECOND);
            assert!((100 * MS..=most).contains(&delay), "{delay:?} after {before:?}");
            before = delay;
        }
    }
}

#[test]
fn decorrelated_reaches_its_cap_and_comes_back() {
    let drawn = drawn(Config::new().backoff(Backoff::decorrelated(100 * MS, SECOND)), 4000);
    assert!(drawn.contains(&SECOND));
    assert!(drawn.iter().any(|delay| *delay < 150 * MS));
}

#[test]
fn the_default_is_exponential_from_200_ms_to_30_s() {
    let settings = Config::new().settings();
    assert_eq!(settings.backoff, Backoff::exponential(200 * MS, 30 * SECOND));
    assert_eq!((settings.attempts, settings.jitter, settings.max_elapsed), (3, Jitter::Full, None));
}

#[test]
fn a_backoff_shows_itself_as_an_attribute_would_write_it() {
    let texts = [
        (Backoff::fixed(SECOND), "fixed(1s)"),
        (Backoff::linear(MS, SECOND), "linear(1ms..1s)"),
        (Backoff::exponential(MS, SECOND), "exponential(1ms..1s)"),
        (Backoff::exponential_by(MS, SECOND, 1.5), "exponential(1ms..1s, factor = 1.5)"),
        (Backoff::fibonacci(MS, SECOND), "fibonacci(1ms..1s)"),
        (Backoff::decorrelated(MS, SECOND), "decorrelated(1ms..1s)"),
        (Backoff::custom(|_| SECOND), "a function"),
    ];
    for (backoff, text) in texts {
        assert_eq!(backoff.to_string(), text);
        assert_eq!(format!("{backoff:?}"), text);
        assert_eq!(serde_json::to_value(backoff).unwrap(), text);
        assert_eq!(backoff, backoff);
    }
    assert_ne!(Backoff::fixed(SECOND), Backoff::fixed(MS));
    assert_ne!(Backoff::linear(MS, SECOND), Backoff::fibonacci(MS, SECOND));
}
