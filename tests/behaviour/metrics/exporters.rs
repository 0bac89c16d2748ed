//! The `metrics` facade and OpenTelemetry.

use std::sync::{Arc, Mutex};

use ::metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData, ScopeMetrics},
};
use resilience::metrics::{facade::Bridge, opentelemetry::register, samples};

use super::*;

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

pub(super) fn bridged(bridge: &Bridge) -> BTreeMap<String, f64> {
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
pub(super) fn observed(registry: &Registry) -> BTreeMap<String, f64> {
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
pub(super) fn expected_there(registry: &Registry) -> BTreeMap<String, f64> {
    let sample = |sample: resilience::metrics::Sample| {
        let name = sample.family.opentelemetry_name("resilience");
        let labels: Vec<_> = sample.labels.iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect();
        (format!("{name}{{{}}}", labels.join(",")), sample.value.as_f64())
    };
    samples(registry).into_iter().map(sample).collect()
}
