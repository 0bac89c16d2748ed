//! What is said of the health of services, and which policies are theirs.

use resilience::PolicyKind;

use super::*;

#[test]
fn nothing_is_said_of_health_before_anybody_looked() {
    let scope = Scope::new();
    scope.registry().add_circuit_breaker("stock", circuit_breaker::Config::new()).unwrap();
    let has_health = || {
        let is_of_health = |series: &String| series.contains("_score") || series.contains("_grade");
        scraped(&Collector::new(scope.registry())).keys().any(is_of_health)
    };
    assert!(!has_health());
    scope.registry().health().sample();
    assert!(has_health());
}

#[test]
fn a_health_sample_that_is_too_old_is_an_error_and_no_score() {
    let clock = ManualClock::new();
    let scope = Scope::with_clock(clock.clone());
    scope.registry().add_circuit_breaker("stock", circuit_breaker::Config::new()).unwrap();
    scope.registry().health().sample();
    clock.advance(30 * SECOND);
    let seen = || scraped(&Collector::new(scope.registry()));
    assert_eq!(seen()["resilience_system_score{}"].to_string(), "1");
    clock.advance(SECOND);
    let seen = seen();
    assert!(!seen.keys().any(|series| series.contains("_score")), "{seen:#?}");
    for grade in [r#"system_grade{grade="error"}"#, r#"service_grade{name="stock",grade="error"}"#] {
        assert_eq!(seen[&format!("resilience_{grade}")].to_string(), "1");
    }
}

#[test]
fn a_policy_without_a_name_belongs_to_the_service_above_the_same_function() {
    #[resilience::retry(attempts = 2)]
    #[resilience::circuit_breaker("named_in_metrics")]
    fn call() -> std::io::Result<()> {
        Ok(())
    }
    let scope = Scope::new();
    let _inside = scope.enter();
    call().unwrap();
    let retry =
        scope.registry().snapshot().policies.iter().find(|it| it.kind == PolicyKind::Retry).unwrap().name;
    let series =
        format!(r#"resilience_service_policy{{name="{retry}",policy="retry",service="named_in_metrics"}}"#);
    assert!(scraped(&Collector::new(scope.registry())).contains_key(&series), "{series}");
}
