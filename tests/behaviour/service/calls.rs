use std::{
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    thread,
};

use resilience::{
    Failure, PolicyKind, Preset, Reason, Service, circuit_breaker, pipeline::Rules, presets, retry,
};

use super::{Stage, poll};

fn breaker() -> Service {
    Service::builder("stock").circuit_breaker(circuit_breaker::Config::new().threshold(1)).register().unwrap()
}

#[test]
fn each_ended_call_is_counted_once_as_its_caller_sees_it() {
    let stage = Stage::new();
    let service =
        stage.registry().add_service("feed", Preset::EMPTY.retry(retry::Config::new().attempts(2))).unwrap();
    assert!(service.call(|| Ok::<_, ()>(1)).is_ok());
    let mut calls = 0;
    let saved = service.call(|| {
        calls += 1;
        if calls == 1 { Err(()) } else { Ok(()) }
    });
    assert!(saved.is_ok());
    assert!(service.call(|| Err::<(), _>(())).is_err());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        service.call(|| -> Result<(), ()> { std::panic::panic_any("boom") })
    }));
    assert!(panicked.is_err());
    {
        let mut dropped = pin!(service.call_async(pending::<Result<(), ()>>));
        assert!(poll(dropped.as_mut()).is_pending());
    }
    let figures = service.snapshot().figures;
    assert_eq!((figures.successes, figures.failures, figures.rejected, figures.cancelled), (2, 2, 0, 1));
    assert_eq!(figures.calls, 5);
}

#[test]
fn a_panic_of_an_awaited_call_is_a_failure() {
    let stage = Stage::new();
    let service = stage.registry().add_service("cache", presets::CACHE).unwrap();
    let call = || stage.run(service.call_async(|| async { panic_now() }));
    assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
    let figures = service.snapshot().figures;
    assert_eq!((figures.failures, figures.cancelled), (1, 0));
    assert_eq!(stage.registry().circuit_breaker("cache").unwrap().snapshot().panics, 1);
}

fn panic_now() -> Result<(), ()> {
    std::panic::panic_any("boom")
}

#[test]
fn a_call_dropped_by_somebody_elses_panic_is_cancelled() {
    let stage = Stage::new();
    let service = stage.registry().add_service("cache", presets::CACHE).unwrap();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let mut suspended = Box::pin(service.call_async(pending::<Result<(), ()>>));
        assert!(poll(suspended.as_mut()).is_pending());
        panic_now()
    }));
    assert!(caught.is_err());
    let figures = service.snapshot().figures;
    assert_eq!((figures.failures, figures.cancelled), (0, 1));
    assert_eq!(stage.registry().circuit_breaker("cache").unwrap().snapshot().cancelled, 1);
}

#[test]
fn operations_are_counted_apart_and_together() {
    let _stage = Stage::new();
    let service = breaker();
    service.operation("query").call(|| Ok::<_, ()>(1)).unwrap();
    service.operation("insert").call(|| Err::<(), _>(())).unwrap_err();
    service.operation("query").call(|| Ok::<_, ()>(1)).unwrap_err();
    service.call(|| Ok::<_, ()>(1)).unwrap_err();
    let snapshot = service.snapshot();
    let seen: Vec<_> =
        snapshot.operations.iter().map(|operation| (operation.label, operation.figures)).collect();
    assert_eq!((seen[0].0, seen[0].1.failures, seen[0].1.calls), ("insert", 1, 1));
    assert_eq!((seen[1].0, seen[1].1.successes, seen[1].1.rejected), ("query", 1, 1));
    assert_eq!((snapshot.figures.calls, snapshot.figures.rejected), (4, 2));
}

#[test]
fn the_number_of_labels_is_bounded() {
    let _stage = Stage::new();
    let service = breaker();
    for label in 0..1000 {
        service.operation(&format!("label {label}")).call(|| Ok::<_, ()>(1)).unwrap();
    }
    let operations = service.snapshot().operations;
    assert_eq!(operations.len(), 129);
    let other = operations.iter().find(|operation| operation.label == "(other)").unwrap();
    assert_eq!(other.figures.calls, 1000 - 128);
    service.operation("label 5").call(|| Ok::<_, ()>(1)).unwrap();
    let known = service.snapshot().operations;
    assert_eq!(known.iter().find(|operation| operation.label == "label 5").unwrap().figures.calls, 2);
}

#[test]
fn a_label_that_cannot_be_a_name_is_counted_as_other() {
    let _stage = Stage::new();
    let service = breaker();
    service.operation("").call(|| Ok::<_, ()>(1)).unwrap();
    service.operation("two\nlines").call(|| Ok::<_, ()>(1)).unwrap();
    let operations = service.snapshot().operations;
    assert_eq!(operations.len(), 1);
    assert_eq!((operations[0].label, operations[0].figures.calls), ("(other)", 2));
}

#[test]
fn a_call_without_the_breaker_is_neither_refused_nor_counted_by_it() {
    let stage = Stage::new();
    let service = breaker();
    let direct = service.without_breaker();
    assert!(direct.call(|| Err::<(), _>(())).is_err());
    let seen = stage.registry().circuit_breaker("stock").unwrap();
    assert_eq!(seen.snapshot().errors, 0);
    seen.force_open();
    assert_eq!(direct.call(|| Ok::<_, ()>(1)), Ok(1));
    assert_eq!(stage.run(direct.call_async(|| async { Ok::<_, ()>(2) })), Ok(2));
    assert!(service.call(|| Ok::<_, ()>(1)).is_err(), "the service itself has its breaker");
    assert_eq!(service.snapshot().figures.calls, 4, "they are the service's calls all the same");
}

#[test]
fn a_call_without_the_fallback_sees_the_failure() {
    let stage = Stage::new();
    let service = breaker();
    let rules = Rules::new().fallback(|_| Ok(7));
    assert_eq!(service.call_with(rules, || Err::<u32, _>("down")), Ok(7));
    let refused = service.without_fallback().call_with(rules, || Err::<u32, _>("down")).unwrap_err();
    assert!(matches!(refused, Failure::Rejected(_)));
    assert_eq!(stage.registry().fallback("stock").unwrap().snapshot().used, 1);
}

#[test]
fn views_keep_what_the_views_before_them_said() {
    let stage = Stage::new();
    let service = stage.registry().add_service("cache", presets::CACHE).unwrap();
    let view = service.operation("get").without_breaker().without(PolicyKind::Timeout);
    stage.registry().circuit_breaker("cache").unwrap().force_open();
    assert_eq!(view.call(|| Ok::<_, ()>(1)), Ok(1));
    assert_eq!(service.snapshot().operations[0].figures.successes, 1);
}

#[test]
fn a_blocking_call_of_a_service_with_a_timeout_is_refused_and_counted() {
    let stage = Stage::new();
    let service = stage.registry().add_service("cache", presets::CACHE).unwrap();
    let rules = Rules::new().fallback(|_| Ok(7));
    let refused = service.call_with(rules, || Ok::<u32, ()>(1)).unwrap_err();
    assert_eq!(refused.rejected().unwrap().reason(), Reason::NeedsAsync);
    assert_eq!(
        refused.rejected().unwrap().to_string(),
        "timeout `cache` cannot stop a blocking call: use `call_async`, or go without it: `without(PolicyKind::Timeout)`"
    );
    assert_eq!(service.snapshot().figures.rejected, 1);
    assert_eq!(stage.registry().circuit_breaker("cache").unwrap().snapshot().successes, 0);
}

#[test]
fn a_snapshot_shows_every_layer_and_can_be_json() {
    let stage = Stage::new();
    let service = stage.registry().add_service("cache", presets::CACHE).unwrap();
    stage.run(service.operation("get").call_async(|| async { Ok::<_, ()>(1) })).unwrap();
    let json = serde_json::to_value(service.snapshot()).unwrap();
    assert_eq!(json["name"], "cache");
    assert_eq!(json["is_registered"], true);
    assert_eq!(json["figures"]["successes"], 1);
    assert_eq!(json["operations"][0]["label"], "get");
    assert_eq!(json["layers"][1]["kind"], "circuit_breaker");
    assert_eq!(json["layers"][1]["figures"]["successes"], 1);
}

#[test]
fn calls_of_many_threads_are_all_counted() {
    let _stage = Stage::new();
    let service = Service::builder("stock")
        .circuit_breaker(circuit_breaker::Config::new().threshold(1_000_000))
        .register()
        .unwrap();
    thread::scope(|threads| {
        for number in 0..4 {
            let service = service.operation("count");
            threads.spawn(move || {
                for call in 0..1000 {
                    let _ = service.call(|| if call % 4 == number { Err(()) } else { Ok(()) });
                }
            });
        }
    });
    let figures = service.snapshot().operations[0].figures;
    assert_eq!((figures.calls, figures.failures), (4000, 1000));
    assert_eq!(service.snapshot().figures, figures);
}

#[test]
fn the_future_is_send_if_that_of_the_caller_is() {
    fn send<F: Future + Send>(future: F) -> F {
        future
    }
    let stage = Stage::new();
    let service = stage.registry().add_service("http", presets::HTTP_API).unwrap();
    let name = String::from("order");
    let rules = Rules::new().fallback(|_| async { Ok(0) });
    let future = send(service.call_async_with(rules, || async { Ok::<_, std::io::Error>(name.len()) }));
    assert_eq!(stage.run(future).unwrap(), 5);
    // And one that is not, is not needed to be.
    let local = std::rc::Rc::new(5);
    let future = service.call_async(|| async { Ok::<_, ()>(*local) });
    assert_eq!(stage.run(future), Ok(5));
}
