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

use std::{
    hint::cold_path,
    mem::offset_of,
    sync::{Arc, OnceLock},
    time::Duration,
};

use super::{
    cause::Cause,
    cell::Cell,
    config::{Config, Initial, Window},
    history::{History, bucket_length},
    past::Past,
    permit::Admission,
    settings::Settings,
    transition::flags,
    word::{BY_TICK, LONG_WAY, SCOPED, State, TIMED, Trials, Word},
};
use crate::{
    Clock, Reason, Rejected,
    cells::Cells,
    clock::{self, Nanos, UNKNOWN, nanos},
    event::Origin,
    keyed::Keys,
    name::Name,
    registry::Home,
    rejected::Refusal,
    shared::Last,
    sync::{AtomicU32, AtomicU64, Mutex, MutexGuard, Ordering, lock},
};

/// Slow limits from here on are measured on the tick, whose error is a tenth of it at most.
pub(super) const ROUGH: Duration = Duration::from_millis(100);
/// No `slow_call`.
pub(super) const NEVER: Nanos = Nanos::MAX;

/// What one circuit breaker is. Handles and sites share it.
///
/// The word and the cells' slots, which every call reads, lie a cache line away from what others write: the count of
/// handles before the first field, and what failures and trials write, last. Settings fill both gaps.
#[repr(C)]
pub struct Core {
    pub(super) name: Name,
    pub(super) clock: Clock,
    /// When this breaker was made: where its buckets of time start.
    pub(super) origin: Nanos,
    /// The settings that outcomes need without the lock.
    pub(super) threshold: AtomicU32,
    /// The same where no window needs the failure too, and a tick is enough for the time of it; otherwise 0.
    pub(super) plain_threshold: AtomicU32,
    pub(super) half_open: AtomicU32,
    pub(super) success_threshold: AtomicU32,
    pub(super) word: AtomicU64,
    pub(super) cells: Cells<Cell>,
    pub(super) slow_call: AtomicU64,
    /// The same where it may be measured on the tick, otherwise 0: every reading is then beyond it.
    pub(super) rough_limit: AtomicU64,
    pub(super) reset_after: AtomicU64,
    pub(super) half_open_for: AtomicU64,
    /// The length of a bucket of time, and the number of the bucket at `origin`.
    pub(super) bucket: AtomicU64,
    pub(super) first_bucket: AtomicU64,
    pub(super) flags: AtomicU32,
    pub(super) registry: Origin,
    pub(super) max_keys: AtomicU32,
    /// The moment at which an open circuit tries again; written before the word says open.
    pub(super) open_until: AtomicU64,
    /// How long the present opening lasts in all.
    pub(super) open_time: AtomicU64,
    /// When the last trial place was taken.
    pub(super) trial_at: AtomicU64,
    /// When the last failure in a row was.
    pub(super) failed_at: AtomicU64,
    /// When the last failure was that is part of no row.
    pub(super) failed_apart: AtomicU64,
    /// The last bucket of time whose first outcome was judged.
    pub(super) judged: AtomicU64,
    pub(super) ledger: Mutex<Ledger>,
    /// One instance for each key, where calls have keys.
    pub(super) keys: OnceLock<Box<Keys<Self>>>,
    /// Which key's instance this is.
    pub(super) key: Option<Box<str>>,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    const LINE: usize = 64;
    let counts_of_handles = 2 * size_of::<usize>();
    assert!(counts_of_handles + offset_of!(Core, word) >= LINE);
    assert!(offset_of!(Core, failed_at) >= offset_of!(Core, cells) + size_of::<Cells<Cell>>() + LINE);
};

/// Whether calls are timed in a way that a tick is not enough for.
pub(super) fn is_exact(settings: &Settings, ticks: bool) -> bool {
    settings.latency || settings.slow_call.is_some_and(|limit| limit < ROUGH || !ticks)
}

pub(super) static SETTINGS: Last<Settings> = Last::new();

/// Flags among the settings.
pub(super) const SLOW_FAILS: u32 = 1;
pub(super) const COUNT_REJECTIONS: u32 = 2;
pub(super) const WINDOWED: u32 = 4;
pub(super) const LATENCY: u32 = 8;

pub(super) struct Ledger {
    /// Shared with the other breakers of the same settings.
    pub(super) settings: Arc<Settings>,
    pub(super) history: History,
    /// Openings in a row that ended in a failed half-open round.
    pub(super) reopenings: u32,
    pub(super) transitions: u64,
    /// Whether a metrics-only breaker has said that it would open because of its window.
    pub(super) would_open: bool,
    pub(super) would_have_opened: u64,
    /// Whether other settings came, and nothing has been judged since.
    pub(super) unjudged: bool,
    pub(super) changed_at: Nanos,
    pub(super) past: Option<Box<Past>>,
    /// The successes that the last snapshot saw, and when it saw that there were more than before.
    pub(super) successes_seen: u64,
    pub(super) success_seen_at: Nanos,
    /// The state to go to when the breaker is switched on again.
    pub(super) resume: State,
}

impl Core {
    pub(crate) fn new(name: Name, config: &Config, home: Home) -> Self {
        let settings = SETTINGS.share(config.settings());
        let state = match settings.initial {
            Initial::Closed => State::Closed,
            Initial::Disabled => State::Disabled,
            Initial::MetricsOnly => State::MetricsOnly,
            Initial::ForcedOpen => State::ForcedOpen,
        };
        let origin = home.clock.now();
        Self::begun(name, &settings, home, origin, state, 0)
    }

    /// One that began at `origin`, is in this state and generation, and has seen nothing.
    pub(super) fn begun(
        name: Name,
        settings: &Arc<Settings>,
        home: Home,
        origin: Nanos,
        state: State,
        generation: u32,
    ) -> Self {
        let cells = Cells::new();
        let history = History::new(settings, &cells, origin, origin, 0);
        let word = if settings.enabled {
            Word::new(state, flags(settings, state, home.clock.ticks()), generation)
        } else {
            Word::off(generation)
        };
        let core = Self {
            word: AtomicU64::new(word.0),
            cells,
            name,
            clock: home.clock,
            registry: home.origin,
            origin,
            open_until: AtomicU64::new(0),
            open_time: AtomicU64::new(0),
            trial_at: AtomicU64::new(0),
            failed_at: AtomicU64::new(origin),
            failed_apart: AtomicU64::new(origin),
            judged: AtomicU64::new(u64::MAX),
            threshold: AtomicU32::new(0),
            plain_threshold: AtomicU32::new(0),
            half_open: AtomicU32::new(0),
            success_threshold: AtomicU32::new(0),
            flags: AtomicU32::new(0),
            max_keys: AtomicU32::new(0),
            half_open_for: AtomicU64::new(0),
            reset_after: AtomicU64::new(0),
            slow_call: AtomicU64::new(NEVER),
            rough_limit: AtomicU64::new(0),
            bucket: AtomicU64::new(1),
            first_bucket: AtomicU64::new(0),
            ledger: Mutex::new(Ledger {
                settings: Arc::clone(settings),
                history,
                reopenings: 0,
                transitions: 0,
                would_open: false,
                would_have_opened: 0,
                unjudged: false,
                changed_at: origin,
                past: None,
                successes_seen: 0,
                success_seen_at: origin,
                resume: state,
            }),
            keys: OnceLock::new(),
            key: home.key,
        };
        core.publish(settings);
        core
    }

    /// What a key of this one is born with.
    pub(super) fn home_of(&self, key: &str) -> Home {
        Home { clock: self.clock.clone(), origin: self.registry, key: Some(key.into()) }
    }

    /// Its name, and the key whose instance it is.
    pub(super) fn whose(&self) -> (&'static str, Option<&str>) {
        (self.name.as_str(), self.key.as_deref())
    }

    /// Copies the settings to where outcomes read them without the lock.
    pub(super) fn publish(&self, settings: &Settings) {
        let threshold = settings.threshold.unwrap_or(0);
        self.threshold.store(threshold, Ordering::Relaxed);
        let is_plain = settings.window.is_none() && self.clock.ticks();
        let plain = if is_plain { threshold } else { 0 };
        self.plain_threshold.store(plain, Ordering::Relaxed);
        self.half_open.store(settings.half_open, Ordering::Relaxed);
        self.success_threshold.store(settings.success_threshold, Ordering::Relaxed);
        self.half_open_for.store(nanos(settings.half_open_for), Ordering::Relaxed);
        // The distance to an unknown tick is larger.
        self.reset_after.store(nanos(settings.reset_after).min(UNKNOWN / 2), Ordering::Relaxed);
        let limit = settings.slow_call.map_or(NEVER, nanos);
        let is_rough = !is_exact(settings, self.clock.ticks());
        self.slow_call.store(limit, Ordering::Relaxed);
        self.rough_limit.store(if is_rough { limit } else { 0 }, Ordering::Relaxed);
        if let Some(Window::Time(time)) = settings.window {
            self.bucket.store(bucket_length(time), Ordering::Relaxed);
        }
        let flags = if settings.slow_rate.is_some() { SLOW_FAILS } else { 0 }
            | if settings.count_rejections { COUNT_REJECTIONS } else { 0 }
            | if settings.window.is_some() { WINDOWED } else { 0 }
            | if settings.latency { LATENCY } else { 0 };
        self.flags.store(flags, Ordering::Relaxed);
        self.max_keys.store(settings.max_keys, Ordering::Relaxed);
    }

    pub(super) fn says(&self, flag: u32) -> bool {
        self.flags.load(Ordering::Relaxed) & flag != 0
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    #[inline]
    pub(super) fn load(&self) -> Word {
        Word(self.word.load(Ordering::Acquire))
    }

    pub(super) fn exchange(&self, from: Word, to: Word) -> bool {
        self.word.compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// May this call go ahead?
    #[inline]
    pub(crate) fn admit(&self) -> Result<Admission<'_>, Refusal> {
        match self.admit_shortly() {
            Some(admission) => Ok(admission),
            None => self.admit_otherwise(),
        }
    }

    #[cold]
    #[inline(never)]
    fn admit_otherwise(&self) -> Result<Admission<'_>, Refusal> {
        match self.refuse_shortly() {
            Some(refusal) => Err(refusal),
            None => self.admit_slowly(),
        }
    }

    /// The admission of a closed breaker that no site has to look past.
    #[inline(always)]
    #[allow(clippy::inline_always)] // It is the cost of a guarded call, and a few instructions long.
    pub(crate) fn admit_shortly(&self) -> Option<Admission<'_>> {
        let word = self.load();
        if word.is_short_way() {
            return Some(Admission { core: self, word: word.0, start: 0 });
        }
        if word.is_short_by_tick() {
            let start = if word.has(TIMED) { clock::tick() } else { 0 };
            return (start != UNKNOWN).then_some(Admission { core: self, word: word.0 | BY_TICK, start });
        }
        cold_path();
        let is_plain = word.state() == State::Closed && !word.has(TIMED | SCOPED);
        is_plain.then_some(Admission { core: self, word: word.0 | LONG_WAY, start: 0 })
    }

    /// Whether sites have to look for a test scope of their own before they ask this breaker.
    pub(crate) fn set_scoped(&self, scoped: bool) {
        if scoped {
            self.word.fetch_or(SCOPED, Ordering::AcqRel);
        } else {
            self.word.fetch_and(!SCOPED, Ordering::AcqRel);
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn admit_slowly(&self) -> Result<Admission<'_>, Refusal> {
        let mut word = self.load();
        loop {
            match word.state() {
                State::Disabled if word.is_off() => {
                    return Ok(Admission { core: self, word: word.0, start: 0 });
                }
                State::Closed | State::Disabled | State::MetricsOnly => break,
                State::ForcedOpen => return Err(self.refuse(Rejected::new(self.name, Reason::ForcedOpen))),
                State::Open => {
                    let now = self.clock.wake();
                    self.clock.check(now);
                    let wait = self.time_left(now);
                    if wait > 0 {
                        return Err(self.refuse(Rejected::after_nanos(self.name, Reason::CircuitOpen, wait)));
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
                            return Err(self.refuse(Rejected::after_nanos(
                                self.name,
                                Reason::TrialsTaken,
                                wait,
                            )));
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
}
