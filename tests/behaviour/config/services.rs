//! Services as a file describes them.

use std::time::Duration;

use resilience::{Preset, presets, retry, timeout};

use super::{load, problem, registry};

#[test]
fn a_service_has_the_layers_of_its_preset_under_its_own() {
    let registry = registry();
    let file = "
        [service.database]
        preset = \"DATABASE\"
        retry = { attempts = 2 }
        [service.database.total_timeout]
        limit = \"9s\"
        [service.\"search index\"]
        timeout.limit = \"1s\"
    ";
    load(&registry, file, &[]).unwrap();
    let database = registry.service_section("database").unwrap();
    assert_eq!(database.preset, Some("DATABASE"));
    let of_preset = presets::DATABASE.__retry_section().unwrap();
    assert_eq!(
        database.settings,
        presets::DATABASE
            .retry(retry::Config::new().attempts(2).or(of_preset))
            .total_timeout(timeout::Config::new().limit(Duration::from_secs(9)))
    );
    let search = registry.service_section("search index").unwrap();
    assert_eq!(search.preset, None);
    assert_eq!(search.settings, Preset::EMPTY.timeout(timeout::Config::new().limit(Duration::from_secs(1))));
    assert_eq!(registry.service_section("bananas"), None);
    load(&registry, "", &[]).unwrap();
    assert_eq!(registry.service_section("database"), None);
}

#[test]
fn every_ready_made_preset_has_its_name() {
    let registry = registry();
    for (name, preset) in [
        ("AI_PROVIDER", presets::AI_PROVIDER),
        ("CACHE", presets::CACHE),
        ("SEARCH", presets::SEARCH),
        ("KNOWLEDGE_GRAPH", presets::KNOWLEDGE_GRAPH),
        ("THINKING_ENGINE", presets::THINKING_ENGINE),
        ("DATABASE", presets::DATABASE),
        ("HTTP_API", presets::HTTP_API),
        ("BROKER", presets::BROKER),
    ] {
        load(&registry, &format!("service.x.preset = \"{name}\""), &[]).unwrap();
        assert_eq!(registry.service_section("x").unwrap().settings, preset);
    }
}

#[test]
fn a_section_without_a_setting_is_a_layer_all_the_same() {
    let registry = registry();
    load(&registry, "[service.x.retry]", &[]).unwrap();
    assert_eq!(registry.service_section("x").unwrap().settings, Preset::EMPTY.retry(retry::Config::new()));
}

#[test]
fn what_is_wrong_with_a_service_is_said_with_its_line() {
    for (file, text) in [
        (
            "[service.x]\npreset = \"DATABSE\"",
            "resilience.toml:2: service.x.preset: unknown preset `DATABSE`, did you mean `DATABASE`?",
        ),
        (
            "[service.x]\nrety = { attempts = 3 }",
            "resilience.toml:2: service.x.rety: unknown key, did you mean `retry`?",
        ),
        (
            "[service.x]\nretry = 3",
            "resilience.toml:2: service.x.retry: expected settings, as in `retry = { .. }`",
        ),
        (
            "[service.x.retry]\nattempts = 3\nattempt = 3",
            "resilience.toml:3: service.x.retry.attempt: unknown key, did you mean `attempts`?",
        ),
        (
            "[service.x]\nretry = { attempts = 0 }",
            "resilience.toml:1: service.x.retry.attempts: `attempts` must be at least 1, the first call",
        ),
        (
            "[service.x]\nrate_limit = { burst = 3 }",
            "resilience.toml:1: service.x.rate_limit.rate: a rate limit needs a rate",
        ),
        (
            "[service]\nx = 3",
            "resilience.toml:2: service.x: a service is a section: write `[service.x]` above its keys",
        ),
        ("[service.\"\"]\npreset = \"CACHE\"", "resilience.toml:1: service: a name cannot be empty"),
    ] {
        let problem = problem(file);
        assert!(problem.starts_with(text), "{problem}");
    }
}

#[test]
fn a_service_of_the_file_is_registered_and_can_be_called() {
    let registry = registry();
    let file = "[service.stock]\ncircuit_breaker = { threshold = 1 }\n[service.\"nothing around\"]";
    load(&registry, file, &[]).unwrap();
    let stock = registry.service("stock").unwrap();
    assert!(stock.is_registered());
    let _ = stock.call(|| Err::<(), _>("down"));
    assert!(stock.call(|| Ok::<_, &str>(())).unwrap_err().rejected().is_some());
    // A section without a layer registers nothing.
    assert!(registry.service("nothing around").is_none());
    // Loaded again it is the same service.
    load(&registry, file, &[]).unwrap();
    assert_eq!(registry.service("stock").unwrap().snapshot().figures.failures, 1);
}

#[test]
fn a_service_that_the_program_registered_stays_as_it_is() {
    let registry = registry();
    let before = registry.add_service("stock", presets::CACHE).unwrap().snapshot().layers.len();
    load(&registry, "[service.stock]\nretry = { attempts = 2 }", &[]).unwrap();
    assert_eq!(registry.service("stock").unwrap().snapshot().layers.len(), before);
}

#[test]
fn layers_of_the_file_are_tuned_by_the_sections_of_their_policies() {
    let registry = registry();
    let file =
        "[service.stock]\ncircuit_breaker = { threshold = 7 }\n[circuit_breaker.stock]\nopen_for = \"9s\"";
    load(&registry, file, &[]).unwrap();
    let settings = registry.circuit_breaker("stock").unwrap().settings();
    assert_eq!((settings.threshold, settings.open_for), (Some(7), Duration::from_secs(9)));
}
