//! What can be read.

use std::time::Duration;

use axum::{Router, body::Body, http::Request};
use resilience::{
    PolicyKind, bulkhead, circuit_breaker, circuit_breaker::State, dashboard::Dashboard, metrics::prometheus,
    presets, rate_limit, retry, testing::Scope, timeout,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::client::{Client, TOKEN};

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

/// Everything that can be read, but for the streams.
const ADDRESSES: [&str; 16] = [
    "/",
    "/script.js",
    "/style.css",
    "/api/v1/status",
    "/api/v1/policies/circuit_breaker/quotes",
    "/api/v1/policies/retry/feed",
    "/api/v1/policies/bulkhead/reports",
    "/api/v1/policies/rate_limit/geocoder",
    "/api/v1/policies/timeout/lookup",
    "/api/v1/services",
    "/api/v1/services/quotes",
    "/api/v1/health",
    "/api/v1/events",
    "/healthz",
    "/readyz",
    "/metrics",
];

#[tokio::test(start_paused = true)]
async fn reading_changes_nothing() {
    let client = Client::with_token();
    shop(&client);
    let open = client
        .registry
        .add_circuit_breaker(
            "open",
            circuit_breaker::Config::new().threshold(1).open_for(Duration::from_secs(1)),
        )
        .unwrap();
    let _ = open.call(|| Err::<(), _>("down"));
    // Its time is over, and no call has come.
    tokio::time::advance(Duration::from_secs(5)).await;
    let before = client.registry.snapshot().policies;
    let mut stream = client.listen("/events").await;
    let mut hystrix = client.listen("/hystrix.stream").await;
    for address in ADDRESSES {
        for _ in 0..3 {
            assert_eq!(client.get(address).await.status, 200, "{address}");
        }
    }
    assert_eq!(client.registry.snapshot().policies, before);
    stream.next("figures").await;
    stream.next("figures").await;
    hystrix.block().await;
    assert_eq!(open.state(), State::Open);
    assert_eq!(client.registry.circuit_breaker("open").unwrap().generation(), 1);
    assert_eq!(client.registry.snapshot().policies.len(), before.len());
    assert!(client.get("/api/v1/events").await.json()["events"].as_array().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_that_is_read_has_the_token() {
    let client = Client::with_token();
    shop(&client);
    for address in ADDRESSES {
        assert!(!client.get(address).await.text.contains(TOKEN), "{address}");
    }
    assert_eq!(client.get("/api/v1/status").await.json()["actions"], true);
}

#[tokio::test(start_paused = true)]
async fn probes_and_health_are_those_of_the_registry() {
    let client = Client::new();
    shop(&client);
    let health = client.registry.health();
    health.mark_critical("quotes");
    health.sample();
    for (address, expected) in
        [("/livez", health.livez()), ("/readyz", health.readyz()), ("/healthz", health.healthz())]
    {
        let answer = client.get(address).await;
        assert_eq!((answer.status.as_u16(), &answer.text), (expected.status, &expected.body));
        assert_eq!(answer.header("content-type"), expected.content_type);
    }
    assert_eq!(client.get("/api/v1/health").await.text, health.report().to_json());
    let breaker = client.registry.circuit_breaker("quotes").unwrap();
    breaker.force_open();
    health.sample();
    assert_eq!(client.get("/healthz").await.status, 503);
    let status = client.get("/api/v1/status").await.json();
    assert_eq!(status["health"]["grade"], "failed");
    let quotes =
        status["services"].as_array().unwrap().iter().find(|service| service["name"] == "quotes").unwrap();
    assert_eq!((&quotes["critical"], &quotes["grade"]), (&json!(true), &json!("failed")));
}

#[tokio::test(start_paused = true)]
async fn metrics_are_those_of_the_collector() {
    let client = Client::new();
    shop(&client);
    let answer = client.get("/metrics").await;
    assert_eq!(answer.header("content-type"), prometheus::CONTENT_TYPE);
    assert!(answer.text.contains(r#"resilience_circuit_breaker_state{name="quotes",state="closed"} 1.0"#));
}

#[tokio::test(start_paused = true)]
async fn recommendations_lead_to_the_setting() {
    let client = Client::new();
    shop(&client);
    let health = client.registry.health();
    health.mark_critical("quotes");
    let breaker = client.registry.circuit_breaker("quotes").unwrap();
    for _ in 0..20 {
        let _ = breaker.call(|| Err::<(), _>("down"));
    }
    health.sample();
    let status = client.get("/api/v1/status").await.json();
    let advice = status["health"]["recommendations"].as_array().unwrap();
    assert!(!advice.is_empty(), "{status}");
    for advice in advice {
        let path = format!("/{}", advice["path"].as_str().unwrap());
        assert_eq!(client.get(&path).await.status, 200);
        assert!(!advice["text"].as_str().unwrap().is_empty() && !advice["key"].as_str().unwrap().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn one_policy_has_its_past() {
    let client = Client::new();
    shop(&client);
    let breaker = client.registry.circuit_breaker("quotes").unwrap();
    breaker.force_open();
    tokio::time::advance(Duration::from_millis(1500)).await;
    breaker.close();
    client.registry.health().sample();
    let one = client.get("/api/v1/policies/circuit_breaker/quotes").await.json();
    let expected = json!([
        {"ago_ms": 0, "from": "forced_open", "to": "closed", "cause": "asked for"},
        {"ago_ms": 1500, "from": "closed", "to": "forced_open", "cause": "asked for"},
    ]);
    assert_eq!(one["transitions"], expected);
    assert_eq!(one["trend"][0]["calls"], 3);
    assert_eq!(one["figures"]["settings"]["threshold"], 2);
    assert_eq!(one["place"], "code");
    let snapshot: Value = serde_json::from_str(&client.registry.snapshot().to_json()).unwrap();
    assert_eq!(one["figures"]["successes"], snapshot["policies"][0]["figures"]["successes"]);
}

#[tokio::test(start_paused = true)]
async fn a_half_open_circuit_is_seen_as_such() {
    let client = Client::new();
    let config = circuit_breaker::Config::new().threshold(1).open_for(Duration::from_secs(1));
    let breaker = client.registry.add_circuit_breaker("quotes", config).unwrap();
    let _ = breaker.call(|| Err::<(), _>("down"));
    let row = async || client.get("/api/v1/status").await.json()["policies"][0].clone();
    let open = row().await;
    assert_eq!((&open["state"], &open["retry_after_ms"]), (&json!("open"), &json!(1000)));
    assert_eq!(open["why"], "1 failure in a row");
    tokio::time::advance(Duration::from_secs(1)).await;
    let trial = breaker.acquire().unwrap();
    let half_open = row().await;
    assert_eq!((&half_open["state"], &half_open["retry_after_ms"]), (&json!("half_open"), &json!(null)));
    trial.success();
}

#[tokio::test(start_paused = true)]
async fn places_that_disagree_are_listed() {
    let client = Client::new();
    shop(&client);
    client.registry.add_circuit_breaker("quotes", circuit_breaker::Config::new().threshold(9)).unwrap();
    let one = client.get("/api/v1/policies/circuit_breaker/quotes").await.json();
    let expected = json!([{"in_force": "code", "ignored": "code", "settings": "Config { threshold: 9 }"}]);
    assert_eq!((&one["conflicts"], &one["policy"]["conflicts"]), (&expected, &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn what_is_loaded_and_refused_of_a_file_is_shown() {
    let client = Client::new();
    shop(&client);
    let file = "[global]\nservice_name = \"shop\"\nenvironment = \"staging\"\n[retry.fed]\nattempts = 2\n";
    resilience::Init::new().text("resilience.toml", file).load_into(&client.registry).unwrap();
    resilience::Init::new()
        .text("broken.toml", "[retry]\nattempts = 0\n")
        .load_into(&client.registry)
        .unwrap_err();
    let status = client.get("/api/v1/status").await.json();
    assert_eq!((&status["service_name"], &status["environment"]), (&json!("shop"), &json!("staging")));
    assert!(status["config"]["warnings"][0].as_str().unwrap().contains("did you mean `feed`?"));
    assert!(status["config"]["refused"][0].as_str().unwrap().starts_with("broken.toml:2: retry.attempts:"));
}

/// The page of a router, and whether its files are found from where a browser sees it.
async fn files_of_the_page(router: Router, address: &str) -> Vec<(String, u16)> {
    let ask = async |path: &str| {
        let response = router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    };
    let (status, page) = ask(address).await;
    assert_eq!(status, 200, "{address}");
    let folder = &address[..=address.rfind('/').unwrap()];
    let files =
        page.split(['"', '\'']).filter(|part| part.ends_with("script.js") || part.ends_with("style.css"));
    let mut found = Vec::new();
    for file in files {
        assert!(!file.starts_with('/') && !file.contains("://"), "{file}");
        let path = format!("{folder}{file}");
        let (status, _) = ask(&path).await;
        found.push((path, status));
    }
    found
}

#[tokio::test(start_paused = true)]
async fn the_page_finds_its_files_wherever_it_is_mounted() {
    let scope = Scope::new();
    let router = || Dashboard::of(&scope.registry()).router();
    let found = |folder: &str| vec![(format!("{folder}style.css"), 200), (format!("{folder}script.js"), 200)];
    assert_eq!(files_of_the_page(router(), "/").await, found("/"));
    assert_eq!(files_of_the_page(Router::new().merge(router()), "/").await, found("/"));
    let nested = Router::new().nest("/resilience", router());
    assert_eq!(files_of_the_page(nested, "/resilience").await, found("/resilience/"));
    let nested = Router::new().nest_service("/ops/resilience", router());
    assert_eq!(files_of_the_page(nested.clone(), "/ops/resilience").await, found("/ops/resilience/"));
    assert_eq!(files_of_the_page(nested, "/ops/resilience/").await, found("/ops/resilience/"));
    let nested = Router::new().nest("/{tenant}", router());
    assert_eq!(files_of_the_page(nested, "/a%22b").await, found("/a%22b/"));
}

#[tokio::test(start_paused = true)]
async fn policies_are_found_where_the_place_of_the_dashboard_has_a_parameter() {
    let client = Client::new();
    shop(&client);
    let router = Router::new().nest("/tenants/{tenant}", Dashboard::of(&client.registry).router());
    for path in ["policies/retry/feed", "services/feed"] {
        let request = Request::get(format!("/tenants/7/api/v1/{path}")).body(Body::empty()).unwrap();
        assert_eq!(router.clone().oneshot(request).await.unwrap().status(), 200, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_type_of_answer_is_named() {
    let client = Client::new();
    shop(&client);
    let types = [
        ("/", "text/html; charset=utf-8"),
        ("/script.js", "text/javascript; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/api/v1/status", "application/json"),
        ("/api/v1/nothing", "application/json"),
    ];
    for (address, expected) in types {
        assert_eq!(client.get(address).await.header("content-type"), expected, "{address}");
    }
}
