//! Every text of the one validator.

use std::time::Duration;

use resilience::{
    Retry,
    retry::{Backoff, Config, Jitter},
};

use super::{MS, SECOND, WEEK};

fn problem(config: Config) -> (&'static str, String) {
    let error = config.validate().expect_err("it cannot be");
    assert_eq!(Retry::new("feed", config).unwrap_err(), error, "the same where it is used");
    assert_eq!(config.any_problem(&[]), Some(error.to_string().as_str()), "and at compile time");
    (error.setting(), error.to_string())
}

#[test]
fn every_problem_is_said_in_its_words() {
    let new = Config::new;
    let long = "a delay of `backoff` can be at most 7 days";
    let turned = "the first delay of `backoff` cannot be longer than its cap: write `first..cap`";
    let factor = "the `factor` of `exponential` must be at least 1 and at most 100";
    let elapsed = "`max_elapsed` must be above 0 and at most 7 days";
    let cases: Vec<(Config, &str, &str)> = vec![
        (new().attempts(0), "attempts", "`attempts` must be at least 1, the first call"),
        (new().attempts(1_000_001), "attempts", "`attempts` can be at most 1000000"),
        (new().backoff(Backoff::fixed(WEEK + MS)), "backoff", long),
        (new().backoff(Backoff::linear(MS, Duration::MAX)), "backoff", long),
        (new().backoff(Backoff::linear(SECOND, MS)), "backoff", turned),
        (new().backoff(Backoff::exponential(SECOND, MS)), "backoff", turned),
        (new().backoff(Backoff::fibonacci(SECOND, MS)), "backoff", turned),
        (new().backoff(Backoff::decorrelated(SECOND, MS)), "backoff", turned),
        (new().backoff(Backoff::exponential_by(MS, SECOND, 0.5)), "backoff", factor),
        (new().backoff(Backoff::exponential_by(MS, SECOND, 100.5)), "backoff", factor),
        (new().backoff(Backoff::exponential_by(MS, SECOND, f64::NAN)), "backoff", factor),
        (new().backoff(Backoff::exponential_by(MS, SECOND, f64::INFINITY)), "backoff", factor),
        (
            new().backoff(Backoff::decorrelated(MS, SECOND)).jitter(Jitter::Full),
            "jitter",
            "a `decorrelated` backoff is its own jitter: remove `jitter`",
        ),
        (new().max_elapsed(Duration::ZERO), "max_elapsed", elapsed),
        (new().max_elapsed(WEEK + MS), "max_elapsed", elapsed),
        (
            new().backoff(Backoff::fixed(SECOND)).max_elapsed(999 * MS),
            "max_elapsed",
            "`max_elapsed` is shorter than the first delay of `backoff`: nothing would be repeated",
        ),
    ];
    for (config, setting, text) in cases {
        assert_eq!(problem(config), (setting, text.to_owned()));
    }
}

#[test]
fn the_limits_themselves_are_allowed() {
    let configs = [
        Config::new().attempts(1),
        Config::new().attempts(1_000_000),
        Config::new().backoff(Backoff::fixed(WEEK)),
        Config::new().backoff(Backoff::exponential_by(MS, MS, 1.0)),
        Config::new().backoff(Backoff::exponential_by(MS, WEEK, 100.0)),
        Config::new().max_elapsed(Duration::from_nanos(1)),
        Config::new().backoff(Backoff::fixed(SECOND)).max_elapsed(SECOND),
        Config::new().backoff(Backoff::custom(|_| WEEK)).max_elapsed(MS),
    ];
    for config in configs {
        assert_eq!(config.validate(), Ok(()), "{config:?}");
    }
}

#[test]
fn a_default_backoff_fits_a_short_max_elapsed() {
    let clock = resilience::ManualClock::new();
    let retry = Retry::with_clock("feed", Config::new().max_elapsed(50 * MS), clock).unwrap();
    let mut calls = 0;
    let _ = retry.call(|| {
        calls += 1;
        Err::<(), _>("down")
    });
    assert!(calls > 1, "a default that was not written does not stand in the way");
}

#[test]
fn a_config_takes_from_another_only_what_it_does_not_say() {
    let all = Config::new()
        .attempts(7)
        .backoff(Backoff::fixed(SECOND))
        .jitter(Jitter::Equal)
        .max_elapsed(60 * SECOND);
    assert_eq!(Config::new().or(all), all);
    let settings = Config::new().attempts(2).or(all).settings();
    assert_eq!((settings.attempts, settings.backoff), (2, Backoff::fixed(SECOND)));
    assert_eq!((settings.jitter, settings.max_elapsed), (Jitter::Equal, Some(60 * SECOND)));
}

#[test]
fn names_are_checked() {
    for name in ["", "a\nb", &"x".repeat(10_240)] {
        assert_eq!(Retry::new(name, Config::new()).unwrap_err().setting(), "name");
    }
}
