//! One instance for each key, by hand.

mod bound;
mod bulkhead;
mod circuit_breaker;
mod controls;
mod events;
mod figures;
mod load;
mod rate_limit;

use std::time::Duration;

use resilience::{
    CircuitBreaker, Failure, Keyed, ManualClock, Reason,
    circuit_breaker::{Config, State},
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Breakers for keys, and the clock that only the test moves.
fn breakers(config: Config) -> (Keyed<CircuitBreaker>, ManualClock) {
    let clock = ManualClock::new();
    (CircuitBreaker::with_clock("hosts", config, clock.clone()).unwrap().keyed(), clock)
}

fn fail(hosts: &Keyed<CircuitBreaker>, key: &str) {
    let _ = hosts.call(key, || Err::<(), _>("down"));
}

fn succeed(hosts: &Keyed<CircuitBreaker>, key: &str) {
    let _ = hosts.call(key, || Ok::<_, &str>(()));
}

/// The state of a key that has been used.
#[track_caller]
fn state(hosts: &Keyed<CircuitBreaker>, key: &str) -> State {
    hosts.get(key).expect("it was used, and is still there").state()
}

/// Why a call of this key is refused now, if it is; a call that is not refused is ignored.
fn refusal(hosts: &Keyed<CircuitBreaker>, key: &str) -> Option<Reason> {
    match hosts.acquire(key) {
        Ok(permit) => {
            permit.ignore();
            None
        }
        Err(rejected) => Some(rejected.reason()),
    }
}
