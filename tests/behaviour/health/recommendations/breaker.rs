use resilience::{
    CircuitBreaker,
    circuit_breaker::{Config, Window},
    health::{Rule, Value},
};

use super::{SECOND, Ward, fail, says, succeed};

/// Opens a breaker by failures, waits, and closes it by trial calls that succeed, so many times.
fn trip(ward: &Ward, breaker: &CircuitBreaker, failures: usize, times: usize) {
    for _ in 0..times {
        fail(breaker, failures);
        ward.clock.advance(breaker.settings().open_for_most);
        succeed(breaker, 3);
    }
}

fn slow(ward: &Ward, breaker: &CircuitBreaker, took: std::time::Duration, times: usize) {
    for _ in 0..times {
        breaker
            .call(|| {
                ward.clock.advance(took);
                Ok::<_, &str>(())
            })
            .unwrap();
    }
}

#[test]
fn a_breaker_that_opens_five_times_shall_stay_open_longer() {
    let ward = Ward::new();
    let config = Config::new().threshold(1).open_for(10 * SECOND);
    let ranged = config.open_for_between(10 * SECOND, 60 * SECOND);
    let (db, mail) = (ward.breaker("db", config), ward.breaker("mail", ranged));
    trip(&ward, &db, 1, 4);
    assert!(says(&ward.health.sample(), Rule::Flapping).is_none());
    trip(&ward, &db, 1, 1);
    let report = ward.health.sample();
    assert_eq!(ward.change(&report, Rule::Flapping).unwrap(), "open_for = 20s");
    db.reset();
    ward.clock.advance(900 * SECOND);
    trip(&ward, &mail, 1, 5);
    let report = ward.health.sample();
    assert_eq!(ward.change(&report, Rule::Flapping).unwrap(), "open_for = 20s..1m");
}

#[test]
fn a_breaker_whose_trials_always_fail_shall_try_less_often() {
    let ward = Ward::new();
    let config = Config::new().threshold(1).half_open(1).open_for(10 * SECOND);
    let breaker = ward.breaker("db", config);
    fail(&breaker, 1);
    let fail_trials = |times| {
        for _ in 0..times {
            ward.clock.advance(10 * SECOND);
            fail(&breaker, 1);
        }
    };
    fail_trials(2);
    assert!(says(&ward.health.sample(), Rule::NeverRecovers).is_none());
    fail_trials(1);
    let report = ward.health.sample();
    assert_eq!(ward.change(&report, Rule::NeverRecovers).unwrap(), "open_for = 10s..80s");
    ward.clock.advance(10 * SECOND);
    succeed(&breaker, 1);
    fail(&breaker, 1);
    assert!(says(&ward.health.sample(), Rule::NeverRecovers).is_none(), "it closed once");
}

#[test]
fn a_breaker_that_waits_ever_longer_is_told_so_without_a_value() {
    let ward = Ward::new();
    let config = Config::new().threshold(1).half_open(1).open_for_between(10 * SECOND, 40 * SECOND);
    let breaker = ward.breaker("db", config);
    fail(&breaker, 1);
    for _ in 0..3 {
        ward.clock.advance(40 * SECOND);
        fail(&breaker, 1);
    }
    assert_eq!(ward.change(&ward.health.sample(), Rule::NeverRecovers).unwrap(), "open_for");
}

#[test]
fn a_breaker_that_opens_for_nothing_shall_be_less_eager() {
    let window = |calls| Config::new().window(Window::Calls(calls));
    for (config, failures, expected) in [
        (Config::new().threshold(2), 2, "threshold = 4"),
        (window(100).failure_count(2), 2, "failure_count = 4"),
        (window(100).failure_rate(0.5).min_calls(2), 2, "min_calls = 4"),
        (window(2).failure_rate(0.5).min_calls(2), 2, "failure_rate = 75%"),
    ] {
        let ward = Ward::new();
        let breaker = ward.breaker("db", config);
        trip(&ward, &breaker, failures, 3);
        succeed(&breaker, 100);
        let report = ward.health.sample();
        assert_eq!(ward.change(&report, Rule::FalseTrips).unwrap(), expected);
    }
}

#[test]
fn a_breaker_that_opens_for_slow_calls_only_shall_be_less_eager() {
    let ward = Ward::new();
    let config = Config::new().slow_call(SECOND).slow_rate(0.5).window(Window::Calls(100)).min_calls(2);
    let breaker = ward.breaker("db", config);
    for _ in 0..3 {
        slow(&ward, &breaker, 2 * SECOND, 2);
        ward.clock.advance(60 * SECOND);
        succeed(&breaker, 3);
    }
    let report = ward.health.sample();
    assert_eq!(ward.change(&report, Rule::FalseTrips).unwrap(), "min_calls = 4");
}

#[test]
fn a_breaker_that_opens_for_a_reason_is_left_alone() {
    let config = Config::new().threshold(2).half_open(3);
    let ward = Ward::new();
    let breaker = ward.breaker("db", config);
    trip(&ward, &breaker, 2, 3);
    assert!(says(&ward.health.sample(), Rule::FalseTrips).is_none(), "two fifths of the calls failed");

    let ward = Ward::new();
    let breaker = ward.breaker("db", config);
    trip(&ward, &breaker, 2, 3);
    succeed(&breaker, 100);
    fail(&breaker, 2);
    ward.clock.advance(60 * SECOND);
    fail(&breaker, 1);
    assert!(says(&ward.health.sample(), Rule::FalseTrips).is_none(), "a trial failed");
}

#[test]
fn a_window_that_never_holds_enough_calls_shall_need_fewer() {
    let config = Config::new()
        .failure_rate(0.5)
        .window(Window::Time(30 * SECOND))
        .min_calls(20)
        .reset_after(60 * SECOND);
    for (calls, expected) in [(15, Some("min_calls = 7")), (1, Some("threshold = 3")), (60, None)] {
        let ward = Ward::new();
        let breaker = ward.breaker("db", config);
        let report = ward.minutes(14, || succeed(&breaker, calls));
        assert!(says(&report, Rule::NeverJudged).is_none(), "not known for long enough");
        let report = ward.minutes(2, || succeed(&breaker, calls));
        assert_eq!(ward.change(&report, Rule::NeverJudged).as_deref(), expected);
    }
}

#[test]
fn a_breaker_that_counts_failures_too_needs_no_full_window() {
    let ward = Ward::new();
    let config = Config::new().failure_rate(0.5).window(Window::Time(30 * SECOND)).min_calls(20).threshold(3);
    let breaker = ward.breaker("db", config);
    let report = ward.minutes(20, || succeed(&breaker, 1));
    assert!(says(&report, Rule::NeverJudged).is_none());
}

#[test]
fn slow_calls_that_nothing_judges_shall_open_the_circuit() {
    let config = Config::new().slow_call(SECOND);
    for (slow_calls, judged, expected) in
        [(20, false, Some("slow_rate = 50%")), (10, false, None), (20, true, None)]
    {
        let ward = Ward::new();
        let breaker = ward.breaker("db", if judged { config.slow_rate(0.9) } else { config });
        succeed(&breaker, 50 - slow_calls);
        slow(&ward, &breaker, 2 * SECOND, slow_calls);
        let report = ward.health.sample();
        assert_eq!(ward.change(&report, Rule::SlowUnwatched).as_deref(), expected);
    }
}

#[test]
fn calls_that_take_three_times_as_long_as_usual_shall_be_known_as_slow() {
    let ward = Ward::new();
    let config = Config::new().latency(true);
    let breaker = ward.breaker("db", config);
    let usual = SECOND / 20;
    let report = ward.minutes(20, || slow(&ward, &breaker, usual, 60));
    assert!(says(&report, Rule::SlowUnwatched).is_none());
    let report = ward.minutes(1, || slow(&ward, &breaker, 2 * usual, 60));
    assert!(says(&report, Rule::SlowUnwatched).is_none(), "twice is not enough");
    let report = ward.minutes(1, || slow(&ward, &breaker, 10 * usual, 60));
    let advice = says(&report, Rule::SlowUnwatched).unwrap();
    let Some(Value::Time(limit)) = advice.suggestion else { panic!("{advice}") };
    assert!((usual * 27 / 10..usual * 35 / 10).contains(&limit), "{advice}");
}
