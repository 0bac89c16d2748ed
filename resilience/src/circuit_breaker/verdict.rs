//! When the window is judged, what follows, and how trial calls decide.

use super::{
    cause::Cause,
    rules::{broken_rule, needs_warming},
    state::{Core, Ledger},
    word::{BUCKETED, State, Trials, WARM},
};
use crate::{
    clock::Nanos,
    event,
    sync::{MutexGuard, Ordering},
};

impl Core {
    /// Judges the window, as far as it is one, and acts on the verdict. A success is nothing to judge by itself, `!due`,
    /// unless it fills the window up to `min_calls`, or is the first outcome under other settings.
    pub(super) fn judge(&self, mut ledger: MutexGuard<'_, Ledger>, generation: u32, now: Nanos, due: bool) {
        let word = self.load();
        if word.generation() != generation {
            return;
        }
        if word.has(BUCKETED) {
            self.judged.store(self.bucket_at(now).0, Ordering::Relaxed);
        }
        let ledger_ref = &mut *ledger;
        let counts = ledger_ref.history.counts(&self.cells, now);
        let settings = &ledger_ref.settings;
        let warm = needs_warming(settings) && counts.calls < u64::from(settings.min_calls);
        if warm {
            self.word.fetch_or(WARM, Ordering::AcqRel);
        } else {
            self.word.fetch_and(!WARM, Ordering::AcqRel);
        }
        let due = std::mem::replace(&mut ledger_ref.unjudged, false) || due || !warm;
        if word.state() == State::Disabled || !due {
            return;
        }
        match broken_rule(settings, counts) {
            Some(cause) => self.trip(ledger, generation, cause, now),
            None => ledger.would_open = false,
        }
    }

    /// Opens the circuit, or says that it would.
    pub(super) fn trip(&self, mut ledger: MutexGuard<'_, Ledger>, generation: u32, cause: Cause, now: Nanos) {
        if self.load().state() == State::MetricsOnly {
            let in_a_row = matches!(cause, Cause::Consecutive(_));
            let news = in_a_row || !std::mem::replace(&mut ledger.would_open, true);
            ledger.would_have_opened += u64::from(news);
            drop(ledger);
            if news {
                event::would_open(self.registry, self.whose(), &cause);
            }
            return;
        }
        self.shift(ledger, generation, State::Open, cause, now);
    }

    /// The outcome of a trial call.
    pub(super) fn finish_trial(&self, generation: u32, failed: bool) {
        loop {
            let word = self.load();
            if word.generation() != generation || word.state() != State::HalfOpen {
                return;
            }
            let mut trials = word.trials();
            if failed {
                trials.failures += 1;
            } else {
                trials.successes += 1;
            }
            if !self.exchange(word, word.with_trials(trials)) {
                continue;
            }
            let needed = self.success_threshold.load(Ordering::Relaxed);
            let spare = self.half_open.load(Ordering::Relaxed).saturating_sub(needed);
            if trials.successes >= needed {
                self.shift(self.lock(), generation, State::Closed, Cause::TrialsSucceeded, self.clock.now());
            } else if trials.failures > spare {
                self.shift(self.lock(), generation, State::Open, Cause::TrialsFailed, self.clock.now());
            }
            return;
        }
    }

    /// A trial call said nothing: its place is free again.
    pub(super) fn give_back(&self, generation: u32) {
        loop {
            let word = self.load();
            if word.generation() != generation || word.state() != State::HalfOpen {
                return;
            }
            let trials = word.trials();
            let next = word.with_trials(Trials { taken: trials.taken.saturating_sub(1), ..trials });
            if self.exchange(word, next) {
                return;
            }
        }
    }
}
