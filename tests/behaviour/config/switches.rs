//! Switches: what each kind does when it is switched off, and when it is on again.

use std::{
    cell::Cell,
    future::pending,
    pin::pin,
    task::{Context, Waker},
    time::Duration,
};

use resilience::{
    Bulkhead, CircuitBreaker, Failure, Fallback, ManualClock, PolicyKind, RateLimit, Reason, Registry, Retry,
    Timeout, bulkhead, circuit_breaker,
    circuit_breaker::{Initial, State},
    fallback, rate_limit, retry,
    testing::Scope,
    timeout,
};
use resilience_tests::Fault;

use super::{load, registry};

const SECOND: Duration = Duration::from_secs(1);
const OFF: &str = "false";

fn switch(registry: &Registry, kind: PolicyKind, on: bool) {
    registry.set(kind, "x", "enabled", if on { "true" } else { OFF }).unwrap();
}

fn breaker(registry: &Registry, config: circuit_breaker::Config) -> CircuitBreaker {
    registry.add_circuit_breaker("x", config.threshold(1).open_for(SECOND)).unwrap()
}

fn fail(breaker: &CircuitBreaker) {
    let _ = breaker.call(|| Err::<(), _>("down"));
}

#[test]
fn a_breaker_that_is_off_lets_calls_pass_and_counts_them_in_its_totals_only() {
    let registry = registry();
    let breaker = breaker(&registry, circuit_breaker::Config::new());
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
    switch(&registry, PolicyKind::CircuitBreaker, false);
    assert_eq!(breaker.state(), State::Disabled);
    (0..5).for_each(|_| fail(&breaker));
    (0..5).for_each(|_| assert!(breaker.call(|| Ok::<_, &str>(())).is_ok()));
    let seen = breaker.snapshot();
    assert_eq!(
        (seen.state, seen.consecutive_failures, seen.errors, seen.successes),
        (State::Disabled, 0, 6, 5)
    );
    assert!(!seen.settings.enabled);
    switch(&registry, PolicyKind::CircuitBreaker, true);
    assert_eq!((breaker.state(), breaker.snapshot().errors), (State::Closed, 6));
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_breaker_with_a_window_and_slow_calls_passes_as_well_when_it_is_off() {
    let clock = ManualClock::new();
    let config = circuit_breaker::Config::new()
        .failure_rate(0.1)
        .slow_call(SECOND)
        .slow_rate(0.1)
        .window(circuit_breaker::Window::Time(10 * SECOND))
        .min_calls(1)
        .latency(true)
        .enabled(false);
    let breaker = CircuitBreaker::with_clock("x", config, clock.clone()).unwrap();
    for _ in 0..20 {
        let _ = breaker.call(|| {
            clock.advance(2 * SECOND);
            Err::<(), _>("down")
        });
        assert!(breaker.call(|| Ok::<_, &str>(())).is_ok());
    }
    assert_eq!(breaker.state(), State::Disabled);
    breaker.reconfigure(config.enabled(true)).unwrap();
    let window = breaker.snapshot().window;
    assert_eq!((breaker.state(), window.calls), (State::Closed, 0), "what came before is not judged");
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn what_was_asked_for_by_hand_holds_again_when_the_breaker_is_on() {
    let registry = registry();
    let breaker = breaker(&registry, circuit_breaker::Config::new());
    breaker.force_open();
    switch(&registry, PolicyKind::CircuitBreaker, false);
    assert!(breaker.acquire().is_ok());
    switch(&registry, PolicyKind::CircuitBreaker, true);
    assert_eq!(breaker.state(), State::ForcedOpen);
    switch(&registry, PolicyKind::CircuitBreaker, false);
    breaker.metrics_only();
    assert_eq!(breaker.state(), State::Disabled, "it is off");
    switch(&registry, PolicyKind::CircuitBreaker, true);
    assert_eq!(breaker.state(), State::MetricsOnly);
    switch(&registry, PolicyKind::CircuitBreaker, false);
    breaker.reset();
    switch(&registry, PolicyKind::CircuitBreaker, true);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_breaker_that_is_made_off_begins_in_its_initial_state_when_it_is_on() {
    let registry = registry();
    let config = circuit_breaker::Config::new().initial(Initial::ForcedOpen).enabled(false);
    let breaker = breaker(&registry, config);
    assert_eq!(breaker.state(), State::Disabled);
    switch(&registry, PolicyKind::CircuitBreaker, true);
    assert_eq!(breaker.state(), State::ForcedOpen);
}

#[test]
fn a_call_that_began_before_the_switch_changes_nothing_behind_it() {
    let registry = registry();
    let breaker = breaker(&registry, circuit_breaker::Config::new());
    let before = breaker.acquire().unwrap();
    switch(&registry, PolicyKind::CircuitBreaker, false);
    before.failure();
    let during = breaker.acquire().unwrap();
    switch(&registry, PolicyKind::CircuitBreaker, true);
    during.failure();
    assert_eq!((breaker.state(), breaker.snapshot().errors), (State::Closed, 2));
}

#[test]
fn other_settings_of_a_breaker_that_is_off_hold_when_it_is_on() {
    let registry = registry();
    let breaker = breaker(&registry, circuit_breaker::Config::new());
    switch(&registry, PolicyKind::CircuitBreaker, false);
    registry.set(PolicyKind::CircuitBreaker, "x", "threshold", "2").unwrap();
    assert_eq!(breaker.state(), State::Disabled);
    switch(&registry, PolicyKind::CircuitBreaker, true);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Closed);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_retry_that_is_off_makes_one_attempt_and_nothing_is_used_up() {
    let registry = registry();
    let config = retry::Config::new().backoff(retry::Backoff::fixed(Duration::ZERO)).max_elapsed(SECOND);
    let retry: Retry = registry.add_retry("x", config).unwrap();
    let calls = Cell::new(0);
    let call = || {
        calls.set(0);
        let _ = retry.call(|| {
            calls.set(calls.get() + 1);
            Err::<(), _>("down")
        });
        calls.get()
    };
    assert_eq!(call(), 3);
    switch(&registry, PolicyKind::Retry, false);
    assert_eq!(call(), 1);
    let mut attempts = retry.start();
    assert_eq!(attempts.after(&Failure::Error("down"), |_| true, |_| None), None);
    assert!(!attempts.is_exhausted());
    assert_eq!(retry.snapshot().exhausted, 1, "of the first call");
    assert_eq!(retry.settings().attempts, 3, "the settings are what they were");
    switch(&registry, PolicyKind::Retry, true);
    assert_eq!(call(), 3);
}

#[test]
fn a_bulkhead_that_is_off_has_a_place_for_everybody_and_still_knows_who_is_inside() {
    let registry = registry();
    let bulkhead: Bulkhead = registry.add_bulkhead("x", bulkhead::Config::new().max_concurrent(1)).unwrap();
    let first = bulkhead.acquire().unwrap();
    assert!(bulkhead.acquire().is_err());
    switch(&registry, PolicyKind::Bulkhead, false);
    let more: Vec<_> = (0..100).map(|_| bulkhead.acquire().unwrap()).collect();
    assert_eq!((bulkhead.snapshot().in_use, bulkhead.settings().max_concurrent), (101, 1));
    switch(&registry, PolicyKind::Bulkhead, true);
    drop(first);
    assert_eq!(bulkhead.acquire().unwrap_err().reason(), Reason::BulkheadFull);
    drop(more);
    assert!(bulkhead.acquire().is_ok());
}

#[test]
fn callers_who_wait_go_ahead_when_a_bulkhead_or_a_rate_limit_is_switched_off() {
    let registry = registry();
    let config = bulkhead::Config::new().max_concurrent(1).max_wait(60 * SECOND);
    let bulkhead = registry.add_bulkhead("x", config).unwrap();
    let _place = bulkhead.acquire().unwrap();
    let config = rate_limit::Config::new().rate(1, 600 * SECOND).max_wait(6000 * SECOND);
    let limit = registry.add_rate_limit("x", config).unwrap();
    limit.acquire().unwrap();
    let (mut place, mut permit) = (pin!(bulkhead.acquire_async()), pin!(limit.acquire_async()));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(place.as_mut().poll(&mut cx).is_pending() && permit.as_mut().poll(&mut cx).is_pending());
    switch(&registry, PolicyKind::Bulkhead, false);
    switch(&registry, PolicyKind::RateLimit, false);
    assert!(place.as_mut().poll(&mut cx).is_ready() && permit.as_mut().poll(&mut cx).is_ready());
}

#[test]
fn a_rate_limit_that_is_off_lets_everybody_pass_and_takes_no_permits() {
    let scope = Scope::with_clock(ManualClock::new());
    let registry = scope.registry();
    let limit: RateLimit = registry.add_rate_limit("x", rate_limit::Config::new().rate(3, SECOND)).unwrap();
    limit.acquire().unwrap();
    switch(&registry, PolicyKind::RateLimit, false);
    (0..1_000).for_each(|_| limit.acquire().unwrap());
    (0..1_000).for_each(|_| limit.try_acquire().unwrap());
    assert_eq!((limit.snapshot().admitted, limit.snapshot().refused), (2_001, 0));
    assert_eq!(limit.settings().calls, 3);
    switch(&registry, PolicyKind::RateLimit, true);
    let passed = (0..10).filter(|_| limit.acquire().is_ok()).count();
    assert_eq!(passed, 2, "what was taken before is still taken");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_that_is_off_strikes_nobody() {
    let registry = registry();
    let timeout: Timeout = registry.add_timeout("x", timeout::Config::new().limit(SECOND)).unwrap();
    switch(&registry, PolicyKind::Timeout, false);
    let long = async {
        tokio::time::sleep(60 * SECOND).await;
        Ok::<_, &str>(7)
    };
    assert_eq!(timeout.call_async(long).await, Ok(7));
    assert_eq!(timeout.settings().limit, SECOND);
    switch(&registry, PolicyKind::Timeout, true);
    let struck = timeout.call_async(pending::<Result<(), &str>>()).await;
    assert!(matches!(struck, Err(Failure::Rejected(rejected)) if rejected.reason() == Reason::TimedOut));
}

#[test]
fn every_switch_is_in_the_attributes_too() {
    #[resilience::circuit_breaker("x", threshold = 1, enabled = false)]
    #[resilience::bulkhead("x", max_concurrent = 1, enabled = false)]
    #[resilience::rate_limit("x", 1 / 1h, enabled = false)]
    fn guarded(inner: bool) -> Result<(), Fault> {
        if inner { Err(Fault::Down) } else { guarded(true) }
    }
    #[resilience::retry(attempts = 3, enabled = false)]
    fn repeated(calls: &Cell<u32>) -> Result<(), Fault> {
        calls.set(calls.get() + 1);
        Err(Fault::Down)
    }
    #[resilience::timeout(1ms, enabled = false)]
    async fn slow() -> Result<u32, Fault> {
        tokio::time::sleep(SECOND).await;
        Ok(7)
    }
    #[resilience::fallback(value = 1, enabled = false)]
    fn lost() -> Result<u32, Fault> {
        Err(Fault::Down)
    }
    let scope = Scope::new();
    let _inside = scope.enter();
    for _ in 0..3 {
        assert_eq!(guarded(false), Err(Fault::Down), "nothing refuses");
    }
    let calls = Cell::new(0);
    let _ = repeated(&calls);
    assert_eq!(calls.get(), 1);
    assert_eq!(lost(), Err(Fault::Down));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    assert_eq!(runtime.block_on(slow()), Ok(7));
}

#[resilience::fallback(|_| Ok(1), name = "x")]
#[resilience::circuit_breaker("x", threshold = 1)]
fn answered() -> Result<u32, &'static str> {
    Err("down")
}

#[resilience::fallback(value = 1, name = "x", on = Failure::Error(_))]
#[resilience::circuit_breaker("x", threshold = 1)]
fn answered_sometimes() -> Result<u32, Fault> {
    Err(Fault::Down)
}

#[test]
fn a_fallback_that_is_off_lets_the_failure_go_on() {
    let scope = Scope::new();
    let _inside = scope.enter();
    let registry = scope.registry();
    assert_eq!(answered_sometimes(), Ok(1));
    registry.circuit_breaker("x").unwrap().reset();
    switch(&registry, PolicyKind::Fallback, false);
    assert_eq!(answered_sometimes(), Err(Fault::Down));
    let refused = answered_sometimes().unwrap_err();
    assert!(matches!(refused, Fault::Refused(rejected) if rejected.reason() == Reason::CircuitOpen));
    assert_eq!(registry.fallback("x").unwrap().snapshot().used, 1);
    switch(&registry, PolicyKind::Fallback, true);
    registry.circuit_breaker("x").unwrap().reset();
    assert_eq!(answered_sometimes(), Ok(1));
}

#[test]
fn a_fallback_that_is_off_answers_a_refusal_that_the_functions_error_cannot_say() {
    let scope = Scope::new();
    let _inside = scope.enter();
    let registry = scope.registry();
    registry.add_fallback("x", fallback::Config::new().enabled(false)).unwrap();
    assert_eq!(answered(), Err("down"), "its own error goes on");
    assert_eq!(answered(), Ok(1), "a refusal has no other answer");
    assert_eq!(registry.fallback("x").unwrap().snapshot().used, 1);
}

#[test]
fn a_fallback_by_hand_has_no_other_answer_and_says_that_it_is_off() {
    let fallback = Fallback::new("x").unwrap();
    fallback.reconfigure(fallback::Config::new().enabled(false)).unwrap();
    assert!(!fallback.settings().enabled && !fallback.snapshot().settings.enabled);
    assert_eq!(fallback.call(|| Err::<u32, _>("down"), |_| Ok::<_, ()>(1)), Ok(1));
}

#[test]
fn the_master_switch_switches_every_kind_where_nothing_says_otherwise() {
    let all = |registry: &Registry| {
        [
            registry.circuit_breaker("x").unwrap().settings().enabled,
            registry.retry("x").unwrap().settings().enabled,
            registry.bulkhead("x").unwrap().settings().enabled,
            registry.rate_limit("x").unwrap().settings().enabled,
            registry.timeout("x").unwrap().settings().enabled,
            registry.fallback("x").unwrap().settings().enabled,
        ]
    };
    let registry = registry();
    registry.add_circuit_breaker("x", circuit_breaker::Config::new()).unwrap();
    registry.add_retry("x", retry::Config::new()).unwrap();
    registry.add_bulkhead("x", bulkhead::Config::new()).unwrap();
    registry.add_rate_limit("x", rate_limit::Config::new().rate(1, SECOND)).unwrap();
    registry.add_timeout("x", timeout::Config::new().limit(SECOND)).unwrap();
    registry.add_fallback("x", fallback::Config::new()).unwrap();
    load(&registry, "global.enabled = false", &[]).unwrap();
    assert_eq!(all(&registry), [false; 6]);
    load(&registry, "global.enabled = false\n[retry]\nenabled = true\n[timeout.x]\nenabled = true", &[])
        .unwrap();
    assert_eq!(all(&registry), [false, true, false, false, true, false]);
    load(&registry, "global.enabled = false", &[("RESILIENCE_ENABLED", "true")]).unwrap();
    assert_eq!(all(&registry), [true; 6]);
    load(&registry, "", &[("RESILIENCE__GLOBAL__ENABLED", "false")]).unwrap();
    assert_eq!(all(&registry), [false; 6]);
}

#[test]
fn a_switch_that_is_off_is_in_the_catalogue() {
    #[resilience::retry(enabled = false)]
    #[resilience::bulkhead]
    fn switched_off_in_the_attribute() -> Result<(), Fault> {
        Err(Fault::Down)
    }
    assert_eq!(switched_off_in_the_attribute(), Err(Fault::Down));
    let catalogue = resilience::catalogue();
    let of_function =
        |layer: &&resilience::catalogue::Layer| layer.name.ends_with("switched_off_in_the_attribute");
    let layers: Vec<_> = catalogue.iter().flat_map(|function| &function.layers).filter(of_function).collect();
    let switch = |kind| {
        let layer = layers.iter().find(|layer| layer.kind == kind).unwrap();
        layer.settings.iter().find(|setting| setting.key == "enabled").map(|setting| setting.value.as_str())
    };
    assert_eq!((switch(PolicyKind::Retry), switch(PolicyKind::Bulkhead)), (Some("false"), None));
}

#[test]
fn a_fallback_of_a_pipeline_that_is_off_lets_the_failure_go_on() {
    let registry = registry();
    let fallback = registry.add_fallback("x", fallback::Config::new()).unwrap();
    let retry = registry.add_retry("x", retry::Config::new().attempts(1)).unwrap();
    let pipeline = resilience::Pipeline::builder().fallback(fallback).retry(retry).build().unwrap();
    let call = || {
        let rules = resilience::pipeline::Rules::new().fallback(|_: Failure<&str>| Ok(1));
        pipeline.call_with(rules, || Err::<u32, _>("down"))
    };
    assert_eq!(call(), Ok(1));
    switch(&registry, PolicyKind::Fallback, false);
    assert_eq!(call(), Err(Failure::Error("down")));
}
