use std::{future::poll_fn, pin::pin, task::Poll};

use resilience::{EventKind, Events, Service, circuit_breaker, presets, retry};

use super::{MS, Stage, poll};

fn labels(events: &mut Events) -> Vec<(&'static str, Option<&'static str>, Option<&'static str>)> {
    let mut seen = Vec::new();
    while let Some(Ok(event)) = events.try_next() {
        seen.push((
            match event.kind {
                EventKind::Transition { .. } => "transition",
                EventKind::Rejected { .. } => "rejected",
                EventKind::Retried { .. } => "retried",
                EventKind::FellBack { .. } => "fell_back",
                _ => "other",
            },
            event.service,
            event.operation,
        ));
    }
    seen
}

#[test]
fn events_name_the_service_and_the_operation() {
    let stage = Stage::new();
    let service = Service::builder("stock")
        .circuit_breaker(circuit_breaker::Config::new().threshold(1))
        .register()
        .unwrap();
    let mut events = stage.registry().events();
    service.operation("query").call(|| Err::<(), _>(())).unwrap_err();
    service.call(|| Ok::<_, ()>(())).unwrap_err();
    stage.registry().circuit_breaker("stock").unwrap().close();
    assert_eq!(
        labels(&mut events),
        [
            ("transition", Some("stock"), Some("query")),
            ("rejected", Some("stock"), None),
            ("transition", None, None),
        ]
    );
}

#[test]
fn a_label_follows_a_call_over_its_waits_and_leaves_the_thread_in_between() {
    let stage = Stage::new();
    let service = stage
        .registry()
        .add_service("cache", presets::CACHE.retry(retry::Config::new().attempts(2)))
        .unwrap();
    let view = service.operation("get");
    let mut events = stage.registry().events();
    let mut call = pin!(view.call_async(|| async {
        let mut first = true;
        poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
        Err::<(), _>(())
    }));
    assert!(poll(call.as_mut()).is_pending());
    // Somebody else on the same thread, in between.
    stage.registry().circuit_breaker("cache").unwrap().force_open();
    stage.registry().circuit_breaker("cache").unwrap().close();
    assert!(poll(call.as_mut()).is_pending(), "it waits for its second attempt");
    stage.clock.advance(1000 * MS);
    let _ = poll(call.as_mut());
    assert_eq!(
        labels(&mut events),
        [("transition", None, None), ("transition", None, None), ("retried", Some("cache"), Some("get")),]
    );
}

#[test]
fn a_call_inside_another_has_its_own_label_and_gives_the_outer_back() {
    let stage = Stage::new();
    let config = circuit_breaker::Config::new().threshold(1);
    let outer = Service::builder("outer").circuit_breaker(config).register().unwrap();
    let inner = Service::builder("inner").circuit_breaker(config).register().unwrap();
    let mut events = stage.registry().events();
    let answer = outer.operation("order").call(|| inner.operation("price").call(|| Err::<(), _>("down")));
    assert!(answer.is_err());
    assert_eq!(
        labels(&mut events),
        [("transition", Some("inner"), Some("price")), ("transition", Some("outer"), Some("order")),]
    );
}
