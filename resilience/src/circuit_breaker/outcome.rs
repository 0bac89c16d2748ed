//! How calls end well: how long they took, and where a success is counted.

use std::hint::cold_path;

use super::{
    cell::Cell,
    history::bucket_at,
    latency::MINUTE,
    state::{Core, LATENCY, SLOW_FAILS, WINDOWED},
    word::{BUCKETED, State, TIMED, WARM, Word},
};
use crate::{
    cells::{add, add_own},
    clock::{self, Nanos, UNKNOWN},
    sync::Ordering,
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
            && admitted & (TIMED | BUCKETED) == 0
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
        let first_of_bucket = word.has(BUCKETED) && self.count_in_bucket(cell, own);
        if !word.has(BUCKETED) {
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
}

/// Counts a success in a cell of this thread alone, and in its bucket of time if there are any. Not if that is over.
#[inline]
fn count_flagged(word: Word, cell: &Cell, tick: Nanos) -> bool {
    let counted = !word.has(BUCKETED) || cell.share.takes(tick);
    if counted {
        add_own(&cell.ok);
    }
    counted
}
