//! Changes at run time.

use std::time::Duration;

use resilience::{
    Bulkhead, PolicyKind, bulkhead,
    circuit_breaker::{Config, State, Window},
    retry, timeout,
};

use super::{load, registry};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_change_keeps_state_and_counts() {
    let registry = registry();
    let quotes = registry.add_circuit_breaker("quotes", Config::new().threshold(3)).unwrap();
    for _ in 0..2 {
        let _ = quotes.call(|| Err::<(), _>("down"));
    }
    registry.set(PolicyKind::CircuitBreaker, "quotes", "threshold", "5").unwrap();
    assert_eq!((quotes.state(), quotes.snapshot().consecutive_failures), (State::Closed, 2));
    for _ in 0..3 {
        let _ = quotes.call(|| Err::<(), _>("down"));
    }
    assert_eq!(quotes.state(), State::Open, "the two before count");
    registry.set(PolicyKind::CircuitBreaker, "quotes", "open_for", "5m").unwrap();
    assert_eq!(quotes.state(), State::Open);
}

#[test]
fn what_cannot_be_changes_nothing_and_says_why() {
    let registry = registry();
    let quotes = registry.add_circuit_breaker("quotes", Config::new().half_open(2)).unwrap();
    let before = quotes.settings();
    for (key, value, setting, message) in [
        ("threshold", "0", "threshold", "`threshold` must be at least 1"),
        ("threshold", "many", "threshold", "`threshold` is a whole number, but this is `many`"),
        ("treshold", "3", "key", "`circuit_breaker.treshold`: unknown key, did you mean `threshold`?"),
        (
            "success_threshold",
            "3",
            "success_threshold",
            "`success_threshold` cannot be more than `half_open`, the trial calls of a round",
        ),
        (
            "failure_if",
            "f",
            "key",
            "`circuit_breaker.failure_if`: `failure_if` belongs to a function: write it in `#[circuit_breaker(..)]` there",
        ),
    ] {
        let error = registry.set(PolicyKind::CircuitBreaker, "quotes", key, value).unwrap_err();
        assert_eq!((error.setting(), error.to_string().as_str()), (setting, message));
    }
    let error = registry.set(PolicyKind::Retry, "", "attempts", "3").unwrap_err();
    assert_eq!((error.setting(), error.to_string().as_str()), ("name", "a name cannot be empty"));
    assert_eq!(quotes.settings(), before);
    assert!(registry.unset(PolicyKind::CircuitBreaker, "quotes", "bananas").is_err());
}

#[test]
fn a_change_of_a_whole_kind_that_does_not_fit_one_of_them_changes_none() {
    let registry = registry();
    let one = registry.add_circuit_breaker("one", Config::new()).unwrap();
    registry.add_circuit_breaker("two", Config::new().half_open(1)).unwrap();
    assert!(registry.set_all(PolicyKind::CircuitBreaker, "success_threshold", "2").is_err());
    assert_eq!(one.settings().success_threshold, 3);
    assert!(!registry.set_all(PolicyKind::Retry, "attempts", "2").unwrap(), "there is none so far");
}

#[test]
fn several_changes_hold_together_and_each_is_taken_back_alone() {
    let registry = registry();
    let one = registry.add_circuit_breaker("one", Config::new()).unwrap();
    registry.set(PolicyKind::CircuitBreaker, "one", "failure_rate", "50%").unwrap();
    registry.set(PolicyKind::CircuitBreaker, "one", "window", "30s").unwrap();
    assert_eq!(one.settings().window, Some(Window::Time(30 * SECOND)));
    let error = registry.unset(PolicyKind::CircuitBreaker, "one", "failure_rate").unwrap_err();
    assert!(error.to_string().starts_with("nothing uses this `window`"), "{error}");
    registry.unset(PolicyKind::CircuitBreaker, "one", "window").unwrap();
    registry.unset(PolicyKind::CircuitBreaker, "one", "failure_rate").unwrap();
    assert_eq!((one.settings().window, one.settings().threshold), (None, Some(5)));
}

#[test]
fn a_site_that_comes_later_with_settings_gets_them_under_the_layers() {
    let registry = registry();
    let feed = registry.add_retry("feed", retry::Config::new()).unwrap();
    registry.set(PolicyKind::Retry, "feed", "attempts", "9").unwrap();
    registry.add_retry("feed", retry::Config::new().attempts(4).max_elapsed(SECOND)).unwrap();
    assert_eq!((feed.settings().attempts, feed.settings().max_elapsed), (9, Some(SECOND)));
    registry.unset(PolicyKind::Retry, "feed", "attempts").unwrap();
    assert_eq!(feed.settings().attempts, 4);
}

#[test]
fn sites_are_compared_by_what_they_wrote_and_not_by_what_is_in_force() {
    let registry = registry();
    load(&registry, "[retry.feed]\nattempts = 9", &[]).unwrap();
    registry.add_retry("feed", retry::Config::new().attempts(4)).unwrap();
    registry.add_retry("feed", retry::Config::new().attempts(4)).unwrap();
    let conflicts = |registry: &resilience::Registry| {
        registry.snapshot().get(PolicyKind::Retry, "feed").unwrap().conflicts.len()
    };
    assert_eq!(conflicts(&registry), 0);
    registry.add_retry("feed", retry::Config::new().attempts(9)).unwrap();
    assert_eq!(conflicts(&registry), 1);
}

#[test]
fn a_load_keeps_what_was_set_at_run_time() {
    let registry = registry();
    let feed = registry.add_retry("feed", retry::Config::new()).unwrap();
    registry.set(PolicyKind::Retry, "feed", "attempts", "9").unwrap();
    load(&registry, "[retry]\nattempts = 4\njitter = \"none\"", &[]).unwrap();
    assert_eq!((feed.settings().attempts, feed.settings().jitter), (9, retry::Jitter::None));
    let refused = load(&registry, "[retry]\nmax_elapsed = \"1s\"\nbackoff = \"fixed(2s)\"", &[]);
    assert!(refused.is_err());
    assert_eq!(feed.settings().jitter, retry::Jitter::None, "the layers before stay");
}

#[test]
fn waiting_callers_go_ahead_when_there_are_more_places() {
    let registry = registry();
    let config = bulkhead::Config::new().max_concurrent(1).max_wait(60 * SECOND);
    let bulkhead: Bulkhead = registry.add_bulkhead("reports", config).unwrap();
    let place = bulkhead.acquire().unwrap();
    let mut waiting = std::pin::pin!(bulkhead.acquire_async());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(waiting.as_mut().poll(&mut cx).is_pending());
    registry.set(PolicyKind::Bulkhead, "reports", "max_concurrent", "2").unwrap();
    assert!(waiting.as_mut().poll(&mut cx).is_ready());
    drop(place);
}

#[test]
fn a_policy_without_its_only_setting_has_it_from_the_run_time_and_loses_it_again() {
    let registry = registry();
    registry.set(PolicyKind::Timeout, "api", "limit", "2s").unwrap();
    let api = registry.add_timeout("api", timeout::Config::new().limit(SECOND)).unwrap();
    assert_eq!(api.settings().limit, 2 * SECOND);
    registry.unset(PolicyKind::Timeout, "api", "limit").unwrap();
    assert_eq!(api.settings().limit, SECOND);
}

#[test]
fn changes_from_many_threads_end_with_the_last_one_in_force() {
    let registry = registry();
    let feed = registry.add_retry("feed", retry::Config::new()).unwrap();
    std::thread::scope(|scope| {
        for thread in 1..=4_u32 {
            let registry = &registry;
            scope.spawn(move || {
                for round in 0..50 {
                    let attempts = (thread * 100 + round).to_string();
                    registry.set(PolicyKind::Retry, "feed", "attempts", &attempts).unwrap();
                }
            });
        }
    });
    let last = feed.settings().attempts;
    // Another change brings everything that the layers say into force again: the number that they ended with.
    registry.set(PolicyKind::Retry, "feed", "jitter", "none").unwrap();
    assert_eq!(feed.settings().attempts, last);
}
