//! Test scopes: a group finds the gates of its scope, and those of the process beside it.

use std::thread;

use resilience::{bulkhead, circuit_breaker, rate_limit, registry};

use super::*;

#[rate_limit("gates::scopes", 1000 / 1h)]
#[circuit_breaker("gates::scopes", threshold = 1)]
#[bulkhead("gates::scopes", max_concurrent = 1)]
async fn call(act: Act<'_>) -> Answer {
    act().await
}

/// Permits, successes and places of the registry that is in force here, and the places in use.
fn seen() -> (u64, u64, u64, u32) {
    let registry = registry();
    let name = "gates::scopes";
    let places = registry.bulkhead(name).map(|bulkhead| bulkhead.snapshot());
    (
        registry.rate_limit(name).map_or(0, |limit| limit.snapshot().admitted),
        registry.circuit_breaker(name).map_or(0, |breaker| breaker.snapshot().successes),
        places.as_ref().map_or(0, |places| places.admitted),
        places.map_or(0, |places| places.in_use),
    )
}

fn run_here(act: Act<'_>) -> Answer {
    futures::executor::block_on(call(act))
}

/// The only test that calls the function outside of a scope, so that nobody else counts there.
#[test]
fn a_group_counts_inside_a_scope_and_outside_but_never_in_both() {
    let outside = |calls| {
        thread::spawn(move || {
            (0..calls).for_each(|_| assert_eq!(run_here(OK), Ok(1)));
            seen()
        })
    };
    assert_eq!(outside(3).join().unwrap(), (3, 3, 3, 0));
    let stage = Stage::new();
    assert_eq!(seen(), (0, 0, 0, 0));
    assert_eq!(run_here(OK), Ok(1));
    assert_eq!(run_here(OK), Ok(1));
    assert_eq!(seen(), (2, 2, 2, 0));
    // A full bulkhead and an open breaker of the scope are nobody's outside, at the same time.
    let hanging = begun(call(HANG));
    assert_eq!(reason(run_here(OK)), Reason::BulkheadFull);
    assert_eq!(outside(2).join().unwrap(), (5, 5, 5, 0));
    drop(hanging);
    registry().circuit_breaker("gates::scopes").unwrap().force_open();
    assert_eq!(reason(run_here(OK)), Reason::ForcedOpen);
    assert_eq!(outside(1).join().unwrap(), (6, 6, 6, 0));
    drop(stage);
    assert_eq!(outside(1).join().unwrap(), (7, 7, 7, 0));
}

#[test]
fn a_call_that_began_in_a_scope_ends_in_it_wherever_it_is_polled() {
    let stage = Stage::new();
    let mut waiting = begun(call(LATE));
    let other = Stage::new();
    assert_eq!(end(&mut waiting), Ok(1));
    assert_eq!(seen(), (0, 0, 0, 0));
    drop(other);
    assert_eq!(seen(), (1, 1, 1, 0));
    drop(stage);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_of_wrapped_tasks_on_many_threads_keep_to_their_scopes() {
    let scopes: Vec<_> = (0..8).map(|_| Scope::new()).collect();
    let tasks: Vec<_> = (scopes.iter().enumerate())
        .map(|(at, scope)| {
            let act = if at % 2 == 0 { DOWN_LATE } else { LATE };
            tokio::spawn(scope.wrap(async move { (call(act).await, call(act).await) }))
        })
        .collect();
    for (at, task) in tasks.into_iter().enumerate() {
        let (first, second) = task.await.unwrap();
        if at % 2 == 0 {
            assert_eq!((first, reason(second)), (Err(Fault::Down), Reason::CircuitOpen));
        } else {
            assert_eq!((first, second), (Ok(1), Ok(1)));
        }
    }
    for (at, scope) in scopes.iter().enumerate() {
        let _inside = scope.enter();
        assert_eq!(seen(), if at % 2 == 0 { (2, 0, 1, 0) } else { (2, 2, 2, 0) });
    }
}
