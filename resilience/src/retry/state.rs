use std::{sync::OnceLock, time::Duration};

use crossbeam_utils::atomic::AtomicCell;

use super::{
    Config, Settings, Snapshot,
    attempts::{Attempts, NEVER, Progress},
    backoff::LONGEST,
};
use crate::{
    Clock, ConfigError, PolicyKind, Rejected,
    cells::{Cells, add_own},
    clock::{Nanos, nanos},
    event::{self, Origin},
    name::{self, Name},
    registry::Home,
    rejected::Refusal,
    sync::{AtomicU32, AtomicU64, Ordering},
};

/// What one retry is: its settings and its figures. Handles and sites share it.
pub struct Core {
    pub(super) name: Name,
    clock: Clock,
    pub(super) origin: Origin,
    pub(super) cells: Cells<Cell>,
    /// The attempts that a call may make, [`TIMED`] and [`SCOPED`].
    attempts: AtomicU32,
    /// The delay after every attempt where it is always the same and nothing else limits it, otherwise [`VARIES`].
    fixed: AtomicU64,
    /// Read after a failed attempt: a copy, without a lock.
    settings: AtomicCell<Settings>,
}

#[derive(Default)]
#[repr(align(64))]
pub(super) struct Cell {
    pub(super) first: AtomicU64,
    pub(super) later: AtomicU64,
    failed_first: AtomicU64,
    failed_later: AtomicU64,
    exhausted: AtomicU64,
    pub(super) retries: AtomicU64,
}

/// Attempts need to know when the first started. No retry has so many attempts.
const TIMED: u32 = 1 << 31;
/// A site must look for a test scope before it asks this retry.
const SCOPED: u32 = 1 << 30;
const ATTEMPTS: u32 = SCOPED - 1;

impl Core {
    pub(crate) fn new(name: Name, config: &Config, home: Home) -> Self {
        let settings = config.settings();
        Self {
            name,
            clock: home.clock,
            origin: home.origin,
            cells: Cells::new(),
            attempts: AtomicU32::new(attempts(&settings)),
            fixed: AtomicU64::new(fixed(&settings)),
            settings: AtomicCell::new(settings),
        }
    }

    /// What stands in for a retry where a preset has none: a call is made once, and nobody asks for the figures.
    pub(crate) fn none() -> &'static Self {
        static NONE: OnceLock<Core> = OnceLock::new();
        NONE.get_or_init(|| {
            Self::new(name::intern_valid("none"), &Config::new().enabled(false), Home::none(Clock::system()))
        })
    }

    /// A call begins. `timed` if it will ask how long it took.
    #[inline]
    pub(crate) fn start(&self, timed: bool) -> Attempts<'_> {
        let (most, started) = self.start_parts(timed);
        // 0 where nobody wants to know.
        if started == 0 { Attempts::new(self, most) } else { Attempts::timed(self, most, started) }
    }

    // Two words, which come back in registers.
    #[inline(never)]
    pub(super) fn start_parts(&self, timed: bool) -> (u32, Nanos) {
        let attempts = self.attempts.load(Ordering::Relaxed);
        let timed = timed || attempts & TIMED != 0;
        (attempts & ATTEMPTS, if timed { self.clock.now() } else { 0 })
    }

    /// The same, if its site need not look further and nobody wants to know the time.
    #[inline]
    pub(crate) fn start_shortly(&self) -> Option<Attempts<'_>> {
        self.most_shortly().map(|most| Attempts::new(self, most))
    }

    /// How many attempts such a call may make.
    #[inline]
    pub(super) fn most_shortly(&self) -> Option<u32> {
        let attempts = self.attempts.load(Ordering::Relaxed);
        (attempts <= ATTEMPTS).then_some(attempts)
    }

    pub(crate) fn set_scoped(&self, scoped: bool) {
        if scoped {
            self.attempts.fetch_or(SCOPED, Ordering::Relaxed);
        } else {
            self.attempts.fetch_and(!SCOPED, Ordering::Relaxed);
        }
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A call whose first attempt succeeded.
    #[inline]
    pub(super) fn count_first(&self) {
        self.cells.count(|cell| &cell.first);
    }

    /// A call that this attempt made succeed.
    #[cold]
    #[inline(never)]
    pub(super) fn count_succeeded(&self, attempt: u32) {
        self.cells.count(move |cell| if attempt == 1 { &cell.first } else { &cell.later });
    }

    /// After a failed attempt that is worth a repeat: how long to wait before the next, or [`NEVER`] to give up. A `hint`
    /// of 0 is none.
    #[inline]
    pub(super) fn next(&self, progress: &mut Progress, hint: Nanos) -> Nanos {
        if self.has_repeated_at_once(progress, hint) { 0 } else { self.next_after_a_while(progress, hint) }
    }

    /// The same, and blocks the thread until then; whether to go on.
    #[cold]
    #[inline(never)]
    pub(super) fn block_for_next(&self, progress: &mut Progress, hint: Nanos) -> bool {
        self.has_repeated_at_once(progress, hint) || self.block_for_a_while(progress, hint)
    }

    /// Whether a repeat follows without a wait, and nobody is to be told.
    #[inline]
    pub(super) fn repeats_at_once(&self) -> bool {
        self.fixed.load(Ordering::Relaxed) == 0 && !event::hears_debug()
    }

    /// Makes it such a repeat, if nothing speaks against it.
    #[inline]
    fn has_repeated_at_once(&self, progress: &mut Progress, hint: Nanos) -> bool {
        if hint == 0
            && progress.may_follow()
            && self.repeats_at_once()
            && let Some(cell) = self.cells.own()
        {
            add_own(&cell.retries);
            progress.repeat_after(0);
            return true;
        }
        false
    }

    #[cold]
    #[inline(never)]
    fn block_for_a_while(&self, progress: &mut Progress, hint: Nanos) -> bool {
        let delay = self.next_after_a_while(progress, hint);
        if delay != NEVER && delay != 0 {
            self.clock.block(Duration::from_nanos(delay));
        }
        delay != NEVER
    }

    #[cold]
    #[inline(never)]
    fn next_after_a_while(&self, progress: &mut Progress, hint: Nanos) -> Nanos {
        if progress.may_follow()
            && let Some(delay) = self.next_delay(progress, hint)
        {
            self.cells.count(|cell| &cell.retries);
            progress.repeat_after(delay);
            event::retrying(self.origin, self.name, progress);
            return delay;
        }
        self.count_failed(progress.attempt());
        if progress.most > 0 {
            progress.previous = NEVER;
            self.cells.count(|cell| &cell.exhausted);
        }
        NEVER
    }

    /// A call that failed for good with this attempt.
    #[cold]
    #[inline(never)]
    pub(super) fn count_failed(&self, attempt: u32) {
        self.cells.count(move |cell| if attempt > 1 { &cell.failed_later } else { &cell.failed_first });
    }

    /// How long to wait after the failed `attempt`; `None` if the next could not start in time.
    fn next_delay(&self, progress: &Progress, hint: Nanos) -> Option<Nanos> {
        let Progress { started, previous, .. } = *progress;
        let fixed = self.fixed.load(Ordering::Relaxed);
        if fixed != VARIES && hint == 0 {
            return Some(fixed);
        }
        let settings = self.settings.load();
        let computed = settings.backoff.delay(progress.attempt(), previous);
        let decorrelated = settings.backoff.is_decorrelated();
        let mut delay = if decorrelated { computed } else { settings.jitter.spread(computed) };
        let left = match settings.max_elapsed {
            // `started` is 0 for a call that began before the limit was set; it is not held to it.
            Some(most) if started > 0 => nanos(most).checked_sub(self.clock.now().saturating_sub(started))?,
            _ => NEVER - 1,
        };
        let hint = hint.min(nanos(LONGEST));
        if hint > delay {
            if hint > left {
                return None;
            }
            let above = if decorrelated { 0 } else { settings.jitter.above(computed) };
            delay = hint.saturating_add(above).min(left);
        }
        (delay <= left).then_some(delay)
    }

    pub(crate) fn reconfigure(&self, config: &Config) -> Result<(), ConfigError> {
        config.validate()?;
        let settings = config.settings();
        self.settings.store(settings);
        self.fixed.store(fixed(&settings), Ordering::Relaxed);
        let attempts = attempts(&settings);
        // Closures of this method never fail.
        let _ = self
            .attempts
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |old| Some(attempts | old & SCOPED));
        event::reconfigured(self.origin, self.name.as_str(), PolicyKind::Retry);
        Ok(())
    }

    pub(crate) fn settings(&self) -> Settings {
        self.settings.load()
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            succeeded_without_retry: self.cells.sum(|cell| &cell.first),
            succeeded_with_retry: self.cells.sum(|cell| &cell.later),
            failed_without_retry: self.cells.sum(|cell| &cell.failed_first),
            failed_with_retry: self.cells.sum(|cell| &cell.failed_later),
            exhausted: self.cells.sum(|cell| &cell.exhausted),
            retries: self.cells.sum(|cell| &cell.retries),
            settings: self.settings(),
        }
    }
}

/// What a refusal says about when to repeat, or 0; `None` if it is not worth a repeat.
#[inline]
pub(super) fn hint_of(refusal: Refusal) -> Option<Nanos> {
    let rejected = Rejected::from(refusal);
    (rejected.policy() != PolicyKind::CircuitBreaker).then(|| rejected.retry_after().map_or(0, nanos))
}

const VARIES: Nanos = Nanos::MAX;

fn fixed(settings: &Settings) -> Nanos {
    match settings.backoff.fixed_delay() {
        Some(delay) if settings.max_elapsed.is_none() && settings.jitter.spread_is_exact(delay) => delay,
        _ => VARIES,
    }
}

/// None for a retry that is switched off.
const fn attempts(settings: &Settings) -> u32 {
    if !settings.enabled {
        return 0;
    }
    settings.attempts | if settings.max_elapsed.is_some() { TIMED } else { 0 }
}
