//! Changes of state and of settings, under the ledger's lock.

use std::{sync::Arc, time::Duration};

use super::{
    cause::Cause,
    config::{Config, Window},
    history::History,
    past::Past,
    rules::needs_warming,
    settings::Settings,
    share::BUCKETS,
    state::{Core, Ledger, SETTINGS, is_exact},
    word::{BUCKETED, EXACT, SCOPED, State, TIMED, WARM, Word},
};
use crate::{
    ConfigError, PolicyKind,
    clock::{Nanos, nanos},
    event,
    sync::{MutexGuard, Ordering},
};

impl Core {
    /// Goes from the generation `from` to `state`; nothing if somebody else went before. Takes the lock's guard, and lets
    /// it go before it tells anybody.
    pub(super) fn shift(
        &self,
        mut ledger: MutexGuard<'_, Ledger>,
        from: u32,
        state: State,
        cause: Cause,
        now: Nanos,
    ) {
        let mut word = self.load();
        if word.generation() != from {
            return;
        }
        let old = word.state();
        let is_off = !ledger.settings.enabled;
        match (old, state) {
            (State::HalfOpen, State::Open) => ledger.reopenings = ledger.reopenings.saturating_add(1),
            (_, State::HalfOpen) => {}
            _ => ledger.reopenings = 0,
        }
        self.clock.check(now);
        let mut open_for = Duration::ZERO;
        match state {
            State::Open => {
                open_for = open_time(&ledger.settings, ledger.reopenings);
                self.open_time.store(nanos(open_for), Ordering::Release);
                self.open_until.store(now.saturating_add(nanos(open_for)), Ordering::Release);
            }
            State::HalfOpen => self.trial_at.store(now, Ordering::Release),
            State::Closed | State::ForcedOpen | State::Disabled | State::MetricsOnly => {}
        }
        ledger.history.clear(&self.cells, now);
        ledger.would_open = false;
        let generation = from.wrapping_add(1);
        let next = if is_off {
            Word::off(generation)
        } else {
            Word::new(state, flags(&ledger.settings, state, self.clock.ticks()), generation)
        };
        while !self.exchange(word, Word(next.0 | word.0 & SCOPED)) {
            // Only counts and flags change without the lock.
            word = self.load();
        }
        ledger.transitions += u64::from(old != state);
        ledger.changed_at = now;
        ledger.past.get_or_insert_with(|| Box::new(Past::new())).push(now, old, state, cause);
        drop(ledger);
        let seen = event::Kinds {
            error: self.sum(|cell| &cell.error),
            timeout: self.sum(|cell| &cell.timeout),
            panic: self.sum(|cell| &cell.panic),
            slow: self.sum(|cell| &cell.slow),
            exhausted: self.sum(|cell| &cell.exhausted),
            cancelled: self.sum(|cell| &cell.cancelled),
        };
        event::transition(self.registry, self.whose(), (old, state), &cause, open_for, &seen);
    }

    /// A transition that somebody asked for.
    pub(super) fn go(&self, state: State) {
        let mut ledger = self.lock();
        let word = self.load();
        if word.is_off() {
            ledger.resume = state;
        } else if word.state() != state {
            self.shift(ledger, word.generation(), state, Cause::Asked, self.clock.now());
        }
    }

    /// Closed, everything that is held empty, a new generation; from any state.
    pub(super) fn reset(&self) {
        let mut ledger = self.lock();
        let word = self.load();
        ledger.resume = State::Closed;
        let state = if word.is_off() { State::Disabled } else { State::Closed };
        self.shift(ledger, word.generation(), state, Cause::Asked, self.clock.now());
    }

    /// Other settings from now on. State, totals and, where the window's kind and length stay, its contents are kept.
    pub(crate) fn reconfigure(&self, config: &Config) -> Result<(), ConfigError> {
        config.validate()?;
        let settings = SETTINGS.share(config.settings());
        let is_emptied = self.take_over(Arc::clone(&settings));
        self.reconfigure_keys(&settings, is_emptied);
        event::reconfigured(self.registry, self.name.as_str(), PolicyKind::CircuitBreaker);
        Ok(())
    }

    /// The same, told to nobody. Whether the window is empty now.
    pub(super) fn take_over(&self, settings: Arc<Settings>) -> bool {
        let now = self.clock.now();
        let mut ledger = self.lock();
        let state = self.load().state();
        let is_emptied =
            settings.window != ledger.settings.window || settings.reset_after != ledger.settings.reset_after;
        if is_emptied {
            // Buckets of another length get other numbers, above every one in use.
            let (used, _) = self.bucket_at(now);
            self.publish(&settings);
            self.first_bucket.store(0, Ordering::Relaxed);
            let (unshifted, _) = self.bucket_at(now);
            let first = (used + 2 * BUCKETS as u64).saturating_sub(unshifted);
            self.first_bucket.store(first, Ordering::Relaxed);
            self.cells.iter().for_each(|cell| cell.share.expire());
            ledger.history = History::new(&settings, &self.cells, self.origin, now, first);
        } else {
            self.publish(&settings);
        }
        let flags = flags(&settings, state, self.clock.ticks());
        let was_enabled = ledger.settings.enabled;
        ledger.settings = settings;
        ledger.unjudged = true;
        let mut word = self.load();
        match (was_enabled, ledger.settings.enabled) {
            (true, true) => {
                while !self.exchange(word, Word(word.0 & !(WARM | TIMED | EXACT | BUCKETED) | flags)) {
                    word = self.load();
                }
                drop(ledger);
            }
            (false, false) => drop(ledger),
            (true, false) => {
                ledger.resume = match word.state() {
                    State::Open | State::HalfOpen => State::Closed,
                    by_hand => by_hand,
                };
                self.shift(ledger, word.generation(), State::Disabled, Cause::Switched, now);
            }
            (false, true) => {
                let resume = ledger.resume;
                self.shift(ledger, word.generation(), resume, Cause::Switched, now);
            }
        }
        is_emptied
    }
}

/// The flags of the word for `state` under `settings`, with a clock that has a tick or has none.
pub(super) fn flags(settings: &Settings, state: State, ticks: bool) -> u64 {
    let mut flags = 0;
    if settings.slow_call.is_some() || settings.latency {
        flags |= TIMED;
    }
    if is_exact(settings, ticks) {
        flags |= EXACT;
    }
    if let Some(Window::Time(_)) = settings.window {
        flags |= BUCKETED;
    }
    if needs_warming(settings) && matches!(state, State::Closed | State::MetricsOnly) {
        flags |= WARM;
    }
    flags
}

/// How long an opening lasts: the first one `a`, the k-th reopening a random time in `[a, min(b, a * 2^k)]`.
fn open_time(settings: &Settings, reopenings: u32) -> Duration {
    let first = nanos(settings.open_for);
    let grown = first.saturating_mul(1_u64.checked_shl(reopenings).unwrap_or(u64::MAX));
    let most = grown.min(nanos(settings.open_for_most)).max(first);
    Duration::from_nanos(if most > first { fastrand::u64(first..=most) } else { first })
}
