//! Snapshots as JSON text and files.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use resilience::{circuit_breaker::Config, testing::Scope};
use serde_json::Value;

/// A folder of its own for each test.
fn folder() -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("resilience-export-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn scope() -> Scope {
    let scope = Scope::new();
    scope.registry().add_circuit_breaker("stock", Config::new()).unwrap();
    scope
}

#[test]
fn a_snapshot_is_json_with_stable_names() {
    let json: Value = serde_json::from_str(&scope().registry().snapshot().to_json()).unwrap();
    let lists: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(lists, ["at", "outboxes", "policies", "services"]);
    let policy = &json["policies"][0];
    assert_eq!((&policy["kind"], &policy["name"]), (&"circuit_breaker".into(), &"stock".into()));
    let figures = policy["figures"].as_object().unwrap();
    let names: Vec<_> = figures.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "cancelled",
            "closed",
            "consecutive_failures",
            "errors",
            "exhausted",
            "failure_rate",
            "generation",
            "half_opened",
            "history",
            "ignored",
            "in_state_for",
            "keys",
            "latency",
            "opened",
            "panics",
            "refused",
            "retry_after",
            "settings",
            "since_failure",
            "since_success",
            "slow",
            "slow_rate",
            "state",
            "successes",
            "timeouts",
            "transitions",
            "window",
            "would_have_opened",
        ],
    );
}

#[test]
fn a_file_holds_what_the_snapshot_says_and_nothing_is_left_beside_it() {
    let folder = folder();
    let path = folder.join("status.json");
    let snapshot = scope().registry().snapshot();
    snapshot.save(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), snapshot.to_json() + "\n");
    snapshot.save(&path).unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_reader_never_finds_half_a_file() {
    let folder = folder();
    let path = folder.join("status.json");
    let scope = scope();
    scope.registry().snapshot().save(&path).unwrap();
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| (0..50).for_each(|_| scope.registry().snapshot().save(&path).unwrap()));
        }
        for _ in 0..200 {
            let text = fs::read_to_string(&path).unwrap();
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
        }
    });
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_and_leaves_nothing() {
    let folder = folder();
    let snapshot = scope().registry().snapshot();
    assert!(snapshot.save(folder.join("missing").join("status.json")).is_err());
    assert!(snapshot.save("/").is_err());
    // A folder stands where the file should be.
    fs::create_dir(folder.join("status.json")).unwrap();
    assert!(snapshot.save(folder.join("status.json")).is_err());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    fs::remove_dir_all(folder).unwrap();
}
