//! Texts as values: the same ones as in the attributes, whose own tests have the same table.

use resilience::{
    PolicyKind, circuit_breaker,
    circuit_breaker::{Initial, Window},
    rate_limit, retry,
    retry::Jitter,
    testing::Scope,
};

const TABLE: &str = include_str!("../../../resilience-macros/src/settings/values.txt");

/// What a text is read as, or why not. Texts that are read but cannot be are told apart by the words of the validator.
fn read(key: &str, text: &str) -> Result<String, String> {
    let registry = Scope::new().registry();
    let second = std::time::Duration::from_secs(1);
    let base = circuit_breaker::Config::new().failure_rate(0.5).slow_call(second);
    let breaker = registry.add_circuit_breaker("one", base).unwrap();
    let retry = registry.add_retry("one", retry::Config::new()).unwrap();
    let limit = registry.add_rate_limit("one", rate_limit::Config::new().rate(1, second)).unwrap();
    let kind = match key {
        "rate" => PolicyKind::RateLimit,
        "backoff" | "jitter" => PolicyKind::Retry,
        _ => PolicyKind::CircuitBreaker,
    };
    registry.set(kind, "one", key, text).map_err(|error| error.to_string())?;
    let settings = breaker.settings();
    Ok(match key {
        "slow_call" => format!("{:?}", settings.slow_call.unwrap()),
        "open_for" => format!("{:?}..{:?}", settings.open_for, settings.open_for_most),
        "failure_rate" => settings.failure_rate.unwrap().to_string(),
        "window" => match settings.window.unwrap() {
            Window::Time(time) => format!("{time:?}"),
            Window::Calls(calls) => calls.to_string(),
        },
        "rate" => format!("{} / {:?}", limit.settings().calls, limit.settings().period),
        "backoff" => retry.settings().backoff.to_string(),
        "jitter" => match retry.settings().jitter {
            Jitter::Full => "full".to_owned(),
            Jitter::Equal => "equal".to_owned(),
            Jitter::None => "none".to_owned(),
        },
        _ => match settings.initial {
            Initial::MetricsOnly => "metrics_only".to_owned(),
            Initial::ForcedOpen => "forced_open".to_owned(),
            Initial::Disabled => "disabled".to_owned(),
            Initial::Closed => "closed".to_owned(),
        },
    })
}

#[test]
fn every_value_of_the_table_is_read_or_refused_as_it_says() {
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let [key, text, expected] = line.split(" | ").collect::<Vec<_>>().try_into().unwrap();
        let read = read(key, text);
        match (expected.strip_prefix("! "), read) {
            (Some(part), Err(message)) => assert!(message.contains(part), "{line}: {message}"),
            (None, Ok(value)) => assert_eq!(value, expected, "{line}"),
            // The reader of tokens knows no limits; the validator has the last word.
            (None, Err(message)) => assert!(message.contains("must be"), "{line}: {message}"),
            (Some(_), Ok(value)) => panic!("{line}: read as {value}"),
        }
    }
}

#[test]
fn space_around_a_value_says_nothing() {
    assert_eq!(read("slow_call", "  30s\t").unwrap(), "30s");
    assert_eq!(read("failure_rate", " 50 % ").unwrap(), "0.5");
    assert_eq!(read("jitter", " none ").unwrap(), "none");
}

#[test]
fn nothing_is_no_value() {
    for (key, message) in [
        ("slow_call", "`slow_call` needs a value"),
        ("threshold", "`threshold` needs a value"),
        ("failure_rate", "`failure_rate` needs a value"),
        ("rate", "`rate` needs a value"),
        ("backoff", "expected a backoff"),
        ("jitter", "`jitter` is one of `full`, `equal`, `none`"),
    ] {
        let refused = read(key, " ").unwrap_err();
        assert!(refused.contains(message), "{key}: {refused}");
    }
}
