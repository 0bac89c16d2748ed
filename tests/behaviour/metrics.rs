//! The figures that metrics systems get.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use ::metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData, ScopeMetrics},
};
use resilience::{
    ManualClock, Outbox, PolicyKind, Registry, Service, bulkhead, circuit_breaker,
    metrics::{Instrument, Names, facade::Bridge, opentelemetry::register, prometheus::Collector, samples},
    rate_limit, retry,
    testing::Scope,
    timeout,
};

const SECOND: Duration = Duration::from_secs(1);

/// One policy of each kind, a service and an outbox, with something in every figure that can be had without waiting.
fn busy() -> (Scope, Outbox) {
    let clock = ManualClock::new();
    let scope = Scope::with_clock(clock.clone());
    let registry = scope.registry();
    let _inside = scope.enter();
    let service = Service::builder("shop").bulkhead(bulkhead::Config::new()).register().unwrap();
    service.call(|| Ok::<_, &str>(())).unwrap();
    let outbox = Outbox::with_clock("mails", 2, clock.clone()).unwrap();
    for _ in 0..3 {
        let _ = outbox.send(&service, *b"mail", |_| Err::<(), _>("down"));
    }
    let config = circuit_breaker::Config::new().failure_count(2).latency(true).open_for(30 * SECOND);
    let breaker = registry.add_circuit_breaker("stock", config).unwrap();
    for _ in 0..3 {
        let slowly = || {
            clock.advance(SECOND);
            Ok::<_, &str>(())
        };
        breaker.call(slowly).unwrap();
    }
    for _ in 0..3 {
        let _ = breaker.call(|| Err::<(), _>("down"));
    }
    let retry = registry
        .add_retry("feed", retry::Config::new().attempts(3).backoff(retry::Backoff::fixed(Duration::ZERO)))
        .unwrap();
    let _ = retry.call(|| Err::<(), _>("down"));
    let bulkhead = registry.add_bulkhead("pool", bulkhead::Config::new().max_concurrent(4)).unwrap();
    bulkhead.call(|| Ok::<_, &str>(())).unwrap();
    let limit = registry.add_rate_limit("quota", rate_limit::Config::new().rate(2, SECOND)).unwrap();
    (0..3).for_each(|_| assert!(limit.acquire().is_ok() || limit.snapshot().admitted == 2));
    registry.add_timeout("answer", timeout::Config::new().limit(SECOND)).unwrap();
    let _ = stands_in();
    registry.health().sample();
    (scope, outbox)
}

#[resilience::fallback(value = 7)]
fn stands_in() -> std::io::Result<u32> {
    Err(std::io::ErrorKind::NotFound.into())
}

/// Every line of a scrape that is a sample: the name with its labels, and the value.
fn scraped(collector: &Collector) -> BTreeMap<String, f64> {
    let text = collector.text();
    let line = |line: &str| {
        let (series, value) = line.rsplit_once(' ').unwrap();
        (series.to_owned(), value.parse().unwrap())
    };
    text.lines().filter(|line| !line.starts_with('#')).map(line).collect()
}

/// What the samples say, in the form of [`scraped`].
fn expected(names: &Names, registry: &Registry) -> BTreeMap<String, f64> {
    let sample = |sample: resilience::metrics::Sample| {
        let name = sample.family.prometheus_name(names.prefix());
        let labels: Vec<_> = sample.labels.iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect();
        (format!("{name}{{{}}}", labels.join(",")), sample.value.as_f64())
    };
    names.samples(registry).into_iter().map(sample).collect()
}

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

#[test]
fn the_table_names_every_metric_and_no_other() {
    let table = include_str!("../../resilience/src/metrics/table.md");
    let (ours, theirs) = table.split_once("# The names of resilience4j").unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    let rows = |part: &str| -> BTreeSet<Vec<String>> {
        part.lines().filter(|line| line.starts_with("| `")).map(cells).collect()
    };
    let instrument = |instrument| if instrument == Instrument::Counter { "counter" } else { "gauge" };
    let expected: BTreeSet<Vec<String>> = Names::new()
        .families()
        .iter()
        .map(|family| {
            let unit = family.unit.map_or("", |unit| unit.as_str());
            let labels = labels_of(&Names::new(), family.prometheus_name("resilience"));
            vec![
                family.subject.to_string(),
                family.name.to_owned(),
                instrument(family.instrument).to_owned(),
                unit.to_owned(),
                labels,
                family.help.to_owned(),
            ]
        })
        .collect();
    assert_eq!(rows(ours), expected);
    let expected: BTreeSet<Vec<String>> = Names::resilience4j()
        .families()
        .iter()
        .map(|family| {
            let name = family.prometheus_name("resilience4j");
            let labels = labels_of(&Names::resilience4j(), name.clone());
            vec![name, instrument(family.instrument).to_owned(), labels, family.help.to_owned()]
        })
        .collect();
    assert_eq!(rows(theirs), expected);
}

/// The label beside `name` and its values, in the words of the table; of several labels only which they are.
fn labels_of(names: &Names, name: String) -> String {
    let (scope, _outbox) = busy();
    let mut label = "";
    let mut values = Vec::new();
    for sample in names.samples(&scope.registry()) {
        if sample.family.prometheus_name(names.prefix()) != name {
            continue;
        }
        match *sample.labels.iter().filter(|(key, _)| *key != "name").collect::<Vec<_>>() {
            [] => {}
            [(key, value)] => {
                label = key;
                let value = format!("`{value}`");
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            ref all => {
                let keys: Vec<_> = all.iter().map(|(key, _)| format!("`{key}`")).collect();
                return keys.join(", ").trim_matches('`').to_owned();
            }
        }
    }
    let text = format!("`{label}` = {}", values.join(", "));
    if label.is_empty() { String::new() } else { text.trim_matches('`').to_owned() }
}

/// A recorder of the `metrics` facade that remembers the last value of everything.
#[derive(Default)]
struct Remembering {
    values: Arc<Mutex<BTreeMap<String, f64>>>,
    units: Arc<Mutex<BTreeMap<String, Option<Unit>>>>,
}

struct Slot(String, Arc<Mutex<BTreeMap<String, f64>>>);

impl Slot {
    fn put(&self, value: f64) {
        self.1.lock().unwrap().insert(self.0.clone(), value);
    }
}

impl CounterFn for Slot {
    fn increment(&self, _: u64) {
        panic!("a total is set, not added to");
    }
    #[allow(clippy::cast_precision_loss)]
    fn absolute(&self, value: u64) {
        self.put(value as f64);
    }
}

impl GaugeFn for Slot {
    fn increment(&self, _: f64) {
        panic!("a level is set");
    }
    fn decrement(&self, _: f64) {
        panic!("a level is set");
    }
    fn set(&self, value: f64) {
        self.put(value);
    }
}

impl Remembering {
    fn slot(&self, key: &Key) -> Arc<Slot> {
        let labels: Vec<_> =
            key.labels().map(|label| format!("{}=\"{}\"", label.key(), label.value())).collect();
        Arc::new(Slot(format!("{}{{{}}}", key.name(), labels.join(",")), Arc::clone(&self.values)))
    }
}

impl Recorder for Remembering {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.units.lock().unwrap().insert(name.as_str().to_owned(), unit);
    }
    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.units.lock().unwrap().insert(name.as_str().to_owned(), unit);
    }
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.slot(key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.slot(key))
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

fn bridged(bridge: &Bridge) -> BTreeMap<String, f64> {
    let recorder = Remembering::default();
    with_local_recorder(&recorder, || bridge.report());
    let values = recorder.values.lock().unwrap();
    values.clone()
}

#[test]
fn the_bridge_describes_what_it_reports() {
    let (scope, _outbox) = busy();
    let recorder = Remembering::default();
    with_local_recorder(&recorder, || Bridge::new(scope.registry()).report());
    let units = recorder.units.lock().unwrap();
    assert_eq!(units["resilience_timeout_limit_seconds"], Some(Unit::Seconds));
    assert_eq!(units["resilience_circuit_breaker_failure_rate_ratio"], None);
    assert_eq!(units["resilience_retry_repeats_total"], Some(Unit::Count));
}

#[test]
fn a_reporting_thread_ends_when_its_guard_is_dropped() {
    // It reports to the process's recorder, of which there is none here: what counts is that this returns.
    let reporting = Bridge::new(Scope::new().registry()).report_every(SECOND).unwrap();
    drop(reporting);
}

/// What an OpenTelemetry reader collects, by name and attributes.
fn observed(registry: &Registry) -> BTreeMap<String, f64> {
    let exporter = InMemoryMetricExporter::default();
    let provider =
        SdkMeterProvider::builder().with_reader(PeriodicReader::builder(exporter.clone()).build()).build();
    register(&provider.meter("test"), registry);
    provider.force_flush().unwrap();
    let mut seen = BTreeMap::new();
    let mut put = |name: &str, attributes: Vec<(String, String)>, value: f64| {
        let mut attributes: Vec<_> =
            attributes.into_iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect();
        // The name stands first in ours.
        attributes.sort_by_key(|attribute| (!attribute.starts_with("name="), attribute.clone()));
        seen.insert(format!("{name}{{{}}}", attributes.join(",")), value);
    };
    for resource in exporter.get_finished_metrics().unwrap() {
        for metric in resource.scope_metrics().flat_map(ScopeMetrics::metrics) {
            match metric.data() {
                #[allow(clippy::cast_precision_loss)]
                AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                    assert!(sum.is_monotonic());
                    for point in sum.data_points() {
                        let attributes =
                            point.attributes().map(|pair| (pair.key.to_string(), pair.value.to_string()));
                        put(metric.name(), attributes.collect(), point.value() as f64);
                    }
                }
                AggregatedMetrics::F64(MetricData::Gauge(gauge)) => {
                    for point in gauge.data_points() {
                        let attributes =
                            point.attributes().map(|pair| (pair.key.to_string(), pair.value.to_string()));
                        put(metric.name(), attributes.collect(), point.value());
                    }
                }
                other => panic!("{}: {other:?}", metric.name()),
            }
        }
    }
    provider.shutdown().unwrap();
    seen
}

/// The samples by OpenTelemetry's names.
fn expected_there(registry: &Registry) -> BTreeMap<String, f64> {
    let sample = |sample: resilience::metrics::Sample| {
        let name = sample.family.opentelemetry_name("resilience");
        let labels: Vec<_> = sample.labels.iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect();
        (format!("{name}{{{}}}", labels.join(",")), sample.value.as_f64())
    };
    samples(registry).into_iter().map(sample).collect()
}

#[test]
fn all_exporters_agree_with_the_snapshot_after_a_concurrent_load() {
    let (scope, _outbox) = busy();
    let registry = scope.registry();
    let breaker = registry.add_circuit_breaker("busy", circuit_breaker::Config::new().threshold(99)).unwrap();
    let bulkhead = registry.add_bulkhead("crowd", bulkhead::Config::new().max_concurrent(1)).unwrap();
    std::thread::scope(|threads| {
        for thread in 0..4 {
            let (breaker, bulkhead) = (&breaker, &bulkhead);
            threads.spawn(move || {
                for call in 0..500 {
                    let answer = if (call + thread) % 3 == 0 { Err("down") } else { Ok(()) };
                    let _ = bulkhead.call(|| breaker.call(|| answer));
                }
            });
        }
        // Scraping meanwhile loses nothing and waits for nobody.
        for _ in 0..20 {
            let _ = Collector::new(registry.clone()).text();
        }
    });
    let snapshot = breaker.snapshot();
    let admitted = bulkhead.snapshot();
    assert_eq!(snapshot.successes + snapshot.errors, admitted.admitted);
    assert_eq!(admitted.admitted + admitted.full, 2000);

    let expected = expected(&Names::new(), &registry);
    let key = r#"resilience_circuit_breaker_calls_total{name="busy",outcome="success"}"#;
    #[allow(clippy::cast_precision_loss)]
    let successes = snapshot.successes as f64;
    assert_eq!(expected.get(key), Some(&successes));
    assert_eq!(scraped(&Collector::new(registry.clone())), expected);
    assert_eq!(bridged(&Bridge::new(registry.clone())), expected);
    assert_eq!(observed(&registry), expected_there(&registry));
}

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

#[test]
fn a_scrape_of_nothing_is_whole() {
    let collector = Collector::new(Scope::new().registry());
    assert_eq!(collector.text(), "# EOF\n");
}
