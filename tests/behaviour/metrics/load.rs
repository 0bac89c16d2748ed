//! Figures while calls run, and after.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

use resilience::{
    Failure, Figures, PolicyKind,
    metrics::{Instrument, facade::Bridge},
};

use super::{
    exporters::{bridged, expected_there, observed},
    *,
};

const THREADS: u64 = 4;
const CALLS: u64 = 500;

/// What the callers know of their calls.
#[derive(Default)]
struct Known {
    succeeded: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
}

impl Known {
    fn count<T, E>(&self, answer: Result<T, Failure<E>>) {
        let counter = match answer {
            Ok(_) => &self.succeeded,
            Err(Failure::Error(_)) => &self.failed,
            Err(_) => &self.refused,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    #[allow(clippy::cast_precision_loss)]
    fn get(counter: &AtomicU64) -> f64 {
        counter.load(Ordering::Relaxed) as f64
    }
}

/// Policies of every kind in one registry, and what is known of the calls through each.
struct Load {
    scope: Scope,
    known: [Known; 6],
    outbox: Outbox,
}

impl Load {
    fn new() -> Self {
        let clock = ManualClock::new();
        let scope = Scope::with_clock(clock.clone());
        let registry = scope.registry();
        let never = circuit_breaker::Config::new().threshold(1_000_000);
        registry.add_circuit_breaker("breaker", never).unwrap();
        registry.add_circuit_breaker("hosts", never).unwrap();
        registry.add_bulkhead("bulkhead", bulkhead::Config::new().max_concurrent(1)).unwrap();
        registry.add_rate_limit("limit", rate_limit::Config::new().rate(700, 3600 * SECOND)).unwrap();
        let backoff = retry::Backoff::fixed(Duration::ZERO);
        registry.add_retry("retry", retry::Config::new().attempts(2).backoff(backoff)).unwrap();
        Service::builder("service").circuit_breaker(never).register_in(&registry).unwrap();
        let inside = scope.enter();
        let outbox = Outbox::with_clock("outbox", 300, clock).unwrap();
        drop(inside);
        Self { scope, known: Default::default(), outbox }
    }

    /// The calls of one thread.
    fn run(&self, thread: u64) {
        let registry = self.scope.registry();
        let [breaker, hosts, bulkhead, limit, service, outbox] = &self.known;
        let keyed = registry.keyed_circuit_breaker("hosts").unwrap();
        let fallback = registry.add_fallback("fallback", resilience::fallback::Config::new()).unwrap();
        let served = registry.service("service").unwrap().operation("query");
        for call in 0..CALLS {
            let answer = || if (call + thread).is_multiple_of(3) { Err("down") } else { Ok(()) };
            breaker.count(registry.circuit_breaker("breaker").unwrap().call(answer));
            hosts.count(keyed.call(&format!("host-{}", call % 7), answer));
            let slowly = || {
                thread::yield_now();
                answer()
            };
            bulkhead.count(registry.bulkhead("bulkhead").unwrap().call(slowly));
            limit.count(registry.rate_limit("limit").unwrap().call(answer));
            service.count(served.call(answer));
            let _ = registry.retry("retry").unwrap().call(answer);
            let _ = fallback.call(answer, |_| answer());
            let stored = self.outbox.send(&served, *b"message", |_| Err::<(), _>("down"));
            outbox.count(stored.map_err(|_| Failure::Error("full")));
        }
    }

    fn run_all(&self, meanwhile: impl FnOnce(&AtomicBool)) {
        let is_over = AtomicBool::new(false);
        thread::scope(|threads| {
            let callers: Vec<_> =
                (0..THREADS).map(|thread| threads.spawn(move || self.run(thread))).collect();
            threads.spawn(|| {
                for caller in callers {
                    caller.join().unwrap();
                }
                is_over.store(true, Ordering::Release);
            });
            meanwhile(&is_over);
        });
    }
}

#[test]
fn after_a_concurrent_load_every_total_is_what_the_callers_know() {
    let load = Load::new();
    load.run_all(|_| {});
    let seen = scraped(&Collector::new(load.scope.registry()));
    let [breaker, hosts, bulkhead, limit, service, outbox] = &load.known;
    let all = THREADS * CALLS;
    #[allow(clippy::cast_precision_loss)]
    let all = all as f64;
    let errors = Known::get(&breaker.failed);
    for (series, total) in [
        (r#"circuit_breaker_calls_total{name="breaker",outcome="success"}"#, Known::get(&breaker.succeeded)),
        (r#"circuit_breaker_calls_total{name="breaker",outcome="error"}"#, errors),
        (r#"circuit_breaker_calls_total{name="hosts",outcome="success"}"#, Known::get(&hosts.succeeded)),
        (r#"circuit_breaker_calls_total{name="hosts",outcome="error"}"#, Known::get(&hosts.failed)),
        (r#"bulkhead_admitted_total{name="bulkhead"}"#, all - Known::get(&bulkhead.refused)),
        (r#"bulkhead_rejected_total{name="bulkhead",reason="bulkhead_full"}"#, Known::get(&bulkhead.refused)),
        (r#"rate_limit_admitted_total{name="limit"}"#, 700.0),
        (r#"rate_limit_rejected_total{name="limit"}"#, Known::get(&limit.refused)),
        (r#"retry_calls_total{name="retry",outcome="succeeded_without_retry"}"#, all - errors),
        (r#"retry_calls_total{name="retry",outcome="failed_with_retry"}"#, errors),
        (r#"retry_repeats_total{name="retry"}"#, errors),
        (r#"fallback_used_total{name="fallback"}"#, errors),
        (r#"fallback_failed_total{name="fallback"}"#, errors),
        (r#"outbox_stored_total{name="outbox"}"#, 300.0),
        (r#"outbox_refused_total{name="outbox"}"#, Known::get(&outbox.failed)),
    ] {
        assert_eq!(seen.get(&format!("resilience_{series}")), Some(&total), "{series}");
    }
    assert_eq!((Known::get(&limit.refused), Known::get(&outbox.failed)), (all - 700.0, all - 300.0));
    // A message is sent through the service until one is stored; whoever comes at the same time tries as well.
    let failures = seen[r#"resilience_service_calls_total{name="service",outcome="failure"}"#];
    let tried = failures - Known::get(&service.failed);
    assert!((1.0..=4.0).contains(&tried), "{tried}");
    let successes = seen[r#"resilience_service_calls_total{name="service",outcome="success"}"#];
    assert_eq!(successes.to_string(), Known::get(&service.succeeded).to_string());
}

#[test]
fn all_exporters_agree_with_the_snapshot_after_a_concurrent_load() {
    let load = Load::new();
    load.run_all(|_| {});
    let registry = load.scope.registry();
    registry.health().sample();
    let expected = expected(&Names::new(), &registry);
    assert_eq!(scraped(&Collector::new(registry.clone())), expected);
    assert_eq!(bridged(&Bridge::new(registry.clone())), expected);
    assert_eq!(observed(&registry), expected_there(&registry));
    let snapshot = registry.snapshot();
    let Figures::CircuitBreaker(hosts) = &snapshot.get(PolicyKind::CircuitBreaker, "hosts").unwrap().figures
    else {
        panic!("a circuit breaker's")
    };
    #[allow(clippy::cast_precision_loss)]
    let successes = hosts.successes as f64;
    let series = r#"resilience_circuit_breaker_calls_total{name="hosts",outcome="success"}"#;
    assert_eq!((expected[series].to_string(), hosts.keys), (successes.to_string(), 7));
}

#[test]
fn no_counter_goes_back_and_no_series_is_lost_while_calls_run() {
    let load = Load::new();
    let registry = load.scope.registry();
    let counters: BTreeSet<_> = Names::new()
        .families()
        .iter()
        .filter(|family| family.instrument == Instrument::Counter)
        .map(|family| family.prometheus_name("resilience"))
        .collect();
    let collector = Collector::new(registry);
    let mut scrapes = 0;
    load.run_all(|is_over| {
        let mut before = scraped(&collector);
        loop {
            // Looked at first, so that the last scrape comes after the last call.
            let is_last = is_over.load(Ordering::Acquire);
            let now = scraped(&collector);
            for (series, value) in &before {
                let later = now.get(series).unwrap_or_else(|| panic!("{series} is gone"));
                let is_counter = counters.contains(series.split('{').next().unwrap());
                assert!(!is_counter || later >= value, "{series}: {value}, then {later}");
            }
            (before, scrapes) = (now, scrapes + 1);
            if is_last {
                break;
            }
        }
    });
    assert!(scrapes > 1);
}
