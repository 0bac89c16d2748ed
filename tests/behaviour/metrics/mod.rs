//! The figures that metrics systems get.

mod exporters;
mod health;
mod load;
mod resilience4j;
mod scrape;
mod table;

use std::{collections::BTreeMap, time::Duration};

use resilience::{
    ManualClock, Outbox, Registry, Service, bulkhead, circuit_breaker,
    metrics::{Names, prometheus::Collector},
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
