//! What must not grow with time or with what others choose: the bytes that the thread of a test holds.

use std::{sync::Barrier, thread, time::Duration};

use allocation_counter::measure;
use resilience::{
    ManualClock, Registry, Service,
    circuit_breaker::{self, Config},
    metrics::prometheus::Collector,
    testing::Scope,
};

const SECOND: Duration = Duration::from_secs(1);

fn registry() -> (Registry, ManualClock) {
    let clock = ManualClock::new();
    (Scope::with_clock(clock.clone()).registry(), clock)
}

/// The bytes that are left when this is over.
fn bytes(work: impl FnOnce()) -> i64 {
    measure(work).bytes_current
}

#[test]
fn a_reader_that_never_reads_holds_a_thousand_events_and_no_more() {
    let (registry, _clock) = registry();
    let hosts = registry.add_circuit_breaker("hosts", Config::new()).unwrap().keyed();
    let host = hosts.get_or_add("a key that is part of every event").unwrap();
    let toggle = |times: usize| {
        for _ in 0..times {
            host.force_open();
            host.close();
        }
    };
    toggle(100);
    let events = registry.events();
    toggle(1000);
    assert!(bytes(|| toggle(5_000)).abs() < 1024);
    assert!(bytes(|| drop(events)) < -100_000, "the last reader takes them with it");
    assert!(bytes(|| toggle(1000)).abs() < 1024, "nobody reads");
}

#[test]
fn the_history_of_a_breaker_does_not_grow() {
    let (registry, _clock) = registry();
    let breaker = registry.add_circuit_breaker("stock", Config::new()).unwrap();
    let toggle = |times: usize| {
        for _ in 0..times {
            breaker.force_open();
            breaker.reset();
        }
    };
    toggle(100);
    assert_eq!(bytes(|| toggle(10_000)), 0);
    assert_eq!(breaker.snapshot().history.len(), 100);
}

#[test]
fn a_window_holds_no_more_failures_than_it_is_long() {
    let (registry, clock) = registry();
    let config = Config::new()
        .failure_rate(1.0)
        .window(circuit_breaker::Window::Calls(200))
        .slow_call(Duration::from_millis(1));
    let breaker = registry.add_circuit_breaker("stock", config).unwrap();
    breaker.disable();
    let fail = |times: usize| {
        for _ in 0..times {
            let _ = breaker.call(|| {
                clock.advance(SECOND / 100);
                Err::<(), _>("slow and down")
            });
        }
    };
    fail(1000);
    assert_eq!(bytes(|| fail(20_000)), 0);
    assert_eq!(breaker.snapshot().window.slow_failures, 200);
}

#[test]
fn health_keeps_an_hour_of_a_policy_in_less_than_four_kilobytes() {
    const POLICIES: usize = 5;
    let (registry, clock) = registry();
    let breakers: Vec<_> = (0..POLICIES)
        .map(|number| registry.add_circuit_breaker(&format!("b{number}"), Config::new()).unwrap())
        .collect();
    let health = registry.health();
    let watch = |samples: usize| {
        for _ in 0..samples {
            clock.advance(10 * SECOND);
            for breaker in &breakers {
                breaker.call(|| Ok::<_, &str>(())).unwrap();
            }
            health.sample();
        }
    };
    watch(1);
    let hour = bytes(|| watch(360));
    // A policy and the scores of the service that it is.
    let most = i64::try_from(POLICIES).unwrap() * (4096 + 512);
    assert!(hour < most, "{hour} bytes");
    let later = bytes(|| watch(360));
    assert!(later < 1024, "{later} bytes more in a further hour");
}

#[test]
fn labels_from_outside_fill_no_memory() {
    let (registry, _clock) = registry();
    let service = Service::builder("stock").circuit_breaker(Config::new()).register_in(&registry).unwrap();
    let call = |labels: std::ops::Range<usize>| {
        for label in labels {
            service.operation(&format!("label-{label}")).call(|| Ok::<_, &str>(())).unwrap();
        }
    };
    call(0..200);
    assert_eq!(bytes(|| call(200..5_000)), 0);
}

#[test]
fn a_scrape_and_a_snapshot_leave_nothing_behind() {
    let (registry, _clock) = registry();
    registry.add_circuit_breaker("stock", Config::new().latency(true)).unwrap();
    Service::builder("shop").circuit_breaker(Config::new()).register_in(&registry).unwrap();
    registry.health().sample();
    let collector = Collector::new(registry.clone());
    let look = || {
        drop(collector.text());
        drop(registry.snapshot().to_json());
    };
    look();
    assert_eq!(bytes(|| (0..100).for_each(|_| look())), 0);
}

#[test]
fn outboxes_that_come_and_go_leave_nothing_in_the_registry() {
    let scope = Scope::new();
    let _inside = scope.enter();
    let make = |times: usize| {
        for _ in 0..times {
            drop(resilience::Outbox::new("orders", 10).unwrap());
        }
    };
    make(10);
    let left = bytes(|| make(2_000));
    assert!(left.abs() < 256, "{left} bytes");
    assert!(scope.registry().outboxes().is_empty());
}

#[test]
fn a_file_that_is_refused_again_and_again_is_kept_once() {
    let (registry, _clock) = registry();
    let _events = registry.events();
    let file = "[retry.a]\nattempts = 0\n";
    let refuse = |times: usize| {
        for _ in 0..times {
            let loaded = resilience::Init::new().text("resilience.toml", file).load_into(&registry);
            assert!(loaded.is_err());
        }
    };
    refuse(1100);
    assert!(bytes(|| refuse(200)).abs() < 1024);
}

#[test]
fn a_breaker_takes_two_cache_lines_for_each_of_many_threads() {
    const THREADS: i64 = 100;
    // Threads that other tests run on have numbers, too.
    const OTHERS: i64 = 16;
    let (registry, _clock) = registry();
    let breaker = registry.add_circuit_breaker("stock", Config::new()).unwrap();
    let together = Barrier::new(usize::try_from(THREADS).unwrap());
    let taken: i64 = thread::scope(|scope| {
        let call = || {
            together.wait();
            let taken = bytes(|| breaker.call(|| Ok::<_, &str>(())).unwrap());
            together.wait();
            taken
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(call)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(taken >= THREADS * 128, "{taken} bytes");
    assert!(taken <= (THREADS + OTHERS) * 128, "{taken} bytes");
    assert_eq!(breaker.snapshot().successes, 100);
}
