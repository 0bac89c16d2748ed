use resilience::{
    Bulkhead, CircuitBreaker, Fallback, Pipeline, PolicyKind, RateLimit, Retry, Timeout, bulkhead,
    circuit_breaker, rate_limit, retry, timeout,
};

use super::MS;

fn breaker(name: &str) -> CircuitBreaker {
    CircuitBreaker::new(name, circuit_breaker::Config::new()).unwrap()
}

fn slow(name: &str) -> CircuitBreaker {
    let config = circuit_breaker::Config::new().slow_call(20 * MS).slow_rate(0.5);
    CircuitBreaker::new(name, config).unwrap()
}

fn retry(name: &str) -> Retry {
    Retry::new(name, retry::Config::new()).unwrap()
}

fn fallback(name: &str) -> Fallback {
    Fallback::new(name).unwrap()
}

fn bulkhead(max_wait: u32) -> Bulkhead {
    Bulkhead::new("a", bulkhead::Config::new().max_wait(max_wait * MS)).unwrap()
}

fn rate_limit(max_wait: u32) -> RateLimit {
    RateLimit::new("a", rate_limit::Config::new().rate(1, MS).max_wait(max_wait * MS)).unwrap()
}

fn timeout(name: &str, limit: u32) -> Timeout {
    Timeout::new(name, timeout::Config::new().limit(limit * MS)).unwrap()
}

#[track_caller]
fn refused(builder: resilience::pipeline::PipelineBuilder, setting: &str, message: &str) {
    let problem = builder.build().unwrap_err();
    assert_eq!((problem.setting(), problem.to_string().as_str()), (setting, message));
}

/// What the attributes say, as the compiler's output that is checked for them.
const ATTRIBUTES: &str = include_str!("../../../ui-tests/tests/fail/stack-order.stderr");

#[test]
fn an_order_that_contradicts_itself_is_refused_in_the_words_of_the_attributes() {
    let builder = Pipeline::builder;
    for (builder, setting, message) in [
        (
            builder().retry(retry("a")).circuit_breaker(breaker("a")).retry(retry("b")),
            "retry",
            "two retries in one stack multiply their attempts; write one",
        ),
        (
            builder().circuit_breaker(breaker("a")).retry(retry("a")).circuit_breaker(breaker("a")),
            "name",
            "each call would pass the `circuit_breaker` named \"a\" twice; write it once, or give it another name",
        ),
        (
            builder().timeout(timeout("a", 20)).timeout(timeout("b", 10)),
            "timeout",
            "two `timeout` layers directly above each other do nothing that one would not do; write one",
        ),
    ] {
        assert!(ATTRIBUTES.contains(message), "{message}");
        refused(builder, setting, message);
    }
}

#[test]
fn a_fallback_that_has_nothing_to_do_is_refused() {
    let shared =
        "below a retry hides every failure from it, so nothing would be retried; write it above the retry";
    assert!(ATTRIBUTES.contains(shared));
    refused(
        Pipeline::builder().retry(retry("a")).circuit_breaker(breaker("a")).fallback(fallback("a")),
        "fallback",
        &format!("a `fallback` {shared}"),
    );
    refused(
        Pipeline::builder().fallback(fallback("a")).circuit_breaker(breaker("a")).fallback(fallback("b")),
        "fallback",
        "two fallbacks, and the inner one takes every failure; write one",
    );
}

#[test]
fn a_timeout_that_never_strikes_is_refused() {
    let message = "this timeout never strikes: it is not below the timeout around it";
    for inner in [20, 30] {
        let builder = Pipeline::builder().timeout(timeout("a", 20)).retry(retry("a"));
        refused(builder.timeout(timeout("b", inner)), "timeout", message);
    }
    let builder = Pipeline::builder().timeout(timeout("a", 20)).retry(retry("a")).timeout(timeout("b", 19));
    assert!(builder.build().is_ok());
}

#[test]
fn a_breaker_to_which_no_call_can_be_slow_is_refused() {
    let message = "`slow_call` must be below the timeout inside the breaker, or no call is ever slow";
    let builder = || Pipeline::builder().circuit_breaker(slow("a"));
    refused(builder().timeout(timeout("a", 20)), "slow_call", message);
    refused(
        builder().bulkhead(bulkhead(0)).rate_limit(rate_limit(0)).timeout(timeout("a", 20)),
        "slow_call",
        message,
    );
    assert!(builder().timeout(timeout("a", 21)).build().is_ok());
    // What waits or repeats in between takes time of its own.
    assert!(builder().retry(retry("a")).timeout(timeout("a", 20)).build().is_ok());
    assert!(builder().bulkhead(bulkhead(1)).timeout(timeout("a", 20)).build().is_ok());
    assert!(builder().rate_limit(rate_limit(1)).timeout(timeout("a", 20)).build().is_ok());
}

#[test]
fn a_pipeline_without_a_layer_is_refused() {
    refused(
        Pipeline::builder(),
        "pipeline",
        "a pipeline without a layer guards nothing: add one, as in `Pipeline::builder().circuit_breaker(..)`",
    );
}

#[test]
fn the_same_kind_may_stand_twice_where_it_means_something() {
    let pipeline = Pipeline::builder()
        .timeout(timeout("total", 20))
        .circuit_breaker(breaker("calls"))
        .retry(retry("a"))
        .circuit_breaker(breaker("attempts"))
        .timeout(timeout("each", 10))
        .build()
        .unwrap();
    let layers: Vec<_> = pipeline.layers().collect();
    assert_eq!(
        layers,
        [
            (PolicyKind::Timeout, "total"),
            (PolicyKind::CircuitBreaker, "calls"),
            (PolicyKind::Retry, "a"),
            (PolicyKind::CircuitBreaker, "attempts"),
            (PolicyKind::Timeout, "each"),
        ]
    );
    assert_eq!(
        format!("{pipeline:?}"),
        r#"[timeout("total"), circuit_breaker("calls"), retry("a"), circuit_breaker("attempts"), timeout("each")]"#
    );
    let snapshot: Vec<_> = pipeline.snapshot().iter().map(|layer| (layer.kind, layer.name)).collect();
    assert_eq!(snapshot, layers);
}
