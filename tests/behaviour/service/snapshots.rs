//! Services in the snapshot of the registry.

use resilience::{LayerName, PolicyKind, Service, bulkhead, circuit_breaker};

use super::Stage;

fn service() -> Service {
    Service::builder("stock")
        .circuit_breaker(circuit_breaker::Config::new().threshold(1))
        .bulkhead(bulkhead::Config::new())
        .register()
        .unwrap()
}

#[test]
fn a_snapshot_of_the_registry_shows_calls_operations_and_layers_of_a_service() {
    let stage = Stage::new();
    let service = service();
    service.operation("query").call(|| Ok::<_, &str>(())).unwrap();
    let _ = service.call(|| Err::<(), _>("down"));
    let _ = service.operation("query").call(|| Ok::<_, &str>(()));
    let snapshot = stage.registry().snapshot();
    let seen = snapshot.service("stock").unwrap();
    let own = service.snapshot();
    assert_eq!((seen.name, seen.is_registered), ("stock", true));
    assert_eq!((seen.figures, &seen.operations), (own.figures, &own.operations));
    assert_eq!((seen.figures.successes, seen.figures.failures, seen.figures.rejected), (1, 1, 1));
    assert_eq!(seen.operations[0].figures.calls, 2);
    let layers: Vec<_> = seen.layers.iter().map(|LayerName { kind, name, .. }| (*kind, *name)).collect();
    assert_eq!(
        layers,
        [
            (PolicyKind::Fallback, "stock"),
            (PolicyKind::CircuitBreaker, "stock"),
            (PolicyKind::Bulkhead, "stock"),
        ]
    );
    assert!(snapshot.service("nobody").is_none());
}

#[test]
fn every_layer_of_a_service_in_a_snapshot_is_one_of_its_policies() {
    let stage = Stage::new();
    stage.registry().add_default_services();
    let snapshot = stage.registry().snapshot();
    assert_eq!(snapshot.services.len(), 8);
    for service in &snapshot.services {
        assert!(!service.layers.is_empty());
        for layer in &service.layers {
            assert!(snapshot.get(layer.kind, layer.name).is_some(), "{layer:?}");
        }
    }
}

#[test]
fn a_service_that_was_only_joined_is_shown_as_not_registered() {
    #[resilience::resilient(service = "joined")]
    fn call() -> std::io::Result<()> {
        Ok(())
    }
    let stage = Stage::new();
    call().unwrap();
    let is_registered = || stage.registry().snapshot().service("joined").unwrap().is_registered;
    assert!(!is_registered());
    Service::builder("joined").circuit_breaker(circuit_breaker::Config::new()).register().unwrap();
    assert!(is_registered());
}

#[test]
fn services_are_in_the_json_of_a_snapshot() {
    let stage = Stage::new();
    service().operation("query").call(|| Ok::<_, &str>(())).unwrap();
    let json: serde_json::Value = serde_json::from_str(&stage.registry().snapshot().to_json()).unwrap();
    let service = &json["services"][0];
    assert_eq!((&service["name"], &service["figures"]["successes"]), (&"stock".into(), &1.into()));
    assert_eq!(service["operations"][0]["label"], "query");
    assert_eq!(service["layers"][1], serde_json::json!({ "kind": "circuit_breaker", "name": "stock" }));
}
