//! The stream of events.

use resilience::circuit_breaker::Config;
use serde_json::json;

use crate::client::Client;

#[tokio::test(start_paused = true)]
async fn a_transition_is_told_with_its_number() {
    let client = Client::new();
    let breaker = client.registry.add_circuit_breaker("quotes", Config::new().threshold(1)).unwrap();
    let mut stream = client.listen("/events").await;
    assert_eq!(stream.block().await, "retry: 2000");
    let _ = breaker.call(|| Err::<(), _>("down"));
    let told = stream.next("happened").await;
    assert_eq!(told.id, Some(told.data["sequence"].as_u64().unwrap()));
    assert_eq!(told.data["kind"], "transition");
    assert_eq!(told.data["path"], "api/v1/policies/circuit_breaker/quotes");
    assert_eq!(told.data["detail"]["to"], "open");
    assert_eq!(told.data["text"], "closed -> open (1 failure in a row), for 60s");
}

#[tokio::test(start_paused = true)]
async fn figures_come_once_a_second_with_what_has_changed() {
    let client = Client::new();
    let busy = client.registry.add_circuit_breaker("busy", Config::new()).unwrap();
    client.registry.add_circuit_breaker("idle", Config::new()).unwrap();
    let mut stream = client.listen("/events").await;
    let first = stream.next("figures").await;
    assert_eq!(first.data["policies"].as_array().unwrap().len(), 2);
    for _ in 0..3 {
        let _ = busy.call(|| Ok::<_, &str>(7));
    }
    let next = stream.next("figures").await;
    assert_eq!(next.data["tick"].as_u64().unwrap(), first.data["tick"].as_u64().unwrap() + 1);
    let rows = next.data["policies"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["name"], &rows[0]["totals"]["calls"]), (&json!("busy"), &json!(3)));
    assert_eq!(rows[0]["second"]["calls"], 3);
    let status = client.get("/api/v1/status").await.json();
    assert_eq!(status["policies"][0]["history"]["calls"], json!([0, 3]));
}
