//! What can be read.

use std::time::Duration;

use resilience::{PolicyKind, bulkhead, circuit_breaker, presets, rate_limit, retry, timeout};
use serde_json::json;

use crate::client::Client;

/// A registry with one policy of each kind.
fn shop(client: &Client) {
    let registry = &client.registry;
    let config = circuit_breaker::Config::new().threshold(2).latency(true);
    let breaker = registry.add_circuit_breaker("quotes", config).unwrap();
    for result in [Ok(7), Err("down"), Ok(7)] {
        let _ = breaker.call(|| result);
    }
    registry.add_retry("feed", retry::Config::new().attempts(4)).unwrap();
    let bulkhead = registry.add_bulkhead("reports", bulkhead::Config::new().max_concurrent(4)).unwrap();
    std::mem::forget(bulkhead.try_acquire());
    registry.add_rate_limit("geocoder", rate_limit::Config::new().rate(100, Duration::from_secs(1))).unwrap();
    registry.add_timeout("lookup", timeout::Config::new().limit(Duration::from_millis(800))).unwrap();
    registry.add_fallback("prices", resilience::fallback::Config::new()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_status_has_a_row_for_each_policy() {
    let client = Client::with(|dashboard| dashboard.title("shop"));
    shop(&client);
    let status = client.get("/api/v1/status").await.json();
    assert_eq!((&status["title"], &status["actions"]), (&json!("shop"), &json!(false)));
    let rows = status["policies"].as_array().unwrap();
    let paths: Vec<_> = rows.iter().map(|row| row["path"].as_str().unwrap()).collect();
    let expected = [
        "api/v1/policies/circuit_breaker/quotes",
        "api/v1/policies/retry/feed",
        "api/v1/policies/bulkhead/reports",
        "api/v1/policies/rate_limit/geocoder",
        "api/v1/policies/timeout/lookup",
        "api/v1/policies/fallback/prices",
    ];
    assert_eq!(paths, expected);
    assert_eq!(rows[0]["state"], "closed");
    assert_eq!(rows[0]["totals"]["calls"], 3);
    assert_eq!(rows[0]["totals"]["failed"], 1);
    assert_eq!(rows[0]["latency"]["calls"], 3);
    assert_eq!(rows[1]["state"], json!(null));
    assert_eq!(
        (&rows[2]["in_use"], &rows[2]["places"], &rows[2]["saturation"]),
        (&json!(1), &json!(4), &json!(0.25))
    );
    assert_eq!((&rows[3]["in_use"], &rows[3]["places"]), (&json!(0), &json!(100)));
}

#[tokio::test(start_paused = true)]
async fn every_address_of_the_status_answers() {
    let client = Client::new();
    shop(&client);
    client.registry.add_service("orders", presets::DATABASE).unwrap();
    let status = client.get("/api/v1/status").await.json();
    let lists = [&status["policies"], &status["services"]];
    let rows: Vec<_> = lists.iter().flat_map(|list| list.as_array().unwrap()).collect();
    assert!(rows.len() > 15);
    for row in rows {
        let path = format!("/{}", row["path"].as_str().unwrap());
        let answer = client.get(&path).await;
        assert_eq!(answer.status, 200, "{path} {answer:?}");
        let one = answer.json();
        let name = one["policy"]["name"].as_str().or(one["name"].as_str());
        assert_eq!(name, row["name"].as_str());
    }
}

#[tokio::test(start_paused = true)]
async fn one_policy_has_settings_with_their_layers() {
    let client = Client::new();
    shop(&client);
    client.registry.set(PolicyKind::CircuitBreaker, "quotes", "open_for", "5s..5m").unwrap();
    let answer = client.get("/api/v1/policies/circuit_breaker/quotes").await.json();
    let setting = |key: &str| {
        let settings = answer["settings"].as_array().unwrap();
        settings.iter().find(|setting| setting["key"] == key).unwrap().clone()
    };
    let expected =
        json!({"key": "threshold", "value": "2", "layer": "program", "changed": false, "otherwise": "2"});
    assert_eq!(setting("threshold"), expected);
    let expected = json!({"key": "open_for", "value": "5s..5m", "layer": "run_time", "changed": true, "otherwise": "1m"});
    assert_eq!(setting("open_for"), expected);
    let expected = json!({"key": "failure_rate", "value": null, "layer": "default", "changed": false, "otherwise": null});
    assert_eq!(setting("failure_rate"), expected);
    assert_eq!(setting("enabled")["value"], "true");
    assert_eq!(answer["toml"], "[circuit_breaker.quotes]\nopen_for = \"5s..5m\"\n");
    assert_eq!(answer["policy"]["changed"], json!(["open_for"]));
}
