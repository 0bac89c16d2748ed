//! `#[resilient(service = ..)]`.
#![allow(
    clippy::unused_async,
    clippy::needless_pass_by_value,
    reason = "guarded functions are as users write them"
)]

use std::{
    cell::Cell,
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
};

use resilience::{
    PolicyKind, Preset, Reason, Service, bulkhead, circuit_breaker, circuit_breaker::State, fallback,
    presets, resilient, retry, timeout,
};
use resilience_tests::{Fault, recorded};

use super::{MS, Stage, poll};

type Answer = Result<u32, Fault>;

#[resilient(service = "database", operation = "query")]
async fn query(asked: &Cell<u32>, answer: Answer) -> Answer {
    asked.set(asked.get() + 1);
    answer
}

#[resilient(service = "database")]
fn insert(asked: &Cell<u32>, answer: Answer) -> Answer {
    asked.set(asked.get() + 1);
    answer
}

const RETRIES: Preset = Preset::EMPTY
    .retry(retry::Config::new().attempts(3).backoff(retry::Backoff::fixed(MS)).jitter(retry::Jitter::None))
    .circuit_breaker(circuit_breaker::Config::new().threshold(5));

#[test]
fn the_function_runs_in_the_pipeline_of_its_service() {
    let stage = Stage::new();
    let service = stage.registry().add_service("database", RETRIES).unwrap();
    let asked = Cell::new(0);
    assert_eq!(stage.run(query(&asked, Err(Fault::Down))), Err(Fault::Down));
    assert_eq!(asked.replace(0), 3);
    assert_eq!(stage.clock.elapsed(), 2 * MS);
    assert_eq!(insert(&asked, Err(Fault::Down)), refused(insert(&asked, Ok(1))));
    assert_eq!(asked.get(), 2, "the fifth failure opened the circuit");
    let snapshot = service.snapshot();
    let labels: Vec<_> = snapshot.operations.iter().map(|operation| operation.label).collect();
    assert_eq!(labels, ["insert", "query"], "the function's name, unless it says another");
}

/// The answer itself, if it is a refusal by the breaker.
#[track_caller]
fn refused(answer: Answer) -> Answer {
    match answer {
        Err(Fault::Refused(rejected)) if rejected.policy() == PolicyKind::CircuitBreaker => answer,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn a_service_that_nobody_registered_has_default_policies_and_says_so_once() {
    let stage = Stage::new();
    let asked = Cell::new(0);
    let events = recorded(|| {
        for _ in 0..5 {
            assert_eq!(insert(&asked, Err(Fault::Down)), Err(Fault::Down));
        }
        let _ = refused(insert(&asked, Ok(1)));
    });
    let warnings: Vec<_> = events.iter().filter(|event| event.field("service") == "database").collect();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].field("message").contains("nobody has registered this service"));
    let service = stage.registry().service("database").unwrap();
    assert!(!service.is_registered());
    assert!(!service.snapshot().is_registered);
    let kinds: Vec<_> = service.pipeline().layers().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [PolicyKind::CircuitBreaker, PolicyKind::Bulkhead]);
}

#[test]
fn a_later_registration_replaces_the_default_policies() {
    let stage = Stage::new();
    let asked = Cell::new(0);
    insert(&asked, Ok(1)).unwrap();
    let preset = RETRIES.bulkhead(bulkhead::Config::new().max_concurrent(3));
    let service = stage.registry().add_service("database", preset).unwrap();
    assert!(service.is_registered());
    assert_eq!(stage.registry().bulkhead("database").unwrap().settings().max_concurrent, 3);
    asked.set(0);
    assert_eq!(insert(&asked, Err(Fault::Down)), Err(Fault::Down));
    assert_eq!(asked.get(), 3, "now with the service's retry");
    assert_eq!(service.snapshot().figures.successes, 1, "its figures go on");
    let conflicts = stage.registry().snapshot().policies.into_iter().flat_map(|policy| policy.conflicts);
    assert_eq!(conflicts.count(), 0);
}

#[test]
fn a_blocking_function_in_a_service_with_a_timeout_is_refused() {
    let stage = Stage::new();
    stage.registry().add_service("database", presets::DATABASE).unwrap();
    let asked = Cell::new(0);
    match insert(&asked, Ok(1)) {
        Err(Fault::Refused(rejected)) => assert_eq!(rejected.reason(), Reason::NeedsAsync),
        other => panic!("expected a refusal, got {other:?}"),
    }
    assert_eq!(asked.get(), 0);
    assert_eq!(stage.run(query(&asked, Ok(1))), Ok(1));
}

#[test]
fn a_timeout_of_the_service_bounds_the_function() {
    #[resilient(service = "slow")]
    async fn hangs() -> Answer {
        pending().await
    }
    let stage = Stage::new();
    let preset = RETRIES
        .timeout(timeout::Config::new().limit(4 * MS))
        .total_timeout(timeout::Config::new().limit(7 * MS));
    stage.registry().add_service("slow", preset).unwrap();
    match stage.run(hangs()) {
        Err(Fault::Refused(rejected)) => assert_eq!(rejected.name(), "slow.total"),
        other => panic!("expected a timeout, got {other:?}"),
    }
    assert_eq!(stage.clock.elapsed(), 7 * MS);
    let breaker = stage.registry().circuit_breaker("slow").unwrap().snapshot();
    assert_eq!((breaker.timeouts, breaker.cancelled), (2, 0));
}

#[fallback(value = 7)]
#[resilient(service = "stock")]
async fn with_fallback_above(answer: Answer) -> Answer {
    answer
}

#[resilient(service = "stock", fallback(|_failure| Ok(8)))]
fn with_fallback_inside(answer: Answer) -> Answer {
    answer
}

#[test]
fn a_fallback_may_stand_around_a_service() {
    let stage = Stage::new();
    stage.registry().add_service("stock", RETRIES).unwrap();
    assert_eq!(stage.run(with_fallback_above(Err(Fault::Down))), Ok(7));
    assert_eq!(with_fallback_inside(Err(Fault::Down)), Ok(8));
}

#[circuit_breaker("around", threshold = 100)]
#[resilient(service = "stock")]
async fn with_breaker_above(act: &dyn Fn() -> Answer) -> Answer {
    act()
}

#[timeout(20ms)]
#[circuit_breaker("around", threshold = 100)]
#[resilient(service = "stock")]
async fn with_timeout_above() -> Answer {
    pending().await
}

#[test]
fn a_panic_is_counted_by_the_breakers_of_the_service_and_of_the_stack() {
    let stage = Stage::new();
    stage.registry().add_service("stock", RETRIES).unwrap();
    let call = || stage.run(with_breaker_above(&|| std::panic::panic_any("boom")));
    assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
    for name in ["around", "stock"] {
        let figures = stage.registry().circuit_breaker(name).unwrap().snapshot();
        assert_eq!((figures.panics, figures.cancelled), (1, 0), "{name}");
    }
}

#[test]
fn a_timeout_of_the_stack_is_a_failure_to_the_breaker_of_the_service() {
    let stage = Stage::new();
    stage.registry().add_service("stock", RETRIES).unwrap();
    assert!(stage.run(with_timeout_above()).is_err());
    for name in ["around", "stock"] {
        let figures = stage.registry().circuit_breaker(name).unwrap().snapshot();
        assert_eq!((figures.timeouts, figures.cancelled), (1, 0), "{name}");
    }
}

#[test]
fn a_dropped_call_gives_everything_back() {
    let stage = Stage::new();
    let preset = RETRIES.bulkhead(bulkhead::Config::new().max_concurrent(1));
    let service = stage.registry().add_service("stock", preset).unwrap();
    {
        let mut call = pin!(with_timeout_above());
        assert!(poll(call.as_mut()).is_pending());
        assert_eq!(stage.registry().bulkhead("stock").unwrap().snapshot().in_use, 1);
    }
    assert_eq!(stage.registry().bulkhead("stock").unwrap().snapshot().in_use, 0);
    assert_eq!(stage.registry().circuit_breaker("stock").unwrap().snapshot().cancelled, 1);
    assert_eq!(service.snapshot().figures.cancelled, 1);
}

struct Client {
    sent: Vec<String>,
}

impl Client {
    #[resilient(service = "stock", operation = "send")]
    async fn send(&mut self, text: String, to: &mut Vec<usize>) -> Result<usize, Fault> {
        self.sent.push(text.clone());
        to.push(text.len());
        if self.sent.len() < 2 { Err(Fault::Down) } else { Ok(text.len()) }
    }
}

#[test]
fn a_method_is_lent_its_receiver_and_arguments_for_each_attempt() {
    fn send<F: Future + Send>(future: F) -> F {
        future
    }
    let stage = Stage::new();
    stage.registry().add_service("stock", RETRIES).unwrap();
    let (mut client, mut lengths) = (Client { sent: Vec::new() }, Vec::new());
    assert_eq!(stage.run(send(client.send("order".into(), &mut lengths))), Ok(5));
    assert_eq!((client.sent.len(), lengths), (2, vec![5, 5]));
}

#[test]
fn each_registry_has_its_own_service_for_one_function() {
    let asked = Cell::new(0);
    for _ in 0..2 {
        let stage = Stage::new();
        let service: Service = stage.registry().add_service("database", RETRIES).unwrap();
        insert(&asked, Ok(1)).unwrap();
        assert_eq!(service.snapshot().figures.calls, 1);
        assert_eq!(stage.registry().circuit_breaker("database").unwrap().state(), State::Closed);
    }
}
