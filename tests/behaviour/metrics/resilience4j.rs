//! The names of resilience4j.

use super::*;

#[test]
fn resilience4j_s_dashboards_find_their_names_and_units() {
    let (scope, _outbox) = busy();
    let seen = scraped(&Collector::with_names(scope.registry(), Names::resilience4j()));
    for (series, value) in [
        (r#"resilience4j_circuitbreaker_state{name="stock",state="open"}"#, 1.0),
        (r#"resilience4j_circuitbreaker_calls_total{name="stock",kind="failed"}"#, 2.0),
        (r#"resilience4j_circuitbreaker_calls_total{name="stock",kind="successful"}"#, 3.0),
        (r#"resilience4j_circuitbreaker_not_permitted_calls_total{name="stock",kind="not_permitted"}"#, 1.0),
        // An open circuit's window is empty: fewer calls than a rate needs.
        (r#"resilience4j_circuitbreaker_failure_rate{name="stock"}"#, -1.0),
        (r#"resilience4j_bulkhead_available_concurrent_calls{name="pool"}"#, 4.0),
        (r#"resilience4j_retry_calls_total{name="feed",kind="failed_with_retry"}"#, 1.0),
        (r#"resilience4j_ratelimiter_available_permissions{name="quota"}"#, 0.0),
        (r#"resilience4j_timelimiter_calls_total{name="answer",kind="timeout"}"#, 0.0),
    ] {
        assert_eq!(seen.get(series), Some(&value), "{series}\n{seen:#?}");
    }
    assert!(seen.keys().all(|series| series.starts_with("resilience4j_")), "{seen:#?}");
}

#[test]
fn resilience4j_s_rates_are_in_per_cent() {
    let scope = Scope::new();
    let config = circuit_breaker::Config::new().failure_rate(0.9).min_calls(4);
    let breaker = scope.registry().add_circuit_breaker("stock", config).unwrap();
    let rate = || {
        let collector = Collector::with_names(scope.registry(), Names::resilience4j());
        scraped(&collector)[r#"resilience4j_circuitbreaker_failure_rate{name="stock"}"#]
    };
    let _ = breaker.call(|| Err::<(), _>("down"));
    assert!((rate() + 1.0).abs() < f64::EPSILON);
    (0..3).for_each(|_| breaker.call(|| Ok::<_, &str>(())).unwrap());
    assert!((rate() - 25.0).abs() < f64::EPSILON);
}

#[test]
fn resilience4j_s_slow_calls_are_told_by_how_they_ended() {
    let clock = ManualClock::new();
    let scope = Scope::with_clock(clock.clone());
    let config = circuit_breaker::Config::new().slow_call(Duration::from_millis(1)).failure_rate(1.0);
    let breaker = scope.registry().add_circuit_breaker("stock", config).unwrap();
    for answer in [Ok(()), Err("down"), Err("down")] {
        let _ = breaker.call(|| {
            clock.advance(SECOND);
            answer
        });
    }
    let seen = scraped(&Collector::with_names(scope.registry(), Names::resilience4j()));
    let slow =
        |kind| seen[&format!(r#"resilience4j_circuitbreaker_slow_calls{{name="stock",kind="{kind}"}}"#)];
    assert_eq!((slow("successful").to_string(), slow("failed").to_string()), ("1".into(), "2".into()));
}
