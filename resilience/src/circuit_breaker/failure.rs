//! What a failure does: to a row of failures, and to the window.

use super::{
    cause::Cause,
    config::MOST_CONSECUTIVE,
    permit::Blame,
    state::{COUNT_REJECTIONS, Core, WINDOWED},
    word::{State, Word},
};
use crate::{
    cells::add_own,
    clock::{self, Nanos},
    sync::Ordering,
};

impl Core {
    /// A call failed. The short way of it: closed, not timed, not the failure that reaches a limit.
    #[cold]
    #[inline(never)]
    pub(super) fn fail_plainly(&self, admitted: u64, start: Nanos) {
        let word = self.load();
        let failures = word.consecutive() + 1;
        if start == 0
            && word.is_closed_as(Word(admitted))
            && failures < self.plain_threshold.load(Ordering::Relaxed)
            && let Some(cell) = self.cells.own()
        {
            let tick = clock::tick();
            let before = self.failed_at.load(Ordering::Acquire);
            // A tick behind the exact reading of the last failure looks too old, as an unknown one does, and the long way
            // knows better. It knows, too, that a first failure is never too old.
            if tick.wrapping_sub(before) <= self.reset_after.load(Ordering::Relaxed) {
                if before != tick {
                    self.failed_at.store(tick, Ordering::Release);
                }
                if self.exchange(word, word.with_one_more()) {
                    add_own(&cell.error);
                    return;
                }
            }
        }
        self.settle(admitted, start, Blame::Failure);
    }

    /// A call ended otherwise.
    #[cold]
    #[inline(never)]
    pub(super) fn settle(&self, admitted: u64, start: Nanos, blame: Blame) {
        let generation = Word(admitted).generation();
        if blame == Blame::Success {
            return self.succeed(admitted, start);
        }
        self.cells.count(move |cell| cell.of(blame));
        let is_failure = match blame {
            Blame::Neither | Blame::Cancelled => false,
            Blame::Exhausted => self.says(COUNT_REJECTIONS),
            _ => true,
        };
        if !is_failure {
            return self.give_back(generation);
        }
        let slow = start != 0 && self.time(start);
        if slow {
            self.cells.count(|cell| &cell.slow);
        }
        self.fail(generation, slow);
    }

    pub(super) fn fail(&self, generation: u32, slow: bool) {
        let word = self.load();
        if word.generation() != generation || word.is_off() {
            return;
        }
        match word.state() {
            State::HalfOpen => {
                self.failed_apart.store(self.rough(), Ordering::Relaxed);
                return self.finish_trial(generation, true);
            }
            State::Open | State::ForcedOpen => return,
            State::Closed | State::Disabled | State::MetricsOnly => {}
        }
        let threshold = self.threshold.load(Ordering::Relaxed);
        let reached = if threshold > 0 { self.fail_in_a_row(word, threshold) } else { None };
        if reached.is_none() && !self.says(WINDOWED) {
            return;
        }
        self.fail_in_window(generation, slow, reached);
    }

    #[inline(never)]
    fn fail_in_window(&self, generation: u32, slow: bool, reached: Option<u32>) {
        let now = self.clock.now();
        self.clock.check(now);
        let mut ledger = self.lock();
        if self.load().generation() != generation {
            return;
        }
        if self.threshold.load(Ordering::Relaxed) == 0 {
            // Nobody counts failures in a row, which would have said when.
            self.failed_apart.store(now, Ordering::Relaxed);
        }
        ledger.history.fail(&self.cells, now, slow);
        if let Some(failures) = reached {
            self.trip(ledger, generation, Cause::Consecutive(failures), now);
            // Only a metrics-only breaker is still in this generation, and its window is judged as well.
            ledger = self.lock();
        }
        self.judge(ledger, generation, now, true);
    }

    /// Counts a failure in a row. `Some` with the count if it reaches `threshold` and matters.
    ///
    /// The time of a row's first failure is written before the row begins, and a row that is too old ends before its
    /// successor's time is written: whoever sees a row sees a time that is its own or later, and two failures that meet
    /// after a long silence are a row of two.
    ///
    /// The tick is enough for that: it only says whether a row is too old.
    fn fail_in_a_row(&self, mut word: Word, threshold: u32) -> Option<u32> {
        let generation = word.generation();
        let now = self.rough();
        while word.generation() == generation {
            if word.consecutive() > 0 && self.is_too_old(now) {
                self.end_row(generation, now);
                word = self.load();
                continue;
            }
            self.failed_at.store(now, Ordering::Release);
            let failures = word.consecutive().saturating_add(1).min(MOST_CONSECUTIVE);
            if self.exchange(word, word.with_consecutive(failures)) {
                let reached = match word.state() {
                    State::Disabled => false,
                    // It says so once, not at every further failure.
                    State::MetricsOnly => failures == threshold,
                    _ => failures >= threshold,
                };
                return reached.then_some(failures);
            }
            word = self.load();
        }
        None
    }

    fn is_too_old(&self, now: Nanos) -> bool {
        let idle = now.saturating_sub(self.failed_at.load(Ordering::Acquire));
        idle > self.reset_after.load(Ordering::Relaxed)
    }

    /// Ends a row that is too old. One thread at a time: its successor may soon be as long, and then has the same word.
    #[cold]
    fn end_row(&self, generation: u32, now: Nanos) {
        let _ledger = self.lock();
        let word = self.load();
        if word.generation() == generation && word.consecutive() > 0 && self.is_too_old(now) {
            self.exchange(word, word.with_consecutive(0));
        }
    }
}
