//! Every key of every kind, in every layer: a later layer wins, and a name over its kind.

use std::time::Duration;

use resilience::{
    ConfigError, PolicyKind, Registry, bulkhead, circuit_breaker,
    circuit_breaker::{Initial, Window},
    fallback, rate_limit, retry,
    retry::{Backoff, Jitter},
    timeout,
};
use serde_json::{Value, json};

use super::{load, registry, setting};

const SECOND: Duration = Duration::from_secs(1);

struct Case {
    kind: PolicyKind,
    key: &'static str,
    /// The field of the settings that shows it.
    field: &'static str,
    /// Makes the policy `one` with the first of the values.
    make: fn(&Registry, &str) -> Result<(), ConfigError>,
    /// As text and as it is shown: of the program, the file, the environment and the run time.
    values: [(&'static str, Value); 4],
}

fn secs(seconds: u64) -> Value {
    json!({ "secs": seconds, "nanos": 0 })
}

macro_rules! cases {
    ($($kind:ident $add:ident $module:ident $key:ident $field:literal $config:expr; $($text:literal = $shown:expr),*;)*) => {
        vec![$(Case {
            kind: PolicyKind::$kind,
            key: stringify!($key),
            field: $field,
            make: |registry, name| registry.$add(name, $config).map(drop),
            values: [$(($text, $shown)),*],
        }),*]
    };
}

const BREAKER: circuit_breaker::Config = circuit_breaker::Config::new();
const RATED: circuit_breaker::Config = BREAKER.failure_rate(0.5).slow_call(SECOND);
const RETRY: retry::Config = retry::Config::new();
const BULKHEAD: bulkhead::Config = bulkhead::Config::new();
const RATE: rate_limit::Config = rate_limit::Config::new().rate(100, SECOND);

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    cases! {
        CircuitBreaker add_circuit_breaker circuit_breaker threshold "threshold" BREAKER.threshold(3);
            "3" = json!(3), "4" = json!(4), "5_0" = json!(50), "6" = json!(6);
        CircuitBreaker add_circuit_breaker circuit_breaker failure_count "failure_count" BREAKER.failure_count(3);
            "3" = json!(3), "4" = json!(4), "7" = json!(7), "6" = json!(6);
        CircuitBreaker add_circuit_breaker circuit_breaker failure_rate "failure_rate" BREAKER.failure_rate(0.25);
            "25%" = json!(0.25), "0.75" = json!(0.75), "60%" = json!(0.6), "12.5%" = json!(0.125);
        CircuitBreaker add_circuit_breaker circuit_breaker slow_call "slow_call" BREAKER.slow_call(SECOND);
            "1s" = secs(1), "2s" = secs(2), "3s" = secs(3), "4s" = secs(4);
        CircuitBreaker add_circuit_breaker circuit_breaker slow_rate "slow_rate" RATED.slow_rate(0.25);
            "25%" = json!(0.25), "0.75" = json!(0.75), "60%" = json!(0.6), "12.5%" = json!(0.125);
        CircuitBreaker add_circuit_breaker circuit_breaker window "window" RATED.window(Window::Calls(50));
            "50" = json!({ "calls": 50 }), "30s" = json!({ "time": secs(30) }), "60" = json!({ "calls": 60 }), "1m" = json!({ "time": secs(60) });
        CircuitBreaker add_circuit_breaker circuit_breaker min_calls "min_calls" RATED.min_calls(20);
            "20" = json!(20), "21" = json!(21), "22" = json!(22), "23" = json!(23);
        CircuitBreaker add_circuit_breaker circuit_breaker open_for "open_for" BREAKER.open_for(SECOND);
            "1s" = secs(1), "2s" = secs(2), "3s..5m" = secs(3), "4s" = secs(4);
        CircuitBreaker add_circuit_breaker circuit_breaker open_for "open_for_most" BREAKER.open_for(SECOND);
            "1s" = secs(1), "1s..2s" = secs(2), "1s..3s" = secs(3), "4s" = secs(4);
        CircuitBreaker add_circuit_breaker circuit_breaker half_open "half_open" BREAKER.half_open(1);
            "1" = json!(1), "2" = json!(2), "4" = json!(4), "5" = json!(5);
        CircuitBreaker add_circuit_breaker circuit_breaker success_threshold "success_threshold" BREAKER.half_open(9).success_threshold(1);
            "1" = json!(1), "2" = json!(2), "4" = json!(4), "5" = json!(5);
        CircuitBreaker add_circuit_breaker circuit_breaker half_open_for "half_open_for" BREAKER.half_open_for(SECOND);
            "1s" = secs(1), "2s" = secs(2), "3s" = secs(3), "4s" = secs(4);
        CircuitBreaker add_circuit_breaker circuit_breaker reset_after "reset_after" BREAKER.reset_after(SECOND);
            "1s" = secs(1), "2s" = secs(2), "3s" = secs(3), "4s" = secs(4);
        CircuitBreaker add_circuit_breaker circuit_breaker initial "initial" BREAKER.initial(Initial::Disabled);
            "disabled" = json!("disabled"), "metrics_only" = json!("metrics_only"), "forced_open" = json!("forced_open"), "closed" = json!("closed");
        CircuitBreaker add_circuit_breaker circuit_breaker count_rejections "count_rejections" BREAKER.count_rejections(true);
            "true" = json!(true), "false" = json!(false), "true" = json!(true), "false" = json!(false);
        CircuitBreaker add_circuit_breaker circuit_breaker latency "latency" BREAKER.latency(true);
            "true" = json!(true), "false" = json!(false), "true" = json!(true), "false" = json!(false);
        CircuitBreaker add_circuit_breaker circuit_breaker enabled "enabled" BREAKER.enabled(true);
            "true" = json!(true), "false" = json!(false), "true" = json!(true), "false" = json!(false);
        CircuitBreaker add_circuit_breaker circuit_breaker max_keys "max_keys" BREAKER.max_keys(5);
            "5" = json!(5), "6" = json!(6), "7" = json!(7), "8" = json!(8);
        Retry add_retry retry attempts "attempts" RETRY.attempts(4);
            "4" = json!(4), "5" = json!(5), "6" = json!(6), "7" = json!(7);
        Retry add_retry retry backoff "backoff" RETRY.backoff(Backoff::fixed(SECOND));
            "fixed(1s)" = json!("fixed(1s)"), "linear(1s..2s)" = json!("linear(1s..2s)"),
            "fibonacci(100ms..2s)" = json!("fibonacci(100ms..2s)"), "exponential(1s..3s, factor = 3)" = json!("exponential(1s..3s, factor = 3)");
        Retry add_retry retry jitter "jitter" RETRY.jitter(Jitter::Equal);
            "equal" = json!("equal"), "none" = json!("none"), "full" = json!("full"), "equal" = json!("equal");
        Retry add_retry retry max_elapsed "max_elapsed" RETRY.max_elapsed(SECOND);
            "1s" = secs(1), "2s" = secs(2), "3s" = secs(3), "4s" = secs(4);
        Retry add_retry retry enabled "enabled" RETRY.enabled(true);
            "true" = json!(true), "false" = json!(false), "true" = json!(true), "false" = json!(false);
        Bulkhead add_bulkhead bulkhead max_concurrent "max_concurrent" BULKHEAD.max_concurrent(4);
            "4" = json!(4), "5" = json!(5), "6" = json!(6), "7" = json!(7);
        Bulkhead add_bulkhead bulkhead max_wait "max_wait" BULKHEAD.max_wait(SECOND);
            "1s" = secs(1), "2s" = secs(2), "3s" = secs(3), "4s" = secs(4);
        Bulkhead add_bulkhead bulkhead max_queue "max_queue" BULKHEAD.max_wait(SECOND).max_queue(4);
            "4" = json!(4), "5" = json!(5), "6" = json!(6), "7" = json!(7);
        Bulkhead add_bulkhead bulkhead enabled "enabled" BULKHEAD.enabled(true);
            "true" = json!(true), "false" = json!(false), "true" = json!(true), "false" = json!(false);
        Bulkhead add_bulkhead bulkhead max_keys "max_keys" BULKHEAD.max_keys(5);
            "5" = json!(5), "6" = json!(6), "7" = json!(7), "8" = json!(8);
        RateLimit add_rate_limit rate_limit rate "calls" RATE;
            "100 / 1s" = json!(100), "101 / 1s" = json!(101), "102 / 1s" = json!(102), "103 / 1s" = json!(103);
        RateLimit add_rate_limit rate_limit rate "period" RATE;
            "100 / 1s" = secs(1), "100 / 2s" = secs(2), "100 / 3s" = secs(3), "100 / 4s" = secs(4);
        RateLimit add_rate_limit rate_limit burst "burst" RATE.burst(4);
            "4" = json!(4), "5" = json!(5), "6" = json!(6), "7" = json!(7);
        RateLimit add_rate_limit rate_limit max_wait "max_wait" RATE.max_wait(SECOND);
            "1s" = secs(1), "2s" = secs(2), "3s" = secs(3), "4s" = secs(4);
        RateLimit add_rate_limit rate_limit enabled "enabled" RATE.enabled(true);
            "true" = json!(true), "false" = json!(false), "true" = json!(true), "false" = json!(false);
        RateLimit add_rate_limit rate_limit max_keys "max_keys" RATE.max_keys(5);
            "5" = json!(5), "6" = json!(6), "7" = json!(7), "8" = json!(8);
        Timeout add_timeout timeout limit "limit" timeout::Config::new().limit(SECOND);
            "1s" = secs(1), "2s" = secs(2), "3s" = secs(3), "4s" = secs(4);
        Timeout add_timeout timeout enabled "enabled" timeout::Config::new().limit(SECOND).enabled(true);
            "true" = json!(true), "false" = json!(false), "true" = json!(true), "false" = json!(false);
        Fallback add_fallback fallback enabled "enabled" fallback::Config::new().enabled(true);
            "true" = json!(true), "false" = json!(false), "true" = json!(true), "false" = json!(false);
    }
}

impl Case {
    fn file(&self, name: Option<&str>, value: usize) -> String {
        let name = name.map(|name| format!(".{name}")).unwrap_or_default();
        format!("[{}{name}]\n{} = \"{}\"\n", self.kind, self.key, self.values[value].0)
    }

    fn variable(&self, name: Option<&str>) -> String {
        let name = name.map(|name| format!("__{name}")).unwrap_or_default();
        format!("RESILIENCE__{}{name}__{}", self.kind, self.key).to_uppercase()
    }

    fn shows(&self, registry: &Registry, value: usize) {
        let shown = setting(registry, self.kind, "one", self.field);
        assert_eq!(shown, self.values[value].1, "{}.{} of layer {value}", self.kind, self.key);
    }
}

#[test]
fn every_key_of_every_kind_is_in_the_table() {
    let of = |kind: PolicyKind| {
        let cases = cases();
        let mut keys: Vec<_> = cases.iter().filter(|case| case.kind == kind).map(|case| case.key).collect();
        keys.dedup();
        keys
    };
    for (kind, count) in [
        (PolicyKind::CircuitBreaker, 17),
        (PolicyKind::Retry, 5),
        (PolicyKind::Bulkhead, 5),
        (PolicyKind::RateLimit, 5),
        (PolicyKind::Timeout, 2),
        (PolicyKind::Fallback, 1),
    ] {
        assert_eq!(of(kind).len(), count, "{kind}");
        // The list of a refusal is the list that there is.
        let list = registry().set(kind, "one", "bananas", "1").unwrap_err().to_string();
        for key in of(kind) {
            assert!(list.contains(&format!("`{key}`")), "{list}");
        }
        assert_eq!(list.split("expected one of").nth(1).unwrap().matches('`').count(), 2 * count, "{list}");
    }
}

#[test]
fn a_later_layer_wins_key_by_key() {
    for case in cases() {
        let registry = registry();
        (case.make)(&registry, "one").unwrap();
        case.shows(&registry, 0);
        load(&registry, &case.file(Some("one"), 1), &[]).unwrap();
        case.shows(&registry, 1);
        let variable = case.variable(Some("one"));
        load(&registry, &case.file(Some("one"), 1), &[(&variable, case.values[2].0)]).unwrap();
        case.shows(&registry, 2);
        assert!(registry.set(case.kind, "one", case.key, case.values[3].0).unwrap());
        case.shows(&registry, 3);
        assert!(registry.unset(case.kind, "one", case.key).unwrap());
        case.shows(&registry, 2);
        load(&registry, "", &[]).unwrap();
        case.shows(&registry, 0);
    }
}

#[test]
fn layers_that_are_there_first_hold_for_what_is_made_later() {
    for case in cases() {
        let registry = registry();
        let variable = case.variable(Some("one"));
        load(&registry, &case.file(Some("one"), 1), &[]).unwrap();
        (case.make)(&registry, "one").unwrap();
        case.shows(&registry, 1);
        let second = super::registry();
        load(&second, &case.file(Some("one"), 1), &[(&variable, case.values[2].0)]).unwrap();
        (case.make)(&second, "one").unwrap();
        case.shows(&second, 2);
        let third = super::registry();
        load(&third, &case.file(Some("one"), 1), &[(&variable, case.values[2].0)]).unwrap();
        assert!(!third.set(case.kind, "one", case.key, case.values[3].0).unwrap(), "nobody of that name yet");
        (case.make)(&third, "one").unwrap();
        case.shows(&third, 3);
    }
}

#[test]
fn within_a_layer_a_name_wins_over_its_kind() {
    for case in cases() {
        let (all, one) = (case.variable(None), case.variable(Some("one")));
        let (first, second) = (case.values[1].0, case.values[2].0);
        let in_file = registry();
        (case.make)(&in_file, "one").unwrap();
        load(&in_file, &case.file(None, 2), &[]).unwrap();
        case.shows(&in_file, 2);
        load(&in_file, &format!("{}{}", case.file(None, 2), case.file(Some("one"), 1)), &[]).unwrap();
        case.shows(&in_file, 1);

        let in_environment = registry();
        (case.make)(&in_environment, "one").unwrap();
        load(&in_environment, "", &[(&all, second)]).unwrap();
        case.shows(&in_environment, 2);
        load(&in_environment, "", &[(&all, second), (&one, first)]).unwrap();
        case.shows(&in_environment, 1);

        let at_run_time = registry();
        (case.make)(&at_run_time, "one").unwrap();
        assert!(at_run_time.set_all(case.kind, case.key, second).unwrap());
        case.shows(&at_run_time, 2);
        assert!(at_run_time.set(case.kind, "one", case.key, first).unwrap());
        case.shows(&at_run_time, 1);
        at_run_time.unset(case.kind, "one", case.key).unwrap();
        at_run_time.unset_all(case.kind, case.key).unwrap();
        case.shows(&at_run_time, 0);
    }
}

#[test]
fn a_later_layer_wins_for_its_kind_over_a_name_of_an_earlier_one() {
    for case in cases() {
        let registry = registry();
        (case.make)(&registry, "one").unwrap();
        let all = case.variable(None);
        load(&registry, &case.file(Some("one"), 1), &[(&all, case.values[2].0)]).unwrap();
        case.shows(&registry, 2);
        registry.set_all(case.kind, case.key, case.values[3].0).unwrap();
        case.shows(&registry, 3);
    }
}
