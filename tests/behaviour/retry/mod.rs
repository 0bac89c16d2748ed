//! The retry, by topic.

mod backoff;
mod counting;
mod limits;
mod repeating;
mod settings;

use std::time::Duration;

use resilience::{
    ManualClock, Retry,
    retry::{Backoff, Config, Jitter},
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const WEEK: Duration = Duration::from_hours(7 * 24);

/// A retry of its own, and the clock that its waits move.
fn retry(config: Config) -> (Retry, ManualClock) {
    let clock = ManualClock::new();
    (Retry::with_clock("feed", config, clock.clone()).unwrap(), clock)
}

/// The delays after the first so many failures, without jitter.
fn delays(backoff: Backoff, jitter: Jitter, count: u32) -> Vec<Duration> {
    let config = Config::new().attempts(count + 1).backoff(backoff).jitter(jitter);
    drawn(config, count)
}

fn drawn(config: Config, count: u32) -> Vec<Duration> {
    let (retry, _) = retry(config.attempts(count + 1));
    let mut attempts = retry.start();
    (0..count)
        .map(|_| attempts.after(&resilience::Failure::Error(()), |()| true, |()| None).unwrap())
        .collect()
}
