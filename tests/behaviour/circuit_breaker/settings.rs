//! Every text of the one validator, and the defaults.

use std::time::Duration;

use resilience::{
    CircuitBreaker,
    circuit_breaker::{Config, Initial, Window},
};

use super::{MS, SECOND};

const WEEK: Duration = Duration::from_hours(7 * 24);

fn problem(config: Config) -> (&'static str, String) {
    let error = config.validate().expect_err("it cannot be");
    assert_eq!(CircuitBreaker::new("stock", config).unwrap_err(), error, "the same where it is used");
    assert_eq!(config.problem(error.setting()), Some(error.to_string().as_str()), "and at compile time");
    assert_eq!(config.any_problem(&[]), Some(error.to_string().as_str()));
    (error.setting(), error.to_string())
}

#[test]
fn every_problem_is_said_in_its_words() {
    let new = Config::new;
    let rated = || Config::new().failure_rate(0.5);
    let cases: Vec<(Config, &str, &str)> = vec![
        (new().threshold(0), "threshold", "`threshold` must be at least 1"),
        (new().threshold(1 << 24), "threshold", "`threshold` can be at most 16777215"),
        (new().failure_count(0), "failure_count", "`failure_count` must be at least 1"),
        (
            new().failure_count(11).window(Window::Calls(10)),
            "failure_count",
            "`failure_count` cannot be more than the calls in `window`",
        ),
        (
            new().failure_count(1_000_001).window(Window::Time(SECOND)),
            "failure_count",
            "`failure_count` can be at most 1000000",
        ),
        (new().failure_rate(0.0), "failure_rate", "`failure_rate` must be above 0 % and at most 100 %"),
        (new().slow_call(MS / 2), "slow_call", "`slow_call` must be at least 1ms and at most 7 days"),
        (new().slow_call(WEEK + MS), "slow_call", "`slow_call` must be at least 1ms and at most 7 days"),
        (
            new().slow_call(SECOND).slow_rate(2.0),
            "slow_rate",
            "`slow_rate` must be above 0 % and at most 100 %",
        ),
        (
            new().slow_rate(0.5),
            "slow_rate",
            "`slow_rate` needs `slow_call`, the time above which a call is slow",
        ),
        (rated().window(Window::Calls(0)), "window", "`window` must be at least 1 call, or a duration"),
        (rated().window(Window::Calls(1_000_001)), "window", "`window` can be at most 1000000 calls"),
        (rated().window(Window::Time(9 * MS)), "window", "`window` must be at least 10ms and at most 7 days"),
        (
            new().window(Window::Calls(10)),
            "window",
            "nothing uses this `window`: add `failure_rate`, `failure_count` or `slow_rate`",
        ),
        (rated().min_calls(0), "min_calls", "`min_calls` must be at least 1"),
        (
            rated().window(Window::Time(SECOND)).min_calls(1_000_001),
            "min_calls",
            "`min_calls` can be at most 1000000",
        ),
        (new().min_calls(5), "min_calls", "nothing uses this `min_calls`: add `failure_rate` or `slow_rate`"),
        (
            rated().window(Window::Calls(10)).min_calls(11),
            "min_calls",
            "`min_calls` cannot be more than the calls in `window`: the circuit would never open",
        ),
        (new().open_for(Duration::ZERO), "open_for", "`open_for` must be at least 1ms and at most 7 days"),
        (
            new().open_for_between(SECOND, WEEK + MS),
            "open_for",
            "`open_for` must be at least 1ms and at most 7 days",
        ),
        (
            new().open_for_between(2 * SECOND, SECOND),
            "open_for",
            "`open_for = a..b` needs `a` to be at most `b`",
        ),
        (new().half_open(0), "half_open", "`half_open` must be at least 1"),
        (new().half_open(256), "half_open", "`half_open` can be at most 255"),
        (new().success_threshold(0), "success_threshold", "`success_threshold` must be at least 1"),
        (new().success_threshold(256), "success_threshold", "`success_threshold` can be at most 255"),
        (
            new().half_open(2).success_threshold(3),
            "success_threshold",
            "`success_threshold` cannot be more than `half_open`, the trial calls of a round",
        ),
        (
            new().half_open_for(Duration::ZERO),
            "half_open_for",
            "`half_open_for` must be at least 1ms and at most 7 days",
        ),
        (
            new().reset_after(Duration::ZERO),
            "reset_after",
            "`reset_after` must be at least 1ms and at most 7 days",
        ),
        (
            rated().window(Window::Time(SECOND)).reset_after(SECOND / 2),
            "reset_after",
            "`reset_after` cannot be shorter than `window`, which would never fill",
        ),
    ];
    for (config, setting, text) in cases {
        assert_eq!(problem(config), (setting, text.to_owned()));
    }
}

#[test]
fn the_first_of_several_problems_is_reported() {
    assert_eq!(problem(Config::new().half_open(0).threshold(0)).0, "threshold");
}

#[test]
fn a_problem_that_was_reported_elsewhere_is_left_out() {
    let config = Config::new().half_open(0).threshold(0);
    assert_eq!(config.any_problem(&["threshold"]), Some("`half_open` must be at least 1"));
    assert_eq!(config.any_problem(&["threshold", "half_open"]), None);
}

#[test]
fn the_limits_themselves_are_allowed() {
    let configs = [
        Config::new().threshold(1),
        Config::new().threshold((1 << 24) - 1),
        Config::new().failure_count(10).window(Window::Calls(10)),
        Config::new().failure_count(100),
        Config::new().failure_rate(1.0),
        Config::new().slow_call(MS),
        Config::new().slow_call(WEEK),
        Config::new().failure_rate(0.5).window(Window::Calls(1)).min_calls(1),
        Config::new().failure_rate(0.5).window(Window::Calls(1_000_000)),
        Config::new().failure_rate(0.5).window(Window::Time(10 * MS)),
        Config::new().failure_rate(0.5).window(Window::Time(WEEK)),
        Config::new().open_for(MS),
        Config::new().open_for(WEEK),
        Config::new().half_open(255).success_threshold(255),
        Config::new().half_open_for(MS),
        Config::new().reset_after(MS),
    ];
    for config in configs {
        assert_eq!(config.validate(), Ok(()), "{config:?}");
    }
}

#[test]
fn what_is_not_written_has_its_default() {
    let settings = Config::new().settings();
    assert_eq!(settings.threshold, Some(5));
    assert_eq!((settings.failure_count, settings.failure_rate), (None, None));
    assert_eq!((settings.slow_call, settings.slow_rate, settings.window), (None, None, None));
    assert_eq!((settings.open_for, settings.open_for_most), (60 * SECOND, 60 * SECOND));
    assert_eq!((settings.half_open, settings.success_threshold), (3, 3));
    assert_eq!((settings.half_open_for, settings.reset_after), (30 * SECOND, 300 * SECOND));
    assert_eq!((settings.initial, settings.min_calls), (Initial::Closed, 10));
}

#[test]
fn a_rate_or_count_brings_a_window_and_takes_the_threshold() {
    let rules = [
        Config::new().failure_rate(0.5),
        Config::new().failure_count(5),
        Config::new().slow_call(SECOND).slow_rate(0.5),
    ];
    for config in rules {
        let settings = config.settings();
        assert_eq!((settings.threshold, settings.window), (None, Some(Window::Calls(100))));
    }
}

#[test]
fn defaults_give_way_to_what_is_written() {
    assert_eq!(Config::new().success_threshold(5).settings().half_open, 5);
    let many = Config::new().failure_count(150);
    assert_eq!(many.settings().window, Some(Window::Calls(150)));
    let full = Config::new().failure_rate(0.5).min_calls(200);
    assert_eq!(full.settings().window, Some(Window::Calls(200)));
    for config in [many, full, Config::new().success_threshold(5)] {
        assert_eq!(config.validate(), Ok(()));
    }
}

#[test]
fn defaults_are_capped_to_fit_what_is_written() {
    assert_eq!(Config::new().half_open(1).settings().success_threshold, 1);
    let short = Config::new().failure_rate(0.5).window(Window::Calls(4));
    assert_eq!(short.settings().min_calls, 4);
    let long = Config::new().failure_rate(0.5).window(Window::Time(3600 * SECOND));
    assert_eq!(long.settings().reset_after, 3600 * SECOND);
    for config in [short, long, Config::new().half_open(1)] {
        assert_eq!(config.validate(), Ok(()));
    }
}

#[test]
fn a_config_takes_from_another_only_what_it_does_not_say() {
    let base = Config::new().threshold(3).open_for(SECOND).half_open(2);
    let settings = Config::new().threshold(7).or(base).settings();
    assert_eq!((settings.threshold, settings.open_for, settings.half_open), (Some(7), SECOND, 2));
    assert_eq!(Config::new().or(base), base);
    assert_eq!(base.or(Config::new()), base);
}

#[test]
fn every_setting_is_taken_from_the_other() {
    let all = Config::new()
        .threshold(7)
        .failure_count(6)
        .failure_rate(0.5)
        .slow_call(SECOND)
        .slow_rate(0.25)
        .window(Window::Calls(50))
        .min_calls(20)
        .open_for_between(SECOND, 2 * SECOND)
        .half_open(4)
        .success_threshold(2)
        .half_open_for(3 * SECOND)
        .reset_after(4 * SECOND)
        .initial(Initial::Disabled)
        .count_rejections(true);
    assert_eq!(Config::new().or(all), all);
    let settings = all.settings();
    assert_eq!(
        (settings.threshold, settings.failure_count, settings.failure_rate),
        (Some(7), Some(6), Some(0.5))
    );
    assert_eq!((settings.slow_call, settings.slow_rate), (Some(SECOND), Some(0.25)));
    assert_eq!((settings.window, settings.min_calls), (Some(Window::Calls(50)), 20));
    assert_eq!((settings.open_for, settings.open_for_most), (SECOND, 2 * SECOND));
    assert_eq!((settings.half_open, settings.success_threshold), (4, 2));
    assert_eq!((settings.half_open_for, settings.reset_after), (3 * SECOND, 4 * SECOND));
    assert_eq!((settings.initial, settings.count_rejections), (Initial::Disabled, true));
}
