use std::{hint::cold_path, sync::OnceLock, task::Waker, time::Duration};

use crossbeam_utils::CachePadded;

use super::{
    Config, Later, Settings, Snapshot,
    gcra::{self, Decision, Gcra, Units},
    grant::{GENEROUS, Grant, WORTHWHILE},
    line::{Line, SLACK},
};
use crate::{
    Clock, ConfigError, PolicyKind, Reason, Rejected,
    cells::Cells,
    clock::{LONGEST, Nanos, UNKNOWN},
    event::{self, Origin},
    keyed::Keys,
    name::Name,
    queue::Queue,
    registry::Home,
    sync::{AtomicU32, AtomicU64, Mutex, Ordering, lock},
};

/// Callers wait, or a grant is out: the tat moves under the lock only. The lowest bit of the word, whose other bits are
/// the tat.
pub(super) const HELD: u64 = 1;

/// A call that comes so soon after another makes a grant worth trying.
const BUSY: Units = gcra::length(Duration::from_millis(1));

/// The machine of a rate limit. [`RateLimit`](super::RateLimit) is a handle of it.
pub struct Core {
    pub(super) name: Name,
    pub(super) clock: Clock,
    pub(super) origin: Origin,
    pub(super) words: CachePadded<Words>,
    // Written under the lock. A caller without the lock may read a mixture while they change: since their unit is
    // fixed, it then judges one call by a mixture of two legal settings, nothing worse.
    spacing: AtomicU64,
    tolerance: AtomicU64,
    max_wait: AtomicU64,
    pub(super) line: Mutex<Line>,
    pub(super) totals: Cells<Totals>,
    pub(super) max_keys: AtomicU32,
    /// One instance for each key, where calls have keys.
    pub(super) keys: OnceLock<Box<Keys<Self>>>,
    /// Which key's instance this is.
    pub(super) key: Option<Box<str>>,
}

/// A permit that is so far away beyond `max_wait` is refused by the tick, which may be behind by half of it.
const FAR: Units = gcra::moment(2 * LONGEST);
/// Of so many refusals of a thread, one reads the clock instead of the tick.
const TRUSTED_REFUSALS: u64 = 32;

/// What callers without the lock write.
pub(super) struct Words {
    pub(super) tat: AtomicU64,
    pub(super) grant: Grant,
    /// The last exact reading with which a permit was taken.
    pub(super) last: AtomicU64,
}

#[derive(Default)]
#[repr(align(64))]
pub(super) struct Totals {
    pub(super) admitted: AtomicU64,
    pub(super) refused: AtomicU64,
}

/// The outcome of one look at the word without the lock.
enum Look {
    Admitted,
    Wait(Units),
    /// Only the lock can tell.
    Unclear,
}

/// The answer to a caller who asks for a permit.
pub(super) enum Answer {
    Admitted,
    Refused(Rejected),
    /// Wait in the queue, and ask again when the alarm rings or somebody wakes you. A turn that has moved behind
    /// `deadline`, the promised time and some slack, is a refusal then.
    Wait {
        ticket: u64,
        deadline: Units,
        alarm: Alarm,
    },
}

/// When to ask again.
#[derive(Clone, Copy)]
pub(super) struct Alarm {
    pub(super) at: Units,
    pub(super) wait: Duration,
}

impl Core {
    pub(crate) fn new(name: Name, config: &Config, home: Home) -> Self {
        let now = gcra::moment(home.clock.now());
        Self::begun(name, config.settings(), home, now)
    }

    /// One whose permits so far will have come back at `tat`.
    pub(super) fn begun(name: Name, settings: Settings, home: Home, tat: Units) -> Self {
        let gcra = Gcra::new(&settings);
        Self {
            name,
            words: CachePadded::new(Words {
                tat: AtomicU64::new(tat),
                grant: Grant::new(),
                last: AtomicU64::new(tat.wrapping_sub(BUSY)),
            }),
            clock: home.clock,
            origin: home.origin,
            spacing: AtomicU64::new(gcra.spacing),
            tolerance: AtomicU64::new(gcra.tolerance),
            max_wait: AtomicU64::new(gcra::length(settings.max_wait)),
            line: Mutex::new(Line { queue: Queue::new(), settings, given: None }),
            totals: Cells::new(),
            max_keys: AtomicU32::new(settings.max_keys),
            keys: OnceLock::new(),
            key: home.key,
        }
    }

    /// A permit, if there is one now and nobody waits for it. Counts no refusal.
    #[inline]
    pub(crate) fn try_pass(&self) -> Result<(), Later<'_>> {
        if self.take_granted() {
            return Ok(());
        }
        cold_path();
        self.try_closely()
    }

    #[inline(never)]
    fn try_closely(&self) -> Result<(), Later<'_>> {
        match self.look_closely() {
            Look::Admitted => Ok(()),
            Look::Wait(_) | Look::Unclear => Err(Later::new(self)),
        }
    }

    /// A permit, if there is one now that nobody waits for.
    #[inline]
    pub(crate) fn pass_now(&self) -> Result<(), Rejected> {
        if self.take_granted() {
            return Ok(());
        }
        cold_path();
        self.enter_now()
    }

    #[inline(never)]
    fn enter_now(&self) -> Result<(), Rejected> {
        match self.look_closely() {
            Look::Admitted => Ok(()),
            Look::Wait(wait) => Err(self.refuse(wait)),
            Look::Unclear => match self.line_up(None) {
                Answer::Refused(rejected) => Err(rejected),
                Answer::Admitted | Answer::Wait { .. } => Ok(()),
            },
        }
    }

    /// A permit of the grant that is out, if one is: no clock is read. A rate limit that is switched off has none out, and
    /// whoever finds none here finds that.
    #[inline]
    pub(crate) fn take_granted(&self) -> bool {
        let taken = self.clock.ticking().is_some_and(|tick| self.words.grant.take(tick)) || self.is_off();
        if taken {
            self.totals.count(|totals| &totals.admitted);
        }
        taken
    }

    #[inline]
    fn is_off(&self) -> bool {
        self.spacing.load(Ordering::Relaxed) == 0
    }

    /// The decision by the exact clock, without the lock.
    #[inline]
    fn look_closely(&self) -> Look {
        let mut word = self.words.tat.load(Ordering::Relaxed);
        if word & HELD != 0 {
            return Look::Unclear;
        }
        let gcra = self.gcra();
        if gcra.is_off() {
            self.totals.count(|totals| &totals.admitted);
            return Look::Admitted;
        }
        if let Some(wait) = self.rough_wait(word, gcra) {
            return Look::Wait(wait);
        }
        let reading = self.clock.now();
        let now = gcra::moment(reading);
        let tat = loop {
            match gcra.decide(word, now, 0) {
                Decision::Admit(tat) => {
                    match self.words.tat.compare_exchange_weak(word, tat, Ordering::AcqRel, Ordering::Relaxed)
                    {
                        Ok(_) => break tat,
                        Err(newer) => word = newer,
                    }
                    if word & HELD != 0 {
                        return Look::Unclear;
                    }
                }
                Decision::Wait(wait) => {
                    if wait >= FAR {
                        // Whoever refuses by the tick sees to it that there is one.
                        self.clock.fresh_tick(reading);
                    }
                    return Look::Wait(wait);
                }
                // Or this thread slept for long after it had read the clock.
                Decision::Astray => return Look::Unclear,
            }
        };
        self.totals.count(|totals| &totals.admitted);
        if gcra.tolerance >= GENEROUS
            && self.is_busy(now)
            && gcra.tolerance - gcra::until(tat, now) >= gcra.spacing.saturating_mul(WORTHWHILE)
        {
            self.give(reading);
        }
        Look::Admitted
    }

    /// The wait for a permit that is far away, by the tick: never too short, and too long by what the tick is behind.
    ///
    /// Now and then a thread reads the clock all the same: a tick may stand still, in a forked process for ever.
    #[inline]
    fn rough_wait(&self, tat: Units, gcra: Gcra) -> Option<Units> {
        let tick = self.clock.tick();
        let debt = gcra::until(tat, gcra::moment(tick));
        let wait = (debt + gcra.spacing).saturating_sub(gcra.tolerance);
        if tick == UNKNOWN
            || wait < FAR + self.max_wait.load(Ordering::Relaxed)
            || debt > gcra.tolerance + FAR
        {
            return None;
        }
        let refused = self.totals.own()?.refused.load(Ordering::Relaxed);
        (refused % TRUSTED_REFUSALS != 0).then_some(wait)
    }

    /// Notes a reading, and says whether the one before was a moment ago.
    pub(super) fn is_busy(&self, now: Units) -> bool {
        let last = self.words.last.load(Ordering::Relaxed);
        self.words.last.store(now, Ordering::Relaxed);
        now.wrapping_sub(last) < BUSY
    }

    /// Gives out a grant, so that calls need no clock for a while.
    #[cold]
    fn give(&self, reading: Nanos) {
        if self.clock.fresh_tick(reading).is_none() {
            return;
        }
        // Somebody else who holds the lock is about to give it, or has waiting callers.
        if let Ok(line) = self.line.try_lock()
            && line.given.is_none()
        {
            let mut held = self.hold(line);
            held.is_busy = true;
            held.release();
        }
    }

    /// A permit, a refusal, or a ticket. `waker` is asked for only if there may be something to wait for.
    pub(super) fn enter(&self, waker: impl FnOnce() -> Waker) -> Answer {
        match self.look_closely() {
            Look::Admitted => Answer::Admitted,
            Look::Wait(wait) if wait > self.max_wait.load(Ordering::Relaxed) => {
                Answer::Refused(self.refuse(wait))
            }
            Look::Wait(_) | Look::Unclear => self.line_up(Some(waker())),
        }
    }

    /// The same under the lock. Without a waker the caller does not wait.
    #[cold]
    fn line_up(&self, waker: Option<Waker>) -> Answer {
        let line = lock(&self.line);
        if self.take_granted() {
            // Somebody has just given a new grant.
            return Answer::Admitted;
        }
        let mut held = self.hold(line);
        let before = held.before(held.line.queue.len());
        let outcome = held.take(before);
        let max_wait = gcra::length(held.line.settings.max_wait);
        if let (Err(wait), Some(waker)) = (outcome, waker)
            && wait <= max_wait
        {
            let deadline = held.now.wrapping_add(max_wait + SLACK);
            let alarm = held.alarm(before, wait);
            let ticket = held.line.queue.push(waker, alarm.at);
            held.release();
            return Answer::Wait { ticket, deadline, alarm };
        }
        held.release();
        self.answer(outcome)
    }

    /// Asks again with a ticket. It is used up unless the answer is to wait.
    ///
    /// An alarm that rang says that its moment has come, whatever the clock says: a paused clock stands still while a
    /// thread sleeps.
    pub(super) fn ask(&self, ticket: u64, deadline: Units, waker: &Waker, rang: Option<Units>) -> Answer {
        let mut held = self.hold(lock(&self.line));
        if let Some(alarm) = rang {
            held.now = held.now.wrapping_add(gcra::until(alarm, held.now));
        }
        // Nobody but its holder takes a ticket out of the queue.
        let position = held.line.queue.position(ticket).unwrap_or(0);
        let before = held.before(position);
        let outcome = held.take(before);
        if let Err(wait) = outcome
            && wait <= gcra::until(deadline, held.now)
        {
            let alarm = held.alarm(before, wait);
            let old = held.line.queue.get_mut(position).and_then(|caller| {
                caller.note = alarm.at;
                caller.renew(waker)
            });
            held.release();
            drop(old);
            return Answer::Wait { ticket, deadline, alarm };
        }
        let caller = held.line.queue.remove(ticket);
        held.release();
        drop(caller);
        self.answer(outcome)
    }

    /// Takes a ticket out of the queue; everybody behind it moves up.
    pub(super) fn give_up(&self, ticket: u64) {
        let mut held = self.hold(lock(&self.line));
        let caller = held.line.queue.remove(ticket);
        held.release();
        drop(caller);
    }

    fn answer(&self, outcome: Result<(), Units>) -> Answer {
        match outcome {
            Ok(()) => {
                self.totals.count(|totals| &totals.admitted);
                Answer::Admitted
            }
            Err(wait) => Answer::Refused(self.refuse(wait)),
        }
    }

    #[cold]
    fn refuse(&self, wait: Units) -> Rejected {
        self.totals.count(|totals| &totals.refused);
        let rejected = Rejected::after(self.name, Reason::RateLimited, gcra::duration(wait));
        event::rejected(self.origin, || self.key.as_deref(), rejected.into());
        rejected
    }

    /// What a key of this one is born with.
    pub(super) fn home_of(&self, key: &str) -> Home {
        Home { clock: self.clock.clone(), origin: self.origin, key: Some(key.into()) }
    }

    /// Changes the settings. Permits in use stay used, up to the new burst; waiting callers keep their order, and those
    /// whose turn cannot come in the time they were promised are refused.
    pub(crate) fn reconfigure(&self, config: &Config) -> Result<(), ConfigError> {
        config.validate()?;
        let settings = config.settings();
        self.take_over(settings);
        self.reconfigure_keys(settings);
        event::reconfigured(self.origin, self.name.as_str(), PolicyKind::RateLimit);
        Ok(())
    }

    /// The same, told to nobody.
    pub(super) fn take_over(&self, settings: Settings) {
        self.max_keys.store(settings.max_keys, Ordering::Relaxed);
        let gcra = Gcra::new(&settings);
        {
            let mut line = lock(&self.line);
            line.settings = settings;
            self.spacing.store(gcra.spacing, Ordering::Relaxed);
            self.tolerance.store(gcra.tolerance, Ordering::Relaxed);
            self.max_wait.store(gcra::length(settings.max_wait), Ordering::Relaxed);
        }
        let held = self.hold(lock(&self.line));
        let wakers = held.line.queue.wakers();
        held.release();
        // Everybody sets a new alarm.
        wakers.wake();
    }

    pub(crate) fn settings(&self) -> Settings {
        lock(&self.line).settings
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let (waiting, settings, tat, now) = {
            let line = lock(&self.line);
            let tat = self.words.tat.load(Ordering::Relaxed) & !HELD;
            let left = self.words.grant.left();
            let reading = self.clock.now();
            let tat = match &line.given {
                Some(given) => given.settle(given.taken(left), tat, reading, &self.clock),
                None => tat,
            };
            (line.queue.len(), line.settings, tat, gcra::moment(reading))
        };
        let available = self.gcra().available(tat, now).saturating_sub(waiting as u64);
        let mut snapshot = Snapshot {
            available,
            waiting,
            admitted: self.totals.sum(|totals| &totals.admitted),
            refused: self.totals.sum(|totals| &totals.refused),
            keys: 0,
            settings,
        };
        self.add_keys(&mut snapshot);
        snapshot
    }

    pub(super) fn gcra(&self) -> Gcra {
        Gcra {
            spacing: self.spacing.load(Ordering::Relaxed),
            tolerance: self.tolerance.load(Ordering::Relaxed),
        }
    }
}
