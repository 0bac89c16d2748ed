//! What is remembered of the last hour.

use resilience::{
    PolicyKind,
    circuit_breaker::Config,
    health::{Direction, Minute},
};

use super::{MINUTE, SECOND, Ward, fail, succeed};

fn calls(minutes: &[Minute]) -> Vec<(u32, u64, u64)> {
    minutes.iter().map(|minute| (minute.ago, minute.calls, minute.failures)).collect()
}

#[test]
fn a_trend_has_the_calls_of_each_minute_the_oldest_first() {
    let ward = Ward::new();
    let breaker = ward.breaker("db", Config::new().threshold(100));
    ward.health.sample();
    for number in 1..=3 {
        succeed(&breaker, number);
        fail(&breaker, 1);
        for _ in 0..6 {
            ward.tick();
        }
    }
    let trend = ward.health.trend(PolicyKind::CircuitBreaker, "db").unwrap();
    assert_eq!(calls(&trend), [(3, 2, 1), (2, 3, 1), (1, 4, 1)]);
    let report = ward.health.report();
    let of_service = &report.service("db").unwrap().trend;
    assert_eq!(calls(of_service), [(3, 2, 1), (2, 3, 1), (1, 4, 1), (0, 0, 0)]);
    assert!(of_service.iter().all(|minute| minute.score.is_some()));
}

#[test]
fn the_first_sample_counts_what_was_before_it() {
    let ward = Ward::new();
    succeed(&ward.breaker("db", Config::new()), 7);
    let report = ward.health.sample();
    assert_eq!(calls(&report.service("db").unwrap().trend), [(0, 7, 0)]);
}

#[test]
fn a_trend_is_an_hour_long() {
    let ward = Ward::new();
    let breaker = ward.breaker("db", Config::new());
    ward.minutes(200, || succeed(&breaker, 1));
    let trend = ward.health.trend(PolicyKind::CircuitBreaker, "db").unwrap();
    assert_eq!((trend.len(), trend[0].ago), (60, 59));
    assert_eq!(ward.health.report().service("db").unwrap().trend.len(), 60);
    // Whatever was before an idle hour is gone.
    ward.clock.advance(61 * MINUTE);
    ward.health.sample();
    assert_eq!(ward.health.trend(PolicyKind::CircuitBreaker, "db").unwrap(), []);
}

#[test]
fn a_policy_that_no_sample_has_seen_has_no_trend() {
    let ward = Ward::new();
    assert_eq!(ward.health.trend(PolicyKind::Retry, "db"), None);
    ward.breaker("db", Config::new());
    ward.health.sample();
    assert_eq!(ward.health.trend(PolicyKind::Retry, "db"), None);
    assert_eq!(ward.health.trend(PolicyKind::CircuitBreaker, "db"), Some(vec![]));
}

#[test]
fn minutes_have_refusals_places_and_times() {
    let ward = Ward::new();
    let bulkhead = ward.bulkhead("db", 2);
    let breaker = ward.breaker("db", Config::new().latency(true));
    ward.health.sample();
    let held: Vec<_> = (0..2).map(|_| bulkhead.acquire().unwrap()).collect();
    assert!(bulkhead.acquire().is_err());
    breaker
        .call(|| {
            ward.clock.advance(SECOND);
            Ok::<_, &str>(())
        })
        .unwrap();
    breaker.force_open();
    assert!(breaker.acquire().is_err());
    ward.tick();
    drop(held);
    let report = ward.health.report();
    let [minute] = report.service("db").unwrap().trend.as_slice() else { panic!("{report:?}") };
    assert_eq!((minute.calls, minute.refused), (1, 2));
    assert!((minute.in_use - 1.0).abs() < 1e-9);
    assert_eq!(minute.max, Some(SECOND));
    assert!(minute.p50.is_some() && minute.p90.is_some() && minute.p99.is_some());
}

#[test]
fn a_trend_says_where_it_goes() {
    let ward = Ward::new();
    let breaker = ward.breaker("db", Config::new());
    let report = ward.minutes(12, || ());
    assert_eq!(
        (report.direction, report.service("db").unwrap().direction),
        (Direction::Steady, Direction::Steady)
    );
    breaker.force_open();
    let report = ward.minutes(3, || ());
    assert_eq!(report.service("db").unwrap().direction, Direction::Worsening);
    assert_eq!(report.direction, Direction::Worsening);
    ward.minutes(15, || ());
    breaker.close();
    let report = ward.minutes(3, || ());
    assert_eq!(report.service("db").unwrap().direction, Direction::Improving);
}

#[test]
fn a_clock_that_jumps_back_harms_nothing() {
    let ward = Ward::new();
    let breaker = ward.breaker("db", Config::new());
    ward.minutes(10, || succeed(&breaker, 1));
    ward.clock.set(SECOND);
    succeed(&breaker, 5);
    let report = ward.health.sample();
    assert_eq!(report.service("db").unwrap().why, "nothing wrong");
    let trend = ward.health.trend(PolicyKind::CircuitBreaker, "db").unwrap();
    assert_eq!(trend.iter().map(|minute| minute.calls).sum::<u64>(), 15);
}
