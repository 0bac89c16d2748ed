//! Whatever stands in a file or in the environment: no panic, and an error that points.

use proptest::{prelude::*, test_runner::Config as Runs};
use resilience::{Init, ManualClock, PolicyKind, Registry, circuit_breaker, rate_limit, testing::Scope};

const KINDS: [PolicyKind; 6] = [
    PolicyKind::CircuitBreaker,
    PolicyKind::Retry,
    PolicyKind::Bulkhead,
    PolicyKind::RateLimit,
    PolicyKind::Timeout,
    PolicyKind::Fallback,
];

const KEYS: [&str; 22] = [
    "threshold",
    "failure_count",
    "failure_rate",
    "slow_call",
    "slow_rate",
    "window",
    "min_calls",
    "open_for",
    "half_open",
    "success_threshold",
    "reset_after",
    "initial",
    "enabled",
    "attempts",
    "backoff",
    "jitter",
    "max_elapsed",
    "max_concurrent",
    "max_wait",
    "rate",
    "burst",
    "limit",
];

/// Pieces of which values, keys and files are made, right and wrong.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "5",
        "-1",
        "0",
        "30s",
        "1.5m",
        "50%",
        "..",
        "5s..5m",
        "100 / 1s",
        "exponential(",
        "100ms..2s",
        ", factor = ",
        "2)",
        "fixed(1s)",
        "full",
        "true",
        "false",
        "[",
        "]",
        "{",
        "}",
        "=",
        "\n",
        "\"",
        "'",
        "\"\"\"",
        "#",
        ".",
        "circuit_breaker",
        "retry",
        "global",
        "service",
        "preset",
        "DATABASE",
        "threshold",
        "attempts",
        "enabled",
        "x",
        "::",
        "µs",
        "e999",
        "_",
        "\u{0}",
        "99999999999999999999",
        "1e308",
        "NaN",
        "inf",
        "0x",
        "1979-05-27",
        "\\u00e9",
        "Σ",
        "\u{202e}",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>(), 1 => any::<char>().prop_map(String::from)]
}

fn text(pieces: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), pieces).prop_map(|pieces| pieces.concat())
}

/// A file that is nearly right: sections, keys and values in their places.
fn file() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        text(0..4).prop_map(|text| format!("{text:?}")),
        text(0..3),
        Just("[1, {a = 1}]".to_owned())
    ];
    let key = prop_oneof![3 => prop::sample::select(KEYS.to_vec()).prop_map(str::to_owned), 1 => text(0..3)];
    let line = (key, value).prop_map(|(key, value)| format!("{key} = {value}\n"));
    let head = (0_usize..9, text(0..3)).prop_map(|(kind, name)| match KINDS.get(kind) {
        Some(kind) if name.is_empty() => format!("[{kind}]\n"),
        Some(kind) => format!("[{kind}.{name:?}]\n"),
        None => format!("[{name}]\n"),
    });
    prop::collection::vec(prop_oneof![1 => head, 3 => line], 0..12).prop_map(|lines| lines.concat())
}

fn registry() -> Registry {
    Scope::with_clock(ManualClock::new()).registry()
}

/// Settings of every policy, and what the program is called.
fn in_force(registry: &Registry) -> String {
    let identity = registry.identity();
    let policies = registry.snapshot().policies;
    // Nothing calls them, so every figure is as it was.
    let policies: Vec<_> = policies.iter().map(|policy| (policy.name, &policy.figures)).collect();
    format!("{identity:?} {policies:?} {}", registry.services().len())
}

/// Every problem says where, and with one nothing is applied.
fn points(init: Init, source: &str, lines: usize) {
    let registry = registry();
    let _ = registry.add_circuit_breaker("x", circuit_breaker::Config::new().half_open(1));
    let _ =
        registry.add_rate_limit("x", rate_limit::Config::new().rate(5, std::time::Duration::from_secs(1)));
    let before = in_force(&registry);
    let Err(problems) = init.load_into(&registry) else { return };
    assert_eq!(in_force(&registry), before, "{problems}");
    assert!(problems.iter().count() > 0);
    for problem in &problems {
        assert!(!problem.message().is_empty());
        assert!(problem.source_name().starts_with(source), "{problem}");
        assert_eq!(problem.line().is_some(), lines > 0, "a file has lines: {problem}");
        assert!(problem.line().is_none_or(|line| (1..=lines + 1).contains(&line)), "{problem}");
    }
}

proptest! {
    #![proptest_config(Runs { failure_persistence: None, ..Runs::with_cases(400) })]

    #[test]
    fn any_text_is_a_file_or_is_refused_with_a_line(text in text(0..30)) {
        points(Init::new().text("any.toml", &text), "any.toml", text.matches('\n').count() + 1);
    }

    #[test]
    fn any_file_that_is_nearly_right_is_read_or_refused_with_a_line(text in file()) {
        points(Init::new().text("any.toml", &text), "any.toml", text.matches('\n').count() + 1);
    }

    #[test]
    fn any_environment_is_read_or_refused_with_its_variable(
        variables in prop::collection::vec((text(0..4), text(0..4)), 0..4),
        kind in 0..KINDS.len(),
        key in 0..KEYS.len(),
        value in text(0..4),
    ) {
        let ours = (format!("RESILIENCE__{}__X__{}", KINDS[kind], KEYS[key]).to_uppercase(), value);
        let others = variables.into_iter().map(|(name, value)| (format!("RESILIENCE_{name}"), value));
        points(Init::new().environment(others.chain([ours])), "RESILIENCE_", 0);
    }

    #[test]
    fn any_change_at_run_time_is_made_or_refused_and_what_is_in_force_is_valid(
        kind in 0..KINDS.len(),
        name in text(0..2),
        changes in prop::collection::vec((0..KEYS.len(), text(0..5)), 0..5),
    ) {
        let registry = registry();
        let _ = registry.add_circuit_breaker(&name, circuit_breaker::Config::new());
        for (key, value) in changes {
            let before = in_force(&registry);
            // Making the change checks in a debug build that what comes into force is valid.
            if let Err(error) = registry.set(KINDS[kind], &name, KEYS[key], &value) {
                prop_assert!(!error.to_string().is_empty());
                prop_assert_eq!(in_force(&registry), before);
            }
        }
    }
}

#[test]
fn a_file_that_nests_for_ever_is_refused() {
    let deep = format!("x = {}", "[".repeat(100_000));
    points(Init::new().text("deep.toml", &deep), "deep.toml", 1);
    let tables = format!("[{}]", vec!["a"; 100_000].join("."));
    points(Init::new().text("deep.toml", &tables), "deep.toml", 1);
    let inline = format!("retry = {}", "{a = ".repeat(100_000));
    points(Init::new().text("deep.toml", &inline), "deep.toml", 1);
}

#[test]
fn a_long_file_with_a_mistake_in_every_line_is_refused() {
    let lines: Vec<_> = (0..40_000).map(|n| format!("key{n} = 1\n")).collect();
    let text = "[circuit_breaker]\n".to_owned() + &lines.concat();
    points(Init::new().text("long.toml", &text), "long.toml", 40_001);
}

#[test]
fn of_a_hundred_problems_and_more_the_first_hundred_are_reported() {
    let text = "[circuit_breaker]\n".to_owned() + &"x = 1\n".repeat(300);
    let problems = super::problems(&text);
    assert_eq!(problems.len(), 100);
}

#[test]
fn a_file_of_the_largest_size_without_a_mistake_is_loaded() {
    let sections: Vec<_> = (0..25_000).map(|n| format!("[circuit_breaker.n{n}]\nthreshold=9\n")).collect();
    let registry = registry();
    let loaded = Init::new().text("long.toml", &sections.concat()).load_into(&registry).unwrap();
    assert_eq!(loaded.warnings().len(), 100, "nobody has these names");
    let breaker = registry.add_circuit_breaker("n24999", circuit_breaker::Config::new()).unwrap();
    assert_eq!(breaker.settings().threshold, Some(9));
}
