//! A key that has had nothing but successes, in six words.
//!
//! That is exact as long as it is closed, has not failed, and its window in time, if it has one, has all of its successes
//! in one bucket: it then knows the number of calls in its window, and the window of a breaker without failures opens
//! nothing. Whatever else happens makes a full machine of it first, with the counts that it would have.

use std::sync::{Arc, OnceLock};

use super::super::{
    Core, Settings, Snapshot, State,
    history::bucket_at,
    rules::needs_warming,
    share::BUCKETS,
    state::LATENCY,
    word::{BUCKETED, LONG_WAY, TIMED, WARM, Word},
};
use crate::{
    clock::Nanos,
    keyed::{Entry, Form, Keys, Machine, Standing, Totals},
    sync::Ordering,
};

/// A closed breaker without a failure.
#[doc(hidden)]
pub struct Compact {
    /// When it began, and when it was last reset.
    born: Nanos,
    changed_at: Nanos,
    ok: u32,
    /// So many of them belong to the window: to all of one in calls, to one bucket of one in time.
    held: u32,
    bucket: u32,
    /// The successes that somebody saw last, and when there were more than before.
    seen: u32,
    seen_at: Nanos,
    generation: u16,
    transitions: u16,
}

impl Compact {
    /// Counts a success; `false` if it cannot.
    fn succeed(&mut self, base: &Core) -> bool {
        if self.ok == u32::MAX {
            return false;
        }
        if base.load().has(BUCKETED) {
            let length = base.bucket.load(Ordering::Relaxed);
            let (bucket, _) = bucket_at(base.clock.wake(), self.born, length, 0);
            let has_left = bucket >= u64::from(self.bucket) + BUCKETS as u64;
            let Ok(bucket) = u32::try_from(bucket) else { return false };
            if self.held == 0 || has_left {
                (self.bucket, self.held) = (bucket, 0);
            } else if bucket != self.bucket {
                return false;
            }
        }
        self.ok += 1;
        self.held += 1;
        true
    }

    fn empty(&mut self) {
        (self.held, self.bucket) = (0, 0);
    }

    /// Begins a new generation; `false` if it cannot count it.
    fn turn(&mut self, now: Nanos, is_transition: bool) -> bool {
        let (generation, transitions) =
            (self.generation.checked_add(1), self.transitions.checked_add(u16::from(is_transition)));
        let (Some(generation), Some(transitions)) = (generation, transitions) else { return false };
        (self.generation, self.transitions, self.changed_at) = (generation, transitions, now);
        self.empty();
        true
    }
}

/// The word of an admission of a compact key, which a machine made of it takes for one of its own.
pub(super) fn admitted(entry: &Entry<Core>, base: &Core) -> Result<u64, ()> {
    let Ok(compact) = entry.compact(base) else { return Err(()) };
    if base.stance() != State::Closed || base.says(LATENCY) {
        entry.grow(base, &compact);
        return Err(());
    }
    Ok(Word::new(State::Closed, 0, u32::from(compact.generation)).0 | LONG_WAY)
}

/// When a call of a compact key began, if it is timed.
pub(super) fn start(base: &Core) -> Nanos {
    if base.load().has(TIMED) { base.stamp() } else { 0 }
}

/// A call of a key that was compact at its beginning went well.
pub(super) fn succeed(entry: &Entry<Core>, base: &Core, word: u64, start: Nanos) {
    // Somebody may have asked for latencies since it began: these a machine keeps, the key's own.
    let is_measured = base.says(LATENCY);
    let is_slow = !is_measured && start != 0 && base.time(start);
    let full = match entry.compact(base) {
        Ok(mut compact) => {
            let is_late = u32::from(compact.generation) != Word(word).generation();
            if !is_measured && !is_slow && !is_late && compact.succeed(base) {
                return;
            }
            entry.grow(base, &compact)
        }
        Err(full) => full,
    };
    full.succeed(word, start);
}

impl Core {
    /// A compact key goes where the base has gone, which is from one stance to another or was reset.
    pub(super) fn follow<'e>(&self, entry: &'e Entry<Self>, is_transition: bool) -> Result<(), &'e Self> {
        let mut compact = entry.compact(self)?;
        if compact.turn(self.clock.now(), is_transition) { Ok(()) } else { Err(entry.grow(self, &compact)) }
    }

    pub(super) fn reconfigure_key(&self, entry: &Entry<Self>, settings: &Arc<Settings>, is_emptied: bool) {
        match entry.compact(self) {
            Ok(mut compact) if is_emptied => compact.empty(),
            Ok(_) => {}
            Err(full) => {
                full.take_over(Arc::clone(settings));
            }
        }
    }
}

/// The figures of a snapshot that are sums over the keys, in the order of [`Totals`].
pub(super) fn figures(snapshot: &mut Snapshot) -> [&mut u64; 14] {
    [
        &mut snapshot.successes,
        &mut snapshot.errors,
        &mut snapshot.timeouts,
        &mut snapshot.panics,
        &mut snapshot.slow,
        &mut snapshot.exhausted,
        &mut snapshot.ignored,
        &mut snapshot.cancelled,
        &mut snapshot.refused,
        &mut snapshot.transitions,
        &mut snapshot.would_have_opened,
        &mut snapshot.opened,
        &mut snapshot.half_opened,
        &mut snapshot.closed,
    ]
}

impl Machine for Core {
    type Compact = Compact;

    fn keys(&self) -> &OnceLock<Box<Keys<Self>>> {
        &self.keys
    }

    fn max_keys(&self) -> usize {
        self.most_keys()
    }

    fn compact(&self) -> Compact {
        let now = self.clock.now();
        Compact {
            born: now,
            changed_at: now,
            ok: 0,
            held: 0,
            bucket: 0,
            seen: 0,
            seen_at: now,
            generation: 0,
            transitions: 0,
        }
    }

    fn grow(&self, compact: &Compact, key: &str) -> Self {
        let (settings, resume) = {
            let ledger = self.lock();
            (Arc::clone(&ledger.settings), ledger.resume)
        };
        // Switched off it is disabled, and on again what the others are then.
        let stance = if settings.enabled { self.stance() } else { resume };
        let generation = u32::from(compact.generation);
        let full = Self::begun(self.name, &settings, self.home_of(key), compact.born, stance, generation);
        let (ok, held) = (u64::from(compact.ok), u64::from(compact.held));
        // Nobody else knows it yet, so it does not matter which cell this is.
        let (cell, _) = full.cells.any();
        cell.ok.store(ok, Ordering::Relaxed);
        if full.load().has(BUCKETED) && held > 0 {
            cell.share.fill(u64::from(compact.bucket), ok - held);
        }
        if needs_warming(&settings) && held >= u64::from(settings.min_calls) {
            full.word.fetch_and(!WARM, Ordering::Relaxed);
        }
        let mut ledger = full.lock();
        ledger.history.leave_out(ok - held);
        ledger.changed_at = compact.changed_at;
        ledger.transitions = u64::from(compact.transitions);
        (ledger.successes_seen, ledger.success_seen_at) = (u64::from(compact.seen), compact.seen_at);
        drop(ledger);
        full
    }

    fn look_at(&self, compact: &mut Compact) {
        if compact.seen != compact.ok {
            (compact.seen, compact.seen_at) = (compact.ok, self.clock.now());
        }
    }

    fn standing(&self, form: Form<'_, Self>) -> Standing {
        let Form::Full(full) = form else { return Standing::Idle };
        let state = full.state();
        if state == self.stance() && state != State::Closed {
            return Standing::Idle;
        }
        match state {
            State::Closed if full.consecutive() > 0 || full.counts().failures > 0 => Standing::Marked,
            State::Closed => Standing::Idle,
            _ => Standing::Refusing,
        }
    }

    fn count(form: Form<'_, Self>, totals: &mut Totals) {
        match form {
            Form::Compact(compact) => {
                totals.add(&[u64::from(compact.ok), 0, 0, 0, 0, 0, 0, 0, 0, u64::from(compact.transitions)]);
            }
            Form::Full(full) => totals.add(&full.figures()),
        }
    }
}
