//! The state machine of a circuit breaker.
//!
//! One word says what an admission must know ([`word`](super::word)); each thread counts its outcomes in a cell of its
//! own; the ledger, under a lock, holds the window's failures, the settings and whatever only a transition needs. A call
//! through a closed breaker without a failure in a row loads the word at admission and once more at success, and adds one
//! to its thread's cell. Everything else leaves that short way: failures, slow calls, the calls that fill a window up to
//! `min_calls`, and every state but closed.
//!
//! Transitions happen under the ledger's lock, by compare-exchange on the word, since counts in the word change without
//! the lock. Each raises the generation; an outcome whose admission carries an older one is counted in the totals and
//! changes nothing else.

use std::time::Duration;

use super::{
    cell::Cell,
    config::{Config, Initial, Settings, Window},
    history::{Counts, History, bucket_at, bucket_length},
    permit::{Admission, Blame},
    word::{HARMLESS, LONG_WAY, RING, State, TIMED, Trials, WARM, Word},
};
use crate::{
    Clock, ConfigError, Reason, Rejected,
    cells::{Cells, add, add_own},
    clock::{Nanos, nanos},
    event,
    sync::{AtomicU32, AtomicU64, Mutex, MutexGuard, Ordering, lock},
};

use crossbeam_utils::CachePadded;

/// Slow limits from here on are measured on the tick, whose error is a tenth of it at most.
const ROUGH: Duration = Duration::from_millis(100);
/// No `slow_call`.
const NEVER: Nanos = Nanos::MAX;

/// What one circuit breaker is. Handles and sites share it.
pub struct Core {
    word: CachePadded<AtomicU64>,
    cells: Cells<Cell>,
    pub(super) name: &'static str,
    clock: Clock,
    /// When this breaker was made: where its buckets of time start.
    origin: Nanos,
    /// The moment at which an open circuit tries again; written before the word says open.
    open_until: AtomicU64,
    /// How long the present opening lasts in all.
    open_time: AtomicU64,
    /// When the last trial place was taken.
    trial_at: AtomicU64,
    /// When the last failure in a row was.
    failed_at: AtomicU64,
    /// The last bucket of time whose first outcome was judged.
    judged: AtomicU64,
    /// The settings that outcomes need without the lock.
    threshold: AtomicU32,
    half_open: AtomicU32,
    success_threshold: AtomicU32,
    flags: AtomicU32,
    half_open_for: AtomicU64,
    reset_after: AtomicU64,
    slow_call: AtomicU64,
    /// The length of a bucket of time, and the number of the bucket at `origin`.
    bucket: AtomicU64,
    first_bucket: AtomicU64,
    ledger: Mutex<Ledger>,
}

/// Flags among the settings.
const SLOW_FAILS: u32 = 1;
const COUNT_REJECTIONS: u32 = 2;
const WINDOWED: u32 = 4;

pub(super) struct Ledger {
    pub(super) settings: Settings,
    history: History,
    /// Openings in a row that ended in a failed half-open round.
    reopenings: u32,
    pub(super) transitions: u64,
    /// Whether a metrics-only breaker has said that it would open because of its window.
    would_open: bool,
    pub(super) would_have_opened: u64,
    pub(super) changed_at: Nanos,
}

/// Why a breaker changed its state; for the event.
#[derive(Clone, Copy)]
pub(crate) enum Cause {
    Consecutive(u32),
    Count(Counts),
    FailureRate(Counts),
    SlowRate(Counts),
    OpenTimeOver,
    TrialsOverdue,
    TrialsSucceeded,
    TrialsFailed,
    Asked,
}

impl Core {
    pub(crate) fn new(name: &'static str, config: &Config, clock: Clock) -> Self {
        let settings = config.settings();
        let origin = clock.now();
        let cells = Cells::new();
        let history = History::new(&settings, &cells, origin, origin, 0);
        let state = match settings.initial {
            Initial::Closed => State::Closed,
            Initial::Disabled => State::Disabled,
            Initial::MetricsOnly => State::MetricsOnly,
            Initial::ForcedOpen => State::ForcedOpen,
        };
        let core = Self {
            word: CachePadded::new(AtomicU64::new(Word::new(state, flags(&settings, state), 0).0)),
            cells,
            name,
            clock,
            origin,
            open_until: AtomicU64::new(0),
            open_time: AtomicU64::new(0),
            trial_at: AtomicU64::new(0),
            failed_at: AtomicU64::new(origin),
            judged: AtomicU64::new(u64::MAX),
            threshold: AtomicU32::new(0),
            half_open: AtomicU32::new(0),
            success_threshold: AtomicU32::new(0),
            flags: AtomicU32::new(0),
            half_open_for: AtomicU64::new(0),
            reset_after: AtomicU64::new(0),
            slow_call: AtomicU64::new(NEVER),
            bucket: AtomicU64::new(1),
            first_bucket: AtomicU64::new(0),
            ledger: Mutex::new(Ledger {
                settings,
                history,
                reopenings: 0,
                transitions: 0,
                would_open: false,
                would_have_opened: 0,
                changed_at: origin,
            }),
        };
        core.publish(&settings);
        core
    }

    /// Copies the settings to where outcomes read them without the lock.
    fn publish(&self, settings: &Settings) {
        self.threshold.store(settings.threshold.unwrap_or(0), Ordering::Relaxed);
        self.half_open.store(settings.half_open, Ordering::Relaxed);
        self.success_threshold.store(settings.success_threshold, Ordering::Relaxed);
        self.half_open_for.store(nanos(settings.half_open_for), Ordering::Relaxed);
        self.reset_after.store(nanos(settings.reset_after), Ordering::Relaxed);
        self.slow_call.store(settings.slow_call.map_or(NEVER, nanos), Ordering::Relaxed);
        if let Some(Window::Time(time)) = settings.window {
            self.bucket.store(bucket_length(time), Ordering::Relaxed);
        }
        let flags = if settings.slow_rate.is_some() { SLOW_FAILS } else { 0 }
            | if settings.count_rejections { COUNT_REJECTIONS } else { 0 }
            | if settings.window.is_some() { WINDOWED } else { 0 };
        self.flags.store(flags, Ordering::Relaxed);
    }

    fn says(&self, flag: u32) -> bool {
        self.flags.load(Ordering::Relaxed) & flag != 0
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    fn load(&self) -> Word {
        Word(self.word.load(Ordering::Acquire))
    }

    fn exchange(&self, from: Word, to: Word) -> bool {
        self.word.compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    // ---- admission ----

    /// May this call go ahead?
    #[inline]
    pub(crate) fn admit(&self) -> Result<Admission<'_>, Rejected> {
        let word = self.load();
        if word.is_short_way() {
            let start = if word.has(TIMED) { self.stamp() } else { 0 };
            return Ok(Admission { core: self, word: word.0, start });
        }
        self.admit_slowly(word)
    }

    #[cold]
    #[inline(never)]
    fn admit_slowly(&self, mut word: Word) -> Result<Admission<'_>, Rejected> {
        loop {
            match word.state() {
                State::Closed | State::Disabled | State::MetricsOnly => break,
                State::ForcedOpen => return Err(self.refuse(Rejected::new(self.name, Reason::ForcedOpen))),
                State::Open => {
                    let now = self.clock.now();
                    let wait = self.time_left(now);
                    if wait > 0 {
                        let wait = Duration::from_nanos(wait);
                        return Err(self.refuse(Rejected::after(self.name, Reason::CircuitOpen, wait)));
                    }
                    let ledger = self.lock();
                    self.shift(ledger, word.generation(), State::HalfOpen, Cause::OpenTimeOver, now);
                    word = self.load();
                }
                State::HalfOpen => {
                    let now = self.clock.now();
                    let trials = word.trials();
                    if trials.taken < self.half_open.load(Ordering::Relaxed) {
                        // Before the place is taken: whoever then finds none free sees a time that is not too old.
                        self.trial_at.fetch_max(now, Ordering::AcqRel);
                        let next = word.with_trials(Trials { taken: trials.taken + 1, ..trials });
                        if self.exchange(word, next) {
                            break;
                        }
                    } else {
                        let wait = self.round_left(now);
                        if wait > 0 {
                            let wait = Duration::from_nanos(wait);
                            return Err(self.refuse(Rejected::after(self.name, Reason::TrialsTaken, wait)));
                        }
                        let ledger = self.lock();
                        self.shift(ledger, word.generation(), State::HalfOpen, Cause::TrialsOverdue, now);
                    }
                    word = self.load();
                }
            }
        }
        let start = if word.has(TIMED) { self.stamp() } else { 0 };
        Ok(Admission { core: self, word: word.0 | LONG_WAY, start })
    }

    fn refuse(&self, rejected: Rejected) -> Rejected {
        self.cells.count(|cell| &cell.refused);
        event::rejected(&rejected);
        rejected
    }

    /// The time until an open circuit tries again.
    fn time_left(&self, now: Nanos) -> Nanos {
        let until = self.open_until.load(Ordering::Acquire);
        let all = self.open_time.load(Ordering::Acquire);
        let left = until.saturating_sub(now);
        if left > all {
            // The clock jumped backwards. Start this opening again rather than wait for the lost time as well.
            let again = now.saturating_add(all);
            let _ = self.open_until.compare_exchange(until, again, Ordering::AcqRel, Ordering::Relaxed);
            return all;
        }
        left
    }

    /// The time until a half-open round whose places are all taken is given up.
    fn round_left(&self, now: Nanos) -> Nanos {
        let last = self.trial_at.load(Ordering::Acquire);
        if last > now {
            // The clock jumped backwards.
            let _ = self.trial_at.compare_exchange(last, now, Ordering::AcqRel, Ordering::Relaxed);
        }
        let passed = now.saturating_sub(last);
        // "Older than": at exactly the limit the round still stands.
        (self.half_open_for.load(Ordering::Relaxed) + 1).saturating_sub(passed)
    }

    // ---- outcomes ----

    /// A reading for the length of a call: rough where the limit allows it.
    fn stamp(&self) -> Nanos {
        if self.slow_call.load(Ordering::Relaxed) >= nanos(ROUGH) {
            let tick = self.clock.tick();
            if tick != crate::clock::UNKNOWN {
                return tick;
            }
            return self.clock.wake();
        }
        self.clock.now()
    }

    fn was_slow(&self, start: Nanos) -> bool {
        let limit = self.slow_call.load(Ordering::Relaxed);
        start != 0 && self.stamp().saturating_sub(start) > limit && !self.clock.stalled_since(start)
    }

    /// A call ended as it should.
    #[inline]
    pub(super) fn succeed(&self, admitted: u64, start: Nanos) {
        let word = self.word.load(Ordering::Acquire);
        if word == admitted
            && word & HARMLESS == 0
            && let Some(cell) = self.cells.own()
        {
            add_own(&cell.ok);
            return;
        }
        self.succeed_timed(admitted, start);
    }

    #[inline(never)]
    fn succeed_timed(&self, admitted: u64, start: Nanos) {
        let word = self.load();
        let slow = self.was_slow(start);
        if word.0 == admitted
            && !slow
            && let Some(cell) = self.cells.own()
            && (!word.has(RING) || cell.ring.get().is_some_and(|ring| ring.add_own(self.clock.tick())))
        {
            add_own(&cell.ok);
            return;
        }
        self.succeed_slowly(Word(admitted).generation(), slow);
    }

    #[cold]
    #[inline(never)]
    fn succeed_slowly(&self, generation: u32, slow: bool) {
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
        add(&cell.ok, own);
        let mut first_of_bucket = false;
        if word.has(RING) {
            first_of_bucket = self.count_in_bucket(cell);
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
            self.judge(ledger, generation, now);
        }
    }

    /// Counts a success in its bucket of time. Whether it is the first outcome in that bucket.
    fn count_in_bucket(&self, cell: &Cell) -> bool {
        let now = self.clock.wake();
        let (bucket, until) = self.bucket_at(now);
        cell.ring.get_or_init(Box::default).add(bucket, until);
        self.judged.load(Ordering::Relaxed) != bucket
    }

    fn bucket_at(&self, now: Nanos) -> (u64, Nanos) {
        let length = self.bucket.load(Ordering::Relaxed);
        bucket_at(now, self.origin, length, self.first_bucket.load(Ordering::Relaxed))
    }

    /// A call ended otherwise.
    #[cold]
    #[inline(never)]
    pub(super) fn settle(&self, admitted: u64, start: Nanos, blame: Blame) {
        let generation = Word(admitted).generation();
        match blame {
            Blame::Success => return self.succeed(admitted, start),
            Blame::Neither => {
                self.cells.count(|cell| &cell.ignored);
                return self.give_back(generation);
            }
            Blame::Cancelled => {
                self.cells.count(|cell| &cell.cancelled);
                return self.give_back(generation);
            }
            Blame::Exhausted if !self.says(COUNT_REJECTIONS) => {
                self.cells.count(|cell| &cell.exhausted);
                return self.give_back(generation);
            }
            Blame::Exhausted => self.cells.count(|cell| &cell.exhausted),
            Blame::Failure => self.cells.count(|cell| &cell.error),
            Blame::Timeout => self.cells.count(|cell| &cell.timeout),
            Blame::Panic => self.cells.count(|cell| &cell.panic),
        }
        let slow = self.was_slow(start);
        if slow {
            self.cells.count(|cell| &cell.slow);
        }
        self.fail(generation, slow);
    }

    fn fail(&self, generation: u32, slow: bool) {
        let word = self.load();
        if word.generation() != generation {
            return;
        }
        match word.state() {
            State::HalfOpen => return self.finish_trial(generation, true),
            State::Open | State::ForcedOpen => return,
            State::Closed | State::Disabled | State::MetricsOnly => {}
        }
        let now = self.clock.now();
        let threshold = self.threshold.load(Ordering::Relaxed);
        let reached = if threshold > 0 { self.fail_in_a_row(generation, now, threshold) } else { None };
        if reached.is_none() && !self.says(WINDOWED) {
            return;
        }
        let mut ledger = self.lock();
        if self.load().generation() != generation {
            return;
        }
        ledger.history.fail(&self.cells, now, slow);
        if let Some(failures) = reached {
            self.trip(ledger, generation, Cause::Consecutive(failures), now);
            // Only a metrics-only breaker is still in this generation, and its window is judged as well.
            ledger = self.lock();
        }
        self.judge(ledger, generation, now);
    }

    /// Counts a failure in a row. `Some` with the count if it reaches `threshold` and matters.
    ///
    /// The time of a row's first failure is written before the row begins, and a row that is too old ends before its
    /// successor's time is written: whoever sees a row sees a time that is its own or later, and two failures that meet
    /// after a long silence are a row of two.
    fn fail_in_a_row(&self, generation: u32, now: Nanos, threshold: u32) -> Option<u32> {
        loop {
            let word = self.load();
            if word.generation() != generation {
                return None;
            }
            if word.consecutive() > 0 {
                let idle = now.saturating_sub(self.failed_at.load(Ordering::Acquire));
                if idle > self.reset_after.load(Ordering::Relaxed) {
                    self.exchange(word, word.with_consecutive(0));
                    continue;
                }
            }
            self.failed_at.store(now, Ordering::Release);
            let failures = word.consecutive().saturating_add(1).min(super::config::MOST_CONSECUTIVE);
            if self.exchange(word, word.with_consecutive(failures)) {
                let reached = match word.state() {
                    State::Disabled => false,
                    // It says so once, not at every further failure.
                    State::MetricsOnly => failures == threshold,
                    _ => failures >= threshold,
                };
                return reached.then_some(failures);
            }
        }
    }

    /// Judges the window, as far as it is one, and acts on the verdict.
    fn judge(&self, mut ledger: MutexGuard<'_, Ledger>, generation: u32, now: Nanos) {
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
        if word.state() == State::Disabled {
            return;
        }
        match broken_rule(settings, counts) {
            Some(cause) => self.trip(ledger, generation, cause, now),
            None => ledger.would_open = false,
        }
    }

    /// Opens the circuit, or says that it would.
    fn trip(&self, mut ledger: MutexGuard<'_, Ledger>, generation: u32, cause: Cause, now: Nanos) {
        if self.load().state() == State::MetricsOnly {
            let in_a_row = matches!(cause, Cause::Consecutive(_));
            let news = in_a_row || !std::mem::replace(&mut ledger.would_open, true);
            ledger.would_have_opened += u64::from(news);
            drop(ledger);
            if news {
                event::would_open(self.name, &cause);
            }
            return;
        }
        self.shift(ledger, generation, State::Open, cause, now);
    }

    /// The outcome of a trial call.
    fn finish_trial(&self, generation: u32, failed: bool) {
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
    fn give_back(&self, generation: u32) {
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

    // ---- transitions ----

    /// Goes from the generation `from` to `state`; nothing if somebody else went before. Takes the lock's guard, and lets
    /// it go before it tells anybody.
    fn shift(&self, mut ledger: MutexGuard<'_, Ledger>, from: u32, state: State, cause: Cause, now: Nanos) {
        let mut word = self.load();
        if word.generation() != from {
            return;
        }
        let old = word.state();
        match (old, state) {
            (State::HalfOpen, State::Open) => ledger.reopenings = ledger.reopenings.saturating_add(1),
            (_, State::HalfOpen) => {}
            _ => ledger.reopenings = 0,
        }
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
        let next = Word::new(state, flags(&ledger.settings, state), from.wrapping_add(1));
        while !self.exchange(word, next) {
            // Only counts and flags change without the lock.
            word = self.load();
        }
        ledger.transitions += u64::from(old != state);
        ledger.changed_at = now;
        drop(ledger);
        let seen = event::Kinds {
            error: self.sum(|cell| &cell.error),
            timeout: self.sum(|cell| &cell.timeout),
            panic: self.sum(|cell| &cell.panic),
            slow: self.sum(|cell| &cell.slow),
            exhausted: self.sum(|cell| &cell.exhausted),
            cancelled: self.sum(|cell| &cell.cancelled),
        };
        event::transition(self.name, (old, state), &cause, open_for, &seen);
    }

    /// A transition that somebody asked for.
    pub(super) fn go(&self, state: State) {
        let ledger = self.lock();
        let word = self.load();
        if word.state() != state {
            self.shift(ledger, word.generation(), state, Cause::Asked, self.clock.now());
        }
    }

    /// Closed, everything that is held empty, a new generation; from any state.
    pub(super) fn reset(&self) {
        let ledger = self.lock();
        let generation = self.load().generation();
        self.shift(ledger, generation, State::Closed, Cause::Asked, self.clock.now());
    }

    // ---- settings and figures ----

    /// Other settings from now on. State, totals and, where the window's kind and length stay, its contents are kept.
    pub(crate) fn reconfigure(&self, config: &Config) -> Result<(), ConfigError> {
        config.validate()?;
        let settings = config.settings();
        let now = self.clock.now();
        let mut ledger = self.lock();
        let state = self.load().state();
        if settings.window != ledger.settings.window || settings.reset_after != ledger.settings.reset_after {
            // Buckets of another length get other numbers, above every one in use.
            let (used, _) = self.bucket_at(now);
            self.publish(&settings);
            self.first_bucket.store(0, Ordering::Relaxed);
            let (unshifted, _) = self.bucket_at(now);
            let first = (used + 2 * super::ring::BUCKETS as u64).saturating_sub(unshifted);
            self.first_bucket.store(first, Ordering::Relaxed);
            self.cells.iter().filter_map(|cell| cell.ring.get()).for_each(|ring| ring.expire());
            ledger.history = History::new(&settings, &self.cells, self.origin, now, first);
        } else {
            self.publish(&settings);
        }
        ledger.settings = settings;
        let flags = flags(&settings, state);
        let mut word = self.load();
        while !self.exchange(word, Word(word.0 & !(WARM | TIMED | RING) | flags)) {
            word = self.load();
        }
        drop(ledger);
        event::reconfigured(self.name, crate::PolicyKind::CircuitBreaker);
        Ok(())
    }

    pub(crate) fn settings(&self) -> Settings {
        self.lock().settings
    }

    /// The window's counts, aged by the clock.
    pub(super) fn counts(&self) -> Counts {
        let now = self.clock.now();
        self.lock().history.counts(&self.cells, now)
    }

    pub(super) fn sum(&self, counter: impl Fn(&Cell) -> &AtomicU64) -> u64 {
        self.cells.sum(counter)
    }

    pub(super) fn state(&self) -> State {
        self.load().state()
    }

    pub(super) fn generation(&self) -> u32 {
        self.load().generation()
    }

    /// Failures in a row that still count.
    pub(super) fn consecutive(&self) -> u32 {
        let word = self.load();
        let counting = matches!(word.state(), State::Closed | State::Disabled | State::MetricsOnly);
        let idle = self.clock.now().saturating_sub(self.failed_at.load(Ordering::Acquire));
        if counting && idle <= self.reset_after.load(Ordering::Relaxed) { word.consecutive() } else { 0 }
    }

    /// The time until a refused caller may try again, where somebody knows.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self.load().state() {
            State::Open => Some(Duration::from_nanos(self.time_left(self.clock.now()))),
            _ => None,
        }
    }

    pub(super) fn in_state_for(&self) -> Duration {
        Duration::from_nanos(self.clock.now().saturating_sub(self.lock().changed_at))
    }
}

/// The flags of the word for `state` under `settings`.
fn flags(settings: &Settings, state: State) -> u64 {
    let mut flags = 0;
    if settings.slow_call.is_some() {
        flags |= TIMED;
    }
    if let Some(Window::Time(_)) = settings.window {
        flags |= RING;
    }
    if needs_warming(settings) && matches!(state, State::Closed | State::MetricsOnly) {
        flags |= WARM;
    }
    flags
}

/// Whether a success can be the call that makes a rate count.
fn needs_warming(settings: &Settings) -> bool {
    settings.failure_rate.is_some() || settings.slow_rate.is_some()
}

fn broken_rule(settings: &Settings, counts: Counts) -> Option<Cause> {
    if settings.failure_count.is_some_and(|most| counts.failures >= u64::from(most)) {
        return Some(Cause::Count(counts));
    }
    if counts.calls < u64::from(settings.min_calls) {
        return None;
    }
    if settings.failure_rate.is_some_and(|most| counts.failures > 0 && counts.failure_rate() >= most) {
        return Some(Cause::FailureRate(counts));
    }
    if settings.slow_rate.is_some_and(|most| counts.slow > 0 && counts.slow_rate() >= most) {
        return Some(Cause::SlowRate(counts));
    }
    None
}

/// How long an opening lasts: the first one `a`, the k-th reopening a random time in `[a, min(b, a * 2^k)]`.
fn open_time(settings: &Settings, reopenings: u32) -> Duration {
    let first = nanos(settings.open_for);
    let grown = first.saturating_mul(1_u64.checked_shl(reopenings).unwrap_or(u64::MAX));
    let most = grown.min(nanos(settings.open_for_most)).max(first);
    Duration::from_nanos(if most > first { fastrand::u64(first..=most) } else { first })
}
