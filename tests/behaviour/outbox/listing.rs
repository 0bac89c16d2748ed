//! Outboxes in the registry, its snapshot and the health report.

use super::*;

#[test]
fn the_registry_in_force_lists_an_outbox_as_long_as_it_lives() {
    let scope = Scope::new();
    let names = || -> Vec<_> { scope.registry().outboxes().iter().map(Outbox::name).collect() };
    let outside = Scope::new();
    let outside = outside.enter();
    let elsewhere = Outbox::new("elsewhere", 1).unwrap();
    drop(outside);
    let inside = scope.enter();
    let (mails, orders) = (Outbox::new("mails", 1).unwrap(), Outbox::new("orders", 1).unwrap());
    drop(inside);
    assert_eq!(names(), ["mails", "orders"]);
    drop((mails, elsewhere));
    assert_eq!(names(), ["orders"]);
    assert!(scope.registry().outbox("mails").is_none());
    assert_eq!(scope.registry().outbox("orders").unwrap().name(), orders.name());
}

#[test]
fn a_name_that_another_outbox_has_gets_a_number() {
    let scope = Scope::new();
    let _inside = scope.enter();
    let first = Outbox::new("orders", 1).unwrap();
    let second = Outbox::new("orders", 2).unwrap();
    assert_eq!((first.name(), second.name()), ("orders", "orders#2"));
    drop(first);
    assert_eq!(Outbox::new("orders", 3).unwrap().name(), "orders");
    assert_eq!(scope.registry().outbox("orders#2").unwrap().snapshot().capacity, 2);
}

#[test]
fn an_outbox_that_is_listed_lets_go_of_its_file_when_it_is_dropped() {
    let scope = Scope::new();
    let _inside = scope.enter();
    let folder = Folder::new("listing");
    let path = folder.file();
    let outbox = Outbox::new("orders", 1).unwrap().persistent(&path).unwrap();
    assert!(Outbox::new("orders", 1).unwrap().persistent(&path).is_err());
    drop(outbox);
    Outbox::new("orders", 1).unwrap().persistent(&path).unwrap();
}

#[test]
fn a_snapshot_of_the_registry_shows_what_an_outbox_holds() {
    let stage = Stage::new();
    let outbox = stage.outbox(3);
    stage.store(&outbox, &["a", "b"]);
    let snapshot = resilience::registry().snapshot();
    assert_eq!(snapshot.outboxes, [outbox.snapshot()]);
    let json: serde_json::Value = serde_json::from_str(&snapshot.to_json()).unwrap();
    assert_eq!((&json["outboxes"][0]["name"], &json["outboxes"][0]["queued"]), (&"orders".into(), &2.into()));
    assert_eq!(snapshot.outbox("orders").unwrap().capacity, 3);
    assert!(snapshot.outbox("mails").is_none());
}

#[test]
fn the_health_report_shows_outboxes_that_hold_something_and_scores_none() {
    let stage = Stage::new();
    let (outbox, _empty) = (stage.outbox(3), Outbox::new("idle", 9).unwrap());
    stage.store(&outbox, &["a", "b"]);
    stage.recover();
    stage.clock.advance(1500 * MS);
    let report = resilience::registry().health().sample();
    assert_eq!(report.outboxes.len(), 2);
    let text = report.to_string();
    assert!(text.contains("orders    outbox    2 of 3 messages stored, the oldest for 1.5s\n"), "{text}");
    assert!(!text.contains("idle"), "{text}");
    assert_eq!(report.services.iter().map(|service| service.name).collect::<Vec<_>>(), ["store"]);
}

#[test]
fn the_log_of_a_report_warns_of_an_outbox_that_fills_up() {
    for (capacity, warns) in [(2, true), (3, false)] {
        let stage = Stage::new();
        let outbox = stage.outbox(capacity);
        stage.store(&outbox, &["a", "b"]);
        let report = resilience::registry().health().sample();
        let told = resilience_tests::recorded(|| report.log());
        let is_warned = told.iter().any(|event| event.field("message") == "an outbox fills up");
        assert_eq!(is_warned, warns, "{told:?}");
    }
}
