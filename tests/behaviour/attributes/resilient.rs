//! `#[resilient]` and `preset!`: the recommended order, and what a preset leaves out.

use std::{cell::Cell, future::pending};

use resilience::{
    Failure, PolicyKind, Preset, circuit_breaker, preset,
    presets::{AI_PROVIDER, BROKER, CACHE, DATABASE, HTTP_API, KNOWLEDGE_GRAPH, SEARCH, THINKING_ENGINE},
    resilient, retry,
};

use super::*;

preset! {
    /// Every section, in no particular order.
    pub(super) const ALL: Preset = {
        timeout(50ms),
        bulkhead(max_concurrent = 1),
        circuit_breaker(threshold = 3, open_for = 7s),
        rate_limit(100 / 1s),
        retry(attempts = 3, backoff = fixed(10ms), jitter = none),
        total_timeout(200ms),
    };
    const BREAKER: Preset = { circuit_breaker(threshold = 1) };
    const RETRY: Preset = { retry(attempts = 2, backoff = fixed(0ms)) };
    const ENDLESS: Preset = {
        retry(attempts = 1000, backoff = fixed(10ms), jitter = none),
        timeout(30ms),
        total_timeout(100ms),
    };
}

#[resilient(ALL, name = "all")]
async fn all(runs: &Cell<u32>, fails: bool) -> Answer {
    runs.set(runs.get() + 1);
    if fails { Err(Fault::Down) } else { Ok(1) }
}

#[resilient(ALL, name = "all")]
async fn hangs(runs: &Cell<u32>) -> Answer {
    runs.set(runs.get() + 1);
    pending().await
}

#[test]
fn a_preset_brings_every_section_under_one_name() {
    let stage = Stage::new();
    assert_eq!(stage.run(all(&Cell::new(0), false)), Ok(1));
    let registry = stage.scope.registry();
    let mut kinds: Vec<_> =
        registry.snapshot().policies.iter().map(|policy| (policy.kind, policy.name)).collect();
    kinds.sort();
    assert_eq!(
        kinds,
        [
            (PolicyKind::CircuitBreaker, "all"),
            (PolicyKind::Retry, "all"),
            (PolicyKind::Bulkhead, "all"),
            (PolicyKind::RateLimit, "all"),
            (PolicyKind::Timeout, "all"),
            (PolicyKind::Timeout, "all.total"),
        ]
    );
    assert_eq!(registry.circuit_breaker("all").unwrap().settings().threshold, Some(3));
    assert_eq!(registry.timeout("all").unwrap().settings().limit, 50 * MS);
    assert_eq!(registry.timeout("all.total").unwrap().settings().limit, 200 * MS);
}

#[test]
fn the_retry_is_above_the_rate_limit_and_the_breaker() {
    let stage = Stage::new();
    let runs = Cell::new(0);
    assert_eq!(stage.run(all(&runs, true)), Err(Fault::Down));
    assert_eq!(runs.get(), 3);
    assert_eq!(stage.state("all"), State::Open, "it counts attempts");
    assert_eq!(stage.scope.registry().rate_limit("all").unwrap().snapshot().admitted, 3);
}

#[test]
fn the_rate_limit_is_above_the_breaker_and_the_bulkhead_below() {
    let stage = Stage::new();
    let _ = stage.run(all(&Cell::new(0), true));
    assert_eq!(reason(stage.run(all(&Cell::new(0), true))), Reason::CircuitOpen);
    let registry = stage.scope.registry();
    assert_eq!(registry.rate_limit("all").unwrap().snapshot().admitted, 4);
    assert_eq!(registry.bulkhead("all").unwrap().snapshot().admitted, 3);
}

#[test]
fn the_timeout_is_below_the_breaker_and_bounds_each_attempt() {
    let stage = Stage::new();
    let runs = Cell::new(0);
    let refused = refusal(stage.run(hangs(&runs)));
    assert_eq!((runs.get(), refused.limit()), (3, Some(50 * MS)));
    assert_eq!(stage.elapsed(), 3 * 50 * MS + 2 * 10 * MS);
    assert_eq!(stage.figures("all").timeouts, 3);
}

#[test]
fn the_total_timeout_bounds_the_whole_call() {
    #[resilient(ENDLESS)]
    async fn hangs(runs: &Cell<u32>) -> Answer {
        runs.set(runs.get() + 1);
        pending().await
    }
    let stage = Stage::new();
    let runs = Cell::new(0);
    let refused = refusal(stage.run(hangs(&runs)));
    assert_eq!((runs.get(), refused.limit()), (3, Some(100 * MS)));
    assert_eq!(stage.elapsed(), 100 * MS);
}

#[test]
fn a_written_section_overrides_what_it_names_and_keeps_the_rest() {
    #[resilient(ALL, name = "over", retry(attempts = 2), circuit_breaker(threshold = 9))]
    async fn over(runs: &Cell<u32>) -> Answer {
        runs.set(runs.get() + 1);
        Err(Fault::Down)
    }
    let stage = Stage::new();
    let runs = Cell::new(0);
    assert_eq!(stage.run(over(&runs)), Err(Fault::Down));
    assert_eq!((runs.get(), stage.elapsed()), (2, 10 * MS));
    let settings = stage.figures("over").settings;
    assert_eq!((settings.threshold, settings.open_for), (Some(9), 7 * SECOND));
}

twins!(
    #[resilient(BREAKER, name = "only")]
    only_breaker
);
twins!(
    #[resilient(RETRY)]
    only_retry
);
twins!(
    #[resilient(BREAKER, name = "only", retry(attempts = 2, backoff = fixed(0ms)))]
    added
);
twins!(
    #[resilient(RETRY, fallback(|failure| match failure {
    Failure::Error(_) => Ok(7),
    Failure::Rejected(_) => Ok(8),
}))]
    with_fallback
);
twins!(
    #[resilient(retry(attempts = 2, backoff = fixed(0ms)), fallback(value = 7))]
    without_preset
);
twins!(
    #[resilient(BREAKER, circuit_breaker(name = "own", ignore = Fault::NotFound))]
    own_name
);

fn runs(call: &dyn Fn(Act<'_>) -> Answer) -> (u32, Answer) {
    let runs = Cell::new(0);
    let answer = call(&|| {
        runs.set(runs.get() + 1);
        Err(Fault::Down)
    });
    (runs.get(), answer)
}

#[test]
fn a_section_that_the_preset_does_not_have_is_no_layer() {
    both!(only_breaker, |stage, call| {
        assert_eq!(runs(call), (1, Err(Fault::Down)));
        assert_eq!(reason(call(OK)), Reason::CircuitOpen);
        assert_eq!(stage.scope.registry().snapshot().policies.len(), 1);
    });
    both!(only_retry, |stage, call| {
        assert_eq!(runs(call), (2, Err(Fault::Down)));
        assert_eq!(stage.scope.registry().snapshot().policies.len(), 1);
    });
}

#[test]
fn a_section_that_the_preset_does_not_have_is_added_in_its_place() {
    both!(added, |stage, call| {
        let (runs, answer) = runs(call);
        assert_eq!((runs, reason(answer)), (1, Reason::CircuitOpen), "the retry is above the breaker");
        assert_eq!(stage.figures("only").errors, 1);
    });
}

#[test]
fn a_fallback_inside_is_outermost() {
    both!(with_fallback, |_, call| assert_eq!(runs(call), (2, Ok(7))));
}

#[test]
fn sections_alone_need_no_preset() {
    both!(without_preset, |_, call| assert_eq!(runs(call), (2, Ok(7))));
}

#[test]
fn a_section_may_have_a_name_and_patterns_of_its_own() {
    both!(own_name, |stage, call| {
        assert_eq!(call(NOT_FOUND), Err(Fault::NotFound));
        assert_eq!((stage.figures("own").ignored, stage.state("own")), (1, State::Closed));
    });
}

#[test]
fn a_panic_below_a_preset_is_counted_once() {
    both!(only_breaker, |stage, call| {
        let panicking = std::panic::AssertUnwindSafe(|| call(&|| std::panic::panic_any("boom")));
        assert!(std::panic::catch_unwind(panicking).is_err());
        assert_eq!((stage.figures("only").panics, stage.figures("only").cancelled), (1, 0));
    });
}

#[test]
fn a_suspended_call_below_a_preset_without_a_breaker_leaves_no_mark() {
    #[resilient(RETRY)]
    async fn panics() -> Answer {
        std::panic::panic_any("boom")
    }
    let stage = Stage::new();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut suspended = Box::pin(suspended());
        assert!(poll(&mut suspended).is_pending());
        stage.run(panics())
    }));
    assert!(caught.is_err());
    assert_eq!((stage.figures("only").cancelled, stage.figures("only").panics), (1, 0));
}

#[resilient(BREAKER, name = "only")]
async fn suspended() -> Answer {
    pending().await
}

/// One function for each preset of ours; each constant is used as another crate would.
macro_rules! ready_made {
    ($($function:ident $preset:ident)*) => {
        $(
            #[resilient($preset)]
            async fn $function() -> Answer {
                Ok(1)
            }
        )*

        #[test]
        fn every_ready_made_preset_can_be_used() {
            let stage = Stage::new();
            $(
                let preset: Preset = $preset;
                assert_ne!(preset, Preset::EMPTY);
                assert_eq!(stage.run($function()), Ok(1), stringify!($preset));
            )*
            assert_eq!(stage.scope.registry().circuit_breakers().len(), 8);
        }
    };
}

ready_made! {
    ai AI_PROVIDER cache CACHE search SEARCH graph KNOWLEDGE_GRAPH engine THINKING_ENGINE
    database DATABASE api HTTP_API broker BROKER
}

#[test]
fn one_attribute_may_take_its_section_from_a_preset() {
    #[retry(preset = HTTP_API, backoff = fixed(0ms))]
    #[circuit_breaker("part", preset = BREAKER)]
    fn part() -> Answer {
        Err(Fault::Down)
    }
    let stage = Stage::new();
    assert_eq!(reason(part()), Reason::CircuitOpen);
    assert_eq!(stage.figures("part").errors, 1);
}
