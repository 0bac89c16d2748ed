use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::Duration,
};

use super::{Nanos, nanos};

/// A clock that stands still until it is told to move.
///
/// Clones share one time. Whoever waits on it, asleep in a future, goes on when the time has come; a blocking wait
/// moves it forward by itself, since nobody else could.
///
/// ```
/// use std::time::Duration;
/// use resilience::{CircuitBreaker, ManualClock, circuit_breaker::Config};
///
/// let clock = ManualClock::new();
/// let config = Config::new().threshold(1).open_for(Duration::from_secs(30));
/// let breaker = CircuitBreaker::with_clock("inventory", config, clock.clone())?;
///
/// let _ = breaker.call(|| Err::<(), _>("down"));
/// assert!(breaker.acquire().is_err());
/// clock.advance(Duration::from_secs(30));
/// assert!(breaker.acquire().is_ok());
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<State>>);

struct State {
    now: Nanos,
    next_id: u64,
    sleepers: BTreeMap<(Nanos, u64), Waker>,
}

/// A manual clock starts far from zero, so that it can also be set back.
const START: Nanos = super::ORIGIN;

impl ManualClock {
    /// A clock at its beginning, standing still.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State { now: START, next_id: 0, sleepers: BTreeMap::new() })))
    }

    /// Moves the time forward and wakes whoever waited for a moment up to it.
    pub fn advance(&self, by: Duration) {
        let now = self.lock().now;
        self.go_to(now.saturating_add(nanos(by)));
    }

    /// Sets the time to `since_start` after the beginning, which may lie in the past: a clock that jumps.
    pub fn set(&self, since_start: Duration) {
        self.go_to(START.saturating_add(nanos(since_start)));
    }

    /// The time since the beginning.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.lock().now.saturating_sub(START))
    }

    pub(super) fn now(&self) -> Nanos {
        self.lock().now
    }

    fn go_to(&self, now: Nanos) {
        let mut state = self.lock();
        state.now = now;
        let later = state.sleepers.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut state.sleepers, later);
        drop(state);
        due.into_values().for_each(Waker::wake);
    }

    /// Whether `until` has come; if not, `waker` is woken when it has. `id` is the sleeper's number, given at its
    /// first question.
    pub(super) fn reached(&self, until: Nanos, id: &mut Option<u64>, waker: &Waker) -> bool {
        let mut state = self.lock();
        if state.now >= until {
            return true;
        }
        let id = *id.get_or_insert_with(|| {
            state.next_id += 1;
            state.next_id
        });
        let before = state.sleepers.insert((until, id), waker.clone());
        // A waker may own what it wakes, and dropping that may come back here.
        drop(state);
        drop(before);
        false
    }

    pub(super) fn forget(&self, until: Nanos, id: u64) {
        let waker = self.lock().sleepers.remove(&(until, id));
        // The lock is gone: a waker may own what it wakes, and dropping that may come back here.
        drop(waker);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.elapsed()).finish()
    }
}
