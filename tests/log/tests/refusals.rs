//! One test, since a process has one logger.

use std::sync::{Mutex, PoisonError};

use log::{Level, LevelFilter, Log, Metadata, Record};
use resilience::{CircuitBreaker, circuit_breaker::Config};

static LOGGED: Mutex<Vec<(Level, String)>> = Mutex::new(Vec::new());

struct Logger;

impl Log for Logger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        if record.target() == "resilience" {
            let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
            logged.push((record.level(), record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

fn logged() -> Vec<(Level, String)> {
    std::mem::take(&mut *LOGGED.lock().unwrap_or_else(PoisonError::into_inner))
}

#[test]
fn transitions_and_every_refusal_are_logged_without_a_subscriber() {
    log::set_logger(&Logger).unwrap();
    let breaker = CircuitBreaker::new("stock", Config::new().threshold(1)).unwrap();
    let refused = || assert!(breaker.call(|| Ok::<_, ()>(())).is_err());

    // Nobody wants to hear it yet, and whether anybody ever will must not be concluded from that.
    log::set_max_level(LevelFilter::Warn);
    assert!(breaker.call(|| Err::<(), _>(())).is_err());
    refused();
    let before = logged();
    assert_eq!(before.len(), 1, "{before:?}");
    assert_eq!(before[0].0, Level::Warn);
    assert!(before[0].1.contains("name=\"stock\""), "{before:?}");

    log::set_max_level(LevelFilter::Debug);
    refused();
    refused();
    let after = logged();
    assert_eq!(after.len(), 2, "{after:?}");
    for (level, text) in after {
        assert_eq!(level, Level::Debug);
        assert!(text.contains("rejected") && text.contains("name=\"stock\""), "{text}");
    }
}
