//! Settings that are refused, told to whoever reads the events of the registry.

use resilience::{
    Event, EventKind, Init, PolicyKind, Registry, circuit_breaker::Config, config::Problems, retry,
};

use super::{load, registry};

/// What a registry tells while something is refused, and what remains of it.
fn told(registry: &Registry, refuse: impl FnOnce(&Registry)) -> Vec<Event> {
    let mut events = registry.events();
    refuse(registry);
    std::iter::from_fn(|| events.try_next()).map(|heard| Event::clone(&heard.unwrap())).collect()
}

/// The problems of the only event that there is.
fn problems(told: &[Event]) -> &[String] {
    match told {
        [Event { kind: EventKind::ConfigRefused { problems }, .. }] => problems,
        other => panic!("{other:?}"),
    }
}

fn texts(problems: &Problems) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_refused_file_is_an_event_of_the_registry_with_every_problem() {
    let registry = registry();
    let file = "[circuit_breaker.quotes]\nthreshold = 0\n[retry.feed]\njitter = \"ful\"\n";
    let mut refused = None;
    let told = told(&registry, |registry| refused = load(registry, file, &[]).err());
    let refused = texts(&refused.unwrap());
    assert_eq!(refused.len(), 2);
    assert_eq!(problems(&told), refused);
    assert_eq!((told[0].policy, told[0].name, told[0].kind.as_str()), (None, None, "config_refused"));
    let line = format!("registry: settings refused, those before stay in force ({})", refused.join("; "));
    assert_eq!(told[0].to_string(), line);
}

#[test]
fn a_file_that_is_edited_badly_is_told_once() {
    let path = std::env::temp_dir().join(format!("resilience-refused-{}.toml", std::process::id()));
    std::fs::write(&path, "[retry]\nattempts = 2\n").unwrap();
    let registry = registry();
    Init::new().file(&path).load_into(&registry).unwrap();
    std::fs::write(&path, "[retry]\nattempts = 0\n").unwrap();
    let told = told(&registry, |registry| {
        for _ in 0..3 {
            assert!(registry.reload_config().is_err());
        }
    });
    std::fs::remove_file(&path).unwrap();
    assert!(problems(&told)[0].ends_with("`attempts` must be at least 1, the first call"), "{told:?}");
}

#[test]
fn an_event_names_the_first_hundred_problems_of_a_file_and_counts_the_rest() {
    let sections: Vec<_> = (0..250).map(|name| format!("[retry.r{name}]\nattempts = 0\n")).collect();
    let file = sections.concat();
    let told =
        told(&registry(), |registry| assert_eq!(texts(&load(registry, &file, &[]).unwrap_err()).len(), 250));
    assert_eq!(problems(&told).len(), 101);
    assert_eq!(problems(&told)[100], "and 150 more");
}

#[test]
fn a_refused_change_is_an_event_of_its_policy() {
    let registry = registry();
    registry.add_circuit_breaker("quotes", Config::new()).unwrap();
    let told = told(&registry, |registry| {
        assert!(registry.set(PolicyKind::CircuitBreaker, "quotes", "threshold", "0").is_err());
    });
    assert_eq!(problems(&told), ["circuit_breaker.quotes.threshold: `threshold` must be at least 1"]);
    assert_eq!((told[0].policy, told[0].name), (Some(PolicyKind::CircuitBreaker), Some("quotes")));
}

#[test]
fn a_refused_change_of_a_whole_kind_has_no_name() {
    let registry = registry();
    registry.add_retry("feed", retry::Config::new()).unwrap();
    let told = told(&registry, |registry| {
        assert!(registry.set_all(PolicyKind::Retry, "attempts", "many").is_err());
    });
    assert_eq!(problems(&told).len(), 1);
    assert_eq!((told[0].policy, told[0].name), (Some(PolicyKind::Retry), None));
    assert!(told[0].to_string().starts_with("retry: settings refused"), "{}", told[0]);
}

#[test]
fn a_change_of_a_policy_or_key_that_there_is_not_is_told_without_a_name() {
    for (name, key) in [("nobody", "attempts"), ("", "attempts"), ("a\nb", "attempts"), ("feed", "attemps")] {
        let told = told(&registry(), |registry| {
            assert!(registry.set(PolicyKind::Retry, name, key, "0").is_err());
        });
        assert_eq!((told[0].policy, told[0].name), (Some(PolicyKind::Retry), None));
        assert!(!problems(&told)[0].contains('\n'), "{told:?}");
    }
}

#[test]
fn a_change_that_cannot_be_taken_back_is_told() {
    let registry = registry();
    let config = Config::new().half_open(5).success_threshold(5);
    registry.add_circuit_breaker("quotes", config).unwrap();
    let set = |key, value| registry.set(PolicyKind::CircuitBreaker, "quotes", key, value).unwrap();
    set("success_threshold", "2");
    set("half_open", "2");
    let told = told(&registry, |registry| {
        assert!(registry.unset(PolicyKind::CircuitBreaker, "quotes", "success_threshold").is_err());
    });
    assert!(problems(&told)[0].starts_with("circuit_breaker.quotes.success_threshold: "), "{told:?}");
}
