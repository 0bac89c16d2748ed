//! Functions of every shape around a group, and gates that are no part of it.

use std::fmt::Display;

use resilience::{bulkhead, circuit_breaker, rate_limit, retry};

use super::*;

struct Client {
    asked: u32,
}

impl Client {
    #[retry(attempts = 2, backoff = fixed(0ms), jitter = none)]
    #[circuit_breaker("x", threshold = 3)]
    #[bulkhead("x", max_concurrent = 1)]
    async fn ask(&mut self, act: Act<'_>) -> Answer {
        self.asked += 1;
        act().await
    }
}

#[async_trait::async_trait]
trait Backend {
    async fn fetch(&mut self, act: Act<'_>) -> Answer;
}

#[async_trait::async_trait]
impl Backend for Client {
    #[rate_limit("x", 9 / 1h)]
    #[circuit_breaker("x", threshold = 3)]
    #[bulkhead("x", max_concurrent = 1, max_wait = 1h)]
    async fn fetch(&mut self, act: Act<'_>) -> Answer {
        self.asked += 1;
        act().await
    }
}

#[test]
fn a_method_may_have_a_group_and_change_its_receiver() {
    let stage = Stage::new();
    let mut client = Client { asked: 0 };
    assert_eq!(stage.run(client.ask(DOWN)), Err(Fault::Down));
    assert_eq!((client.asked, stage.calls().errors, stage.places().admitted), (2, 2, 2));
    assert_eq!(stage.run(client.ask(OK)), Ok(1));
    assert_eq!((client.asked, stage.places().in_use), (3, 0));
}

#[test]
fn a_method_of_an_async_trait_may_have_a_group() {
    let stage = Stage::new();
    let (mut one, mut two) = (Client { asked: 0 }, Client { asked: 0 });
    let first = begun(one.fetch(HANG));
    let mut second = begun(two.fetch(OK));
    drop(first);
    assert_eq!(end(&mut second), Ok(1));
    drop(second);
    assert_eq!((one.asked, two.asked), (1, 1));
    assert_eq!((stage.calls().cancelled, stage.calls().successes, stage.permits().admitted), (1, 1, 2));
}

#[bulkhead("x", max_concurrent = 1)]
#[circuit_breaker("x", threshold = 2)]
async fn generic<T: Display + Send>(id: T, fails: bool) -> Answer {
    tokio::task::yield_now().await;
    if fails { Err(Fault::Status(u16::try_from(id.to_string().len()).unwrap())) } else { Ok(1) }
}

#[test]
fn all_instances_of_a_generic_function_share_one_group() {
    let stage = Stage::new();
    let other = begun(generic("abc", false));
    assert_eq!(reason(stage.run(generic(1, false))), Reason::BulkheadFull);
    drop(other);
    assert_eq!(stage.run(generic("abc", true)), Err(Fault::Status(3)));
    assert_eq!(stage.run(generic(12, true)), Err(Fault::Status(2)));
    assert_eq!(reason(stage.run(generic('a', false))), Reason::CircuitOpen);
}

/// Says when it is dropped how many places are in use then.
struct Probe<'a> {
    bulkhead: &'a Bulkhead,
    seen: &'a AtomicUsize,
}

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        self.seen.store(self.bulkhead.snapshot().in_use as usize, Ordering::Relaxed);
    }
}

#[rate_limit("x", 9 / 1h)]
#[bulkhead("x", max_concurrent = 1, max_wait = 1h)]
#[circuit_breaker("x", threshold = 99)]
async fn owner(probe: Probe<'_>, act: Act<'_>) -> Answer {
    let answer = act().await;
    drop(probe);
    answer
}

#[test]
fn arguments_are_gone_before_the_place_is_given_back() {
    let stage = Stage::new();
    let other = begun(generic(1, false));
    let bulkhead = stage.bulkhead();
    drop(other);
    let seen = AtomicUsize::new(9);
    let probe = || Probe { bulkhead: &bulkhead, seen: &seen };
    for act in [OK, DOWN, LATE] {
        let _ = stage.run(owner(probe(), act));
        assert_eq!(seen.swap(9, Ordering::Relaxed), 1);
    }
    panics(|| stage.run(owner(probe(), PANIC_LATE)));
    assert_eq!(seen.swap(9, Ordering::Relaxed), 1);
    drop(begun(owner(probe(), HANG)));
    assert_eq!(seen.swap(9, Ordering::Relaxed), 1);
    assert_eq!(stage.places().in_use, 0);
}

#[test]
fn arguments_of_a_call_that_never_entered_are_dropped_with_it() {
    let stage = Stage::new();
    let other = begun(generic(1, false));
    let bulkhead = stage.bulkhead();
    bulkhead.reconfigure(places::Config::new().max_concurrent(1).max_wait(SECOND)).unwrap();
    let seen = AtomicUsize::new(9);
    let probe = || Probe { bulkhead: &bulkhead, seen: &seen };
    let waiting = begun(owner(probe(), OK));
    assert_eq!(seen.load(Ordering::Relaxed), 9);
    drop(waiting);
    assert_eq!(seen.swap(9, Ordering::Relaxed), 1);
    assert_eq!(reason(stage.run(owner(probe(), OK))), Reason::WaitedTooLong);
    assert_eq!(seen.load(Ordering::Relaxed), 1);
    drop(other);
}

#[circuit_breaker("x", threshold = 99)]
#[bulkhead("x", max_concurrent = 2)]
async fn recursive(depth: u32) -> Answer {
    if depth == 0 { Err(Fault::Down) } else { Box::pin(recursive(depth - 1)).await }
}

#[test]
fn a_recursive_function_enters_its_group_at_every_level() {
    let stage = Stage::new();
    assert_eq!(stage.run(recursive(1)), Err(Fault::Down));
    assert_eq!((stage.calls().errors, stage.places().admitted), (2, 2));
    assert_eq!(reason(stage.run(recursive(2))), Reason::BulkheadFull);
    assert_eq!((stage.calls().errors, stage.calls().exhausted, stage.places().in_use), (4, 1, 0));
}

#[circuit_breaker("y", key = host, threshold = 1)]
#[circuit_breaker("x", threshold = 99)]
#[bulkhead("x", max_concurrent = 1)]
#[rate_limit("y", 1 / 1h, key = host)]
async fn keyed(host: &str, act: Act<'_>) -> Answer {
    let _ = host;
    act().await
}

#[test]
fn keyed_gates_beside_a_group_stay_apart() {
    let stage = Stage::new();
    assert_eq!(stage.run(keyed("a", DOWN)), Err(Fault::Down));
    assert_eq!(reason(stage.run(keyed("a", OK))), Reason::CircuitOpen);
    assert_eq!((stage.calls().errors, stage.places().admitted), (1, 1), "the group has not been asked");
    assert_eq!(stage.run(keyed("b", OK)), Ok(1));
    assert_eq!(reason(stage.run(keyed("b", OK))), Reason::RateLimited);
    assert_eq!((stage.calls().exhausted, stage.places().admitted, stage.places().in_use), (1, 3, 0));
    let other = begun(keyed("c", HANG));
    assert_eq!(reason(stage.run(keyed("d", OK))), Reason::BulkheadFull);
    panics(|| {
        stage.run(async {
            drop(other);
            keyed("d", PANIC).await
        })
    });
    assert_eq!((stage.calls().panics, stage.calls().cancelled, stage.places().in_use), (1, 1, 0));
    let keys = stage.scope.registry().circuit_breaker("y").unwrap().keyed().keys();
    let ends: Vec<_> = keys
        .iter()
        .map(|key| (key.figures.errors, key.figures.exhausted, key.figures.panics, key.figures.cancelled))
        .collect();
    assert_eq!(ends, [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 0, 1), (0, 1, 1, 0)]);
}

#[test]
fn every_call_of_a_group_can_be_moved_to_another_thread() {
    let stage = Stage::new();
    let first = begun(generic(1, false));
    let probe_of = stage.bulkhead();
    probe_of.reconfigure(places::Config::new().max_concurrent(1).max_wait(SECOND)).unwrap();
    let mut second = begun(generic(2, false));
    std::thread::scope(|threads| {
        threads.spawn(move || drop(first));
    });
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let _inside = stage.scope.enter();
            assert!(poll(&mut second).is_pending());
            assert_eq!(end(&mut second), Ok(1));
        });
    });
    assert_eq!((stage.places().in_use, stage.calls().successes, stage.calls().cancelled), (0, 1, 1));
}
