use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    task::Poll,
};

use resilience::outbox::{Stopped, Worker};

use super::{MS, Seen, Stage, poll};

#[test]
fn a_worker_delivers_what_is_stored_in_order() {
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    let (sender, receiver) = mpsc::channel();
    let worker = Worker::start(
        &outbox,
        &stage.service,
        MS,
        move |payload: &[u8]| sender.send(payload.to_vec()),
        |_| {},
    )
    .unwrap();
    for message in ["one", "two", "three"] {
        let sent = outbox.send(&stage.service, message.as_bytes(), |_| Err::<(), _>("down"));
        assert!(sent.is_ok());
    }
    let messages: Vec<_> = receiver.iter().take(3).collect();
    assert_eq!(messages, [&b"one"[..], b"two", b"three"]);
    drop(worker);
    assert_eq!(outbox.snapshot().delivered, 3);
}

#[test]
fn a_worker_goes_on_after_a_failure_and_a_panic_and_says_so() {
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    stage.store(&outbox, &["one"]);
    let (sender, receiver) = mpsc::channel();
    let (told, failures) = mpsc::channel();
    let mut attempts = 0;
    let worker = Worker::start(
        &outbox,
        &stage.service,
        MS,
        move |payload: &[u8]| {
            attempts += 1;
            match attempts {
                1 => Err("down"),
                2 => std::panic::panic_any("boom"),
                _ => sender.send(payload.to_vec()).map_err(|_| "nobody listens"),
            }
        },
        move |stopped| told.send(stopped.to_string()).unwrap(),
    )
    .unwrap();
    assert_eq!(receiver.recv().unwrap(), b"one");
    assert_eq!(failures.recv().unwrap(), "delivered 0, then message 1 could not be: down");
    drop(worker);
    assert!(outbox.is_empty());
    assert_eq!(stage.breaker.snapshot().panics, 1);
}

#[test]
fn a_dropped_worker_ends_after_the_message_that_it_is_at() {
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    stage.store(&outbox, &["one", "two"]);
    let (arrived, at_work) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&is_over);
    let op = move |_: &[u8]| {
        arrived.send(()).unwrap();
        let _ = wait.recv();
        over.store(true, Ordering::SeqCst);
        Ok::<_, &str>(())
    };
    let worker = Worker::start(&outbox, &stage.service, 1000 * 1000 * MS, op, |_| {}).unwrap();
    at_work.recv().unwrap();
    std::thread::scope(|threads| {
        threads.spawn(move || drop(worker));
        // The worker is told to stop before or after the message ends; either way it ends with a message.
        drop(go);
    });
    assert!(is_over.load(Ordering::SeqCst));
    assert!(outbox.len() < 2);
    outbox.take_first().expect("no drain is at work any more");
}

#[test]
fn a_future_delivers_again_and_again_until_it_is_dropped() {
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    let (seen, failures) = (Seen::default(), std::cell::Cell::new(0));
    {
        let mut delivering = pin!(outbox.deliver(
            &stage.service,
            10 * MS,
            |payload| {
                let answer = seen.take(&payload);
                async move { answer }
            },
            |stopped| {
                assert!(matches!(stopped, Stopped::Failed { .. }));
                failures.set(failures.get() + 1);
            },
        ));
        assert!(poll(delivering.as_mut()).is_pending());
        stage.store(&outbox, &["one"]);
        stage.clock.advance(9 * MS);
        assert!(matches!(poll(delivering.as_mut()), Poll::Pending));
        assert!(seen.all().is_empty());
        stage.degrade();
        stage.clock.advance(MS);
        assert!(poll(delivering.as_mut()).is_pending());
        assert_eq!((seen.all().len(), failures.get()), (0, 1));
        stage.recover();
        stage.clock.advance(10 * MS);
        assert!(poll(delivering.as_mut()).is_pending());
        assert_eq!(seen.all(), ["one"]);
    }
    stage.store(&outbox, &["two"]);
    stage.clock.advance(100 * MS);
    assert_eq!(outbox.len(), 1);
}

#[test]
fn the_futures_are_send_if_those_of_the_caller_are() {
    fn send<F: Future + Send>(_: F) {}
    let stage = Stage::new();
    let outbox = stage.outbox(10);
    send(outbox.send_async(&stage.service, *b"order", |_| async { Ok::<_, &str>(()) }));
    send(outbox.drain_async(&stage.service, |_| async { Ok::<_, &str>(()) }));
    send(outbox.deliver(&stage.service, MS, |_| async { Ok::<_, &str>(()) }, |_| {}));
}
