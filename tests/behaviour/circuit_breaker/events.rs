//! What a breaker tells through `tracing`, and what it survives there.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use resilience::{
    CircuitBreaker, ManualClock,
    circuit_breaker::{Config, State, Window},
};
use resilience_tests::{Event, recorded};
use tracing::{Level, Metadata, Subscriber, span};

use super::{FRAGILE, SECOND, breaker, fail, fail_times, half_open, succeed, succeed_times};

fn summary(event: &Event) -> (&str, &str, &str) {
    (event.field("from"), event.field("to"), event.field("cause"))
}

#[test]
fn a_success_tells_nothing() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.5).slow_call(SECOND).slow_rate(0.5));
    assert_eq!(recorded(|| succeed_times(&breaker, 100)), []);
}

#[test]
fn a_failure_that_opens_nothing_tells_nothing() {
    let (breaker, _) = breaker(Config::new().failure_rate(0.5));
    assert_eq!(recorded(|| fail_times(&breaker, 5)), []);
}

#[test]
fn an_opening_is_a_warning_with_name_and_cause() {
    let (breaker, _) = breaker(Config::new().threshold(3).open_for(30 * SECOND));
    let events = recorded(|| fail_times(&breaker, 3));
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.level, Level::WARN);
    assert_eq!(event.field("policy"), "circuit_breaker");
    assert_eq!(event.field("name"), "stock");
    assert_eq!(summary(event), ("closed", "open", "3 failures in a row"));
    assert_eq!((event.field("open_for_ms"), event.field("error")), ("30000", "3"));
}

#[test]
fn a_refusal_is_told_to_a_subscriber_that_came_after_others_nobody_heard() {
    let (breaker, _) = breaker(Config::new().threshold(1).open_for(30 * SECOND));
    fail(&breaker);
    for _ in 0..3 {
        breaker.acquire().map(drop).unwrap_err();
    }
    let events = recorded(|| breaker.acquire().map(drop).unwrap_err());
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.level, Level::DEBUG);
    assert_eq!((event.field("name"), event.field("reason")), ("stock", "circuit_open"));
    assert_eq!(event.field("retry_after_ms"), "30000");
}

#[test]
fn every_cause_of_an_opening_is_told() {
    let slow = Config::new().slow_call(SECOND).slow_rate(0.5).min_calls(2);
    let cases: [(Config, &str); 4] = [
        (Config::new().threshold(2), "2 failures in a row"),
        (Config::new().failure_count(2).window(Window::Calls(10)), "2 failures among 2 calls"),
        (Config::new().failure_rate(0.5).min_calls(2), "100.0 % of 2 calls failed"),
        (slow, "100.0 % of 2 calls were slow"),
    ];
    for (config, cause) in cases {
        let (breaker, clock) = breaker(config);
        let slowly = config.settings().slow_call.is_some();
        let events = recorded(|| {
            for _ in 0..2 {
                let permit = breaker.acquire().unwrap();
                if slowly {
                    clock.advance(2 * SECOND);
                    permit.success();
                } else {
                    permit.failure();
                }
            }
        });
        assert_eq!(events.iter().map(summary).collect::<Vec<_>>(), [("closed", "open", cause)]);
    }
}

#[test]
fn every_transition_is_told_in_order() {
    let (breaker, clock) = breaker(FRAGILE.half_open(1).half_open_for(SECOND));
    let events = recorded(|| {
        fail(&breaker);
        clock.advance(SECOND);
        fail(&breaker);
        clock.advance(SECOND);
        std::mem::forget(breaker.acquire());
        clock.advance(2 * SECOND);
        succeed(&breaker);
        breaker.force_open();
        breaker.disable();
        breaker.metrics_only();
        breaker.close();
    });
    let told: Vec<_> = events.iter().map(summary).collect();
    assert_eq!(
        told,
        [
            ("closed", "open", "1 failure in a row"),
            ("open", "half_open", "the open time is over"),
            ("half_open", "open", "trial calls failed"),
            ("open", "half_open", "the open time is over"),
            ("half_open", "half_open", "trial calls did not report in time"),
            ("half_open", "closed", "trial calls succeeded"),
            ("closed", "forced_open", "asked for"),
            ("forced_open", "disabled", "asked for"),
            ("disabled", "metrics_only", "asked for"),
            ("metrics_only", "closed", "asked for"),
        ]
    );
    assert!(events.iter().all(|event| event.level <= Level::INFO && event.field("name") == "stock"));
}

#[test]
fn a_refusal_is_told_at_debug_with_name_and_reason() {
    let (breaker, _) = breaker(FRAGILE);
    fail(&breaker);
    let events = recorded(|| breaker.acquire());
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.level, Level::DEBUG);
    assert_eq!((event.field("name"), event.field("reason")), ("stock", "circuit_open"));
    assert_eq!(event.field("retry_after_ms"), "1000");
}

#[test]
fn every_reason_of_a_breaker_is_told() {
    let (breaker, _) = half_open(FRAGILE.half_open(1));
    let _trial = breaker.acquire().unwrap();
    let events = recorded(|| {
        drop(breaker.acquire());
        breaker.force_open();
        drop(breaker.acquire());
    });
    let reasons: Vec<_> =
        events.iter().map(|event| event.field("reason")).filter(|reason| !reason.is_empty()).collect();
    assert_eq!(reasons, ["trials_taken", "forced_open"]);
}

#[test]
fn metrics_only_tells_that_it_would_open() {
    let (breaker, _) = breaker(FRAGILE);
    breaker.metrics_only();
    let events = recorded(|| fail(&breaker));
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!((event.level, event.field("message")), (Level::WARN, "circuit would open"));
    assert_eq!(event.field("cause"), "1 failure in a row");
}

#[test]
fn changed_settings_are_told() {
    let (breaker, _) = breaker(FRAGILE);
    let events = recorded(|| breaker.reconfigure(Config::new()).unwrap());
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].field("name"), events[0].field("message")), ("stock", "settings changed"));
}

/// A subscriber that does `on_event`, and `on_question` when it is asked whether it cares.
struct Listener<E, Q> {
    on_event: E,
    on_question: Q,
}

impl<E: Fn() + Send + Sync + 'static, Q: Fn() + Send + Sync + 'static> Subscriber for Listener<E, Q> {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        tracing::subscriber::Interest::sometimes()
    }
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.target() == "resilience" {
            (self.on_question)();
        }
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        if event.metadata().target() == "resilience" {
            (self.on_event)();
        }
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn listening(
    on_event: impl Fn() + Send + Sync + 'static,
    on_question: impl Fn() + Send + Sync + 'static,
    body: impl FnOnce(),
) {
    tracing::subscriber::with_default(Listener { on_event, on_question }, body);
}

/// A whole life: open, refused, half-open, closed, changed by hand.
fn live(breaker: &CircuitBreaker, clock: &ManualClock) {
    fail(breaker);
    assert_eq!(breaker.state(), State::Open);
    assert!(breaker.acquire().is_err());
    clock.advance(SECOND);
    succeed(breaker);
    assert_eq!(breaker.state(), State::Closed);
    breaker.force_open();
    breaker.reset();
    breaker.reconfigure(FRAGILE.half_open(1)).unwrap();
}

#[test]
fn a_subscriber_that_panics_harms_nobody() {
    let (breaker, clock) = breaker(FRAGILE.half_open(1));
    listening(|| panic!("listener"), || {}, || live(&breaker, &clock));
    assert_eq!(breaker.snapshot().refused, 1);
}

#[test]
fn a_subscriber_that_panics_when_asked_harms_nobody() {
    let (breaker, clock) = breaker(FRAGILE.half_open(1));
    listening(|| {}, || panic!("listener"), || live(&breaker, &clock));
    assert_eq!(breaker.snapshot().refused, 1);
}

#[test]
fn a_subscriber_that_panics_while_a_call_unwinds_harms_nobody() {
    let (breaker, _) = breaker(FRAGILE);
    listening(
        || panic!("listener"),
        || {},
        || {
            let panic =
                catch_unwind(AssertUnwindSafe(|| breaker.call(|| -> Result<(), &str> { panic!("call") })));
            assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"call"));
        },
    );
    assert_eq!((breaker.state(), breaker.snapshot().panics), (State::Open, 1));
}

#[test]
fn a_subscriber_may_call_back_into_the_breaker() {
    let (breaker, clock) = breaker(FRAGILE.half_open(1));
    let back = Arc::new(breaker.clone());
    let call_back = move || {
        let _ = (back.snapshot(), back.settings(), back.retry_after(), back.generation());
        back.reconfigure(back_config()).unwrap();
    };
    listening(call_back, || {}, || live(&breaker, &clock));
}

fn back_config() -> Config {
    FRAGILE.half_open(1)
}

#[test]
fn a_subscriber_may_undo_the_transition_it_is_told() {
    let (breaker, _) = breaker(FRAGILE);
    let back = breaker.clone();
    listening(move || back.reset(), || {}, || fail(&breaker));
    assert_eq!(breaker.state(), State::Closed);
}
