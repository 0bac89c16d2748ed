//! What can be changed, and by whom.

use axum::{
    body::Body,
    http::{Method, Request},
};
use resilience::{
    EventKind, PolicyKind, circuit_breaker,
    circuit_breaker::{Config, State},
    retry,
};
use serde_json::json;

use crate::client::{Client, TOKEN, changing};

const QUOTES: &str = "circuit_breaker/quotes";

fn quotes(client: &Client) -> resilience::CircuitBreaker {
    client.registry.add_circuit_breaker("quotes", Config::new().threshold(5)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn without_a_token_configured_every_change_is_refused_with_the_way_to_switch_it_on() {
    let client = Client::new();
    let breaker = quotes(&client);
    let answers = [
        client.act(QUOTES, "force-open").await,
        client.set(QUOTES, "threshold", "3").await,
        client.change(Method::DELETE, "/api/v1/policies/circuit_breaker/quotes/settings/threshold", "").await,
    ];
    for answer in answers {
        assert_eq!(answer.refusal(), (403, "no_token_configured".to_owned()));
        assert!(answer.message().contains("RESILIENCE_DASHBOARD_TOKEN"), "{answer:?}");
    }
    assert_eq!((breaker.state(), breaker.settings().threshold), (State::Closed, Some(5)));
}

#[tokio::test(start_paused = true)]
async fn a_missing_or_wrong_token_changes_nothing() {
    let client = Client::with_token();
    let breaker = quotes(&client);
    let path = "/api/v1/policies/circuit_breaker/quotes/actions/force-open";
    let nearly = &TOKEN[..TOKEN.len() - 1];
    let wrong = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some(format!("Bearer {nearly}")),
        Some(format!("Bearer {nearly}0")),
        Some(format!("Bearer {TOKEN}0")),
        Some(format!("Bearer {TOKEN}{TOKEN}")),
        Some(format!("Basic {TOKEN}")),
        Some(TOKEN.to_owned()),
    ];
    for header in wrong {
        let mut request = changing(Method::POST, path, "");
        request.headers_mut().remove("authorization");
        if let Some(header) = &header {
            request.headers_mut().insert("authorization", header.parse().unwrap());
        }
        let answer = client.send(request).await;
        assert_eq!(answer.refusal(), (401, "wrong_token".to_owned()), "{header:?}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        assert!(!answer.text.contains(TOKEN));
    }
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_token_in_the_address_or_in_a_cookie_is_none() {
    let client = Client::with_token();
    let breaker = quotes(&client);
    let path = format!("/api/v1/policies/{QUOTES}/actions/force-open?token={TOKEN}");
    let mut request = changing(Method::POST, &path, "");
    request.headers_mut().remove("authorization");
    request.headers_mut().insert("cookie", format!("token={TOKEN}").parse().unwrap());
    assert_eq!(client.send(request).await.status, 401);
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn wrong_tokens_wait_and_the_right_one_does_not() {
    let client = Client::with_token();
    quotes(&client);
    let path = format!("/api/v1/policies/{QUOTES}/actions/reset");
    let begun = tokio::time::Instant::now();
    assert_eq!(client.act(QUOTES, "reset").await.status, 200);
    assert!(begun.elapsed().is_zero());
    let mut request = changing(Method::POST, &path, "");
    request.headers_mut().insert("authorization", "Bearer guess-guess-guess".parse().unwrap());
    assert_eq!(client.send(request).await.status, 401);
    assert_eq!(begun.elapsed().as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn wrong_tokens_wait_for_their_answer_and_never_keep_the_right_one_out() {
    let client = Client::with_token();
    quotes(&client);
    let path = format!("/api/v1/policies/{QUOTES}/actions/reset");
    let guess = |number: u32| {
        let mut request = changing(Method::POST, &path, "");
        let header = format!("Bearer guess-guess-guess-{number}");
        request.headers_mut().insert("authorization", header.parse().unwrap());
        client.send(request)
    };
    let begun = tokio::time::Instant::now();
    let right = async {
        tokio::task::yield_now().await;
        let answer = client.act(QUOTES, "reset").await;
        (answer.status.as_u16(), begun.elapsed().as_secs())
    };
    let (answers, right) = tokio::join!(futures::future::join_all((0..200).map(guess)), right);
    assert_eq!(right, (200, 0));
    let of = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((of(401), of(429)), (64, 136));
    let busy = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert_eq!(busy.refusal().1, "too_many_attempts");
    assert_eq!(busy.header("retry-after"), "1");
}

#[tokio::test(start_paused = true)]
async fn each_action_does_what_the_method_of_its_name_does() {
    let client = Client::with_token();
    let breaker = quotes(&client);
    let actions = [
        ("force-open", State::ForcedOpen),
        ("disable", State::Disabled),
        ("metrics-only", State::MetricsOnly),
        ("close", State::Closed),
    ];
    for (action, state) in actions {
        let answer = client.act(QUOTES, action).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["policy"]["state"], state.as_str());
        assert_eq!(breaker.state(), state);
    }
    let _ = breaker.call(|| Err::<(), _>("down"));
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    assert_eq!(client.act(QUOTES, "reset").await.status, 200);
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
}

#[tokio::test(start_paused = true)]
async fn a_forced_state_reaches_the_next_call() {
    let client = Client::with_token();
    let breaker = quotes(&client);
    assert_eq!(breaker.call(|| Ok::<_, &str>(7)), Ok(7));
    client.act(QUOTES, "force-open").await;
    assert!(breaker.call(|| Ok::<_, &str>(7)).is_err());
}

#[tokio::test(start_paused = true)]
async fn an_action_on_what_has_no_circuit_says_what_to_do_instead() {
    let client = Client::with_token();
    client.registry.add_retry("feed", retry::Config::new()).unwrap();
    let answer = client.act("retry/feed", "disable").await;
    assert_eq!(answer.refusal(), (409, "no_circuit".to_owned()));
    assert!(answer.message().contains("`enabled`"));
    assert_eq!(client.set("retry/feed", "enabled", "false").await.status, 200);
    assert!(!client.registry.retry("feed").unwrap().settings().enabled);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_not_found() {
    let client = Client::with_token();
    quotes(&client);
    let answers = [
        client.act(QUOTES, "explode").await,
        client.act("circuit_breaker/nobody", "reset").await,
        client.act("toaster/quotes", "reset").await,
        client.set("circuit_breaker/nobody", "threshold", "3").await,
        client.set(QUOTES, "treshold", "3").await,
    ];
    for answer in &answers {
        assert_eq!(answer.refusal(), (404, "not_found".to_owned()));
    }
    assert!(answers[0].message().contains("`force-open`"));
    assert!(answers[2].message().contains("`circuit_breaker`"));
    assert!(answers[4].message().contains("did you mean `threshold`?"), "{:?}", answers[4]);
    // Nothing waits for a policy of that name.
    let later = client.registry.add_circuit_breaker("nobody", Config::new()).unwrap();
    assert_eq!(later.settings().threshold, Some(5));
}

#[tokio::test(start_paused = true)]
async fn a_setting_is_changed_and_taken_back() {
    let client = Client::with_token();
    let breaker = quotes(&client);
    let answer = client.set(QUOTES, "open_for", "5s..5m").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    let expected = json!({"key": "open_for", "value": "5s..5m", "layer": "run_time", "changed": true, "otherwise": "1m"});
    assert_eq!(answer["setting"], expected);
    assert_eq!(answer["policy"]["changed"], json!(["open_for"]));
    assert_eq!(answer["toml"], "[circuit_breaker.quotes]\nopen_for = \"5s..5m\"\n");
    assert!(answer["note"].as_str().unwrap().contains("until the process ends"));
    assert_eq!(breaker.settings().open_for.as_secs(), 5);
    let path = format!("/api/v1/policies/{QUOTES}/settings/open_for");
    let answer = client.change(Method::DELETE, &path, "").await.json();
    let expected =
        json!({"key": "open_for", "value": "1m", "layer": "default", "changed": false, "otherwise": "1m"});
    assert_eq!(answer["setting"], expected);
    assert_eq!((&answer["policy"]["changed"], &answer["toml"]), (&json!([]), &json!("")));
    assert_eq!(breaker.settings().open_for.as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_cannot_be_is_refused_in_the_validators_words_and_changes_nothing() {
    let client = Client::with_token();
    let breaker = quotes(&client);
    let before = breaker.settings();
    let cases = [
        ("threshold", "0", "`threshold` must be at least 1"),
        ("threshold", "many", "`threshold` is a whole number, but this is `many`"),
        ("open_for", "30", "a duration needs its unit: `30s`, `30ms`, `30m`"),
        ("initial", "opened", "unknown initial `opened`; did you mean `closed`?"),
    ];
    for (key, value, message) in cases {
        for query in ["", "?check=true"] {
            let path = format!("/api/v1/policies/{QUOTES}/settings/{key}{query}");
            let body = json!({ "value": value }).to_string();
            let answer = client.change(Method::PUT, &path, &body).await;
            assert_eq!(answer.refusal(), (422, "bad_value".to_owned()), "{key} = {value}: {answer:?}");
            assert_eq!(answer.json()["error"]["setting"], key);
            if key != "initial" {
                assert_eq!(answer.message(), message);
            }
        }
    }
    // Beside the program's own settings.
    let answer = client.set(QUOTES, "slow_rate", "50%").await;
    assert_eq!(answer.refusal().0, 422, "{answer:?}");
    assert_eq!(breaker.settings(), before);
    assert_eq!(client.get("/api/v1/status").await.json()["changes"]["settings"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_check_says_what_a_setting_would_become_and_changes_nothing() {
    let client = Client::with_token();
    let breaker = quotes(&client);
    let path = format!("/api/v1/policies/{QUOTES}/settings/threshold?check=true");
    let answer = client.change(Method::PUT, &path, r#"{"value": "1_0"}"#).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["setting"]["value"], "10");
    assert_eq!(answer.json()["policy"]["changed"], json!([]));
    assert_eq!(breaker.settings().threshold, Some(5));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_value_is_refused() {
    let client = Client::with_token();
    let breaker = quotes(&client);
    let path = format!("/api/v1/policies/{QUOTES}/settings/threshold");
    for body in
        ["", "3", "null", "[]", "{}", r#"{"value": 3}"#, r#"{"value": null}"#, "{\"value\": \"3\"", "\u{0}"]
    {
        let answer = client.change(Method::PUT, &path, body).await;
        assert_eq!(answer.refusal(), (400, "bad_request".to_owned()), "{body}");
        assert!(answer.message().contains(r#"{"value": "5s..5m"}"#));
    }
    let answer = client.change(Method::PUT, &format!("{path}?chek=true"), r#"{"value": "3"}"#).await;
    assert_eq!(answer.refusal(), (400, "bad_request".to_owned()));
    assert_eq!(breaker.settings().threshold, Some(5));
}

#[tokio::test(start_paused = true)]
async fn a_change_shows_as_an_event() {
    let client = Client::with_token();
    quotes(&client);
    let mut events = client.registry.events();
    let mut stream = client.listen("/events").await;
    client.set(QUOTES, "threshold", "3").await;
    client.act(QUOTES, "force-open").await;
    let told = stream.next("happened").await.data;
    assert_eq!((&told["kind"], &told["name"]), (&json!("settings_changed"), &json!("quotes")));
    let told = stream.next("happened").await.data;
    assert_eq!(told["text"], "closed -> forced_open (asked for)");
    assert_eq!(events.try_next().unwrap().unwrap().kind, EventKind::SettingsChanged);
}

#[tokio::test(start_paused = true)]
async fn the_lines_that_keep_the_changes_are_a_configuration_that_does() {
    let name = r#"a "name" with \ and . and ] in it"#;
    let client = Client::with_token();
    client.registry.add_circuit_breaker(name, Config::new()).unwrap();
    quotes(&client);
    client.registry.add_retry("feed", retry::Config::new()).unwrap();
    client.registry.set(PolicyKind::CircuitBreaker, name, "window", "30s").unwrap_err();
    client.registry.set(PolicyKind::CircuitBreaker, name, "threshold", "8").unwrap();
    client.registry.set(PolicyKind::CircuitBreaker, name, "latency", "true").unwrap();
    client.registry.set(PolicyKind::CircuitBreaker, "quotes", "min_calls", "20").unwrap_err();
    client.registry.set(PolicyKind::CircuitBreaker, "quotes", "failure_rate", "12.5%").unwrap();
    client.registry.set(PolicyKind::CircuitBreaker, "quotes", "open_for", "1.5s..5m").unwrap();
    client.registry.set(PolicyKind::Retry, "feed", "backoff", "exponential(100ms..2s, factor = 3)").unwrap();
    client.registry.set_all(PolicyKind::Retry, "jitter", "equal").unwrap();
    let changes = client.get("/api/v1/status").await.json()["changes"].clone();
    let lines = changes["toml"].as_str().unwrap();
    let other = Client::new();
    let same = other.registry.add_circuit_breaker(name, Config::new()).unwrap();
    let quotes = quotes(&other);
    let feed = other.registry.add_retry("feed", retry::Config::new()).unwrap();
    resilience::Init::new().text("resilience.toml", lines).load_into(&other.registry).unwrap_or_else(
        |problems| {
            panic!("{problems} in\n{lines}");
        },
    );
    let original = client.registry.circuit_breaker(name).unwrap();
    assert_eq!(same.settings(), original.settings());
    assert!(same.settings().latency);
    assert_eq!(quotes.settings(), client.registry.circuit_breaker("quotes").unwrap().settings());
    assert_eq!(feed.settings(), client.registry.retry("feed").unwrap().settings());
    assert_eq!(feed.settings().jitter, retry::Jitter::Equal);
    assert_eq!(changes["settings"].as_array().unwrap().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn every_layer_is_named() {
    let client = Client::with_token();
    let file = "[circuit_breaker.quotes]\nopen_for = \"20s\"\nhalf_open = 2\n";
    resilience::Init::new()
        .text("resilience.toml", file)
        .environment([("RESILIENCE__CIRCUIT_BREAKER__QUOTES__HALF_OPEN", "4")])
        .load_into(&client.registry)
        .unwrap();
    let breaker = quotes(&client);
    client.set(QUOTES, "reset_after", "10m").await;
    let layers = async || {
        let settings = client.get("/api/v1/policies/circuit_breaker/quotes").await.json()["settings"].clone();
        let layer = |key: &str| {
            let setting = settings.as_array().unwrap().iter().find(|setting| setting["key"] == key).unwrap();
            (setting["layer"].as_str().unwrap().to_owned(), setting["value"].as_str().map(str::to_owned))
        };
        ["threshold", "open_for", "half_open", "reset_after", "initial"].map(layer)
    };
    let pair = |layer: &str, value: &str| (layer.to_owned(), Some(value.to_owned()));
    let expected = [
        pair("program", "5"),
        pair("file", "20s"),
        pair("environment", "4"),
        pair("run_time", "10m"),
        pair("default", "closed"),
    ];
    assert_eq!(layers().await, expected);
    breaker.reconfigure(circuit_breaker::Config::new().threshold(9)).unwrap();
    assert_eq!(layers().await[0], pair("run_time", "9"));
}

#[tokio::test(start_paused = true)]
async fn a_change_needs_the_content_type_of_json() {
    let client = Client::with_token();
    let breaker = quotes(&client);
    let path = format!("/api/v1/policies/{QUOTES}/actions/force-open");
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonp"),
        Some(""),
    ] {
        let mut request = changing(Method::POST, &path, "");
        request.headers_mut().remove("content-type");
        if let Some(content_type) = content_type {
            request.headers_mut().insert("content-type", content_type.parse().unwrap());
        }
        assert_eq!(client.send(request).await.refusal(), (415, "not_json".to_owned()), "{content_type:?}");
    }
    assert_eq!(breaker.state(), State::Closed);
    let mut request = changing(Method::POST, &path, "");
    request.headers_mut().insert("content-type", "Application/JSON; charset=utf-8".parse().unwrap());
    assert_eq!(client.send(request).await.status, 200);
    assert_eq!(breaker.state(), State::ForcedOpen);
}

#[tokio::test(start_paused = true)]
async fn a_get_does_not_act() {
    let client = Client::with_token();
    let breaker = quotes(&client);
    let path = format!("/api/v1/policies/{QUOTES}/actions/force-open");
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let request = Request::builder()
            .method(method.clone())
            .uri(&path)
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/json")
            .body(Body::empty())
            .unwrap();
        let answer = client.send(request).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "POST");
    }
    assert_eq!(breaker.state(), State::Closed);
}
