use std::{
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
};

use resilience::{Failure, outbox::Stopped};

use super::{Seen, Stage, now, poll};

#[test]
fn messages_are_delivered_in_the_order_in_which_they_were_sent() {
    let stage = Stage::new();
    let outbox = stage.outbox(100);
    let messages: Vec<String> = (0..50).map(|number| format!("message {number}")).collect();
    stage.store(&outbox, &messages.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(stage.drained(&outbox), messages);
    let snapshot = outbox.snapshot();
    assert_eq!((snapshot.queued, snapshot.stored, snapshot.delivered), (0, 50, 50));
}

#[test]
fn a_drain_stops_at_the_first_message_that_cannot_be_delivered_and_keeps_it() {
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    stage.store(&outbox, &["one", "two", "three"]);
    let stopped = outbox
        .drain(&stage.service, |payload| if payload == b"two" { Err("down") } else { Ok(()) })
        .unwrap_err();
    match &stopped {
        Stopped::Failed { delivered: 1, message, failure: Failure::Error("down") } => {
            assert_eq!((message.sequence, &*message.payload), (2, &b"two"[..]));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stopped.to_string(), "delivered 1, then message 2 could not be: down");
    assert_eq!(stage.drained(&outbox), ["two", "three"]);
}

#[test]
fn a_drain_of_a_service_that_refuses_delivers_nothing() {
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    stage.store(&outbox, &["one"]);
    stage.degrade();
    let seen = Seen::default();
    let stopped = outbox.drain(&stage.service, |payload| seen.take(payload)).unwrap_err();
    assert!(matches!(stopped, Stopped::Failed { delivered: 0, failure: Failure::Rejected(_), .. }));
    assert!(seen.all().is_empty());
    assert_eq!(outbox.len(), 1);
}

#[test]
fn an_awaited_drain_does_the_same() {
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    stage.store(&outbox, &["one", "two", "three"]);
    let seen = Seen::default();
    let drain = |broken: &'static [u8]| {
        let seen = &seen;
        outbox.drain_async(&stage.service, move |payload| async move {
            if *payload == *broken { Err("down") } else { seen.take(&payload) }
        })
    };
    assert!(matches!(now(drain(b"two")), Err(Stopped::Failed { delivered: 1, .. })));
    assert_eq!(now(drain(b"none")).unwrap(), 2);
    assert_eq!(seen.all(), ["one", "two", "three"]);
}

#[test]
fn a_second_drain_is_told_that_one_is_at_work() {
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    stage.store(&outbox, &["one"]);
    let mut first = pin!(outbox.drain_async(&stage.service, |_| pending::<Result<(), &str>>()));
    assert!(poll(first.as_mut()).is_pending());
    let second = outbox.drain(&stage.service, |_| Ok::<_, &str>(())).unwrap_err();
    assert!(matches!(second, Stopped::Busy));
    assert_eq!(second.to_string(), "another drain of this outbox is at work");
    assert!(matches!(outbox.take_first(), Err(Stopped::Busy)));
}

#[test]
fn a_drain_that_is_dropped_leaves_its_message_and_lets_another_begin() {
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    stage.store(&outbox, &["one"]);
    {
        let mut drain = pin!(outbox.drain_async(&stage.service, |_| pending::<Result<(), &str>>()));
        assert!(poll(drain.as_mut()).is_pending());
    }
    assert_eq!(stage.drained(&outbox), ["one"]);
}

#[test]
fn a_drain_whose_operation_panics_leaves_its_message_and_lets_another_begin() {
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    stage.store(&outbox, &["one"]);
    let panics = || outbox.drain(&stage.service, |_| -> Result<(), &str> { std::panic::panic_any("boom") });
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    assert_eq!(stage.drained(&outbox), ["one"]);
}

#[test]
fn a_message_that_comes_during_a_drain_is_delivered_after_those_before_it() {
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    stage.store(&outbox, &["one"]);
    let seen = Seen::default();
    outbox
        .drain(&stage.service, |payload| {
            if payload == b"one" {
                outbox.send(&stage.service, *b"two", |_| Err::<(), _>("it must not be tried")).unwrap();
            }
            seen.take(payload)
        })
        .unwrap();
    assert_eq!(seen.all(), ["one", "two"]);
}

#[test]
fn the_oldest_message_can_be_taken_out() {
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    stage.store(&outbox, &["poison", "order"]);
    let taken = outbox.take_first().unwrap().unwrap();
    assert_eq!((taken.sequence, &*taken.payload), (1, &b"poison"[..]));
    assert_eq!(stage.drained(&outbox), ["order"]);
    assert!(outbox.take_first().unwrap().is_none());
    assert_eq!((outbox.snapshot().taken, outbox.snapshot().delivered), (1, 1));
}
