use super::*;
use crate::setting::Arg;

fn read(policy: Policy, args: &str) -> (Settings, Vec<String>) {
    let mut settings = Settings::new(policy, Place::Attribute, Span::call_site());
    let mut errors = Errors::default();
    settings.read(args.parse().unwrap(), &mut errors);
    let messages = errors.finish().err().into_iter().flatten().map(|error| error.to_string());
    (settings, messages.collect())
}

fn sound(policy: Policy, args: &str) -> Settings {
    let (settings, messages) = read(policy, args);
    assert!(messages.is_empty(), "{args}: {messages:?}");
    settings
}

fn complaint(policy: Policy, args: &str) -> String {
    let (_, messages) = read(policy, args);
    assert_eq!(messages.len(), 1, "{args}: {messages:?}");
    messages.into_iter().next().unwrap()
}

fn name(settings: &Settings) -> String {
    match &settings.name {
        Some(Name::Text(text)) => text.value(),
        _ => String::new(),
    }
}

#[test]
fn a_name_is_a_string_or_a_bare_word() {
    for args in [
        r#""quotes""#,
        "quotes",
        r#"name = "quotes""#,
        "quotes, threshold = 5",
        "threshold = 5, name = \"quotes\",",
    ] {
        assert_eq!(name(&sound(Policy::CircuitBreaker, args)), "quotes");
    }
    assert!(complaint(Policy::CircuitBreaker, "QUOTES").contains("`name = QUOTES`"));
    assert!(complaint(Policy::CircuitBreaker, "names::QUOTES").contains("`name = names::QUOTES`"));
    assert!(complaint(Policy::CircuitBreaker, "name = quotes").contains("`name = \"quotes\"`"));
    assert!(complaint(Policy::CircuitBreaker, "threshold").contains("`threshold = ..`"));
    assert!(complaint(Policy::Retry, r#""quotes""#).contains("`name = \"quotes\"`"));
}

#[test]
fn every_kind_of_value_is_read() {
    let breaker = "failure_rate = 50%, slow_rate = 0.25, slow_call = 1.5s, window = 30s, open_for = 5s..5m, \
        ignore = E::A(_) | E::B { status } if *status < 500, failure_if = |r| r.is_err(), initial = metrics_only";
    assert_eq!(sound(Policy::CircuitBreaker, breaker).values.len(), 8);
    let retry = "attempts = N + 1, backoff = exponential(100ms..2s, factor = 2), jitter = none, on = E::A, \
        retry_after = E::hint, on_retry = |r| log(r, 1), max_elapsed = \"20s\"";
    assert_eq!(sound(Policy::Retry, retry).values.len(), 7);
    assert!(sound(Policy::RateLimit, "api, 100 / 1s, burst = 5").has("rate"));
    assert!(sound(Policy::RateLimit, "LIMIT / PERIOD").has("rate"));
    assert!(sound(Policy::Timeout, "800ms").has("limit"));
    assert_eq!(sound(Policy::Fallback, "cached, |f| Err(f), value = 3").tiers.len(), 2);
    assert_eq!(sound(Policy::Resilient, "X, retry(attempts = 2), total_timeout(5s)").sections.len(), 2);
}

#[test]
fn one_mistake_does_not_hide_the_next() {
    let (settings, messages) =
        read(Policy::Retry, "attempt = 3, backoff = expo(1s), jitter = full, jitter = none, 3");
    assert_eq!(messages.len(), 4, "{messages:?}");
    assert!(settings.has("jitter"));
}

#[test]
fn foreign_names_lead_to_ours() {
    for (policy, theirs, _) in FOREIGN {
        assert!(policy.key(theirs).is_none(), "`{theirs}` is a key of ours");
        assert!(complaint(*policy, &format!("{theirs} = 3")).contains("write "), "{theirs}");
    }
    assert!(complaint(Policy::Retry, "max_retries = 3").contains("`attempts` (the first call included"));
    assert!(complaint(Policy::CircuitBreaker, "attempts = 3").contains("a setting of `#[retry]`"));
    assert!(complaint(Policy::Resilient, "X, attempts = 3").contains("`retry(attempts = ..)`"));
}

#[test]
fn a_value_of_another_kind_is_refused_where_it_stands() {
    assert!(complaint(Policy::CircuitBreaker, "threshold = -1").contains("cannot be negative"));
    assert!(complaint(Policy::CircuitBreaker, "failure_rate = 50").contains("write `50%`"));
    assert!(complaint(Policy::CircuitBreaker, "threshold = 50%").contains("not a percentage"));
    assert!(complaint(Policy::CircuitBreaker, "open_for = 5s..").contains("both bounds"));
    assert!(complaint(Policy::CircuitBreaker, "open_for = 5s..=6s").contains("`100ms..2s`"));
    assert!(complaint(Policy::CircuitBreaker, "initial = open").contains("unknown initial `open`"));
    assert!(complaint(Policy::Retry, "backoff = exponential").contains("needs its bounds"));
    assert!(complaint(Policy::Retry, "on = error").contains("matches everything"));
    assert!(complaint(Policy::Retry, "attempts =").contains("needs a value"));
    assert!(complaint(Policy::RateLimit, "100").contains("`100 / 1s`"));
    assert!(complaint(Policy::Fallback, "self.cached").contains("`Self::name`"));
    assert!(complaint(Policy::Resilient, "X, rety(attempts = 2)").contains("did you mean `retry`?"));
}

/// What an argument comes to, as the runtime would show it.
fn shown(arg: &Arg) -> String {
    match arg {
        Arg::Duration(duration) => format!("{duration:?}"),
        Arg::Float(number, _) => format!("{number}"),
        Arg::Item(path) => path.iter().last().map(|name| snake(name)).unwrap(),
        Arg::Expr(Expr::Lit(ExprLit { lit: Lit::Int(lit), .. })) => lit.base10_digits().to_owned(),
        Arg::Call(["retry", "Backoff", "exponential_by"], args) => {
            let [first, cap, factor] = args.as_slice() else { panic!("three arguments") };
            format!("exponential({}..{}, factor = {})", shown(first), shown(cap), shown(factor))
        }
        Arg::Call(["retry", "Backoff", name], args) => {
            format!("{name}({})", args.iter().map(shown).collect::<Vec<_>>().join(".."))
        }
        Arg::Call(_, args) => args.iter().map(shown).collect(),
        Arg::Expr(_) | Arg::Through(..) => "an expression".to_owned(),
    }
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[test]
fn every_value_of_the_table_is_read_or_refused_as_it_says() {
    for line in include_str!("values.txt").lines().filter(|line| !line.starts_with('#')) {
        let [key, text, expected] = line.split(" | ").collect::<Vec<_>>().try_into().unwrap();
        let policy = match key {
            "rate" => Policy::RateLimit,
            "backoff" | "jitter" => Policy::Retry,
            _ => Policy::CircuitBreaker,
        };
        let args = if key == "rate" { text.to_owned() } else { format!("{key} = {text}") };
        if let Some(part) = expected.strip_prefix("! ") {
            let complaint = complaint(policy, &args);
            assert!(complaint.contains(part), "{line}: {complaint}");
            continue;
        }
        let settings = sound(policy, &args);
        let Some(Value::Config { args, .. }) = settings.value(key) else { panic!("{line}") };
        let separator = if key == "rate" { " / " } else { ".." };
        let mut values: Vec<_> = args.iter().map(shown).collect();
        if key == "open_for" && values.len() == 1 {
            values.push(values[0].clone());
        }
        assert_eq!(values.join(separator), expected, "{line}");
    }
}
