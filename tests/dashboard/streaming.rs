//! The stream of events.

use std::time::Duration;

use axum::{body::Body, http::Request};
use resilience::{CircuitBreaker, circuit_breaker::Config, presets, retry};
use serde_json::json;
use tokio::time::advance;

use crate::client::{Client, Stream};

fn breaker(client: &Client, name: &str) -> CircuitBreaker {
    client.registry.add_circuit_breaker(name, Config::new().threshold(1)).unwrap()
}

/// Transitions, one after the other.
fn transitions(breaker: &CircuitBreaker, number: usize) {
    for _ in 0..number {
        breaker.force_open();
        breaker.close();
    }
}

async fn listen_after(client: &Client, last: u64) -> Stream {
    let request = Request::get("/events").header("last-event-id", last.to_string());
    client.listen_with(request.body(Body::empty()).unwrap()).await
}

/// Lets the watch look for so many seconds.
async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_transition_is_told_with_its_number() {
    let client = Client::new();
    let breaker = breaker(&client, "quotes");
    let mut stream = client.listen("/events").await;
    assert_eq!(stream.block().await, "retry: 2000");
    let begun = tokio::time::Instant::now();
    let _ = breaker.call(|| Err::<(), _>("down"));
    let told = stream.next("happened").await;
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    assert_eq!(told.id, Some(told.data["sequence"].as_u64().unwrap()));
    assert_eq!(told.data["kind"], "transition");
    assert_eq!(told.data["path"], "api/v1/policies/circuit_breaker/quotes");
    assert_eq!(told.data["detail"]["to"], "open");
    assert_eq!(told.data["text"], "closed -> open (1 failure in a row), for 60s");
}

#[tokio::test(start_paused = true)]
async fn figures_come_once_a_second_with_what_has_changed() {
    let client = Client::new();
    let busy = breaker(&client, "busy");
    breaker(&client, "idle");
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
    assert_eq!(status["tick"], next.data["tick"]);
    assert_eq!(status["policies"][0]["history"]["calls"], json!([0, 3]));
    assert_eq!(status["policies"][0]["per_second"]["calls"], 1.5);
    assert_eq!(status["policies"][1]["history"], json!({}));
}

#[tokio::test(start_paused = true)]
async fn rates_go_down_when_calls_stop() {
    let client = Client::new();
    let busy = breaker(&client, "busy");
    let mut stream = client.listen("/events").await;
    stream.next("figures").await;
    for _ in 0..20 {
        let _ = busy.call(|| Ok::<_, &str>(7));
    }
    let mut rates = Vec::new();
    for _ in 0..14 {
        let figures = stream.next("figures").await;
        let rows = figures.data["policies"].as_array().unwrap();
        rates.extend(rows.iter().map(|row| row["per_second"]["calls"].as_f64().unwrap()));
    }
    assert_eq!(rates.first(), Some(&10.0));
    assert_eq!(rates.last(), Some(&0.0));
    assert!(rates.is_sorted_by(|before, after| before >= after) && rates.len() < 14, "{rates:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_called_is_told_of() {
    let client = Client::new();
    let orders = client.registry.add_service("orders", presets::DATABASE).unwrap();
    let mut stream = client.listen("/events").await;
    assert_eq!(stream.next("figures").await.data["services"].as_array().unwrap().len(), 1);
    assert_eq!(stream.next("figures").await.data["services"], json!([]));
    orders.operation("query").call_async(|| async { Ok::<_, &str>(7) }).await.unwrap();
    let told = stream.next("figures").await.data;
    assert_eq!(told["services"][0]["calls"]["successes"], 1);
    let one = client.get("/api/v1/services/orders").await.json();
    assert_eq!(
        (&one["operations"][0]["label"], &one["operations"][0]["calls"]["calls"]),
        (&json!("query"), &json!(1))
    );
    assert_eq!(one["layers"].as_array().unwrap().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn health_is_told_when_it_changes() {
    let client = Client::new();
    let breaker = breaker(&client, "quotes");
    let mut stream = client.listen("/events").await;
    assert_eq!(stream.next("health").await.data["health"]["grade"], "error");
    let _ = breaker.call(|| Err::<(), _>("down"));
    client.registry.health().sample();
    let told = stream.next("health").await.data;
    assert_eq!(told["health"]["grade"], "failed");
    assert!(told["health"]["why"].as_str().unwrap().contains("circuit open"));
    let status = client.get("/api/v1/status").await.json();
    assert_eq!(status["health"]["why"], told["health"]["why"]);
    assert_eq!(
        (&status["services"][0]["name"], &status["services"][0]["grade"]),
        (&json!("quotes"), &json!("failed"))
    );
}

#[tokio::test(start_paused = true)]
async fn events_that_come_with_calls_are_told_together() {
    let client = Client::new();
    let breaker = breaker(&client, "quotes");
    breaker.force_open();
    let mut stream = client.listen("/events").await;
    stream.next("figures").await;
    for _ in 0..500 {
        let _ = breaker.call(|| Ok::<_, &str>(7));
    }
    let told = stream.next("happened").await;
    assert_eq!((&told.data["kind"], &told.data["times"]), (&json!("rejected"), &json!(500)));
    assert_eq!(told.data["detail"]["reason"], "forced_open");
    assert_eq!(stream.message().await.event, "figures");
}

#[tokio::test(start_paused = true)]
async fn of_events_that_come_with_calls_a_hundred_lines_are_told_at_a_time() {
    let client = Client::new();
    let breakers: Vec<_> = (0..300).map(|number| breaker(&client, &format!("quotes-{number}"))).collect();
    breakers.iter().for_each(CircuitBreaker::force_open);
    let mut stream = client.listen("/events").await;
    stream.next("figures").await;
    for breaker in &breakers {
        let _ = breaker.call(|| Ok::<_, &str>(7));
    }
    let mut lines = 0;
    loop {
        let message = stream.message().await;
        match message.event.as_str() {
            "happened" => lines += 1,
            "figures" => {
                // Every one of them is in the figures.
                let rows = message.data["policies"].as_array().unwrap();
                assert_eq!(
                    rows.iter().map(|row| row["second"]["refused"].as_u64().unwrap()).sum::<u64>(),
                    300
                );
                break;
            }
            "health" => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(lines, 100);
}

#[tokio::test(start_paused = true)]
async fn numbers_rise_whatever_is_told_together() {
    let client = Client::new();
    let (open, flapping) = (breaker(&client, "open"), breaker(&client, "flapping"));
    let retry = client.registry.add_retry("feed", retry::Config::new().attempts(2)).unwrap();
    open.force_open();
    let mut stream = client.listen("/events?after=0").await;
    let mut before = 0;
    for _ in 0..40 {
        let _ = open.call(|| Ok::<_, &str>(7));
        transitions(&flapping, 1);
        let _ = retry.call_async(async || Err::<(), _>("down")).await;
        let told = stream.next("happened").await;
        assert!(told.id.unwrap() > before, "{told:?} after {before}");
        before = told.id.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_id_brings_what_came_after_it_and_nothing_twice() {
    let client = Client::new();
    let breaker = breaker(&client, "quotes");
    let mut stream = client.listen("/events").await;
    transitions(&breaker, 3);
    let mut told = Vec::new();
    while told.len() < 6 {
        told.push(stream.next("happened").await);
    }
    drop(stream);
    transitions(&breaker, 2);
    let mut again = listen_after(&client, told[3].id.unwrap()).await;
    transitions(&breaker, 1);
    for expected in &told[4..] {
        assert_eq!(&again.message().await, expected);
    }
    for further in 1..=6 {
        let message = again.next("happened").await;
        assert_eq!(message.id, Some(told[5].id.unwrap() + further));
    }
    // By the address it is the same, and the header wins.
    let path = format!("/events?after={}", told[3].id.unwrap());
    assert_eq!(client.listen(&path).await.message().await, told[4]);
    let request = Request::get("/events?after=0").header("last-event-id", told[3].id.unwrap().to_string());
    let mut both = client.listen_with(request.body(Body::empty()).unwrap()).await;
    assert_eq!(both.message().await, told[4]);
}

#[tokio::test(start_paused = true)]
async fn whoever_was_away_for_too_long_is_told_how_much_is_gone() {
    let client = Client::new();
    let breaker = breaker(&client, "quotes");
    let mut stream = client.listen("/events").await;
    transitions(&breaker, 1);
    let first = stream.next("happened").await.id.unwrap();
    drop(stream);
    for _ in 0..15 {
        transitions(&breaker, 50);
        pass(1).await;
    }
    let mut again = listen_after(&client, first).await;
    let missed = again.message().await;
    // 1,502 events, of which 1,024 are kept and one was told.
    assert_eq!((missed.event.as_str(), &missed.data), ("missed", &json!({"events": 477, "figures": false})));
    assert_eq!(again.message().await.id, Some(first + 478));
}

#[tokio::test(start_paused = true)]
async fn events_that_even_the_watch_missed_are_told_as_missed() {
    let client = Client::new();
    let breaker = breaker(&client, "quotes");
    let mut stream = client.listen("/events").await;
    stream.next("figures").await;
    // The registry keeps 1,024.
    transitions(&breaker, 1000);
    assert_eq!(stream.next("missed").await.data, json!({"events": 976, "figures": false}));
    assert_eq!(stream.message().await.event, "happened");
}

#[tokio::test(start_paused = true)]
async fn a_number_of_another_process_is_told_as_a_loss() {
    let client = Client::new();
    transitions(&breaker(&client, "quotes"), 1);
    let mut stream = listen_after(&client, 5000).await;
    let missed = stream.message().await;
    assert_eq!((missed.event.as_str(), &missed.data), ("missed", &json!({"events": null, "figures": false})));
    transitions(&client.registry.circuit_breaker("quotes").unwrap(), 1);
    assert_eq!(stream.next("happened").await.data["text"], "closed -> forced_open (asked for)");
}

#[tokio::test(start_paused = true)]
async fn a_pause_in_which_nobody_watched_is_told_as_a_loss() {
    let client = Client::new();
    let breaker = breaker(&client, "quotes");
    let mut stream = client.listen("/events").await;
    transitions(&breaker, 1);
    stream.next("happened").await;
    let last = stream.next("happened").await.id.unwrap();
    drop(stream);
    pass(120).await;
    transitions(&breaker, 1);
    let mut again = listen_after(&client, last).await;
    assert_eq!(again.message().await.data, json!({"events": null, "figures": false}));
    transitions(&breaker, 1);
    assert_eq!(again.next("happened").await.id, Some(last + 1));
    // Whoever has seen something since has missed nothing.
    let mut third = listen_after(&client, last + 1).await;
    assert_eq!(third.next("happened").await.id, Some(last + 2));
}

#[tokio::test(start_paused = true)]
async fn it_stops_watching_a_minute_after_the_last_question() {
    let client = Client::new();
    let breaker = breaker(&client, "quotes");
    let numbered = async || {
        let mut events = client.registry.events();
        transitions(&breaker, 1);
        events.try_next().unwrap().unwrap().sequence
    };
    let first = numbered().await;
    client.get("/api/v1/status").await;
    pass(50).await;
    // Watched: events get their numbers without another reader.
    transitions(&breaker, 1);
    assert_eq!(numbered().await, first + 4);
    pass(30).await;
    transitions(&breaker, 1);
    assert_eq!(numbered().await, first + 6, "nobody reads any more");
    let status = client.get("/api/v1/status").await.json();
    assert_eq!(status["policies"][0]["history"], json!({}));
}

#[tokio::test(start_paused = true)]
async fn an_open_stream_keeps_it_watching() {
    let client = Client::new();
    breaker(&client, "quotes");
    let mut stream = client.listen("/events").await;
    for _ in 0..200 {
        stream.next("figures").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_comment_comes_every_fifteen_seconds() {
    let client = Client::new();
    let mut stream = client.listen("/events").await;
    let begun = tokio::time::Instant::now();
    while !stream.block().await.starts_with(": ") {}
    assert!(begun.elapsed() <= Duration::from_secs(16), "{:?}", begun.elapsed());
    let begun = tokio::time::Instant::now();
    while !stream.block().await.starts_with(": ") {}
    assert_eq!(begun.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_told_what_it_missed_and_goes_on() {
    let client = Client::new();
    let breaker = breaker(&client, "quotes");
    let mut slow = client.listen("/events").await;
    slow.next("figures").await;
    for _ in 0..100 {
        transitions(&breaker, 1);
        pass(1).await;
    }
    let mut missed = None;
    let mut numbers = Vec::new();
    while missed.is_none() || numbers.len() < 200 {
        let message = slow.message().await;
        match message.event.as_str() {
            "missed" => assert_eq!(missed.replace(message.data), None),
            "happened" => numbers.push(message.id.unwrap()),
            other => assert_ne!(other, "figures", "it was not behind"),
        }
    }
    // Every event is still there, of the figures only the newest.
    assert_eq!(missed, Some(json!({"events": 0, "figures": true})));
    assert!(numbers.is_sorted_by(|before, after| before + 1 == *after), "{numbers:?}");
}

#[tokio::test(start_paused = true)]
async fn no_more_than_four_mebibytes_wait_for_a_client() {
    let client = Client::new();
    let long = "x".repeat(250);
    let breakers: Vec<_> = (0..1500).map(|number| breaker(&client, &format!("{long}{number}"))).collect();
    let mut slow = client.listen("/events").await;
    slow.next("figures").await;
    for _ in 0..6 {
        for breaker in &breakers {
            let _ = breaker.call(|| Ok::<_, &str>(7));
        }
        pass(1).await;
    }
    let mut waiting = 0;
    loop {
        let block = slow.block().await;
        waiting += block.len();
        if block.starts_with("event: missed") {
            break;
        }
        assert!(waiting < 1 << 20, "it was not behind");
    }
    let figures = slow.next("figures").await;
    assert_eq!(figures.data["policies"].as_array().unwrap().len(), 1500);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_clients_of_whom_most_do_not_read_hold_up_nobody() {
    let client = Client::new();
    let breakers: Vec<_> = (0..50).map(|number| breaker(&client, &format!("quotes-{number}"))).collect();
    let mut idle = Vec::new();
    for _ in 0..999 {
        idle.push(client.listen("/events").await);
    }
    let mut quick = client.listen("/events").await;
    quick.next("figures").await;
    for second in 1..=60 {
        for breaker in &breakers {
            assert_eq!(breaker.call(|| Ok::<_, &str>(7)), Ok(7));
        }
        let figures = quick.next("figures").await;
        let rows = figures.data["policies"].as_array().unwrap();
        assert_eq!((rows.len(), &rows[0]["totals"]["calls"]), (50, &json!(second)));
    }
    // One that did not read is told so, and is then as far as everybody. Nothing happens any more, so figures are short.
    pass(12).await;
    let tick = client.get("/api/v1/status").await.json()["tick"].as_u64().unwrap();
    let catch_up = async |slow: &mut Stream| {
        let missed = slow.message().await;
        assert_eq!((missed.event.as_str(), &missed.data["figures"]), ("missed", &json!(true)));
        let figures = slow.next("figures").await;
        assert!(figures.data["tick"].as_u64().unwrap() > tick);
    };
    futures::future::join_all(idle.iter_mut().map(catch_up)).await;
}

#[tokio::test(start_paused = true)]
async fn there_are_so_many_streams_and_no_more() {
    let client = Client::new();
    let mut open = Vec::new();
    for _ in 0..4096 {
        open.push(client.listen("/events").await);
    }
    let answer = client.get("/events").await;
    assert_eq!(answer.refusal(), (503, "too_many_streams".to_owned()));
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(client.get("/hystrix.stream").await.status, 503);
    assert_eq!(client.get("/api/v1/status").await.status, 200);
    open.pop();
    drop(client.listen("/events").await);
}

#[tokio::test(start_paused = true)]
async fn the_last_events_are_listed() {
    let client = Client::new();
    let breaker = breaker(&client, "quotes");
    let answer = client.get("/api/v1/events").await.json();
    assert_eq!(answer["events"], json!([]));
    transitions(&breaker, 2);
    advance(Duration::from_secs(1)).await;
    pass(1).await;
    let answer = client.get("/api/v1/events").await.json();
    let events = answer["events"].as_array().unwrap();
    assert_eq!(events.len(), 4);
    assert_eq!(events[3]["sequence"], answer["sequence"]);
    let after = events[1]["sequence"].as_u64().unwrap();
    let rest = client.get(&format!("/api/v1/events?after={after}")).await.json();
    assert_eq!(rest["events"].as_array().unwrap(), &events[2..]);
}
