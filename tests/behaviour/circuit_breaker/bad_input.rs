//! Nothing that a user can hand over does harm.

use std::time::Duration;

use resilience::{
    CircuitBreaker, ManualClock,
    circuit_breaker::{Config, State, Window},
};

use super::{SECOND, breaker, fail, succeed};

fn named(name: &str) -> Result<CircuitBreaker, String> {
    CircuitBreaker::new(name, Config::new()).map_err(|error| format!("{}: {error}", error.setting()))
}

#[test]
fn an_empty_name_is_refused() {
    assert_eq!(named("").unwrap_err(), "name: a name cannot be empty");
}

#[test]
fn a_name_of_ten_kilobytes_is_refused() {
    assert_eq!(named(&"x".repeat(10_240)).unwrap_err(), "name: a name has at most 256 bytes");
}

#[test]
fn a_name_with_control_characters_is_refused() {
    for name in ["a\nb", "\0", "\x1b[31mred", "tab\there", "\x7f"] {
        assert_eq!(named(name).unwrap_err(), "name: a name cannot contain control characters");
    }
}

#[test]
fn any_other_name_is_kept_as_it_is() {
    for name in ["x", &"x".repeat(256), "Zahlungen", "支払い", "a b/c::d#2 {json}", " "] {
        assert_eq!(named(name).unwrap().name(), name);
    }
}

#[test]
fn a_name_with_braces_is_shown_as_it_is() {
    let breaker = named("{0} `x` %s").unwrap();
    breaker.force_open();
    assert_eq!(breaker.acquire().err().unwrap().to_string(), "circuit breaker `{0} `x` %s` is forced open");
}

#[test]
fn rates_that_are_no_shares_are_refused() {
    for rate in [0.0, -0.0, -0.5, 1.000_001, 50.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(Config::new().failure_rate(rate).validate().is_err(), "{rate}");
        assert!(Config::new().slow_call(SECOND).slow_rate(rate).validate().is_err(), "{rate}");
    }
    assert!(Config::new().failure_rate(f64::MIN_POSITIVE).validate().is_ok());
}

#[test]
fn absurd_durations_are_refused() {
    for time in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX, 8 * 24 * 60 * 60 * SECOND] {
        assert!(Config::new().open_for(time).validate().is_err(), "{time:?}");
        assert!(Config::new().half_open_for(time).validate().is_err(), "{time:?}");
        assert!(Config::new().reset_after(time).validate().is_err(), "{time:?}");
        assert!(Config::new().slow_call(time).validate().is_err(), "{time:?}");
        assert!(Config::new().failure_rate(0.5).window(Window::Time(time)).validate().is_err(), "{time:?}");
    }
}

/// Only `validate` says no: the setters and `settings` are total, so they may stand anywhere.
#[test]
fn settings_of_an_invalid_config_do_not_panic() {
    let config = Config::new()
        .threshold(0)
        .failure_count(u32::MAX)
        .failure_rate(f64::NAN)
        .slow_call(Duration::MAX)
        .slow_rate(f64::INFINITY)
        .window(Window::Calls(0))
        .min_calls(u32::MAX)
        .open_for_between(Duration::MAX, Duration::ZERO)
        .half_open(0)
        .success_threshold(u32::MAX)
        .half_open_for(Duration::ZERO)
        .reset_after(Duration::MAX);
    let _ = config.settings();
    assert!(config.validate().is_err());
    assert!(CircuitBreaker::new("stock", config).is_err());
}

#[test]
fn the_longest_settings_work() {
    let week = 7 * 24 * 60 * 60 * SECOND;
    let config = Config::new()
        .threshold(16_777_215)
        .failure_rate(1.0)
        .window(Window::Time(week))
        .slow_call(week)
        .slow_rate(1.0)
        .min_calls(1_000_000)
        .open_for_between(week, week)
        .half_open(255)
        .success_threshold(255)
        .half_open_for(week)
        .reset_after(week);
    let (breaker, clock) = breaker(config);
    succeed(&breaker);
    clock.advance(Duration::MAX);
    succeed(&breaker);
    fail(&breaker);
    clock.set(Duration::ZERO);
    succeed(&breaker);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.snapshot().successes, 3);
}

#[test]
fn a_clock_that_jumps_about_during_everything_harms_nothing() {
    let configs = [
        Config::new().threshold(3).open_for(SECOND),
        Config::new()
            .failure_rate(0.5)
            .min_calls(2)
            .window(Window::Calls(10))
            .open_for_between(SECOND, 60 * SECOND),
        Config::new()
            .failure_rate(0.5)
            .min_calls(2)
            .window(Window::Time(SECOND))
            .slow_call(SECOND)
            .slow_rate(0.5),
    ];
    for config in configs {
        let clock = ManualClock::new();
        let breaker = CircuitBreaker::with_clock("stock", config, clock.clone()).unwrap();
        let mut random = 0x2545_F491_4F6C_DD1D_u64;
        let mut held = std::collections::VecDeque::new();
        for _ in 0..20_000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            match random % 7 {
                0 => clock.set(Duration::from_millis(random >> 40)),
                1 => clock.advance(Duration::from_millis(random >> 50)),
                2 => succeed(&breaker),
                3 => fail(&breaker),
                4 => held.extend(breaker.acquire()),
                5 => held.pop_front().into_iter().for_each(resilience::circuit_breaker::Permit::failure),
                _ => drop(breaker.snapshot()),
            }
        }
        // It still recovers.
        breaker.reset();
        succeed(&breaker);
        assert_eq!(breaker.state(), State::Closed);
    }
}
