//! What is around a call is around its body too: the thread, the task, the span.

use std::{
    cell::{Cell, RefCell},
    thread,
};

use resilience::{bulkhead, circuit_breaker, fallback, retry, timeout};
use tracing::{Instrument, Span};

use super::*;

tokio::task_local! {
    static REQUEST: u32;
}

thread_local! {
    static SEEN: RefCell<Vec<(&'static str, Option<u32>, Option<tracing::Id>)>> = const { RefCell::new(Vec::new()) };
}

fn see(place: &'static str) {
    let request = REQUEST.try_with(|request| *request).ok();
    SEEN.with_borrow_mut(|seen| seen.push((place, request, Span::current().id())));
}

fn stands_in(_: Act<'_>) -> Answer {
    see("fallback");
    Ok(7)
}

#[fallback(stands_in)]
#[timeout(10s)]
#[retry(attempts = 2, backoff = fixed(10ms), jitter = none, on_retry = |_| see("hook"))]
#[circuit_breaker]
#[bulkhead(max_wait = 1s)]
#[timeout(5s)]
async fn later(act: Act<'_>) -> Answer {
    see("body");
    std::future::ready(()).await;
    act()
}

#[fallback(stands_in)]
#[retry(attempts = 2, backoff = fixed(10ms), jitter = none, on_retry = |_| see("hook"))]
#[circuit_breaker]
#[bulkhead]
fn now(act: Act<'_>) -> Answer {
    see("body");
    act()
}

const PLACES: [&str; 4] = ["body", "hook", "body", "fallback"];

#[test]
fn every_attempt_hook_and_fallback_is_inside_the_callers_task_locals_and_span() {
    let _logging = tracing::subscriber::set_default(tracing_subscriber::registry());
    let stage = Stage::new();
    let span = tracing::info_span!("request");
    let id = span.id();
    assert!(id.is_some());
    let call = REQUEST.scope(7, later(DOWN)).instrument(span.clone());
    assert_eq!(stage.run(call), Ok(7));
    assert_eq!(SEEN.take(), PLACES.map(|place| (place, Some(7), id.clone())));
    let inside = || span.in_scope(|| now(DOWN));
    assert_eq!(REQUEST.sync_scope(8, inside), Ok(7));
    assert_eq!(SEEN.take(), PLACES.map(|place| (place, Some(8), id.clone())));
}

#[test]
fn a_blocking_call_never_leaves_its_thread() {
    let _stage = Stage::new();
    let own = thread::current().id();
    let other = Cell::new(false);
    assert_eq!(
        now(&|| {
            other.set(other.get() || thread::current().id() != own);
            Err(Fault::Down)
        }),
        Ok(7)
    );
    assert!(!other.get());
    assert_eq!(SEEN.take().len(), PLACES.len(), "the hook and the fallback were on this thread as well");
}
