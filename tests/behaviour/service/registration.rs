use resilience::{
    Pipeline, PolicyKind, Preset, Service, bulkhead, circuit_breaker, circuit_breaker::State, presets,
    rate_limit, retry, timeout,
};

use super::{MS, Stage};

fn kinds(service: &Service) -> Vec<(PolicyKind, &'static str)> {
    service.pipeline().layers().collect()
}

#[test]
fn each_policy_of_a_preset_is_registered_under_the_service() {
    let stage = Stage::new();
    let service = stage.registry().add_service("engine", presets::THINKING_ENGINE).unwrap();
    assert_eq!(
        kinds(&service),
        [
            (PolicyKind::Fallback, "engine"),
            (PolicyKind::Timeout, "engine.total"),
            (PolicyKind::Retry, "engine"),
            (PolicyKind::CircuitBreaker, "engine"),
            (PolicyKind::Bulkhead, "engine"),
            (PolicyKind::Timeout, "engine"),
        ]
    );
    let policies = stage.registry().snapshot().policies;
    for (kind, name) in kinds(&service) {
        assert!(policies.iter().any(|policy| policy.kind == kind && policy.name == name), "{kind} {name}");
    }
}

#[test]
fn a_builder_takes_each_section() {
    let stage = Stage::new();
    let service = Service::builder("stock")
        .preset(presets::CACHE)
        .circuit_breaker(circuit_breaker::Config::new().threshold(7))
        .retry(retry::Config::new().attempts(9))
        .rate_limit(rate_limit::Config::new().rate(5, 1000 * MS))
        .bulkhead(bulkhead::Config::new().max_concurrent(11))
        .timeout(timeout::Config::new().limit(13 * MS))
        .total_timeout(timeout::Config::new().limit(1700 * MS))
        .register()
        .unwrap();
    let registry = stage.registry();
    assert_eq!(registry.circuit_breaker("stock").unwrap().settings().threshold, Some(7));
    assert_eq!(registry.retry("stock").unwrap().settings().attempts, 9);
    assert_eq!(registry.rate_limit("stock").unwrap().settings().calls, 5);
    assert_eq!(registry.bulkhead("stock").unwrap().settings().max_concurrent, 11);
    assert_eq!(registry.timeout("stock").unwrap().settings().limit, 13 * MS);
    assert_eq!(registry.timeout("stock.total").unwrap().settings().limit, 1700 * MS);
    assert_eq!(kinds(&service).len(), 7);
}

#[test]
fn a_service_is_found_by_name_and_listed() {
    let stage = Stage::new();
    let registry = stage.registry();
    assert!(registry.service("cache").is_none());
    registry.add_service("search", presets::SEARCH).unwrap();
    registry.add_service("cache", presets::CACHE).unwrap();
    assert!(registry.service("cache").is_some_and(|service| service.is_registered()));
    let names: Vec<_> = registry.services().iter().map(Service::name).collect();
    assert_eq!(names, ["cache", "search"]);
}

#[test]
fn each_registry_has_services_of_its_own() {
    let (one, other) = (Stage::new(), Stage::new());
    one.registry().add_service("cache", presets::CACHE).unwrap();
    assert!(other.registry().services().is_empty());
}

#[test]
fn the_ready_made_presets_are_registered_in_one_call() {
    let stage = Stage::new();
    let own = Service::builder("cache").retry(retry::Config::new().attempts(2)).register().unwrap();
    let services = stage.registry().add_default_services();
    let names: Vec<_> = services.iter().map(Service::name).collect();
    assert_eq!(
        names,
        [
            "ai_provider",
            "broker",
            "cache",
            "database",
            "http_api",
            "knowledge_graph",
            "search",
            "thinking_engine"
        ]
    );
    assert_eq!(kinds(&services[2]), kinds(&own), "what is registered already stays");
    assert!(services.iter().all(Service::is_registered));
    let again = stage.registry().add_default_services();
    assert_eq!(again.len(), 8);
}

#[test]
fn registering_the_same_service_twice_gives_the_same_service() {
    let stage = Stage::new();
    let one = stage.registry().add_service("database", presets::DATABASE).unwrap();
    let other = stage.registry().add_service("database", presets::DATABASE).unwrap();
    one.without(PolicyKind::Timeout).call(|| Ok::<_, ()>(())).unwrap();
    assert_eq!(other.snapshot().figures.successes, 1);
}

#[test]
fn other_settings_for_a_registered_service_are_a_conflict() {
    let stage = Stage::new();
    let section = |attempts| Preset::EMPTY.retry(retry::Config::new().attempts(attempts));
    stage.registry().add_service("feed", section(2)).unwrap();
    stage.registry().add_service("feed", section(5)).unwrap();
    let snapshot = stage.registry().snapshot();
    assert_eq!(snapshot.get(PolicyKind::Retry, "feed").unwrap().conflicts.len(), 1);
    assert_eq!(stage.registry().retry("feed").unwrap().settings().attempts, 2);
}

#[test]
fn other_layers_for_a_registered_service_are_refused_and_change_nothing() {
    let stage = Stage::new();
    let registry = stage.registry();
    registry.add_service("feed", Preset::EMPTY.retry(retry::Config::new().attempts(2))).unwrap();
    let problem = registry.add_service("feed", presets::HTTP_API).unwrap_err();
    assert_eq!(problem.setting(), "service");
    assert_eq!(
        problem.to_string(),
        "service `feed` is registered already with other layers, [fallback(\"feed\"), retry(\"feed\")]: register it once, or under another name"
    );
    assert!(registry.circuit_breaker("feed").is_none());
}

#[test]
fn a_service_without_a_policy_is_refused() {
    let stage = Stage::new();
    let problem = stage.registry().add_service("feed", Preset::EMPTY).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "service `feed` has no policy, so it would guard nothing: give it a preset, as in `.preset(presets::HTTP_API)`, or settings, as in `.circuit_breaker(..)`"
    );
    assert!(stage.registry().service("feed").is_none());
}

#[test]
fn a_setting_that_cannot_be_registers_nothing() {
    let stage = Stage::new();
    let registry = stage.registry();
    let bad = presets::HTTP_API.bulkhead(bulkhead::Config::new().max_concurrent(0));
    assert_eq!(registry.add_service("api", bad).unwrap_err().setting(), "max_concurrent");
    let contradiction = presets::HTTP_API.timeout(timeout::Config::new().limit(40_000 * MS));
    assert_eq!(
        registry.add_service("api", contradiction).unwrap_err().to_string(),
        "this timeout never strikes: it is not below the timeout around it"
    );
    assert_eq!(registry.add_service("", presets::HTTP_API).unwrap_err().setting(), "name");
    assert!(registry.snapshot().policies.is_empty());
    assert!(registry.services().is_empty());
}

#[test]
fn settings_change_at_run_time_under_the_service() {
    let stage = Stage::new();
    let service = stage.registry().add_service("cache", presets::CACHE).unwrap();
    stage.registry().timeout("cache").unwrap().reconfigure(timeout::Config::new().limit(3 * MS)).unwrap();
    let answer = stage.run(service.call_async(std::future::pending::<Result<(), ()>>));
    assert!(answer.is_err());
    assert_eq!(stage.clock.elapsed(), 3 * MS);
}

#[test]
fn a_service_shares_its_policies_with_whoever_names_them() {
    let stage = Stage::new();
    let service = stage.registry().add_service("cache", presets::CACHE).unwrap();
    let breaker = stage.registry().circuit_breaker("cache").unwrap();
    breaker.force_open();
    let refused = stage.run(service.call_async(|| async { Ok::<_, ()>(1) })).unwrap_err();
    assert_eq!(refused.rejected().unwrap().name(), "cache");
    let shared = Pipeline::builder().circuit_breaker(breaker).build().unwrap();
    assert!(shared.call(|| Ok::<_, ()>(1)).is_err());
    assert_eq!(stage.registry().circuit_breaker("cache").unwrap().state(), State::ForcedOpen);
}
