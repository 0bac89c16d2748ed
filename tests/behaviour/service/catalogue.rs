//! What the catalogue says of functions that run inside a service.

use std::time::Duration;

use resilience::{
    PolicyKind, Service, catalogue,
    catalogue::{Function, Origin},
    circuit_breaker, fallback, resilient, timeout,
};
use resilience_tests::Fault;

use super::Stage;

#[fallback(value = 0)]
#[resilient(service = "catalogued-db", operation = "query")]
async fn query() -> Result<u32, Fault> {
    std::future::ready(Ok(1)).await
}

fn listed() -> Function {
    let path = concat!(module_path!(), "::query");
    catalogue().into_iter().find(|function| function.path == path).unwrap()
}

fn kinds(function: &Function) -> Vec<(PolicyKind, &str, Option<&str>)> {
    function.layers.iter().map(|layer| (layer.kind, layer.name.as_str(), layer.service)).collect()
}

fn register() {
    let limit = timeout::Config::new().limit(Duration::from_secs(2));
    let breaker = circuit_breaker::Config::new().threshold(7);
    Service::builder("catalogued-db").circuit_breaker(breaker).timeout(limit).register().unwrap();
}

const OWN: (PolicyKind, &str, Option<&str>) =
    (PolicyKind::Fallback, concat!(module_path!(), "::query"), None);

#[test]
fn a_function_says_which_service_and_operation_it_joins() {
    let _stage = Stage::new();
    let function = listed();
    let member = function.service.unwrap();
    assert_eq!((member.name, member.operation, member.is_registered), ("catalogued-db", "query", false));
    assert_eq!((member.place.file, member.place.line), (file!(), function.place.line - 1));
    assert_eq!(kinds(&function), [OWN], "what nobody has registered covers nothing yet");
    assert!(!function.is_called());
}

#[test]
fn a_function_is_covered_by_the_layers_of_its_service() {
    let stage = Stage::new();
    register();
    let function = listed();
    let of_service = |kind| (kind, "catalogued-db", Some("catalogued-db"));
    assert_eq!(
        kinds(&function),
        [
            OWN,
            of_service(PolicyKind::Fallback),
            of_service(PolicyKind::CircuitBreaker),
            of_service(PolicyKind::Timeout)
        ]
    );
    assert!(function.service.unwrap().is_registered);
    assert!(!function.is_called());
    assert!(catalogue().known(PolicyKind::Timeout).contains(&"catalogued-db"));

    assert_eq!(stage.run(query()), Ok(1));
    assert!(listed().layers[1..].iter().all(|layer| layer.is_called));
}

#[test]
fn the_layers_of_a_service_have_the_settings_in_force() {
    let stage = Stage::new();
    register();
    let setting = |key: &str| {
        let layer = listed().layers.remove(2);
        assert!(!layer.is_joining());
        layer.settings.into_iter().find(|setting| setting.key == key).map(|found| (found.value, found.origin))
    };
    assert_eq!(setting("threshold"), Some(("7".to_owned(), Origin::Service)));
    assert_eq!(setting("half_open"), Some(("3".to_owned(), Origin::Default)));
    let breaker = stage.registry().circuit_breaker("catalogued-db").unwrap();
    breaker.reconfigure(circuit_breaker::Config::new().threshold(8)).unwrap();
    assert_eq!(setting("threshold"), Some(("8".to_owned(), Origin::Service)));
}

#[test]
fn a_table_shows_the_service_and_its_layers() {
    let _stage = Stage::new();
    let rows = || {
        let table = catalogue().to_string();
        let from = table.lines().position(|line| line.contains(OWN.1)).unwrap();
        let words = |line: &str| {
            line.split("  ")
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        table.lines().skip(from + 1).take(4).map(words).collect::<Vec<_>>()
    };
    assert_eq!(rows()[0], ["service", "catalogued-db", "no", "operation = query, not registered"]);
    register();
    assert_eq!(
        rows(),
        [
            vec!["service", "catalogued-db", "no", "operation = query"],
            vec!["fallback", "catalogued-db", "no", "defaults"],
            vec!["circuit_breaker", "catalogued-db", "no", "threshold = 7"],
            vec!["timeout", "catalogued-db", "no", "limit = 2s"],
        ]
    );
}
