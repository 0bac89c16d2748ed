//! Grades, and when they change.

use resilience::{circuit_breaker::Config, health::Grade};

use super::{MINUTE, SECOND, Ward, fail, succeed};

fn grade(ward: &Ward, name: &str) -> Grade {
    ward.health.report().service(name).unwrap().grade
}

#[test]
fn an_open_circuit_has_failed_at_the_next_sample() {
    let ward = Ward::new();
    let breaker = ward.breaker("stock", Config::new().threshold(2));
    succeed(&breaker, 1000);
    assert_eq!(ward.health.sample().service("stock").unwrap().grade, Grade::Healthy);
    fail(&breaker, 2);
    let report = ward.tick();
    let stock = report.service("stock").unwrap();
    assert_eq!(stock.grade, Grade::Failed);
    assert_eq!(stock.why, "circuit open (2 failures in a row)");
}

#[test]
fn a_score_just_below_the_border_must_be_seen_twice() {
    let ward = Ward::new();
    let bulkhead = ward.bulkhead("stock", 20);
    let held: Vec<_> = (0..17).map(|_| bulkhead.acquire().unwrap()).collect();
    assert_eq!(ward.tick().service("stock").unwrap().grade, Grade::Healthy);
    assert_eq!(ward.tick().service("stock").unwrap().grade, Grade::Degraded);
    drop(held);
}

#[test]
fn a_single_sample_below_the_border_is_forgotten_by_a_better_one() {
    let ward = Ward::new();
    ward.health.set_interval(2 * MINUTE).unwrap();
    let bulkhead = ward.bulkhead("stock", 20);
    for _ in 0..5 {
        let held: Vec<_> = (0..17).map(|_| bulkhead.acquire().unwrap()).collect();
        ward.clock.advance(2 * MINUTE);
        assert!(ward.health.sample().service("stock").unwrap().score < 0.9);
        drop(held);
        ward.clock.advance(2 * MINUTE);
        assert_eq!(ward.health.sample().service("stock").unwrap().grade, Grade::Healthy);
    }
}

#[test]
fn a_better_grade_must_be_seen_twice() {
    let ward = Ward::new();
    let breaker = ward.breaker("stock", Config::new());
    breaker.force_open();
    ward.tick();
    assert_eq!(grade(&ward, "stock"), Grade::Failed);
    breaker.close();
    let report = ward.tick();
    let stock = report.service("stock").unwrap();
    assert_eq!((stock.grade, stock.why.as_str()), (Grade::Failed, "recovering: nothing wrong"));
    let report = ward.tick();
    let stock = report.service("stock").unwrap();
    assert_eq!((stock.grade, stock.why.as_str()), (Grade::Healthy, "nothing wrong"));
}

#[test]
fn a_score_just_above_the_border_is_not_better_yet() {
    let ward = Ward::new();
    ward.health.set_interval(2 * MINUTE).unwrap();
    let bulkhead = ward.bulkhead("stock", 100);
    let take = |places: u32| -> Vec<_> { (0..places).map(|_| bulkhead.acquire().unwrap()).collect() };
    let sample = || {
        ward.clock.advance(2 * MINUTE);
        ward.health.sample().service("stock").unwrap().grade
    };
    let held = take(100);
    assert_eq!(sample(), Grade::Degraded);
    drop(held);
    // 0.92: healthy by itself, too near to the border for a service that was not.
    let held = take(82);
    for _ in 0..4 {
        assert_eq!(sample(), Grade::Degraded);
    }
    drop(held);
    // 0.97.
    let held = take(75);
    assert_eq!((sample(), sample()), (Grade::Degraded, Grade::Healthy));
    drop(held);
}

#[test]
fn a_grade_says_how_long_it_has_been() {
    let ward = Ward::new();
    let breaker = ward.breaker("stock", Config::new());
    ward.health.sample();
    breaker.force_open();
    ward.tick();
    ward.tick();
    ward.tick();
    let report = ward.tick();
    assert_eq!(report.service("stock").unwrap().since, 30 * SECOND);
}

#[test]
fn one_failed_service_of_many_leaves_the_system_healthy() {
    let ward = Ward::new();
    for name in 0..9 {
        ward.breaker(&name.to_string(), Config::new());
    }
    ward.breaker("stock", Config::new()).force_open();
    let report = ward.tick();
    assert_eq!(report.grade, Grade::Healthy);
    let failed = report.service("stock").unwrap().score;
    assert!((report.score - (9.0 + failed) / 10.0).abs() < 1e-9);
}

#[test]
fn the_system_is_no_better_than_a_critical_service_which_weighs_four_times() {
    let ward = Ward::new();
    ward.health.mark_critical("stock");
    for name in 0..9 {
        ward.breaker(&name.to_string(), Config::new());
    }
    ward.breaker("stock", Config::new()).force_open();
    let report = ward.tick();
    assert_eq!(report.grade, Grade::Failed);
    let failed = report.service("stock").unwrap().score;
    assert!((report.score - (9.0 + 4.0 * failed) / 13.0).abs() < 1e-9);
    assert_eq!(report.why, "stock failed: circuit forced open (asked for)");
}

#[test]
fn nobody_knows_anything_before_the_first_sample() {
    let ward = Ward::new();
    ward.breaker("stock", Config::new());
    let report = ward.health.report();
    assert_eq!((report.grade, report.services.len()), (Grade::Error, 0));
    assert_eq!(report.why, "no sample so far: call `start()` once, or `sample()` now and then");
}

#[test]
fn a_sample_is_worth_nothing_after_three_intervals() {
    let ward = Ward::new();
    ward.health.set_interval(MINUTE).unwrap();
    ward.health.sample();
    ward.clock.advance(3 * MINUTE);
    assert_eq!(ward.health.report().grade, Grade::Healthy);
    ward.clock.advance(SECOND);
    let report = ward.health.report();
    assert_eq!((report.grade, report.why.as_str()), (Grade::Error, "the last sample is 181s old"));
}

#[test]
fn work_goes_on_unless_something_has_failed() {
    let ward = Ward::new();
    let breaker = ward.breaker("stock", Config::new());
    ward.breaker("mail", Config::new());
    ward.health.sample();
    assert!(ward.health.should_continue().is_ok());
    breaker.force_open();
    ward.tick();
    // 0.8: degraded.
    assert!(ward.health.should_continue().is_ok());
    assert!(ward.health.should_continue_with("mail").is_ok());
    let unwell = ward.health.should_continue_with("stock").unwrap_err();
    assert_eq!((unwell.service, unwell.score < 0.7), (Some("stock"), true));
    assert_eq!(unwell.to_string(), "service `stock` has failed: circuit forced open (asked for)");

    ward.health.mark_critical("stock");
    ward.tick();
    let unwell = ward.health.should_continue().unwrap_err();
    assert_eq!(unwell.to_string(), "the system has failed: stock failed: circuit forced open (asked for)",);
}

#[test]
fn work_goes_on_where_nobody_knows() {
    let ward = Ward::new();
    ward.breaker("stock", Config::new()).force_open();
    assert!(ward.health.should_continue().is_ok());
    assert!(ward.health.should_continue_with("stock").is_ok());
    ward.health.sample();
    assert!(ward.health.should_continue_with("stock").is_err());
    assert!(ward.health.should_continue_with("nobody").is_ok());
    ward.clock.advance(MINUTE);
    assert!(ward.health.should_continue_with("stock").is_ok());
}

#[test]
fn an_interval_that_cannot_be_is_refused() {
    let ward = Ward::new();
    assert_eq!(ward.health.interval(), 10 * SECOND);
    for interval in [std::time::Duration::ZERO, 1441 * MINUTE] {
        let error = ward.health.set_interval(interval).unwrap_err();
        assert_eq!(error.to_string(), "`health_check_interval` must be at least 1ms and at most 1 day");
    }
    ward.health.set_interval(MINUTE).unwrap();
    assert_eq!(ward.registry().health().interval(), MINUTE);
}
