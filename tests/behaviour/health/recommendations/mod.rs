//! The table of rules: for each a case that fires it and one that must not, and a suggestion that can be written.

mod breaker;
mod limits;
mod retry;

use resilience::{
    circuit_breaker::Config,
    health::{Recommendation, Report, Rule, Value},
};

use super::{MINUTE, SECOND, Ward, fail, succeed};

/// What a rule says, if it speaks.
fn says(report: &Report, rule: Rule) -> Option<&Recommendation> {
    report.recommendations.iter().find(|advice| advice.rule == rule)
}

impl Ward {
    /// The change that a rule asks for in this report, as an attribute would write it. What is to be written is written,
    /// at run time, so that it has passed the validator beside the other settings.
    fn change(&self, report: &Report, rule: Rule) -> Option<String> {
        let advice = says(report, rule)?;
        let Some(value) = &advice.suggestion else { return Some(advice.key.to_owned()) };
        let (registry, value) = (self.registry(), value.to_string());
        let is_there = registry.set(advice.policy, advice.name, advice.key, &value);
        assert_eq!(is_there, Ok(true), "{advice}");
        Some(format!("{} = {value}", advice.key))
    }
}

#[test]
fn a_healthy_service_gets_no_advice() {
    let ward = Ward::new();
    let breaker = ward.breaker("db", Config::new());
    let report = ward.minutes(70, || succeed(&breaker, 100));
    assert_eq!(report.recommendations, []);
}

#[test]
fn the_worst_advice_comes_first_and_names_numbers_key_and_value() {
    let ward = Ward::new();
    ward.health.mark_critical("db");
    let breaker = ward.breaker("db", Config::new().threshold(1).half_open(1).open_for(10 * SECOND));
    fail(&breaker, 1);
    for _ in 0..3 {
        ward.clock.advance(10 * SECOND);
        fail(&breaker, 1);
    }
    let report = ward.health.sample();
    let rules: Vec<_> = report.recommendations.iter().map(|advice| advice.rule.as_str()).collect();
    assert_eq!(rules, ["never_recovers", "no_fallback"]);
    let advice = &report.recommendations[0];
    assert_eq!(
        advice.to_string(),
        "never_recovers: circuit_breaker db tried again 3 times in 15 minutes, and never closed; \
         write `open_for = 10s..80s`",
    );
    let evidence: Vec<_> = advice.evidence.iter().map(|number| (number.what, number.value)).collect();
    assert_eq!(evidence, [("failed_rounds", 3.0), ("open_for", 10.0)]);
}

#[test]
fn a_rule_looks_at_a_quarter_of_an_hour() {
    let ward = Ward::new();
    let breaker = ward.breaker("db", Config::new().threshold(1).half_open(1).open_for(SECOND));
    for _ in 0..5 {
        fail(&breaker, 1);
        ward.clock.advance(SECOND);
        succeed(&breaker, 1);
    }
    assert!(says(&ward.health.sample(), Rule::Flapping).is_some());
    let report = ward.minutes(16, || succeed(&breaker, 1));
    assert!(says(&report, Rule::Flapping).is_none());
}

#[test]
fn values_are_written_as_attributes_write_them() {
    for (value, text) in [
        (Value::Time(MINUTE * 120), "2h"),
        (Value::Time(MINUTE * 90), "90m"),
        (Value::Time(SECOND * 90), "90s"),
        (Value::Time(SECOND / 4), "250ms"),
        (Value::Time(SECOND / 4000), "250us"),
        (Value::Time(SECOND / 1_000_000_000), "1ns"),
        (Value::Times(SECOND * 5, MINUTE * 5), "5s..5m"),
        (Value::Count(7), "7"),
        (Value::Share(0.5), "50%"),
        (Value::Share(0.125), "12.5%"),
        (Value::Rate(150, SECOND), "150 / 1s"),
        (Value::Flag(true), "true"),
    ] {
        assert_eq!(value.to_string(), text);
    }
}
