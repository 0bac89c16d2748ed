use std::{future::pending, pin::pin, thread};

use resilience::{
    Failure, Outbox, Service, circuit_breaker,
    outbox::{NotStored, Sent},
};

use super::{MS, Seen, Stage, now, poll};

#[test]
fn a_message_for_a_healthy_service_is_delivered_at_once() {
    let stage = Stage::new();
    let outbox = stage.outbox(1);
    let sent = outbox.send(&stage.service, *b"order", |payload| Ok::<_, &str>(payload.len())).unwrap();
    assert_eq!(sent, Sent::Delivered(5));
    assert!(outbox.is_empty());
    assert_eq!(outbox.snapshot().stored, 0);
}

#[test]
fn a_message_that_is_refused_is_stored() {
    let stage = Stage::new();
    let outbox = stage.outbox(2);
    stage.degrade();
    let sent = outbox.send(&stage.service, *b"order", |_| Ok::<(), &str>(())).unwrap();
    assert_eq!(sent, Sent::Stored(1));
    assert_eq!((outbox.len(), stage.service.snapshot().figures.rejected), (1, 1));
}

#[test]
fn a_message_that_fails_is_stored() {
    let stage = Stage::new();
    let outbox = stage.outbox(2);
    let sent = outbox.send(&stage.service, *b"order", |_| Err::<(), _>("down")).unwrap();
    assert_eq!(sent, Sent::Stored(1));
    assert_eq!(stage.drained(&outbox), ["order"]);
}

#[test]
fn an_error_that_is_not_worth_waiting_for_gives_the_message_back() {
    let stage = Stage::new();
    let outbox = stage.outbox(2);
    let unsent = outbox
        .send_if(&stage.service, *b"order", |_| Err::<(), _>("malformed"), |error| *error != "malformed")
        .unwrap_err();
    assert_eq!(&*unsent.payload, b"order");
    assert!(matches!(unsent.reason, NotStored::NotWanted));
    assert_eq!(unsent.failure, Some(Failure::Error("malformed")));
    let later = outbox.send_async_if(
        &stage.service,
        *b"order",
        |_| async { Err::<(), _>("malformed") },
        |error| *error != "malformed",
    );
    assert_eq!(
        now(later).unwrap_err().to_string(),
        "not sent: its failure is not one to wait out; delivery failed: malformed"
    );
    assert!(outbox.is_empty());
}

#[test]
fn a_message_behind_a_stored_one_is_stored_though_the_service_is_healthy() {
    let stage = Stage::new();
    let outbox = stage.outbox(3);
    stage.store(&outbox, &["first"]);
    let seen = Seen::default();
    let sent = outbox.send(&stage.service, *b"second", |payload| seen.take(payload)).unwrap();
    assert_eq!(sent, Sent::Stored(2));
    let sent = now(outbox.send_async(&stage.service, *b"third", |_| async { Ok::<_, &str>(()) })).unwrap();
    assert_eq!(sent, Sent::Stored(3));
    assert!(seen.all().is_empty(), "it was not even tried");
    assert_eq!(stage.drained(&outbox), ["first", "second", "third"]);
    assert_eq!(outbox.send(&stage.service, *b"fourth", |_| Ok::<_, &str>(4)).unwrap(), Sent::Delivered(4));
}

#[test]
fn a_full_outbox_gives_the_message_back() {
    let stage = Stage::new();
    let outbox = stage.outbox(2);
    stage.store(&outbox, &["first", "second"]);
    let unsent = outbox.send(&stage.service, *b"third", |_| Ok::<(), &str>(())).unwrap_err();
    assert_eq!(&*unsent.payload, b"third");
    assert!(matches!((unsent.reason, unsent.failure), (NotStored::Full, None)));
    assert_eq!((outbox.len(), outbox.snapshot().refused), (2, 1));
}

#[test]
fn a_message_that_fails_and_finds_no_room_comes_back_with_its_failure() {
    let stage = Stage::new();
    let outbox = stage.outbox(1);
    let unsent = outbox
        .send(&stage.service, *b"order", |_| {
            // Somebody else takes the last room meanwhile.
            outbox.send(&stage.service, *b"other", |_| Err::<(), _>("down")).unwrap();
            Err::<(), _>("down")
        })
        .unwrap_err();
    assert_eq!(unsent.to_string(), "not sent: the outbox is full; delivery failed: down");
}

#[test]
fn an_awaited_message_is_delivered_or_stored() {
    let stage = Stage::new();
    let outbox = stage.outbox(2);
    let send = |fails: bool| {
        outbox.send_async(&stage.service, *b"order", move |payload| async move {
            if fails { Err("down") } else { Ok(payload.len()) }
        })
    };
    assert_eq!(now(send(false)).unwrap(), Sent::Delivered(5));
    assert_eq!(now(send(true)).unwrap(), Sent::Stored(1));
}

#[test]
fn a_dropped_send_stores_nothing() {
    let stage = Stage::new();
    let outbox = stage.outbox(2);
    {
        let mut sending =
            pin!(outbox.send_async(&stage.service, *b"order", |_| pending::<Result<(), &str>>()));
        assert!(poll(sending.as_mut()).is_pending());
    }
    assert!(outbox.is_empty());
}

#[test]
fn the_age_of_the_oldest_message_grows_until_it_is_delivered() {
    let stage = Stage::new();
    let outbox = stage.outbox(5);
    assert_eq!(outbox.snapshot().oldest, None);
    stage.store(&outbox, &["first"]);
    stage.clock.advance(30 * MS);
    stage.store(&outbox, &["second"]);
    stage.clock.advance(12 * MS);
    assert_eq!(outbox.snapshot().oldest, Some(42 * MS));
    outbox.take_first().unwrap();
    assert_eq!(outbox.snapshot().oldest, Some(12 * MS));
}

#[test]
fn an_outbox_without_room_or_name_is_refused() {
    for capacity in [0, 100_000_001] {
        let problem = Outbox::new("orders", capacity).unwrap_err();
        assert_eq!(problem.setting(), "capacity");
        assert_eq!(problem.to_string(), "an outbox holds between 1 and 100000000 messages");
    }
    assert_eq!(Outbox::new("", 1).unwrap_err().setting(), "name");
}

#[test]
fn messages_of_many_threads_are_each_delivered_once_and_in_the_order_of_their_thread() {
    const THREADS: usize = 4;
    const MESSAGES: usize = 200;
    let stage = Stage::new();
    let service = Service::builder("busy")
        .circuit_breaker(circuit_breaker::Config::new().threshold(1_000_000))
        .register()
        .unwrap();
    let outbox = stage.outbox(THREADS * MESSAGES);
    let delivered = std::sync::Mutex::new(Vec::new());
    let deliver = |payload: &[u8]| {
        let mut delivered = delivered.lock().unwrap();
        delivered.push(String::from_utf8(payload.to_vec()).unwrap());
        Ok::<_, &str>(())
    };
    thread::scope(|threads| {
        for number in 0..THREADS {
            let (outbox, service) = (&outbox, &service);
            threads.spawn(move || {
                for message in 0..MESSAGES {
                    let payload = format!("{number} {message}");
                    // Every third cannot be delivered at first.
                    let op = |payload: &[u8]| if message % 3 == 0 { Err("down") } else { deliver(payload) };
                    outbox.send(service, payload.into_bytes(), op).unwrap();
                    if message % 10 == 0 {
                        let _ = outbox.drain(service, deliver);
                    }
                }
            });
        }
    });
    outbox.drain(&service, deliver).unwrap();
    let delivered = delivered.into_inner().unwrap();
    assert_eq!(delivered.len(), THREADS * MESSAGES);
    for number in 0..THREADS {
        let own = delivered.iter().filter_map(|message| message.strip_prefix(&format!("{number} ")));
        let own: Vec<usize> = own.map(|message| message.parse().unwrap()).collect();
        assert!(own.is_sorted(), "{own:?}");
    }
}
