//! Scopes: a registry for each test, on whatever thread or task the code runs.

use std::thread;

use resilience::{circuit_breaker, registry, retry, timeout};

use super::*;

#[circuit_breaker("scopes", threshold = 1)]
fn load(answer: Answer) -> Answer {
    answer
}

#[retry(attempts = 2, backoff = fixed(10ms))]
#[circuit_breaker("scopes", threshold = 2)]
#[timeout(5s)]
async fn load_async(answer: Answer) -> Answer {
    tokio::task::yield_now().await;
    answer
}

fn is_open(scope: &Scope) -> bool {
    scope.registry().circuit_breaker("scopes").is_some_and(|breaker| breaker.state() == State::Open)
}

#[test]
fn scopes_on_parallel_threads_do_not_meet() {
    thread::scope(|threads| {
        for fails in [true, false].repeat(4) {
            threads.spawn(move || {
                let stage = Stage::new();
                for _ in 0..50 {
                    let _ = load(if fails { Err(Fault::Down) } else { Ok(1) });
                }
                assert_eq!(is_open(&stage.scope), fails);
            });
        }
    });
}

#[test]
fn the_innermost_scope_counts_and_leaving_it_returns_to_the_outer() {
    let outer = Stage::new();
    {
        let inner = Stage::new();
        let _ = load(Err(Fault::Down));
        assert!(is_open(&inner.scope) && !is_open(&outer.scope));
    }
    assert_eq!(load(Ok(1)), Ok(1));
    assert_eq!(outer.figures("scopes").successes, 1);
}

#[test]
fn inside_a_scope_the_registry_is_its_own() {
    let stage = Stage::new();
    let _ = load(Err(Fault::Down));
    assert_eq!(registry().circuit_breaker("scopes").unwrap().state(), State::Open);
    drop(stage);
    assert!(registry().circuit_breaker("scopes").is_none_or(|breaker| breaker.state() != State::Open));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawned_futures_join_by_wrap_on_a_multi_threaded_runtime() {
    let scopes: Vec<_> = (0..8).map(|_| Scope::new()).collect();
    let tasks: Vec<_> = scopes
        .iter()
        .enumerate()
        .map(|(at, scope)| {
            let answer = if at % 2 == 0 { Err(Fault::Down) } else { Ok(1) };
            tokio::spawn(scope.wrap(load_async(answer)))
        })
        .collect();
    for task in tasks {
        let _ = task.await.unwrap();
    }
    for (at, scope) in scopes.iter().enumerate() {
        assert_eq!(is_open(scope), at % 2 == 0);
    }
}

#[tokio::test(start_paused = true)]
async fn two_wrapped_futures_on_one_thread_keep_their_own_scopes() {
    let (one, two) = (Scope::new(), Scope::new());
    let (failed, succeeded) =
        tokio::join!(one.wrap(load_async(Err(Fault::Down))), two.wrap(load_async(Ok(1))));
    assert_eq!((failed, succeeded), (Err(Fault::Down), Ok(1)));
    assert!(is_open(&one) && !is_open(&two));
}

#[test]
fn a_wrapped_future_is_dropped_inside_its_scope() {
    #[circuit_breaker("dropping")]
    async fn suspended(guard: CallsInDrop) -> Answer {
        std::future::pending::<()>().await;
        drop(guard);
        Ok(1)
    }
    struct CallsInDrop;
    impl Drop for CallsInDrop {
        fn drop(&mut self) {
            let _ = load(Err(Fault::Down));
        }
    }
    let scope = Scope::new();
    let mut call = Box::pin(scope.wrap(suspended(CallsInDrop)));
    assert!(poll(&mut call).is_pending());
    drop(call);
    assert!(is_open(&scope));
    assert_eq!(scope.registry().circuit_breaker("dropping").unwrap().snapshot().cancelled, 1);
}

#[circuit_breaker("scopes::global", threshold = 1)]
fn global(answer: Answer) -> Answer {
    answer
}

#[test]
fn a_thread_that_has_not_entered_uses_the_process_wide_registry() {
    let stage = Stage::new();
    thread::spawn(|| global(Err(Fault::Down))).join().unwrap().unwrap_err();
    assert!(stage.scope.registry().circuit_breaker("scopes::global").is_none());
    drop(stage);
    assert_eq!(registry().circuit_breaker("scopes::global").unwrap().state(), State::Open);
}
