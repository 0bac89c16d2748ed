//! How calls end: what an outcome counts for, and when the window is judged.

use std::hint::cold_path;

use super::{
    cause::Cause,
    cell::Cell,
    config::MOST_CONSECUTIVE,
    history::bucket_at,
    latency::MINUTE,
    permit::Blame,
    rules::{broken_rule, needs_warming},
    state::{COUNT_REJECTIONS, Core, LATENCY, Ledger, SLOW_FAILS, WINDOWED},
    word::{RING, State, TIMED, Trials, WARM, Word},
};
use crate::{
    cells::{add, add_own},
    clock::{self, Nanos, UNKNOWN},
    event,
    sync::{MutexGuard, Ordering},
};

impl Core {
    /// The tick, where it is enough for the length of a call.
    #[inline]
    pub(super) fn rough_stamp(&self) -> Option<Nanos> {
        let tick = clock::tick();
        (tick != UNKNOWN && self.rough_limit.load(Ordering::Relaxed) != 0).then_some(tick)
    }

    /// A reading for the length of a call: rough where the limit allows it.
    pub(super) fn stamp(&self) -> Nanos {
        match self.rough_stamp() {
            Some(tick) => tick,
            None if self.rough_limit.load(Ordering::Relaxed) == 0 => self.clock.now(),
            None => self.clock.wake(),
        }
    }

    /// The time where a rough one is enough.
    pub(super) fn rough(&self) -> Nanos {
        let tick = self.clock.tick();
        if tick == UNKNOWN { self.clock.wake() } else { tick }
    }

    /// Whether a call that ends now was slow. Remembers how long it took, where that is wanted.
    #[inline(never)]
    pub(super) fn time(&self, start: Nanos) -> bool {
        let limit = self.slow_call.load(Ordering::Relaxed);
        let end = self.stamp();
        if self.says(LATENCY) {
            self.measured(start, end);
        }
        end.saturating_sub(start) > limit && end.saturating_sub(self.clock.latest(start)) > limit
    }

    #[cold]
    fn measured(&self, start: Nanos, end: Nanos) {
        let (cell, own) = self.cells.any();
        let minute = end.saturating_sub(self.origin) / MINUTE;
        cell.latencies.get_or_init(Box::default).add(end.saturating_sub(start), minute, own);
    }

    /// A call ended as it should.
    #[inline]
    pub(super) fn succeed(&self, admitted: u64, start: Nanos) {
        if !self.succeed_shortly(admitted) {
            cold_path();
            self.succeed_otherwise(admitted, start);
        }
    }

    /// The same where nothing is to be done but to count, and nothing has happened meanwhile. Runs no code but its own.
    #[inline]
    pub(super) fn succeed_shortly(&self, admitted: u64) -> bool {
        if self.word.load(Ordering::Acquire) == admitted
            && admitted & (TIMED | RING) == 0
            && let Some(cell) = self.cells.own()
        {
            add_own(&cell.ok);
            return true;
        }
        false
    }

    /// The same where calls are timed or go into a bucket of time, as long as the tick tells enough. What comes after is
    /// called last, so that this way saves no registers.
    #[inline]
    pub(super) fn succeed_otherwise(&self, admitted: u64, start: Nanos) {
        let tick = clock::tick();
        // An unknown tick is later than every limit, a call that is not timed began long ago, and no limit is the longest.
        if tick.wrapping_sub(start) > self.rough_limit.load(Ordering::Relaxed) {
            return self.succeed_timed(admitted, start);
        }
        let Some(cell) = self.cells.own() else { return self.succeed_further(admitted, tick) };
        let word = self.load();
        if word.0 == admitted && count_flagged(word, cell, tick) {
            return;
        }
        self.succeed_slowly(Word(admitted).generation(), false);
    }

    /// The short ways of threads beyond the first few.
    #[cold]
    #[inline(never)]
    fn succeed_further(&self, admitted: u64, tick: Nanos) {
        let word = self.load();
        if word.0 == admitted
            && let Some(cell) = self.cells.own_further()
            && count_flagged(word, cell, tick)
        {
            return;
        }
        self.succeed_slowly(Word(admitted).generation(), false);
    }

    #[cold]
    #[inline(never)]
    fn succeed_timed(&self, admitted: u64, start: Nanos) {
        let slow = start != 0 && self.time(start);
        self.succeed_slowly(Word(admitted).generation(), slow);
    }

    #[cold]
    #[inline(never)]
    pub(super) fn succeed_slowly(&self, generation: u32, slow: bool) {
        let (cell, own) = self.cells.any();
        if slow {
            add(&cell.slow, own);
        }
        let word = self.load();
        if word.generation() != generation {
            add(&cell.apart, own);
            return;
        }
        if word.state() == State::HalfOpen {
            add(&cell.apart, own);
            self.finish_trial(generation, slow && self.says(SLOW_FAILS));
            return;
        }
        let first_of_bucket = word.has(RING) && self.count_in_bucket(cell, own);
        if !word.has(RING) {
            add(&cell.ok, own);
        }
        let mut now = word;
        while now.generation() == generation && now.consecutive() > 0 {
            if self.exchange(now, now.with_consecutive(0)) {
                break;
            }
            now = self.load();
        }
        if self.says(WINDOWED) && (slow || first_of_bucket || word.has(WARM)) {
            let now = self.clock.now();
            let mut ledger = self.lock();
            if slow && self.load().generation() == generation {
                ledger.history.slow(&self.cells, now);
            }
            self.judge(ledger, generation, now, slow || first_of_bucket);
        }
    }

    /// Counts a success, in its bucket of time. Whether it is the first outcome in that bucket.
    pub(super) fn count_in_bucket(&self, cell: &Cell, own: bool) -> bool {
        let now = self.clock.wake();
        // Only the system's clock may be asked by its tick.
        let ticks = self.clock.ticks();
        let (bucket, _) = self.bucket_at(now);
        if own && cell.share.is_of(bucket, ticks) {
            add_own(&cell.ok);
        } else {
            let mut ledger = self.lock();
            // Once more: what the buckets are changes under the lock.
            let (bucket, until) = self.bucket_at(now);
            let ok = cell.ok.load(Ordering::Relaxed);
            ledger.history.take(cell.share.turn(ok, bucket, if ticks { until } else { 0 }));
            add(&cell.ok, own);
        }
        self.judged.load(Ordering::Relaxed) != bucket
    }

    pub(super) fn bucket_at(&self, now: Nanos) -> (u64, Nanos) {
        let length = self.bucket.load(Ordering::Relaxed);
        bucket_at(now, self.origin, length, self.first_bucket.load(Ordering::Relaxed))
    }

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
            let tick = self.clock.tick();
            let before = self.failed_at.load(Ordering::Acquire);
            // A tick behind the exact reading of the last failure looks too old, and the long way knows better.
            let is_young = || tick.wrapping_sub(before) <= self.reset_after.load(Ordering::Relaxed);
            if tick != UNKNOWN && (failures == 1 || is_young()) {
                if before != tick {
                    self.failed_at.store(tick, Ordering::Release);
                }
                if self.exchange(word, word.with_consecutive(failures)) {
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
        self.cells.count(|cell| cell.of(blame));
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

    /// Judges the window, as far as it is one, and acts on the verdict. A success is nothing to judge by itself, `!due`,
    /// unless it fills the window up to `min_calls`, or is the first outcome under other settings.
    pub(super) fn judge(&self, mut ledger: MutexGuard<'_, Ledger>, generation: u32, now: Nanos, due: bool) {
        let word = self.load();
        if word.generation() != generation {
            return;
        }
        if word.has(RING) {
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

/// Counts a success in a cell of this thread alone, and in its bucket of time if there are any. Not if that is over.
#[inline]
fn count_flagged(word: Word, cell: &Cell, tick: Nanos) -> bool {
    let counted = !word.has(RING) || cell.share.takes(tick);
    if counted {
        add_own(&cell.ok);
    }
    counted
}
