//! What a file may say, and what is said of a file that is wrong.

use resilience::{EventKind, Init, PolicyKind, circuit_breaker::Config, rate_limit, timeout};

use super::{load, problem, problems, registry, setting, warnings};

#[test]
fn numbers_flags_and_texts_are_read_in_every_form_of_toml() {
    let registry = registry();
    let breaker = registry.add_circuit_breaker("quotes", Config::new()).unwrap();
    let file = "[circuit_breaker]\nthreshold = 0x10\ncircuit_breaker-comment = 1\n";
    assert!(load(&registry, file, &[]).is_err());
    let file = "
        circuit_breaker.quotes = { half_open = 5, open_for = '5s..5m', success_threshold = \"4\" }
        [circuit_breaker]
        threshold = 0x10 # sixteen
        failure_rate = 0.5
        count_rejections = true
        window = 1_000
    ";
    // A table that is begun as a dotted key cannot be opened again: that is TOML's own rule.
    assert!(load(&registry, file, &[]).is_err());
    let file = "
        [circuit_breaker]
        threshold = 0x10 # sixteen
        failure_rate = 5e-1
        count_rejections = true
        window = 1_000
        quotes = { half_open = 5, open_for = '5s..5m', success_threshold = \"4\" }
    ";
    load(&registry, file, &[]).unwrap();
    let settings = breaker.settings();
    assert_eq!((settings.threshold, settings.failure_rate), (Some(16), Some(0.5)));
    assert_eq!((settings.half_open, settings.success_threshold), (5, 4));
    assert!(settings.count_rejections);
    assert_eq!(settings.window, Some(resilience::circuit_breaker::Window::Calls(1000)));
    assert_eq!(settings.open_for_most.as_secs(), 300);
}

#[test]
fn names_with_anything_in_them_stand_in_quotes() {
    let registry = registry();
    for name in ["shop::stock", "a.b", "with space", "threshold", "Grüße", "#2"] {
        let breaker = registry.add_circuit_breaker(name, Config::new()).unwrap();
        load(&registry, &format!("[circuit_breaker.{name:?}]\nthreshold = 9"), &[]).unwrap();
        assert_eq!(breaker.settings().threshold, Some(9), "{name}");
    }
}

#[test]
fn an_unknown_key_is_an_error_with_its_line_and_a_suggestion() {
    assert_eq!(
        problem("# ours\n\n[circuit_breaker.quotes]\nthreshold = 3\ntreshold = 5\n"),
        "resilience.toml:5: circuit_breaker.quotes.treshold: unknown key, did you mean `threshold`?"
    );
    assert_eq!(
        problem("[retry]\nbananas = 5\n"),
        "resilience.toml:2: retry.bananas: unknown key, expected one of: `attempts`, `backoff`, `jitter`, `max_elapsed`, `enabled`"
    );
    assert_eq!(
        problem("[global]\nenvironmet = \"x\"\n"),
        "resilience.toml:2: global.environmet: unknown key, did you mean `environment`?"
    );
}

#[test]
fn a_key_of_another_framework_leads_to_ours() {
    for (file, ours) in [
        ("[circuit_breaker]\nfailure_threshold = 5", "`threshold = 5`"),
        ("[circuit_breaker.x]\nrecovery_timeout = 5", "`open_for`"),
        ("[retry]\nmax_retries = 5", "`attempts` (the first call included, so one more)"),
        ("[bulkhead]\nmax_concurrent_calls = 5", "`max_concurrent`"),
        ("[rate_limit]\nlimit_for_period = 5", "`rate`, as in `rate = \"100 / 1s\"`"),
        ("[timeout]\nduration = 5", "`limit`, as in `limit = \"800ms\"`"),
    ] {
        let problem = problem(file);
        assert!(problem.starts_with("resilience.toml:2: ") && problem.contains(ours), "{problem}");
    }
}

#[test]
fn a_key_of_a_function_is_not_for_a_file() {
    assert_eq!(
        problem("[circuit_breaker]\nignore = \"E::NotFound\""),
        "resilience.toml:2: circuit_breaker.ignore: `ignore` belongs to a function: write it in `#[circuit_breaker(..)]` there"
    );
    assert!(problem("[retry.x]\npreset = \"DATABASE\"").contains("`[service.NAME]`"));
}

#[test]
fn an_unknown_section_is_an_error_with_a_suggestion() {
    assert_eq!(
        problem("[circuit_braker.quotes]\nthreshold = 5"),
        "resilience.toml:1: circuit_braker: unknown section, did you mean `circuit_breaker`?"
    );
    assert!(problem("bananas = 5").contains("expected one of: `circuit_breaker`, `retry`"));
    assert_eq!(
        problem("\nretry = 5"),
        "resilience.toml:2: retry: `retry` is a section: write `[retry]` above its keys"
    );
}

#[test]
fn an_unknown_name_is_a_warning_with_a_suggestion() {
    let registry = registry();
    registry.add_circuit_breaker("quotes", Config::new()).unwrap();
    let loaded = load(&registry, "[circuit_breaker.qoutes]\nthreshold = 5\nhalf_open = 1", &[]).unwrap();
    assert_eq!(
        warnings(&loaded),
        [
            "resilience.toml:3: circuit_breaker.qoutes.half_open: there is no circuit_breaker `qoutes` so far, did you mean `quotes`?"
        ]
    );
    assert_eq!(registry.config_status().warnings, loaded.warnings());
    let fine = load(&registry, "[circuit_breaker.quotes]\nthreshold = 5", &[]).unwrap();
    assert_eq!(warnings(&fine), [""; 0]);
}

#[test]
fn a_value_that_cannot_be_is_refused_in_the_words_of_the_attributes() {
    for (file, text) in [
        ("[circuit_breaker]\nthreshold = 0", "2: circuit_breaker.threshold: `threshold` must be at least 1"),
        ("[circuit_breaker]\nthreshold = -1", "2: circuit_breaker.threshold: `threshold` cannot be negative"),
        (
            "[circuit_breaker]\nopen_for = 30",
            "2: circuit_breaker.open_for: a duration needs its unit: `30s`, `30ms`, `30m`",
        ),
        (
            "[circuit_breaker]\nfailure_rate = 50",
            "2: circuit_breaker.failure_rate: `failure_rate` is a share: write `50%`, or a fraction such as `0.5`",
        ),
        ("[circuit_breaker]\nfailure_rate = \"150%\"", "`failure_rate` must be above 0 % and at most 100 %"),
        ("[circuit_breaker]\nmin_calls = 0", "`min_calls` must be at least 1"),
        ("[bulkhead.x]\nmax_queue = 0", "2: bulkhead.x.max_queue: `max_queue` must be at least 1"),
        ("[rate_limit.x]\nrate = \"0 / 1s\"", "`rate` must allow at least 1 call"),
        ("[timeout]\nlimit = \"0s\"", "a timeout must be above 0"),
        ("[retry]\nbackoff = \"expo(1s)\"", "unknown backoff `expo`"),
        ("[retry]\nenabled = \"yes\"", "`enabled` is `true` or `false`"),
        ("[retry]\nattempts = [3]", "expected one value"),
        ("[timeout]\nlimit = 07:32:00", "a date or a time of day"),
        ("[global]\nhealth_check_interval = \"0s\"", "at least 1ms"),
        ("[global]\nservice_name = \"\"", "cannot be empty"),
        ("[circuit_breaker.\"\"]\nthreshold = 1", "1: circuit_breaker: a name cannot be empty"),
        (
            "[circuit_breaker.shop.stock]\nthreshold = 1",
            "a name with a dot in it stands in quotes: `[circuit_breaker.\"shop.stock\"]`",
        ),
    ] {
        let problem = problem(file);
        assert!(problem.starts_with("resilience.toml:") && problem.contains(text), "{problem}");
    }
}

#[test]
fn settings_that_only_other_layers_make_sensible_are_no_problem_of_the_file() {
    for file in [
        "[circuit_breaker.x]\nmin_calls = 20",
        "[circuit_breaker.x]\nwindow = 20",
        "[circuit_breaker.x]\nslow_rate = 0.5",
        "[bulkhead.x]\nmax_queue = 20",
        "[rate_limit.x]\nburst = 20",
        "[rate_limit]\nenabled = false",
    ] {
        assert_eq!(problems(file), [""; 0], "{file}");
    }
}

#[test]
fn settings_of_a_file_that_contradict_each_other_are_refused() {
    let problem =
        problem("[circuit_breaker]\nhalf_open = 2\n[circuit_breaker.quotes]\nsuccess_threshold = 3");
    assert_eq!(
        problem,
        "resilience.toml:4: circuit_breaker.quotes.success_threshold: `success_threshold` cannot be more than `half_open`, the trial calls of a round"
    );
}

#[test]
fn a_contradiction_to_what_the_program_wrote_is_refused_where_it_is_known() {
    let registry = registry();
    let quotes = registry.add_circuit_breaker("quotes", Config::new().half_open(2)).unwrap();
    let refused = load(&registry, "[circuit_breaker]\nthreshold = 9\nsuccess_threshold = 3", &[]);
    assert_eq!(
        super::complaints(refused),
        [
            "resilience.toml:3: circuit_breaker.success_threshold: `success_threshold` cannot be more than `half_open`, the trial calls of a round; beside the settings of `quotes` from code"
        ]
    );
    assert_eq!(quotes.settings().threshold, Some(5), "nothing is applied");
}

#[test]
fn where_it_is_not_known_the_programs_own_settings_hold_and_a_warning_is_told() {
    let registry = registry();
    load(&registry, "[circuit_breaker.quotes]\nthreshold = 9\nsuccess_threshold = 3", &[]).unwrap();
    let mut heard = registry.events();
    let events = resilience_tests::recorded(|| {
        let quotes = registry.add_circuit_breaker("quotes", Config::new().half_open(2)).unwrap();
        assert_eq!((quotes.settings().threshold, quotes.settings().half_open), (Some(5), 2));
    });
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].field("name"), events[0].field("setting")), ("quotes", "success_threshold"));
    assert_eq!(events[0].level, tracing::Level::WARN);
    let event = heard.try_next().unwrap().unwrap();
    assert!(matches!(event.kind, EventKind::SettingsLeftOut { setting: "success_threshold", .. }), "{event}");
}

#[test]
fn every_problem_is_reported_at_once_and_nothing_is_applied() {
    let registry = registry();
    let quotes = registry.add_circuit_breaker("quotes", Config::new()).unwrap();
    let file = "[circuit_breaker]\nthreshold = 7\ntreshold = 5\nopen_for = \"soon\"\n[rety]\nx = 1\n[retry]\nattempts = 30s\njitter = \"ful\"\n";
    let refused = load(&registry, file, &[("RESILIENCE_MAX_RETRY_ATTEMPTS", "many")]).unwrap_err();
    let all: Vec<_> = refused.iter().map(|problem| (problem.line(), problem.key())).collect();
    assert_eq!(
        all,
        [
            (Some(3), "circuit_breaker.treshold"),
            (Some(4), "circuit_breaker.open_for"),
            (Some(5), "rety"),
            (Some(8), ""),
            (Some(9), "retry.jitter"),
            (None, ""),
        ],
        "{refused}"
    );
    assert_eq!(refused.to_string().lines().count(), 6);
    assert_eq!(refused.iter().last().unwrap().source_name(), "RESILIENCE_MAX_RETRY_ATTEMPTS");
    assert_eq!(quotes.settings().threshold, Some(5));
    let status = registry.config_status();
    assert_eq!((status.loads, status.refused), (0, Some(refused)));
}

#[test]
fn a_bare_value_is_told_to_stand_in_quotes() {
    assert_eq!(
        problem("[circuit_breaker]\nopen_for = 30s # soon\n"),
        "resilience.toml:2: this is no value; anything but numbers, `true` and `false` stands in quotes: `\"30s\"`"
    );
    assert!(problem("[circuit_breaker]\nfailure_rate = 50%\n").contains("`\"50%\"`"));
    assert!(problem("[retry]\nbackoff = fixed(1s)\n").contains("`\"fixed(1s)\"`"));
    assert!(problem("[retry]\njitter = full\n").contains("`\"full\"`"));
    assert!(problem("[retry.shop::stock]\nattempts = 1\n").contains("stands in quotes"));
}

#[test]
fn a_key_that_is_written_twice_is_an_error() {
    let problem = problem("[retry]\nattempts = 3\nattempts = 4\n");
    assert!(problem.starts_with("resilience.toml:3: ") && problem.contains("duplicate"), "{problem}");
}

#[test]
fn the_global_section_names_the_program() {
    let registry = registry();
    let unknown = registry.identity();
    assert_eq!((unknown.service_name, unknown.environment), (None, None));
    assert_eq!(unknown.health_check_interval.as_secs(), 10);
    let file =
        "[global]\nservice_name = \"shop\"\nenvironment = \"staging\"\nhealth_check_interval = \"5s\"\n";
    load(&registry, file, &[]).unwrap();
    let identity = registry.identity();
    assert_eq!(identity.service_name.as_deref(), Some("shop"));
    assert_eq!(identity.environment.as_deref(), Some("staging"));
    assert_eq!(identity.health_check_interval.as_secs(), 5);
}

#[test]
fn of_several_files_a_later_one_wins_key_by_key() {
    let registry = registry();
    let quotes = registry.add_circuit_breaker("quotes", Config::new()).unwrap();
    Init::new()
        .text("base.toml", "[circuit_breaker.quotes]\nthreshold = 7\nhalf_open = 4")
        .text("here.toml", "[circuit_breaker.quotes]\nthreshold = 8")
        .load_into(&registry)
        .unwrap();
    assert_eq!((quotes.settings().threshold, quotes.settings().half_open), (Some(8), 4));
    let refused = Init::new().text("base.toml", "").text("here.toml", "x = 1").load_into(&registry);
    assert_eq!(refused.unwrap_err().iter().next().unwrap().source_name(), "here.toml");
}

#[test]
fn what_cannot_do_without_settings_may_have_them_from_a_file_alone() {
    let registry = registry();
    load(&registry, "[rate_limit.api]\nrate = \"10 / 1s\"\n[timeout.api]\nenabled = false", &[]).unwrap();
    let events = resilience_tests::recorded(|| {
        assert!(
            registry.add_rate_limit("api", rate_limit::Config::new()).is_err(),
            "by hand it must be given"
        );
    });
    assert_eq!(events.len(), 0);
    registry.add_timeout("api", timeout::Config::new().limit(std::time::Duration::from_secs(1))).unwrap();
    assert_eq!(setting(&registry, PolicyKind::Timeout, "api", "enabled"), false);
}
