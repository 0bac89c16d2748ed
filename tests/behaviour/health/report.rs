//! The report as text, JSON and log lines.

use resilience::circuit_breaker::Config;
use resilience_tests::recorded;
use serde_json::Value;
use tracing::Level;

use super::{Ward, fail, succeed};

fn ward() -> Ward {
    let ward = Ward::new();
    ward.health.mark_critical("payments");
    succeed(&ward.breaker("search", Config::new()), 10);
    fail(&ward.breaker("payments", Config::new().threshold(5)), 5);
    ward
}

#[test]
fn as_text_it_is_a_table() {
    let ward = ward();
    ward.health.mark_critical("paymnets");
    assert_eq!(
        ward.health.sample().to_string(),
        "\
system    failed    0.35  steady     payments failed: circuit open (5 failures in a row), 100.0 % of 5 calls failed
payments  failed    0.19  steady     critical  circuit open (5 failures in a row), 100.0 % of 5 calls failed
search    healthy   1.00  steady               nothing wrong
paymnets  critical, and no policy has this name

warning   no_fallback: circuit_breaker payments lost 5 calls of a critical service in 15 minutes, with nothing to fall back to; look at `fallback`
",
    );
}

#[test]
fn without_a_critical_service_the_table_is_narrower() {
    let ward = Ward::new();
    ward.breaker("db", Config::new());
    let expected = "\
system    healthy   1.00  steady     nothing wrong
db        healthy   1.00  steady     nothing wrong
";
    assert_eq!(ward.health.sample().to_string(), expected);
}

#[test]
fn a_mistyped_critical_name_is_listed() {
    let ward = ward();
    assert_eq!(ward.health.sample().unknown, [""; 0]);
    ward.health.mark_critical("paymnets");
    assert_eq!(ward.health.sample().unknown, ["paymnets"]);
}

#[test]
fn as_json_it_has_stable_names() {
    let json: Value = serde_json::from_str(&ward().health.sample().to_json()).unwrap();
    let names = |value: &Value| -> Vec<_> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(
        names(&json),
        [
            "age",
            "at",
            "direction",
            "grade",
            "outboxes",
            "policies",
            "recommendations",
            "score",
            "services",
            "unknown",
            "why",
        ],
    );
    let service = &json["services"][0];
    assert_eq!(
        names(service),
        ["critical", "direction", "grade", "has_fallback", "name", "score", "signs", "since", "trend", "why",],
    );
    assert_eq!((&service["name"], &service["grade"]), (&"payments".into(), &"failed".into()));
    assert_eq!(
        names(&service["signs"]),
        [
            "admitted",
            "calls",
            "failures",
            "in_use",
            "opens_at",
            "p90",
            "refused",
            "state",
            "turned_away",
            "usual",
        ],
    );
    assert_eq!(service["trend"][0]["failures"], 5);
    let advice = &json["recommendations"][0];
    assert_eq!(
        names(advice),
        ["evidence", "key", "name", "policy", "rule", "service", "severity", "suggestion", "text"],
    );
    assert_eq!((&advice["rule"], &advice["severity"]), (&"no_fallback".into(), &"warning".into()));
}

#[test]
fn as_log_lines_it_tells_of_what_is_not_healthy_and_what_to_change() {
    let ward = ward();
    let report = ward.health.sample();
    let events = recorded(|| report.log());
    let lines: Vec<_> =
        events.iter().map(|event| (event.level, event.field("message"), event.field("grade"))).collect();
    assert_eq!(
        lines,
        [
            (Level::WARN, "health of the system", "failed"),
            (Level::WARN, "health of a service", "failed"),
            (Level::INFO, report.recommendations[0].to_string().as_str(), ""),
        ],
    );
    assert_eq!((events[1].field("service"), events[1].field("critical")), ("payments", "true"));
    assert_eq!(events[2].field("rule"), "no_fallback");
}

#[test]
fn a_healthy_system_is_one_log_line() {
    let ward = Ward::new();
    ward.breaker("db", Config::new());
    let report = ward.health.sample();
    let events = recorded(|| report.log());
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].level, events[0].field("grade")), (Level::INFO, "healthy"));
}

#[test]
fn a_change_of_grade_is_in_the_log_by_itself() {
    let ward = Ward::new();
    let breaker = ward.breaker("db", Config::new());
    ward.health.sample();
    breaker.force_open();
    let events = recorded(|| ward.tick());
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!((event.level, event.field("message")), (Level::WARN, "health got worse"));
    assert_eq!(
        (event.field("service"), event.field("from"), event.field("to"), event.field("why")),
        ("db", "healthy", "failed", "circuit forced open (asked for)"),
    );
    breaker.close();
    ward.tick();
    let events = recorded(|| ward.tick());
    assert_eq!((events[0].level, events[0].field("message")), (Level::INFO, "health got better"));
}
