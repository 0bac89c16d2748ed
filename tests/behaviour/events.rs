//! What the readers and listeners of a registry are told.

use std::{
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver},
    },
    time::Duration,
};

use resilience::{
    Event, EventKind, Events, Failure, ManualClock, Missed, PolicyKind, Reason, Registry, bulkhead,
    circuit_breaker::{Cause, Config, State},
    fallback, rate_limit, retry,
    testing::Scope,
    timeout,
};

const SECOND: Duration = Duration::from_secs(1);
/// Far longer than anything here takes; only a failing test waits for it.
const LONG: Duration = Duration::from_mins(1);

fn scope() -> (Scope, ManualClock) {
    let clock = ManualClock::new();
    (Scope::with_clock(clock.clone()), clock)
}

fn all(events: &mut Events) -> Vec<Arc<Event>> {
    std::iter::from_fn(|| events.try_next()).map(|heard| heard.expect("nothing is missed")).collect()
}

fn kinds(events: &mut Events) -> Vec<EventKind> {
    all(events).iter().map(|event| event.kind.clone()).collect()
}

/// Changes of a breaker, to have something to tell.
fn change(registry: &Registry, times: usize) {
    let breaker = registry.add_circuit_breaker("any", Config::new()).unwrap();
    (0..times).for_each(|_| breaker.reset());
}

#[test]
fn a_transition_is_told_with_states_cause_and_open_time() {
    let (scope, clock) = scope();
    let mut events = scope.registry().events();
    let config = Config::new().threshold(2).open_for(30 * SECOND).half_open(1);
    let breaker = scope.registry().add_circuit_breaker("stock", config).unwrap();
    for _ in 0..2 {
        let _ = breaker.call(|| Err::<(), _>("down"));
    }
    clock.advance(30 * SECOND);
    breaker.call(|| Ok::<_, &str>(())).unwrap();

    let seen = all(&mut events);
    assert!(
        seen.iter()
            .all(|event| (event.policy, event.name) == (Some(PolicyKind::CircuitBreaker), Some("stock")))
    );
    let transition = |from, to, cause, open_for| EventKind::Transition { from, to, cause, open_for };
    assert_eq!(
        seen.iter().map(|event| event.kind.clone()).collect::<Vec<_>>(),
        [
            transition(State::Closed, State::Open, Cause::Consecutive(2), Some(30 * SECOND)),
            transition(State::Open, State::HalfOpen, Cause::OpenTimeOver, None),
            transition(State::HalfOpen, State::Closed, Cause::TrialsSucceeded, None),
        ],
    );
}

#[test]
fn a_refusal_is_told_with_its_reason_and_the_time_to_wait() {
    let (scope, _) = scope();
    let breaker = scope.registry().add_circuit_breaker("stock", Config::new().threshold(1)).unwrap();
    let _ = breaker.call(|| Err::<(), _>("down"));
    let mut events = scope.registry().events();
    let _ = breaker.call(|| Ok::<_, &str>(()));
    let retry_after = Some(60 * SECOND);
    assert_eq!(kinds(&mut events), [EventKind::Rejected { reason: Reason::CircuitOpen, retry_after }]);
}

#[test]
fn a_metrics_only_breaker_tells_that_it_would_open() {
    let (scope, _) = scope();
    let breaker = scope.registry().add_circuit_breaker("stock", Config::new().threshold(2)).unwrap();
    breaker.metrics_only();
    let mut events = scope.registry().events();
    for _ in 0..2 {
        let _ = breaker.call(|| Err::<(), _>("down"));
    }
    assert_eq!(kinds(&mut events), [EventKind::WouldOpen { cause: Cause::Consecutive(2) }]);
}

#[test]
fn a_retry_tells_each_repeat() {
    let (scope, _) = scope();
    let backoff = retry::Backoff::fixed(SECOND);
    let config = retry::Config::new().attempts(3).backoff(backoff).jitter(retry::Jitter::None);
    let retry = scope.registry().add_retry("feed", config).unwrap();
    let mut events = scope.registry().events();
    let _ = retry.call(|| Err::<(), _>("down"));
    let repeat = |attempt| EventKind::Retried { attempt, delay: SECOND };
    assert_eq!(kinds(&mut events), [repeat(1), repeat(2)]);
}

#[test]
fn a_full_bulkhead_and_an_exhausted_rate_limit_are_told() {
    let (scope, _) = scope();
    let registry = scope.registry();
    let bulkhead = registry.add_bulkhead("pool", bulkhead::Config::new().max_concurrent(1)).unwrap();
    let limit = registry.add_rate_limit("quota", rate_limit::Config::new().rate(1, SECOND)).unwrap();
    let mut events = registry.events();
    let place = bulkhead.acquire().unwrap();
    assert!(bulkhead.acquire().is_err());
    drop(place);
    limit.acquire().unwrap();
    assert!(limit.acquire().is_err());
    let refused = |reason, retry_after| EventKind::Rejected { reason, retry_after };
    assert_eq!(
        kinds(&mut events),
        [refused(Reason::BulkheadFull, None), refused(Reason::RateLimited, Some(SECOND))],
    );
}

#[test]
fn one_refusal_is_one_event_whatever_it_passes_on_its_way_out() {
    #[fallback(value = 0)]
    #[resilience::retry(attempts = 3, backoff = fixed(0ms))]
    #[resilience::bulkhead]
    #[resilience::circuit_breaker("refusing")]
    fn answer() -> std::io::Result<u32> {
        Ok(1)
    }
    let (scope, _) = scope();
    let _inside = scope.enter();
    assert_eq!(answer().unwrap(), 1);
    scope.registry().circuit_breaker("refusing").unwrap().force_open();
    let mut events = scope.registry().events();
    assert_eq!(answer().unwrap(), 0);
    let reason = Reason::ForcedOpen;
    let refused = EventKind::Rejected { reason, retry_after: None };
    assert_eq!(kinds(&mut events), [refused, EventKind::FellBack { reason: Some(reason) }]);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_told() {
    let scope = Scope::new();
    let timeout = scope.registry().add_timeout("slow", timeout::Config::new().limit(SECOND)).unwrap();
    let mut events = scope.registry().events();
    let _ = timeout.call_async(std::future::pending::<Result<(), ()>>()).await;
    let refused = EventKind::Rejected { reason: Reason::TimedOut, retry_after: None };
    let event = events.next().await.unwrap().unwrap();
    assert_eq!((event.policy, event.name, &event.kind), (Some(PolicyKind::Timeout), Some("slow"), &refused));
}

#[test]
fn a_fallback_tells_why_it_was_used() {
    #[fallback(value = 0)]
    #[resilience::circuit_breaker("told", threshold = 1)]
    fn answer(up: bool) -> std::io::Result<u32> {
        if up { Ok(1) } else { Err(std::io::ErrorKind::ConnectionReset.into()) }
    }
    let (scope, _) = scope();
    let _inside = scope.enter();
    let mut events = scope.registry().events();
    assert_eq!(answer(false).unwrap(), 0);
    assert_eq!(answer(true).unwrap(), 0);
    let used: Vec<_> =
        all(&mut events).iter().filter(|event| event.policy == Some(PolicyKind::Fallback)).cloned().collect();
    let reasons: Vec<_> = used.iter().map(|event| event.kind.clone()).collect();
    let fell_back = |reason| EventKind::FellBack { reason };
    assert_eq!(reasons, [fell_back(None), fell_back(Some(Reason::CircuitOpen))]);
}

#[test]
fn changed_settings_of_every_kind_are_told() {
    let (scope, _) = scope();
    let registry = scope.registry();
    let breaker = registry.add_circuit_breaker("a", Config::new()).unwrap();
    let retry = registry.add_retry("b", retry::Config::new()).unwrap();
    let bulkhead = registry.add_bulkhead("c", bulkhead::Config::new()).unwrap();
    let limit = registry.add_rate_limit("d", rate_limit::Config::new().rate(1, SECOND)).unwrap();
    let timeout = registry.add_timeout("e", timeout::Config::new().limit(SECOND)).unwrap();
    let mut events = registry.events();
    breaker.reconfigure(Config::new().threshold(9)).unwrap();
    retry.reconfigure(retry::Config::new().attempts(9)).unwrap();
    bulkhead.reconfigure(bulkhead::Config::new().max_concurrent(9)).unwrap();
    limit.reconfigure(rate_limit::Config::new().rate(9, SECOND)).unwrap();
    timeout.reconfigure(timeout::Config::new().limit(9 * SECOND)).unwrap();
    let told: Vec<_> = all(&mut events)
        .iter()
        .map(|event| {
            assert_eq!(event.kind, EventKind::SettingsChanged);
            (event.policy, event.name)
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some(PolicyKind::CircuitBreaker), Some("a")),
            (Some(PolicyKind::Retry), Some("b")),
            (Some(PolicyKind::Bulkhead), Some("c")),
            (Some(PolicyKind::RateLimit), Some("d")),
            (Some(PolicyKind::Timeout), Some("e")),
        ],
    );
}

#[test]
fn conflicting_settings_are_told_with_both_places() {
    let (scope, _) = scope();
    let registry = scope.registry();
    let mut events = registry.events();
    registry.add_circuit_breaker("stock", Config::new().threshold(3)).unwrap();
    registry.add_circuit_breaker("stock", Config::new().threshold(4)).unwrap();
    let conflict = EventKind::Conflict { in_force: "code".into(), ignored: "code".into() };
    assert_eq!(kinds(&mut events), [conflict]);
}

#[test]
fn a_rate_limit_without_settings_is_told() {
    #[rate_limit("nobody_gave_a_rate")]
    fn call() -> std::io::Result<()> {
        Ok(())
    }
    let (scope, _) = scope();
    let _inside = scope.enter();
    let mut events = scope.registry().events();
    call().unwrap();
    assert_eq!(kinds(&mut events), [EventKind::SettingsMissing]);
}

#[test]
fn sequence_numbers_have_no_gap_and_every_reader_sees_the_same() {
    let (scope, _) = scope();
    let (mut one, mut two) = (scope.registry().events(), scope.registry().events());
    change(&scope.registry(), 10);
    let seen = all(&mut one);
    let numbers: Vec<_> = seen.iter().map(|event| event.sequence).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    assert_eq!(seen, all(&mut two));
}

#[test]
fn a_reader_hears_nothing_of_before_it_came() {
    let (scope, _) = scope();
    let mut first = scope.registry().events();
    change(&scope.registry(), 3);
    let mut second = scope.registry().events();
    change(&scope.registry(), 1);
    assert_eq!((all(&mut first).len(), all(&mut second).len()), (4, 1));
}

#[test]
fn a_slow_reader_is_told_how_many_it_missed_and_goes_on() {
    let (scope, _) = scope();
    let mut events = scope.registry().events();
    change(&scope.registry(), 1024 + 5);
    assert_eq!(events.try_next(), Some(Err(Missed { events: 5 })));
    let rest = all(&mut events);
    assert_eq!((rest.len(), rest[0].sequence), (1024, 6));
}

#[test]
fn registries_do_not_hear_each_other() {
    let ((one, _), (two, _)) = (scope(), scope());
    let mut events = one.registry().events();
    change(&two.registry(), 3);
    assert_eq!(events.try_next(), None);
}

#[test]
fn a_policy_outside_every_registry_tells_no_reader() {
    let (scope, clock) = scope();
    let mut events = scope.registry().events();
    resilience::CircuitBreaker::with_clock("alone", Config::new(), clock).unwrap().reset();
    assert_eq!(events.try_next(), None);
}

#[test]
fn a_waiting_reader_is_woken_by_an_event() {
    let (scope, _) = scope();
    let mut events = scope.registry().events();
    let registry = scope.registry();
    let teller = std::thread::spawn(move || change(&registry, 1));
    assert!(events.next_within(LONG).unwrap().is_ok());
    teller.join().unwrap();
}

#[test]
fn a_reader_that_waits_for_a_time_gets_nothing_when_nothing_happens() {
    let (scope, _) = scope();
    assert_eq!(scope.registry().events().next_within(Duration::from_millis(1)), None);
}

#[tokio::test]
async fn an_awaiting_reader_is_woken_by_an_event() {
    let (scope, _) = scope();
    let mut events = scope.registry().events();
    let reader = tokio::spawn(async move { events.next().await });
    tokio::task::yield_now().await;
    change(&scope.registry(), 1);
    assert!(reader.await.unwrap().unwrap().is_ok());
}

#[tokio::test]
async fn readers_get_the_rest_and_then_the_end_when_the_registry_is_gone() {
    let (scope, _) = scope();
    let mut events = scope.registry().events();
    change(&scope.registry(), 1);
    drop(scope);
    assert!(events.next().await.unwrap().is_ok());
    assert_eq!(events.next().await, None);
}

fn sent<T: Send + 'static>(
    registry: &Registry,
    mut look: impl FnMut(Result<&Event, Missed>) -> T + Send + 'static,
) -> (resilience::Listening, Receiver<T>) {
    let (sender, receiver) = mpsc::channel();
    let listening = registry
        .listen(move |heard| {
            let _ = sender.send(look(heard));
        })
        .unwrap();
    (listening, receiver)
}

#[test]
fn a_listener_is_told_of_every_event_in_order() {
    let (scope, _) = scope();
    let (_listening, heard) = sent(&scope.registry(), |heard| heard.unwrap().sequence);
    change(&scope.registry(), 100);
    let numbers: Vec<_> = (0..100).map(|_| heard.recv_timeout(LONG).unwrap()).collect();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
}

#[test]
fn a_listener_that_panics_hears_the_next_event_and_harms_no_call() {
    let (scope, _) = scope();
    let (_listening, heard) = sent(&scope.registry(), |heard| {
        let number = heard.unwrap().sequence;
        assert!(number != 1, "the listener's own panic");
        number
    });
    change(&scope.registry(), 2);
    assert_eq!(heard.recv_timeout(LONG), Ok(2));
}

#[test]
fn a_listener_that_blocks_holds_up_no_call() {
    let (scope, _) = scope();
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap();
    let (_listening, heard) = sent(&scope.registry(), {
        let gate = Arc::clone(&gate);
        move |heard| {
            drop(gate.lock());
            heard.map(|event| event.sequence)
        }
    });
    change(&scope.registry(), 3000);
    drop(closed);
    let mut numbers = Vec::new();
    let mut missed = 0;
    while numbers.last() != Some(&3000) {
        match heard.recv_timeout(LONG).unwrap() {
            Ok(number) => numbers.push(number),
            Err(Missed { events }) => missed += events,
        }
    }
    assert_eq!(missed + numbers.len() as u64, 3000);
    assert!(missed >= 3000 - 1024 - 1, "{missed}");
}

#[test]
fn a_listener_may_use_the_policy_that_told_it() {
    let (scope, _) = scope();
    let registry = scope.registry();
    let breaker = registry.add_circuit_breaker("any", Config::new()).unwrap();
    let (_listening, heard) = sent(&registry, {
        let breaker = breaker.clone();
        move |heard| {
            if heard.unwrap().sequence == 1 {
                breaker.force_open();
            }
            breaker.snapshot().state
        }
    });
    breaker.reset();
    assert_eq!(heard.recv_timeout(LONG), Ok(State::ForcedOpen));
}

#[test]
fn a_dropped_listener_hears_nothing_more() {
    let (scope, _) = scope();
    let (listening, heard) = sent(&scope.registry(), |_| ());
    drop(listening);
    // The thread is gone when the channel's other end is.
    assert_eq!(heard.recv_timeout(LONG), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn a_listener_for_ever_ends_with_its_registry() {
    let (scope, _) = scope();
    let (listening, heard) = sent(&scope.registry(), |_| ());
    listening.forever();
    change(&scope.registry(), 1);
    drop(scope);
    assert_eq!(heard.recv_timeout(LONG), Ok(()));
    assert_eq!(heard.recv_timeout(LONG), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn an_event_reads_as_one_line() {
    let (scope, _) = scope();
    let registry = scope.registry();
    let mut events = registry.events();
    let config = Config::new().threshold(1).open_for(30 * SECOND);
    let breaker = registry.add_circuit_breaker("quotes", config).unwrap();
    let _ = breaker.call(|| Err::<(), _>("down"));
    let _ = breaker.call(|| Err::<(), Failure<_>>(Failure::Error("never run")));
    let lines: Vec<_> = all(&mut events).iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "circuit_breaker quotes: closed -> open (1 failure in a row), for 30s",
            "circuit_breaker quotes: rejected (circuit_open), try again in 30s",
        ],
    );
}

#[test]
fn an_event_is_plain_json() {
    let (scope, _) = scope();
    let mut events = scope.registry().events();
    change(&scope.registry(), 1);
    let json = serde_json::to_value(&*all(&mut events)[0]).unwrap();
    assert_eq!(json["policy"], "circuit_breaker");
    assert_eq!(json["sequence"], 1);
    assert_eq!(json["kind"]["transition"]["cause"], "asked");
}

#[test]
fn events_of_many_threads_are_numbered_once_each() {
    let (scope, _) = scope();
    let mut events = scope.registry().events();
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| change(&scope.registry(), 200));
        }
    });
    let numbers: Vec<_> = all(&mut events).iter().map(|event| event.sequence).collect();
    assert_eq!(numbers, (1..=800).collect::<Vec<_>>());
}
