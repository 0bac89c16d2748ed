//! A registry and a clock for each test, on any runtime flavour.

use std::time::Duration;

use resilience::{
    CircuitBreaker, ManualClock, Reason,
    circuit_breaker::{Config, State},
    registry,
    testing::Scope,
};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_scope_has_its_own_registry_and_clock() {
    let (one, other) = (Scope::with_clock(ManualClock::new()), Scope::with_clock(ManualClock::new()));
    one.registry().add_circuit_breaker("stock", Config::new()).unwrap().force_open();
    assert!(other.registry().circuit_breaker("stock").is_none());
}

#[test]
fn a_thread_is_inside_until_the_guard_is_dropped() {
    let scope = Scope::new();
    {
        let _inside = scope.enter();
        registry().add_circuit_breaker("inside", Config::new()).unwrap();
    }
    assert!(scope.registry().circuit_breaker("inside").is_some());
    assert!(registry().circuit_breaker("inside").is_none());
}

#[test]
fn scopes_nest() {
    let (outer, inner) = (Scope::new(), Scope::new());
    let _outside = outer.enter();
    {
        let _inside = inner.enter();
        registry().add_circuit_breaker("nested", Config::new()).unwrap();
    }
    registry().add_circuit_breaker("around", Config::new()).unwrap();
    assert!(inner.registry().circuit_breaker("nested").is_some());
    assert!(inner.registry().circuit_breaker("around").is_none());
    assert!(outer.registry().circuit_breaker("around").is_some());
    assert!(outer.registry().circuit_breaker("nested").is_none());
}

#[test]
fn guards_may_be_dropped_in_any_order() {
    let (outer, inner) = (Scope::new(), Scope::new());
    let (outside, inside) = (outer.enter(), inner.enter());
    drop(outside);
    registry().add_circuit_breaker("nested", Config::new()).unwrap();
    assert!(inner.registry().circuit_breaker("nested").is_some());
    drop(inside);
    assert!(registry().circuit_breaker("nested").is_none());
}

#[test]
fn a_scope_survives_a_panic_inside() {
    let scope = Scope::new();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _inside = scope.enter();
        registry().add_circuit_breaker("before", Config::new()).unwrap();
        panic!("boom");
    }));
    assert!(panic.is_err());
    assert!(registry().circuit_breaker("before").is_none());
}

#[test]
fn another_thread_is_outside_unless_it_enters() {
    let scope = Scope::new();
    let _inside = scope.enter();
    registry().add_circuit_breaker("one-thread", Config::new()).unwrap();
    std::thread::scope(|threads| {
        threads.spawn(|| assert!(registry().circuit_breaker("one-thread").is_none()));
        threads.spawn(|| {
            let _inside = scope.enter();
            assert!(registry().circuit_breaker("one-thread").is_some());
        });
    });
}

/// The same name in each of many tasks that share the threads of a runtime.
async fn isolated(scope: Scope, tasks: u32) {
    let _ = scope;
    let mut running = Vec::new();
    for number in 1..=tasks {
        let scope = Scope::new();
        let task = scope.clone().wrap(async move {
            let breaker = registry().add_circuit_breaker("shared", Config::new().threshold(number)).unwrap();
            for _ in 1..number {
                let _ = breaker.call(|| Err::<(), _>("down"));
                tokio::task::yield_now().await;
            }
            assert_eq!(registry().circuit_breaker("shared").unwrap().state(), State::Closed);
            let _ = breaker.call(|| Err::<(), _>("down"));
            tokio::task::yield_now().await;
            assert_eq!(registry().circuit_breaker("shared").unwrap().state(), State::Open);
        });
        running.push(tokio::spawn(task));
    }
    for task in running {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn scopes_isolate_tasks_of_a_multi_thread_runtime() {
    isolated(Scope::new(), 24).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn scopes_isolate_tests_that_run_beside_each_other() {
    isolated(Scope::new(), 24).await;
}

#[tokio::test]
async fn scopes_isolate_tasks_of_a_current_thread_runtime() {
    isolated(Scope::new(), 24).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawned_work_joins_through_wrap_and_is_outside_otherwise() {
    let scope = Scope::new();
    scope
        .wrap(async {
            registry().add_circuit_breaker("spawned", Config::new()).unwrap();
            let outside = tokio::spawn(async { registry().circuit_breaker("spawned").is_some() });
            assert!(!outside.await.unwrap());
            let inside = tokio::spawn(scope.wrap(async { registry().circuit_breaker("spawned").is_some() }));
            assert!(inside.await.unwrap());
            let blocking = tokio::task::spawn_blocking({
                let scope = scope.clone();
                move || {
                    let _inside = scope.enter();
                    registry().circuit_breaker("spawned").is_some()
                }
            });
            assert!(blocking.await.unwrap());
        })
        .await;
}

#[test]
fn a_wrapped_future_is_dropped_inside() {
    struct Farewell;
    impl Drop for Farewell {
        fn drop(&mut self) {
            registry().add_circuit_breaker("farewell", Config::new()).unwrap();
        }
    }
    let scope = Scope::new();
    let farewell = Farewell;
    drop(scope.wrap(async move {
        let _farewell = farewell;
    }));
    assert!(scope.registry().circuit_breaker("farewell").is_some());
}

#[test]
fn a_scopes_policies_use_its_clock() {
    let clock = ManualClock::new();
    let scope = Scope::with_clock(clock.clone());
    let breaker =
        scope.registry().add_circuit_breaker("stock", Config::new().threshold(1).open_for(SECOND)).unwrap();
    let _ = breaker.call(|| Err::<(), _>("down"));
    assert_eq!(breaker.acquire().err().unwrap().reason(), Reason::CircuitOpen);
    clock.advance(SECOND);
    assert!(breaker.acquire().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_scope_follows_tokios_paused_time_by_itself() {
    let scope = Scope::new();
    let breaker = scope
        .registry()
        .add_circuit_breaker("stock", Config::new().threshold(1).open_for(3600 * SECOND))
        .unwrap();
    let _ = breaker.call(|| Err::<(), _>("down"));
    tokio::time::advance(3600 * SECOND).await;
    assert!(breaker.acquire().is_ok());
}

#[test]
fn handles_outlive_their_scope() {
    let breaker: CircuitBreaker = {
        let scope = Scope::new();
        scope.registry().add_circuit_breaker("stock", Config::new()).unwrap()
    };
    let _ = breaker.call(|| Ok::<_, &str>(()));
    assert_eq!(breaker.snapshot().successes, 1);
}
