//! A handle's own `reconfigure`: the layer of the run time, for one policy, all settings at once.

use std::time::Duration;

use resilience::{
    EventKind, PolicyKind, Registry, bulkhead,
    circuit_breaker::{Config, State},
    config::Layer,
    fallback, rate_limit, retry,
    testing::Scope,
    timeout,
};

use super::{load, registry, setting};

const SECOND: Duration = Duration::from_secs(1);
const BREAKER: PolicyKind = PolicyKind::CircuitBreaker;

/// Every written setting of a policy and its layer, as the snapshot tells it.
fn written(registry: &Registry, kind: PolicyKind, name: &str) -> Vec<(&'static str, &'static str)> {
    let snapshot = registry.snapshot();
    let written = &snapshot.get(kind, name).unwrap().written;
    written.iter().map(|setting| (setting.key, setting.layer.as_str())).collect()
}

#[test]
fn it_lies_over_file_environment_and_program_key_by_key() {
    let registry = registry();
    let breaker = registry.add_circuit_breaker("quotes", Config::new().threshold(3).half_open(4)).unwrap();
    let variables = [("RESILIENCE__CIRCUIT_BREAKER__QUOTES__RESET_AFTER", "7m")];
    load(&registry, "[circuit_breaker.quotes]\nthreshold = 8\nopen_for = \"9s\"\n", &variables).unwrap();
    breaker.reconfigure(Config::new().threshold(12)).unwrap();
    let settings = breaker.settings();
    assert_eq!((settings.threshold, settings.half_open), (Some(12), 4));
    assert_eq!((settings.open_for, settings.reset_after), (9 * SECOND, 420 * SECOND));
    assert_eq!(
        written(&registry, BREAKER, "quotes"),
        [
            ("threshold", "run_time"),
            ("open_for", "file"),
            ("half_open", "program"),
            ("reset_after", "environment")
        ]
    );
}

#[test]
fn unset_takes_one_of_its_settings_away() {
    let registry = registry();
    let breaker = registry.add_circuit_breaker("quotes", Config::new().threshold(3)).unwrap();
    breaker.reconfigure(Config::new().threshold(12).open_for(SECOND)).unwrap();
    assert_eq!(registry.unset(BREAKER, "quotes", "threshold"), Ok(true));
    assert_eq!((breaker.settings().threshold, breaker.settings().open_for), (Some(3), SECOND));
    assert_eq!(written(&registry, BREAKER, "quotes"), [("threshold", "program"), ("open_for", "run_time")]);
}

#[test]
fn it_replaces_what_was_set_for_the_policy_and_leaves_what_was_set_for_all() {
    let registry = registry();
    let breaker = registry.add_circuit_breaker("quotes", Config::new()).unwrap();
    registry.set(BREAKER, "quotes", "half_open", "7").unwrap();
    registry.set_all(BREAKER, "reset_after", "1h").unwrap();
    breaker.reconfigure(Config::new().threshold(2)).unwrap();
    let settings = breaker.settings();
    assert_eq!((settings.threshold, settings.half_open), (Some(2), 3));
    assert_eq!(settings.reset_after, 3600 * SECOND);
}

#[test]
fn nothing_written_takes_all_back() {
    let registry = registry();
    let breaker = registry.add_circuit_breaker("quotes", Config::new().threshold(3)).unwrap();
    breaker.reconfigure(Config::new().threshold(12).latency(true)).unwrap();
    breaker.reconfigure(Config::new()).unwrap();
    assert_eq!((breaker.settings().threshold, breaker.settings().latency), (Some(3), false));
    assert_eq!(written(&registry, BREAKER, "quotes"), [("threshold", "program")]);
}

#[test]
fn it_holds_when_the_file_is_loaded_again() {
    let registry = registry();
    let breaker = registry.add_circuit_breaker("quotes", Config::new()).unwrap();
    breaker.reconfigure(Config::new().threshold(12)).unwrap();
    load(&registry, "[circuit_breaker]\nthreshold = 8\nhalf_open = 9\n", &[]).unwrap();
    assert_eq!((breaker.settings().threshold, breaker.settings().half_open), (Some(12), 9));
}

#[test]
fn state_and_totals_stay() {
    let registry = registry();
    let breaker = registry.add_circuit_breaker("quotes", Config::new().threshold(1)).unwrap();
    let _ = breaker.call(|| Err::<(), _>("down"));
    breaker.reconfigure(Config::new().threshold(9)).unwrap();
    assert_eq!((breaker.state(), breaker.snapshot().errors), (State::Open, 1));
}

#[test]
fn settings_that_contradict_those_of_the_other_layers_change_nothing_and_are_told() {
    let registry = registry();
    let config = Config::new().half_open(5).success_threshold(4);
    let breaker = registry.add_circuit_breaker("quotes", config).unwrap();
    registry.set(BREAKER, "quotes", "threshold", "7").unwrap();
    let mut events = registry.events();
    let error = breaker.reconfigure(Config::new().half_open(2)).unwrap_err();
    assert_eq!(error.setting(), "success_threshold");
    assert_eq!((breaker.settings().half_open, breaker.settings().threshold), (5, Some(7)));
    let event = events.try_next().unwrap().unwrap();
    let EventKind::ConfigRefused { problems } = &event.kind else { panic!("{event}") };
    assert_eq!(*problems, [format!("circuit_breaker.quotes: {error}")]);
    assert_eq!((event.policy, event.name), (Some(BREAKER), Some("quotes")));
}

#[test]
fn every_kind_goes_through_the_layers() {
    let registry = registry();
    let retry = registry.add_retry("a", retry::Config::new().attempts(3)).unwrap();
    let bulkhead = registry.add_bulkhead("b", bulkhead::Config::new().max_concurrent(4)).unwrap();
    let limit = registry.add_rate_limit("c", rate_limit::Config::new().rate(5, SECOND)).unwrap();
    let timeout = registry.add_timeout("d", timeout::Config::new().limit(6 * SECOND)).unwrap();
    let fallback = registry.add_fallback("e", fallback::Config::new()).unwrap();
    retry.reconfigure(retry::Config::new().attempts(13)).unwrap();
    bulkhead.reconfigure(bulkhead::Config::new().max_concurrent(14)).unwrap();
    // Without a rate of its own: the program's stays.
    limit.reconfigure(rate_limit::Config::new().burst(15)).unwrap();
    timeout.reconfigure(timeout::Config::new().limit(16 * SECOND)).unwrap();
    fallback.reconfigure(fallback::Config::new().enabled(false)).unwrap();
    for (kind, name, key, field, changed, before) in [
        (PolicyKind::Retry, "a", "attempts", "attempts", "13", "3"),
        (PolicyKind::Bulkhead, "b", "max_concurrent", "max_concurrent", "14", "4"),
        (PolicyKind::RateLimit, "c", "burst", "burst", "15", "5"),
        (PolicyKind::Timeout, "d", "limit", "limit", "{\"nanos\":0,\"secs\":16}", "{\"nanos\":0,\"secs\":6}"),
        (PolicyKind::Fallback, "e", "enabled", "enabled", "false", "true"),
    ] {
        assert_eq!(setting(&registry, kind, name, field).to_string(), changed, "{kind}");
        assert!(written(&registry, kind, name).contains(&(key, "run_time")), "{kind}");
        assert_eq!(registry.unset(kind, name, key), Ok(true));
        assert_eq!(setting(&registry, kind, name, field).to_string(), before, "{kind}");
    }
}

#[test]
fn settings_left_out_are_not_told_as_written() {
    let registry = registry();
    load(&registry, "[circuit_breaker.quotes]\nsuccess_threshold = 5\nhalf_open = 5\n", &[]).unwrap();
    registry.add_circuit_breaker("quotes", Config::new().success_threshold(6).half_open(6)).unwrap();
    let layer = |registry: &Registry| registry.snapshot().policies[0].written[0].layer;
    assert_eq!(layer(&registry), Layer::File);
    registry.add_circuit_breaker("other", Config::new().half_open(6)).unwrap();
    load(&registry, "[circuit_breaker.late]\nsuccess_threshold = 5\n", &[]).unwrap();
    registry.add_circuit_breaker("late", Config::new().half_open(2)).unwrap();
    assert_eq!(written(&registry, BREAKER, "late"), [("half_open", "program")]);
}

#[test]
fn a_policy_outside_every_registry_has_no_other_layer() {
    let breaker = resilience::CircuitBreaker::new("quotes", Config::new().threshold(3).half_open(9)).unwrap();
    breaker.reconfigure(Config::new().threshold(12)).unwrap();
    assert_eq!((breaker.settings().threshold, breaker.settings().half_open), (Some(12), 3));
}

#[test]
fn a_handle_that_outlives_its_registry_has_no_other_layer() {
    let scope = Scope::new();
    let breaker = scope.registry().add_circuit_breaker("quotes", Config::new().half_open(9)).unwrap();
    drop(scope);
    breaker.reconfigure(Config::new().threshold(12)).unwrap();
    assert_eq!((breaker.settings().threshold, breaker.settings().half_open), (Some(12), 3));
}

#[test]
fn handles_and_files_that_change_one_policy_at_once_agree_in_the_end() {
    let registry = registry();
    let breaker = registry.add_circuit_breaker("quotes", Config::new()).unwrap();
    std::thread::scope(|threads| {
        for thread in 0..3_u32 {
            let (breaker, registry) = (&breaker, &registry);
            threads.spawn(move || {
                for turn in 1..100 {
                    match thread {
                        0 => breaker.reconfigure(Config::new().threshold(turn)).unwrap(),
                        1 => drop(registry.set(BREAKER, "quotes", "half_open", "7").unwrap()),
                        _ => drop(registry.unset(BREAKER, "quotes", "half_open").unwrap()),
                    }
                }
            });
        }
    });
    breaker.reconfigure(Config::new().threshold(200)).unwrap();
    assert_eq!((breaker.settings().threshold, breaker.settings().half_open), (Some(200), 3));
}
