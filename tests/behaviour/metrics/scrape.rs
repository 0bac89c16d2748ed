//! The text for Prometheus.

use std::collections::BTreeSet;

use resilience::metrics::Instrument;

use super::*;

#[test]
fn a_scrape_shows_every_kind_of_policy_services_and_outboxes() {
    let (scope, _outbox) = busy();
    let seen = scraped(&Collector::new(scope.registry()));
    let report = scope.registry().health().report();
    let quota = report.service("quota").unwrap();
    let grade = format!(r#"resilience_system_grade{{grade="{}"}}"#, report.grade);
    for (series, value) in [
        (r#"resilience_circuit_breaker_state{name="stock",state="open"}"#, 1.0),
        (r#"resilience_circuit_breaker_state{name="stock",state="closed"}"#, 0.0),
        (r#"resilience_circuit_breaker_calls_total{name="stock",outcome="success"}"#, 3.0),
        (r#"resilience_circuit_breaker_calls_total{name="stock",outcome="error"}"#, 2.0),
        (r#"resilience_circuit_breaker_rejected_total{name="stock"}"#, 1.0),
        (r#"resilience_circuit_breaker_transitions_total{name="stock",to="open"}"#, 1.0),
        (r#"resilience_circuit_breaker_retry_after_seconds{name="stock"}"#, 30.0),
        (r#"resilience_circuit_breaker_latency_seconds{name="stock",quantile="1"}"#, 1.0),
        (r#"resilience_retry_calls_total{name="feed",outcome="failed_with_retry"}"#, 1.0),
        (r#"resilience_retry_repeats_total{name="feed"}"#, 2.0),
        (r#"resilience_bulkhead_admitted_total{name="pool"}"#, 1.0),
        (r#"resilience_bulkhead_max_concurrent{name="pool"}"#, 4.0),
        (r#"resilience_rate_limit_admitted_total{name="quota"}"#, 2.0),
        (r#"resilience_rate_limit_rejected_total{name="quota"}"#, 1.0),
        (r#"resilience_timeout_limit_seconds{name="answer"}"#, 1.0),
        (r#"resilience_fallback_used_total{name="behaviour::metrics::stands_in"}"#, 1.0),
        (r#"resilience_service_calls_total{name="shop",outcome="success"}"#, 1.0),
        (r#"resilience_service_calls_total{name="shop",outcome="failure"}"#, 1.0),
        (r#"resilience_service_policy{name="shop",policy="bulkhead",service="shop"}"#, 1.0),
        (r#"resilience_service_policy{name="stock",policy="circuit_breaker",service="stock"}"#, 1.0),
        (r#"resilience_service_grade{name="stock",grade="failed"}"#, 1.0),
        (r#"resilience_service_grade{name="stock",grade="healthy"}"#, 0.0),
        (r#"resilience_service_score{name="quota"}"#, quota.score),
        ("resilience_system_score{}", report.score),
        (grade.as_str(), 1.0),
        (r#"resilience_outbox_queued{name="mails"}"#, 2.0),
        (r#"resilience_outbox_capacity{name="mails"}"#, 2.0),
        (r#"resilience_outbox_oldest_seconds{name="mails"}"#, 3.0),
        (r#"resilience_outbox_stored_total{name="mails"}"#, 2.0),
        (r#"resilience_outbox_refused_total{name="mails"}"#, 1.0),
        (r#"resilience_outbox_delivered_total{name="mails"}"#, 0.0),
        (r#"resilience_outbox_taken_total{name="mails"}"#, 0.0),
    ] {
        assert_eq!(seen.get(series), Some(&value), "{series}\n{seen:#?}");
    }
}

#[test]
fn every_state_of_a_breaker_is_a_series_and_one_of_them_is_1() {
    let clock = ManualClock::new();
    let scope = Scope::with_clock(clock.clone());
    let config = circuit_breaker::Config::new().threshold(1).open_for(SECOND);
    let breaker = scope.registry().add_circuit_breaker("stock", config).unwrap();
    let collector = Collector::new(scope.registry());
    let is = |state: &str| {
        let seen = scraped(&collector);
        let states = ["closed", "open", "half_open", "forced_open", "disabled", "metrics_only"];
        for other in states {
            let series = format!(r#"resilience_circuit_breaker_state{{name="stock",state="{other}"}}"#);
            assert_eq!(seen.get(&series), Some(&f64::from(other == state)), "{series}");
        }
    };
    is("closed");
    breaker.acquire().unwrap().failure();
    is("open");
    clock.advance(SECOND);
    is("open");
    let _trial = breaker.acquire().unwrap();
    is("half_open");
    breaker.force_open();
    is("forced_open");
    breaker.disable();
    is("disabled");
    breaker.metrics_only();
    is("metrics_only");
}

#[test]
fn each_quantile_is_the_percentile_of_its_name() {
    let clock = ManualClock::new();
    let scope = Scope::with_clock(clock.clone());
    let config = circuit_breaker::Config::new().latency(true);
    let breaker = scope.registry().add_circuit_breaker("stock", config).unwrap();
    for (calls, millis) in [(50, 1), (41, 10), (5, 100), (3, 1000), (1, 10_000)] {
        for _ in 0..calls {
            let permit = breaker.acquire().unwrap();
            clock.advance(Duration::from_millis(millis));
            permit.success();
        }
    }
    let latency = breaker.snapshot().latency.unwrap();
    let expected = [latency.p50, latency.p90, latency.p95, latency.p99, latency.max];
    assert_eq!(expected.iter().collect::<BTreeSet<_>>().len(), 5, "{expected:?}");
    let seen = scraped(&Collector::new(scope.registry()));
    let quantile =
        |is| seen[&format!(r#"resilience_circuit_breaker_latency_seconds{{name="stock",quantile="{is}"}}"#)];
    let seen = ["0.5", "0.9", "0.95", "0.99", "1"].map(|is| Duration::from_secs_f64(quantile(is)));
    assert_eq!(seen, expected);
}

#[test]
fn a_scrape_has_a_help_a_type_and_an_end() {
    let (scope, _outbox) = busy();
    let text = Collector::new(scope.registry()).text();
    let head = "# HELP resilience_circuit_breaker_calls Calls by how they ended\n\
                # TYPE resilience_circuit_breaker_calls counter\n\
                resilience_circuit_breaker_calls_total{name=\"stock\",outcome=\"success\"} 3\n";
    assert!(text.contains(head), "{text}");
    assert!(text.contains("# UNIT resilience_timeout_limit_seconds seconds\n"), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[test]
fn every_name_and_label_is_one_that_prometheus_takes() {
    let (scope, _outbox) = busy();
    let is_word = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
    };
    for names in [Names::new(), Names::resilience4j()] {
        let mut series = BTreeSet::new();
        for sample in names.samples(&scope.registry()) {
            let name = sample.family.prometheus_name(names.prefix());
            assert!(is_word(&name), "{name}");
            assert!(!sample.family.help.is_empty() && !sample.family.help.ends_with('.'), "{name}");
            assert_eq!(sample.family.instrument == Instrument::Counter, name.ends_with("_total"), "{name}");
            assert!(sample.labels.iter().all(|(key, _)| is_word(key)), "{sample:?}");
            assert!(series.insert((name, sample.labels.clone())), "twice: {sample:?}");
        }
    }
}

#[test]
fn a_hostile_name_stays_inside_its_quotes() {
    let scope = Scope::new();
    let config = circuit_breaker::Config::new();
    scope.registry().add_circuit_breaker("a\"} 1\\ \u{e4}{", config).unwrap();
    let text = Collector::new(scope.registry()).text();
    assert!(
        text.contains("resilience_circuit_breaker_rejected_total{name=\"a\\\"} 1\\\\ \u{e4}{\"} 0\n"),
        "{text}"
    );
}

#[test]
fn another_prefix_stands_before_every_name() {
    let (scope, _outbox) = busy();
    let collector = Collector::with_names(scope.registry(), Names::with_prefix("shop").unwrap());
    let text = collector.text();
    assert!(text.contains("shop_retry_repeats_total"), "{text}");
    assert!(!text.contains("resilience_"), "{text}");
}

#[test]
fn a_prefix_that_no_metric_may_have_is_refused() {
    for prefix in ["", "9x", "a-b", "a.b", "a b", "ä", "_a", "a_"] {
        assert_eq!(Names::with_prefix(prefix).unwrap_err().setting(), "prefix", "{prefix:?}");
    }
}

#[test]
fn a_scrape_of_nothing_is_whole() {
    let collector = Collector::new(Scope::new().registry());
    assert_eq!(collector.text(), "# EOF\n");
}
