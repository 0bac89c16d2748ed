//! How calls end well: how long they took, and where a success is counted.

use super::{
    cell::Cell,
    history::bucket_at,
    latency::MINUTE,
    state::{Core, LATENCY, SLOW_FAILS, WINDOWED},
    word::{BUCKETED, BY_TICK, State, WARM, Word},
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
        let ending = self.succeed_shortly(admitted);
        self.succeed_otherwise(admitted, start, ending);
    }

    /// The same where nothing is to be done but to count, and nothing has happened meanwhile; otherwise what it saw. Runs no
    /// code but its own.
    #[inline]
    pub(super) fn succeed_shortly(&self, admitted: u64) -> Ending<'_> {
        let word = self.load();
        let Some(cell) = self.cells.own() else { return Ending::Further };
        if word.0 == admitted {
            add_own(&cell.ok);
            return Ending::Counted;
        }
        Ending::Otherwise(cell, word)
    }

    /// What is left to do, with what was seen: this may have to be short, too.
    #[inline]
    pub(super) fn succeed_otherwise(&self, admitted: u64, start: Nanos, ending: Ending<'_>) {
        match ending {
            Ending::Counted => {}
            Ending::Otherwise(cell, word) => self.succeed_by_tick(admitted, start, cell, word),
            Ending::Further => self.succeed_further(admitted, start),
        }
    }

    /// Where calls are timed or go into a bucket of time, as long as the tick tells enough. What comes after is called last,
    /// so that this way saves no registers.
    #[inline]
    fn succeed_by_tick(&self, admitted: u64, start: Nanos, cell: &Cell, word: Word) {
        let tick = clock::tick();
        // An unknown tick is later than every limit, a call that is not timed began long ago, and no limit is the longest.
        if tick.wrapping_sub(start) > self.rough_limit.load(Ordering::Relaxed) {
            return self.succeed_timed(admitted, start);
        }
        if word.0 ^ BY_TICK == admitted && (!word.has(BUCKETED) || cell.share.takes(tick)) {
            add_own(&cell.ok);
            return;
        }
        self.succeed_slowly(Word(admitted).generation(), false);
    }

    /// Both for threads beyond the first few.
    #[cold]
    #[inline(never)]
    fn succeed_further(&self, admitted: u64, start: Nanos) {
        let word = self.load();
        match self.cells.own_further() {
            Some(cell) if word.0 == admitted => add_own(&cell.ok),
            Some(cell) => self.succeed_by_tick(admitted, start, cell, word),
            None => self.succeed_timed(admitted, start),
        }
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

/// How far the shortest way led.
#[derive(Clone, Copy)]
pub(super) enum Ending<'a> {
    /// To the end.
    Counted,
    /// To this thread's cell, and to a word that is not the one of the admission.
    Otherwise(&'a Cell, Word),
    /// Nowhere: this thread is not among the first few, or is new here.
    Further,
}
