//! One object per kind and name.

use std::{sync::Arc, time::Duration};

use resilience::{
    Figures, ManualClock, PolicyKind, bulkhead,
    circuit_breaker::{Config, Initial, State},
    metrics::prometheus::Collector,
    rate_limit, retry,
    testing::Scope,
    timeout,
};
use resilience_tests::recorded;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_name_is_one_object() {
    let scope = Scope::new();
    let first = scope.registry().add_circuit_breaker("stock", Config::new()).unwrap();
    let second = scope.registry().add_circuit_breaker("stock", Config::new()).unwrap();
    first.force_open();
    assert_eq!(second.state(), State::ForcedOpen);
    assert_eq!(scope.registry().circuit_breaker("stock").unwrap().state(), State::ForcedOpen);
}

#[test]
fn a_name_nobody_gave_is_not_there() {
    let registry = Scope::new().registry();
    assert!(registry.circuit_breaker("stock").is_none());
    assert!(registry.retry("stock").is_none());
    assert!(registry.bulkhead("stock").is_none());
    assert!(registry.rate_limit("stock").is_none());
    assert!(registry.timeout("stock").is_none());
    assert!(registry.fallback("stock").is_none());
}

#[test]
fn kinds_do_not_meet_under_one_name() {
    let registry = Scope::new().registry();
    registry.add_circuit_breaker("stock", Config::new()).unwrap();
    registry.add_retry("stock", retry::Config::new()).unwrap();
    registry.add_bulkhead("stock", bulkhead::Config::new()).unwrap();
    registry.add_rate_limit("stock", rate_limit::Config::new().rate(1, SECOND)).unwrap();
    registry.add_timeout("stock", timeout::Config::new().limit(SECOND)).unwrap();
    let kinds: Vec<_> = registry.snapshot().policies.iter().map(|policy| policy.kind).collect();
    assert_eq!(
        kinds,
        [
            PolicyKind::CircuitBreaker,
            PolicyKind::Retry,
            PolicyKind::Bulkhead,
            PolicyKind::RateLimit,
            PolicyKind::Timeout
        ]
    );
    assert_eq!(registry.retry("stock").unwrap().name(), "stock");
    assert_eq!(registry.bulkhead("stock").unwrap().name(), "stock");
    assert_eq!(registry.rate_limit("stock").unwrap().name(), "stock");
    assert_eq!(registry.timeout("stock").unwrap().name(), "stock");
}

#[test]
fn the_first_settings_win() {
    let registry = Scope::new().registry();
    registry.add_circuit_breaker("stock", Config::new().threshold(3)).unwrap();
    let second = registry.add_circuit_breaker("stock", Config::new().threshold(9)).unwrap();
    assert_eq!(second.settings().threshold, Some(3));
}

#[test]
fn the_first_settings_also_win_over_an_object_that_has_only_defaults() {
    let registry = Scope::new().registry();
    let joined = registry.add_circuit_breaker("stock", Config::new()).unwrap();
    registry.add_circuit_breaker("stock", Config::new().threshold(3)).unwrap();
    assert_eq!(joined.settings().threshold, Some(3));
    registry.add_circuit_breaker("stock", Config::new().threshold(9)).unwrap();
    assert_eq!(joined.settings().threshold, Some(3));
    let policy = registry.snapshot();
    assert_eq!(policy.get(PolicyKind::CircuitBreaker, "stock").unwrap().conflicts.len(), 1);
}

#[test]
fn joining_without_settings_is_no_conflict() {
    let registry = Scope::new().registry();
    registry.add_circuit_breaker("stock", Config::new().threshold(3)).unwrap();
    let events = recorded(|| registry.add_circuit_breaker("stock", Config::new()).unwrap());
    assert_eq!(events, []);
    assert!(registry.snapshot().policies[0].conflicts.is_empty());
}

#[test]
fn the_same_settings_again_are_no_conflict() {
    let registry = Scope::new().registry();
    for _ in 0..3 {
        registry.add_circuit_breaker("stock", Config::new().threshold(3)).unwrap();
    }
    assert!(registry.snapshot().policies[0].conflicts.is_empty());
}

#[test]
fn a_conflict_is_listed_with_both_places_and_warned_of_once() {
    let registry = Scope::new().registry();
    registry.add_circuit_breaker("stock", Config::new().threshold(3)).unwrap();
    let events = recorded(|| {
        for _ in 0..3 {
            registry.add_circuit_breaker("stock", Config::new().threshold(9)).unwrap();
        }
    });
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.level, tracing::Level::WARN);
    assert_eq!((event.field("policy"), event.field("name")), ("circuit_breaker", "stock"));
    assert_eq!((event.field("in_force"), event.field("ignored")), ("code", "code"));
    let snapshot = registry.snapshot();
    let [conflict] = &snapshot.policies[0].conflicts[..] else { panic!("{snapshot:?}") };
    assert_eq!((conflict.in_force.as_str(), conflict.ignored.as_str()), ("code", "code"));
    assert!(conflict.settings.contains("threshold: 9"), "{}", conflict.settings);
}

#[test]
fn each_further_conflict_is_listed() {
    let registry = Scope::new().registry();
    for threshold in 1..=4 {
        registry.add_circuit_breaker("stock", Config::new().threshold(threshold)).unwrap();
    }
    assert_eq!(registry.snapshot().policies[0].conflicts.len(), 3);
}

#[test]
fn settings_that_cannot_be_leave_nothing_behind() {
    let registry = Scope::new().registry();
    let error = registry.add_circuit_breaker("stock", Config::new().threshold(0)).unwrap_err();
    assert_eq!(error.to_string(), "`threshold` must be at least 1");
    assert!(registry.snapshot().policies.is_empty());
}

#[test]
fn names_that_cannot_be_leave_nothing_behind() {
    let registry = Scope::new().registry();
    for name in ["", "a\nb", &"x".repeat(10_240)] {
        assert_eq!(registry.add_circuit_breaker(name, Config::new()).unwrap_err().setting(), "name");
        assert_eq!(registry.add_bulkhead(name, bulkhead::Config::new()).unwrap_err().setting(), "name");
        assert!(registry.circuit_breaker(name).is_none());
    }
    assert!(registry.snapshot().policies.is_empty());
}

#[test]
fn a_timeout_must_be_given_its_limit_by_somebody() {
    let registry = Scope::new().registry();
    assert!(registry.add_timeout("geocoder", timeout::Config::new()).is_err());
    registry.add_timeout("geocoder", timeout::Config::new().limit(SECOND)).unwrap();
    let joined = registry.add_timeout("geocoder", timeout::Config::new()).unwrap();
    assert_eq!(joined.settings().limit, SECOND);
}

#[test]
fn initial_applies_at_creation_only() {
    let registry = Scope::new().registry();
    registry.add_circuit_breaker("stock", Config::new()).unwrap();
    let late = registry.add_circuit_breaker("stock", Config::new().initial(Initial::ForcedOpen)).unwrap();
    assert_eq!(late.state(), State::Closed);
    let fresh = registry.add_circuit_breaker("other", Config::new().initial(Initial::ForcedOpen)).unwrap();
    assert_eq!(fresh.state(), State::ForcedOpen);
}

#[test]
fn a_subscriber_that_is_told_of_settings_may_ask_the_registry() {
    struct Asking(Arc<std::sync::Mutex<Vec<usize>>>, resilience::Registry);
    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Asking {
        fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            if event.metadata().target() == "resilience" {
                let breaker = self.1.circuit_breaker("stock").unwrap();
                assert_eq!(breaker.settings().threshold, Some(3));
                self.0.lock().unwrap().push(self.1.snapshot().policies.len());
            }
        }
    }
    let registry = Scope::new().registry();
    registry.add_circuit_breaker("stock", Config::new()).unwrap();
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let layer = Asking(Arc::clone(&asked), registry.clone());
    let subscriber = tracing_subscriber::layer::SubscriberExt::with(tracing_subscriber::registry(), layer);
    tracing::subscriber::with_default(subscriber, || {
        registry.add_circuit_breaker("stock", Config::new().threshold(3)).unwrap();
        registry.add_circuit_breaker("stock", Config::new().threshold(9)).unwrap();
    });
    assert_eq!(*asked.lock().unwrap(), [1, 1]);
}

#[test]
fn the_snapshot_lists_everything_by_kind_and_name() {
    let registry = Scope::new().registry();
    for name in ["b", "c", "a"] {
        registry.add_circuit_breaker(name, Config::new()).unwrap();
        registry.add_retry(name, retry::Config::new()).unwrap();
    }
    let names: Vec<_> = registry.snapshot().policies.iter().map(|policy| policy.name).collect();
    assert_eq!(names, ["a", "b", "c", "a", "b", "c"]);
    assert!(registry.snapshot().get(PolicyKind::Retry, "b").is_some());
    assert!(registry.snapshot().get(PolicyKind::Bulkhead, "b").is_none());
}

#[test]
fn the_snapshot_is_plain_data() {
    let registry = Scope::with_clock(ManualClock::new()).registry();
    let breaker = registry.add_circuit_breaker("stock", Config::new().threshold(1).open_for(SECOND)).unwrap();
    registry.add_retry("stock", retry::Config::new()).unwrap();
    registry.add_bulkhead("stock", bulkhead::Config::new()).unwrap();
    registry.add_rate_limit("stock", rate_limit::Config::new().rate(1, SECOND)).unwrap();
    registry.add_timeout("stock", timeout::Config::new().limit(SECOND)).unwrap();
    let _ = breaker.call(|| Err::<(), _>("down"));
    let json = serde_json::to_value(registry.snapshot()).unwrap();
    let first = &json["policies"][0];
    assert_eq!(
        (&first["kind"], &first["name"], &first["place"]),
        (&"circuit_breaker".into(), &"stock".into(), &"code".into())
    );
    assert_eq!((&first["figures"]["state"], &first["figures"]["errors"]), (&"open".into(), &1.into()));
    assert_eq!(first["figures"]["settings"]["threshold"], 1);
    assert_eq!(json["policies"][1]["figures"]["settings"]["backoff"], "exponential(200ms..30s)");
    assert_eq!(json["policies"].as_array().unwrap().len(), 5);
}

#[test]
fn looking_at_a_breaker_in_any_way_does_not_move_it() {
    let clock = ManualClock::new();
    let scope = Scope::with_clock(clock.clone());
    let registry = scope.registry();
    let config = Config::new().threshold(1).open_for(SECOND);
    let breaker = registry.add_circuit_breaker("stock", config).unwrap();
    breaker.acquire().unwrap().failure();
    clock.advance(Duration::from_hours(1));
    let before = (breaker.state(), breaker.generation());
    for _ in 0..3 {
        let _ = (breaker.snapshot(), registry.snapshot().to_json(), registry.services());
        let _ = Collector::new(registry.clone()).text();
        let health = registry.health();
        let _ = (health.sample(), health.report(), health.healthz(), health.readyz());
        let _ = breaker.keyed().keys();
    }
    assert_eq!((breaker.state(), breaker.generation()), before);
    assert_eq!(before, (State::Open, 1), "its time is over, and the next call is the first to know");
}

#[test]
fn everything_can_be_done_to_all_breakers_at_once() {
    let registry = Scope::new().registry();
    let breakers: Vec<_> = ["a", "b", "c"]
        .iter()
        .map(|name| registry.add_circuit_breaker(name, Config::new()).unwrap())
        .collect();
    let all: [(fn(&resilience::Registry), State); 5] = [
        (resilience::Registry::force_open_all, State::ForcedOpen),
        (resilience::Registry::close_all, State::Closed),
        (resilience::Registry::disable_all, State::Disabled),
        (resilience::Registry::metrics_only_all, State::MetricsOnly),
        (resilience::Registry::reset_all, State::Closed),
    ];
    for (go, state) in all {
        go(&registry);
        assert!(breakers.iter().all(|breaker| breaker.state() == state), "{state}");
    }
    assert_eq!(registry.circuit_breakers().len(), 3);
}

#[test]
fn the_same_name_from_many_threads_at_once_is_one_object() {
    let scope = Scope::new();
    let gate = std::sync::Barrier::new(8);
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                gate.wait();
                let breaker =
                    scope.registry().add_circuit_breaker("stock", Config::new().threshold(99)).unwrap();
                let _ = breaker.call(|| Err::<(), _>("down"));
            });
        }
    });
    let breaker = scope.registry().circuit_breaker("stock").unwrap();
    assert_eq!(breaker.snapshot().errors, 8);
    assert_eq!(breaker.settings().threshold, Some(99));
}

#[test]
fn figures_are_those_of_the_kind() {
    let registry = Scope::new().registry();
    registry.add_timeout("geocoder", timeout::Config::new().limit(SECOND)).unwrap();
    let snapshot = registry.snapshot();
    let Figures::Timeout(figures) = &snapshot.policies[0].figures else { panic!("{snapshot:?}") };
    assert_eq!((figures.expired, figures.settings.limit), (0, SECOND));
}
