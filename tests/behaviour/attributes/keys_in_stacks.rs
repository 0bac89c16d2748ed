//! Keys beside the other layers, receivers, generics, presets and hands at the controls.

use std::{fmt::Display, pin::Pin, sync::Arc};

use resilience::{
    Failure, bulkhead, circuit_breaker, fallback, presets::HTTP_API, rate_limit, resilient, retry, timeout,
};

use super::*;

struct Client {
    host: String,
}

impl Client {
    #[circuit_breaker("clients", key = self.host, threshold = 1)]
    fn shared(&self, act: Act<'_>) -> Answer {
        act()
    }

    #[circuit_breaker("clients", key = self.host, threshold = 1)]
    async fn unique(&mut self, act: Act<'_>) -> Answer {
        self.host.push('!');
        act()
    }

    #[circuit_breaker("clients", key = self.host, threshold = 1)]
    fn owned(self, act: Act<'_>) -> Answer {
        drop(self.host);
        act()
    }

    #[retry(attempts = 2, backoff = fixed(0ms))]
    #[circuit_breaker("clients", key = self.host, threshold = 2)]
    async fn counted(self: Arc<Self>, act: Act<'_>) -> Answer {
        drop(self);
        act()
    }

    #[retry(attempts = 2, backoff = fixed(0ms))]
    #[circuit_breaker("clients", key = self.host, threshold = 2)]
    fn pinned(self: Pin<&mut Self>, act: Act<'_>) -> Answer {
        act()
    }
}

fn client(host: &str) -> Client {
    Client { host: host.to_owned() }
}

#[test]
fn a_key_may_be_a_field_of_every_receiver() {
    let calls: [fn(&Stage, Act<'_>) -> Answer; 5] = [
        |_, act| client("a").shared(act),
        |stage, act| stage.run(client("a").unique(act)),
        |_, act| client("a").owned(act),
        |stage, act| stage.run(Arc::new(client("a")).counted(act)),
        |_, act| Pin::new(&mut client("a")).pinned(act),
    ];
    for (number, call) in calls.into_iter().enumerate() {
        let stage = Stage::new();
        assert_eq!(call(&stage, DOWN), Err(Fault::Down), "{number}");
        assert_eq!(reason(call(&stage, OK)), Reason::CircuitOpen, "{number}");
        assert_eq!(client("b").shared(OK), Ok(1), "{number}");
        assert!(stage.breaker("clients").keyed().get("a").is_some(), "{number}");
    }
}

#[async_trait::async_trait]
trait Backend {
    async fn fetch(&self, host: &str, answer: Answer) -> Answer;
}

#[async_trait::async_trait]
impl Backend for Client {
    #[retry(attempts = 2, backoff = fixed(0ms))]
    #[circuit_breaker("backends", key = format!("{}/{host}", self.host), threshold = 2)]
    async fn fetch(&self, host: &str, answer: Answer) -> Answer {
        let _ = host;
        answer
    }
}

#[test]
fn a_key_of_an_async_trait_method_sees_the_receiver_and_the_arguments() {
    let stage = Stage::new();
    assert_eq!(stage.run(client("a").fetch("x", Err(Fault::Down))), Err(Fault::Down));
    assert_eq!(reason(stage.run(client("a").fetch("x", Ok(1)))), Reason::CircuitOpen);
    assert_eq!(stage.run(client("a").fetch("y", Ok(1))), Ok(1));
}

#[circuit_breaker("generic", key = id, threshold = 1)]
async fn generic<T: Display, U: AsRef<str> + Display>(id: T, other: U, answer: Answer) -> Answer {
    drop(id);
    drop(other);
    answer
}

#[circuit_breaker("generic", key = id, threshold = 1)]
fn of_an_impl(id: impl AsRef<str>, answer: Answer) -> Answer {
    drop(id);
    answer
}

#[test]
fn a_key_may_be_generic() {
    let stage = Stage::new();
    let _ = stage.run(generic(7, "x", Err(Fault::Down)));
    assert_eq!(reason(stage.run(generic("7", "y", Ok(1)))), Reason::CircuitOpen);
    assert_eq!(reason(of_an_impl("7", Ok(1))), Reason::CircuitOpen);
    assert_eq!(of_an_impl(String::from("8"), Ok(1)), Ok(1));
}

#[retry(attempts = 2, backoff = fixed(0ms))]
#[circuit_breaker("patterns", key = host, threshold = 2)]
fn pattern((host, answer): (String, Answer)) -> Answer {
    drop(host);
    answer
}

#[circuit_breaker("patterns", key = host, threshold = 1)]
async fn pattern_once((host, answer): (String, Answer)) -> Answer {
    drop(host);
    answer
}

#[test]
fn a_key_may_be_part_of_a_pattern_also_where_the_body_runs_again() {
    let stage = Stage::new();
    assert_eq!(pattern(("a".to_owned(), Err(Fault::Down))), Err(Fault::Down));
    assert_eq!(reason(stage.run(pattern_once(("a".to_owned(), Ok(1))))), Reason::CircuitOpen);
    assert_eq!(stage.run(pattern_once(("b".to_owned(), Ok(1)))), Ok(1));
}

#[fallback(|failure| match failure { Failure::Rejected(rejected) => Err(Fault::Refused(rejected)), Failure::Error(error) => Err(error) })]
#[timeout(1h)]
#[retry(attempts = 3, backoff = fixed(1s), max_elapsed = 5s)]
#[rate_limit("tenant-rate", 3 / 1h, key = tenant, max_wait = 1s)]
#[circuit_breaker("host-circuit", key = host, threshold = 2, open_for = 30s)]
#[bulkhead("tenant-places", key = tenant, max_concurrent = 1, max_wait = 1s)]
#[timeout(10s)]
async fn whole(host: String, tenant: u32, answer: Answer) -> Answer {
    drop(host);
    tokio::task::yield_now().await;
    answer
}

#[test]
fn every_layer_of_a_stack_may_have_a_key() {
    let stage = Stage::new();
    assert_eq!(stage.run(whole("a".into(), 1, Ok(5))), Ok(5));
    assert_eq!(reason(stage.run(whole("b".into(), 2, Err(Fault::Down)))), Reason::CircuitOpen);
    assert_eq!(stage.run(whole("a".into(), 1, Ok(5))), Ok(5));
    assert_eq!(stage.run(whole("a".into(), 1, Ok(5))), Ok(5));
    assert_eq!(reason(stage.run(whole("a".into(), 1, Ok(5)))), Reason::RateLimited);
    let registry = stage.scope.registry();
    assert_eq!(registry.keyed_rate_limit("tenant-rate").unwrap().len(), 2);
    assert_eq!(registry.keyed_circuit_breaker("host-circuit").unwrap().len(), 2);
    assert_eq!(registry.keyed_bulkhead("tenant-places").unwrap().len(), 2);
    assert!(registry.keyed_circuit_breaker("nobody").is_none());
}

#[resilient(HTTP_API, name = "api", circuit_breaker(key = host, threshold = 1), retry(attempts = 1))]
async fn with_preset(host: &str, answer: Answer) -> Answer {
    let _ = host;
    answer
}

#[test]
fn a_section_of_resilient_may_have_a_key() {
    let stage = Stage::new();
    let _ = stage.run(with_preset("a", Err(Fault::Down)));
    assert_eq!(reason(stage.run(with_preset("a", Ok(1)))), Reason::CircuitOpen);
    assert_eq!(stage.run(with_preset("b", Ok(1))), Ok(1));
}

#[circuit_breaker("all", threshold = 3)]
#[circuit_breaker("each", key = host, threshold = 1)]
fn two(host: &str, answer: Answer) -> Answer {
    let _ = host;
    answer
}

#[bulkhead(max_concurrent = 2)]
#[bulkhead(key = tenant, max_concurrent = 1)]
fn two_pools(tenant: u32, act: Act<'_>) -> Answer {
    let _ = tenant;
    act()
}

#[test]
fn a_layer_for_all_may_stand_directly_above_one_for_each_key() {
    let _stage = Stage::new();
    for host in ["a", "b", "c"] {
        assert_eq!(two(host, Err(Fault::Down)), Err(Fault::Down));
    }
    assert_eq!(refusal(two("d", Ok(1))).name(), "all");
    let third = || two_pools(3, OK);
    let second = || {
        assert_eq!(reason(two_pools(1, OK)), Reason::BulkheadFull, "its own place is taken");
        two_pools(2, &third)
    };
    assert_eq!(reason(two_pools(1, &second)), Reason::BulkheadFull, "both places for all are taken");
}

#[circuit_breaker("dropped", key = host, threshold = 1, half_open = 1, open_for = 1s)]
async fn hangs(host: &str) -> Answer {
    let _ = host;
    std::future::pending().await
}

#[circuit_breaker("dropped", key = host)]
#[timeout(1s)]
async fn hangs_in_time(host: &str) -> Answer {
    let _ = host;
    std::future::pending().await
}

#[circuit_breaker("dropped", key = host)]
fn panics(host: &str) -> Answer {
    panic!("{host}")
}

#[test]
fn a_dropped_call_a_timeout_and_a_panic_are_counted_for_their_key() {
    let stage = Stage::new();
    let mut call = Box::pin(hangs("a"));
    assert!(poll(&mut call).is_pending());
    drop(call);
    assert_eq!(reason(stage.run(hangs_in_time("b"))), Reason::TimedOut);
    std::panic::catch_unwind(|| panics("c")).unwrap_err();
    let keys = stage.breaker("dropped").keyed().keys();
    let counts: Vec<_> =
        keys.iter().map(|key| (key.figures.cancelled, key.figures.timeouts, key.figures.panics)).collect();
    assert_eq!(counts, [(1, 0, 0), (0, 1, 0), (0, 0, 1)]);
    let sums = stage.figures("dropped");
    assert_eq!((sums.cancelled, sums.timeouts, sums.panics, sums.keys), (1, 1, 1, 3));
}

#[test]
fn a_scope_has_keys_of_its_own() {
    let outer = Stage::new();
    let _ = two("a", Err(Fault::Down));
    {
        let _inner = Stage::new();
        assert_eq!(two("a", Ok(1)), Ok(1));
    }
    assert_eq!(refusal(two("a", Ok(1))).name(), "each");
    assert_eq!(outer.figures("each").keys, 1);
}
