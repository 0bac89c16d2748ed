//! The variables of the environment.

use resilience::{PolicyKind, bulkhead, circuit_breaker::Config, fallback, rate_limit, retry, timeout};
use serde_json::json;

use super::{complaints, load, registry, setting, warnings};

const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

#[test]
fn every_flat_name_means_what_its_table_says() {
    for (variable, value, kind, field, shown) in [
        ("RESILIENCE_CIRCUIT_BREAKER_ENABLED", "false", PolicyKind::CircuitBreaker, "enabled", json!(false)),
        (
            "RESILIENCE_CIRCUIT_BREAKER_FAILURE_THRESHOLD",
            "7",
            PolicyKind::CircuitBreaker,
            "threshold",
            json!(7),
        ),
        (
            "RESILIENCE_CIRCUIT_BREAKER_RECOVERY_TIMEOUT",
            "7s",
            PolicyKind::CircuitBreaker,
            "open_for",
            json!({ "secs": 7, "nanos": 0 }),
        ),
        ("RESILIENCE_RETRY_ENABLED", "false", PolicyKind::Retry, "enabled", json!(false)),
        ("RESILIENCE_MAX_RETRY_ATTEMPTS", "7", PolicyKind::Retry, "attempts", json!(7)),
        ("RESILIENCE_BULKHEAD_ENABLED", "false", PolicyKind::Bulkhead, "enabled", json!(false)),
        ("RESILIENCE_MAX_CONCURRENT_REQUESTS", "7", PolicyKind::Bulkhead, "max_concurrent", json!(7)),
        ("RESILIENCE_RATE_LIMIT_ENABLED", "false", PolicyKind::RateLimit, "enabled", json!(false)),
        ("RESILIENCE_TIMEOUT_ENABLED", "false", PolicyKind::Timeout, "enabled", json!(false)),
        ("RESILIENCE_FALLBACK_ENABLED", "false", PolicyKind::Fallback, "enabled", json!(false)),
    ] {
        let registry = registry();
        registry.add_circuit_breaker("one", Config::new()).unwrap();
        registry.add_retry("one", retry::Config::new()).unwrap();
        registry.add_bulkhead("one", bulkhead::Config::new()).unwrap();
        registry.add_rate_limit("one", rate_limit::Config::new().rate(1, SECOND)).unwrap();
        registry.add_timeout("one", timeout::Config::new().limit(SECOND)).unwrap();
        registry.add_fallback("one", fallback::Config::new()).unwrap();
        load(&registry, "", &[(variable, value)]).unwrap();
        assert_eq!(setting(&registry, kind, "one", field), shown, "{variable}");
    }
}

#[test]
fn the_program_is_named_by_the_environment_before_the_file() {
    let registry = registry();
    let variables = [
        ("RESILIENCE_SERVICE_NAME", "shop"),
        ("RESILIENCE_ENVIRONMENT", "production"),
        ("RESILIENCE_HEALTH_CHECK_INTERVAL", "2s"),
    ];
    let file = "[global]\nservice_name = \"x\"\nenvironment = \"y\"\nhealth_check_interval = \"1h\"";
    load(&registry, file, &variables).unwrap();
    let identity = registry.identity();
    assert_eq!(identity.service_name.as_deref(), Some("shop"));
    assert_eq!(identity.environment.as_deref(), Some("production"));
    assert_eq!(identity.health_check_interval.as_secs(), 2);
}

#[test]
fn a_name_is_found_whatever_stands_in_it() {
    for (name, variable) in [
        ("quotes", "QUOTES"),
        ("Quotes", "quotes"),
        ("shop::stock", "SHOP__STOCK"),
        ("my-api.v2", "MY_API_V2"),
        ("module::function#2", "MODULE__FUNCTION_2"),
        ("_x_", "_X_"),
    ] {
        let registry = registry();
        let breaker = registry.add_circuit_breaker(name, Config::new()).unwrap();
        let variable = format!("RESILIENCE__CIRCUIT_BREAKER__{variable}__THRESHOLD");
        let loaded = load(&registry, "", &[(&variable, "9")]).unwrap();
        assert_eq!(breaker.settings().threshold, Some(9), "{name}");
        assert_eq!(warnings(&loaded), [""; 0]);
    }
}

#[test]
fn an_unknown_name_is_a_warning_with_a_suggestion() {
    let registry = registry();
    registry.add_circuit_breaker("quotes", Config::new()).unwrap();
    let loaded = load(&registry, "", &[("RESILIENCE__CIRCUIT_BREAKER__QOUTES__THRESHOLD", "9")]).unwrap();
    assert_eq!(
        warnings(&loaded),
        [
            "RESILIENCE__CIRCUIT_BREAKER__QOUTES__THRESHOLD: there is no circuit_breaker `QOUTES` so far, did you mean `QUOTES`?"
        ]
    );
}

#[test]
fn what_is_wrong_is_said_with_the_variables_name() {
    for (variable, value, message) in [
        ("RESILIENCE__RETRY__X__ATTEMPT", "3", "unknown key, did you mean `attempts`?"),
        ("RESILIENCE__RETRY__ATTEMPTS", "0", "`attempts` must be at least 1, the first call"),
        ("RESILIENCE__RETRY__ATTEMPTS", "", "`attempts` needs a value"),
        ("RESILIENCE__RETRY__MAX_RETRIES", "3", "unknown key `max_retries`, write `attempts`"),
        ("RESILIENCE__RERTY__ATTEMPTS", "3", "unknown kind `RERTY`, did you mean `RETRY`?"),
        ("RESILIENCE__RETRY", "3", "expected `RESILIENCE__KIND__KEY`"),
        ("RESILIENCE__", "3", "expected `RESILIENCE__KIND__KEY`"),
        ("RESILIENCE__SERVICE__X__PRESET", "CACHE", "services are described in a file"),
        ("RESILIENCE__GLOBAL__ENABLE", "true", "did you mean `enabled`?"),
        ("RESILIENCE_MAX_RETRY_ATTEMPTS", "many", "`attempts` is a whole number, but this is `many`"),
        ("RESILIENCE_CIRCUIT_BREAKER_RECOVERY_TIMEOUT", "60", "a duration needs its unit: `60s`"),
        ("RESILIENCE_ENABLED", "no", "`enabled` is `true` or `false`"),
    ] {
        let problems = complaints(load(&registry(), "", &[(variable, value)]));
        assert_eq!(problems.len(), 1, "{variable}");
        assert!(problems[0].starts_with(&format!("{variable}: ")), "{problems:?}");
        assert!(problems[0].contains(message), "{problems:?}");
    }
}

#[test]
fn the_dashboards_token_is_no_setting_and_is_not_shown() {
    let registry = registry();
    let loaded = load(&registry, "", &[("RESILIENCE_DASHBOARD_TOKEN", "a secret that nobody sees")]);
    assert_eq!(warnings(&loaded.unwrap()), [""; 0]);
    let loaded = load(&registry, "", &[("RESILIENCE_DASHBORD_TOKEN", "a secret that nobody sees")]);
    let expected = "RESILIENCE_DASHBORD_TOKEN: this variable has no meaning here, did you mean `RESILIENCE_DASHBOARD_TOKEN`?";
    assert_eq!(warnings(&loaded.unwrap()), [expected]);
}

#[test]
fn a_variable_without_a_meaning_is_a_warning_since_it_may_be_another_programs() {
    let registry = registry();
    let loaded = load(
        &registry,
        "",
        &[("RESILIENCE_RETRY_ENABLD", "false"), ("RESILIENCE_PORT", "tcp://10.0.0.1"), ("PATH", "/bin")],
    );
    let warnings = warnings(&loaded.unwrap());
    assert_eq!(
        warnings,
        [
            "RESILIENCE_PORT: this variable has no meaning here",
            "RESILIENCE_RETRY_ENABLD: this variable has no meaning here, did you mean `RESILIENCE_RETRY_ENABLED`?"
        ]
    );
}

#[test]
fn two_variables_of_one_setting_may_not_differ() {
    let registry = registry();
    let feed = registry.add_retry("feed", retry::Config::new()).unwrap();
    let both = |value| [("RESILIENCE_MAX_RETRY_ATTEMPTS", "4"), ("RESILIENCE__RETRY__ATTEMPTS", value)];
    load(&registry, "", &both("4")).unwrap();
    assert_eq!(feed.settings().attempts, 4);
    let problems = complaints(load(&registry, "", &both("5")));
    assert_eq!(
        problems,
        [
            "RESILIENCE__RETRY__ATTEMPTS: says otherwise than `RESILIENCE_MAX_RETRY_ATTEMPTS`, which is the same setting: remove one"
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_value_that_is_no_text_is_refused_if_the_variable_is_ours() {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};

    let init = |name: &str| {
        let bytes = OsString::from_vec(vec![0xFF, 0xFE]);
        resilience::Init::new().environment([(name, bytes)]).load_into(&registry())
    };
    assert!(init("HOME").is_ok());
    let problems = complaints(init("RESILIENCE_SERVICE_NAME"));
    assert_eq!(problems, ["RESILIENCE_SERVICE_NAME: the value is not valid Unicode"]);
}
