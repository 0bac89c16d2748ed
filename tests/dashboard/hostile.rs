//! Foreign pages, foreign names, and what is too large.

use axum::http::Method;
use resilience::{PolicyKind, circuit_breaker::Config, circuit_breaker::State};

use crate::client::{Client, changing};

const FORCE: &str = "/api/v1/policies/circuit_breaker/quotes/actions/force-open";

/// Sends an action with further headers; whether it was done.
async fn act_with(client: &Client, headers: &[(&'static str, &str)]) -> Result<(), (u16, String)> {
    let breaker = client.registry.add_circuit_breaker("quotes", Config::new()).unwrap();
    breaker.reset();
    let mut request = changing(Method::POST, FORCE, "");
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    let answer = client.send(request).await;
    let is_done = answer.status == 200;
    assert_eq!(breaker.state() == State::ForcedOpen, is_done, "{headers:?}");
    if is_done { Ok(()) } else { Err(answer.refusal()) }
}

#[tokio::test(start_paused = true)]
async fn a_foreign_page_is_refused_whatever_the_token() {
    let client = Client::with_token();
    let host = ("host", "ops.example.com:8080");
    let foreign = Err((403, "foreign_origin".to_owned()));
    let refused: [&[(&str, &str)]; 9] = [
        &[host, ("origin", "https://evil.example.com")],
        &[host, ("origin", "null")],
        &[host, ("origin", "http://ops.example.com")],
        &[host, ("origin", "http://ops.example.com:8080.evil.example.com")],
        &[host, ("origin", "http://ops.example.com:8080"), ("origin", "https://evil.example.com")],
        &[host, ("sec-fetch-site", "cross-site")],
        &[host, ("sec-fetch-site", "same-site")],
        &[host, ("origin", "http://ops.example.com:8080"), ("sec-fetch-site", "cross-site")],
        &[("origin", "http://ops.example.com:8080")],
    ];
    for headers in refused {
        assert_eq!(act_with(&client, headers).await, foreign, "{headers:?}");
    }
    let taken: [&[(&str, &str)]; 5] = [
        &[],
        &[host, ("origin", "http://ops.example.com:8080"), ("sec-fetch-site", "same-origin")],
        &[("host", "ops.example.com"), ("origin", "https://ops.example.com:443")],
        &[("host", "OPS.example.com:80"), ("origin", "http://ops.example.com")],
        &[host, ("sec-fetch-site", "none")],
    ];
    for headers in taken {
        assert_eq!(act_with(&client, headers).await, Ok(()), "{headers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_origin_that_was_named_is_taken() {
    let client = Client::with(|dashboard| {
        dashboard.token(crate::client::TOKEN).unwrap().origin("https://ops.example.com")
    });
    let behind_a_proxy = [("host", "10.0.0.7:8080"), ("origin", "https://ops.example.com")];
    assert_eq!(act_with(&client, &behind_a_proxy).await, Ok(()));
    let foreign = [("host", "10.0.0.7:8080"), ("origin", "https://evil.example.com")];
    assert_eq!(act_with(&client, &foreign).await, Err((403, "foreign_origin".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_huge_body_is_refused() {
    let client = Client::with_token();
    client.registry.add_circuit_breaker("quotes", Config::new()).unwrap();
    let path = "/api/v1/policies/circuit_breaker/quotes/settings/threshold";
    let huge = serde_json::json!({ "value": "3", "more": "x".repeat(10 << 20) }).to_string();
    let answer = client.change(Method::PUT, path, &huge).await;
    assert_eq!(answer.refusal(), (413, "too_large".to_owned()));
    assert_eq!(client.change(Method::POST, FORCE, &huge).await.refusal(), (413, "too_large".to_owned()));
    let breaker = client.registry.circuit_breaker("quotes").unwrap();
    assert_eq!((breaker.state(), breaker.settings().threshold), (State::Closed, Some(5)));
}

#[tokio::test(start_paused = true)]
async fn a_policy_of_any_name_is_found_and_steered() {
    let long = "x".repeat(256);
    let names = [
        "<script>alert(1)</script>",
        "a/b//c/",
        "/",
        "..",
        ".",
        "...",
        "../../livez",
        "%2e%2e%2f",
        "a b+c&d=e?f#g;h",
        "\"quoted\" and 'quoted' and `quoted`",
        r"back\slash",
        "{name}",
        "{*rest}",
        "日本語 🦀 \u{202e}desrever",
        "e\u{301}",
        " ",
        "actions",
        &long,
    ];
    let client = Client::with_token();
    for name in names {
        let breaker = client.registry.add_circuit_breaker(name, Config::new()).unwrap();
        let status = client.get("/api/v1/status").await.json();
        let row =
            status["policies"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
        let path = format!("/{}", row["path"].as_str().unwrap());
        assert!(path.is_ascii() && !path.contains(['<', '"', ' ', '?', '#']), "{path}");
        let segments: Vec<&str> = path.split('/').collect();
        assert!(segments.len() == 6 && segments.iter().all(|part| !matches!(*part, "." | "..")), "{path}");
        let one = client.get(&path).await;
        assert_eq!(one.json()["policy"]["name"], name, "{path}");
        assert_eq!(client.change(Method::POST, &format!("{path}/actions/force-open"), "").await.status, 200);
        assert_eq!(breaker.state(), State::ForcedOpen, "{name}");
        let set =
            client.change(Method::PUT, &format!("{path}/settings/threshold"), r#"{"value": "9"}"#).await;
        assert_eq!(set.status, 200, "{set:?}");
        assert_eq!(breaker.settings().threshold, Some(9));
        let service = format!("/{}", status["services"][0]["path"].as_str().unwrap());
        assert_eq!(client.get(&service).await.json()["name"], status["services"][0]["name"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_no_text_is_not_found() {
    let client = Client::with_token();
    for path in [
        "/api/v1/policies/retry/%ff%fe",
        "/api/v1/services/%ff",
        "/api/v1/policies/retry/%00",
        "/api/nothing",
    ] {
        assert_eq!(client.get(path).await.refusal(), (404, "not_found".to_owned()), "{path}");
    }
    let answer = client.act("circuit_breaker/%ff", "reset").await;
    assert_eq!(answer.refusal(), (404, "not_found".to_owned()));
    for query in ["?after=-1", "?after=", "?after=9999999999999999999999", "?after=%31"] {
        let answer = client.get(&format!("/api/v1/events{query}")).await;
        assert_eq!(answer.refusal(), (400, "bad_request".to_owned()), "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_markup_stays_within_one_line_of_the_stream() {
    let client = Client::new();
    let name = "</script>\u{2028}data: {}\u{85}id: 7";
    let breaker = client.registry.add_circuit_breaker(name, Config::new().threshold(1)).unwrap();
    let mut stream = client.listen("/events").await;
    let _ = breaker.call(|| Err::<(), _>("down"));
    let told = stream.next("happened").await;
    assert_eq!(told.data["name"], name);
    assert_ne!(told.id, Some(7));
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_carries_the_same_headers_as_everything_else() {
    let client = Client::with_token();
    let answers = [
        client.get("/").await,
        client.get("/script.js").await,
        client.get("/style.css").await,
        client.get("/api/v1/status").await,
        client.get("/api/v1/policies/retry/nobody").await,
        client.get("/livez").await,
        client.change(Method::POST, "/api/v1/status", "").await,
        client.change(Method::PUT, "/api/v1/policies/retry/nobody/settings/attempts", "{}").await,
    ];
    for answer in answers {
        let policy = answer.header("content-security-policy");
        assert!(
            policy
                .starts_with("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';")
        );
        for part in ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(answer.header("access-control-allow-origin"), "");
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[test]
fn a_token_that_can_be_guessed_is_refused() {
    let cases = [
        ("", "is empty"),
        ("secret", "is too short"),
        ("fifteen-letters", "is too short"),
        ("sixteen letters!!", "no `Authorization` header can hold"),
        ("sixteen-letters-ü", "no `Authorization` header can hold"),
    ];
    let scope = resilience::testing::Scope::new();
    for (token, expected) in cases {
        let error = resilience::dashboard::Dashboard::of(&scope.registry()).token(token).unwrap_err();
        assert_eq!(error.setting(), "token");
        assert!(error.to_string().contains(expected), "{token}: {error}");
        assert!(token.is_empty() || !error.to_string().contains(token));
    }
    let error = resilience::dashboard::Dashboard::of(&scope.registry()).token("x".repeat(1025)).unwrap_err();
    assert!(error.to_string().contains("is too long"), "{error}");
    assert!(resilience::dashboard::Dashboard::of(&scope.registry()).token("sixteen-letters!").is_ok());
}

#[test]
fn a_token_is_not_shown() {
    let scope = resilience::testing::Scope::new();
    let dashboard =
        resilience::dashboard::Dashboard::of(&scope.registry()).token(crate::client::TOKEN).unwrap();
    assert_eq!(format!("{dashboard:?}"), r#"Dashboard { title: "resilience", actions: true, .. }"#);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_only_looks_like_another_is_not_touched() {
    let client = Client::with_token();
    let plain = client.registry.add_circuit_breaker("a/b", Config::new()).unwrap();
    client.registry.add_circuit_breaker("a%2Fb", Config::new()).unwrap();
    client.act("circuit_breaker/a%252Fb", "force-open").await;
    assert_eq!(plain.state(), State::Closed);
    assert_eq!(client.registry.circuit_breaker("a%2Fb").unwrap().state(), State::ForcedOpen);
    assert!(client.registry.set(PolicyKind::Retry, "a/b", "attempts", "3").is_ok());
}
