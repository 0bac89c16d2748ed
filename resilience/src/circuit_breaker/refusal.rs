//! How a circuit refuses calls, and for how long.

use super::{
    state::Core,
    word::{SCOPED, STATE, State},
};
use crate::{Reason, Rejected, cells::add_own, clock::Nanos, event, rejected::Refusal, sync::Ordering};

/// So many refusals of a thread, one reads the clock instead of the tick.
const TRUSTED_REFUSALS: u64 = 32;

impl Core {
    /// The refusal of an open circuit whose time is not yet over by the tick, unless a site has to look past it.
    ///
    /// Now and then a thread looks at the clock all the same: a tick may stand still, in a forked process for ever.
    ///
    /// It is the cost of a refused call, and short: whoever finds nothing here goes on to what knows everything.
    #[inline]
    pub(crate) fn refuse_shortly(&self) -> Option<Refusal> {
        if self.load().0 & (STATE | SCOPED) != State::Open as u64 {
            return None;
        }
        let cell = self.cells.own()?;
        // Of an unknown tick nothing is left: it is later than everything.
        let left = self.open_until.load(Ordering::Acquire).saturating_sub(self.clock.tick());
        if left == 0 || cell.refused.load(Ordering::Relaxed) % TRUSTED_REFUSALS == 0 {
            return None;
        }
        add_own(&cell.refused);
        // Just after the opening the tick may still lie before it.
        let wait = left.min(self.open_time.load(Ordering::Acquire));
        let refusal = Refusal::after(self.name, Reason::CircuitOpen, wait);
        event::rejected(self.registry, refusal);
        Some(refusal)
    }

    pub(super) fn refuse(&self, rejected: Rejected) -> Refusal {
        self.cells.count(|cell| &cell.refused);
        let refusal = rejected.into();
        event::rejected(self.registry, refusal);
        refusal
    }

    /// The time until an open circuit tries again.
    pub(super) fn time_left(&self, now: Nanos) -> Nanos {
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
    pub(super) fn round_left(&self, now: Nanos) -> Nanos {
        let last = self.trial_at.load(Ordering::Acquire);
        if last > now {
            // The clock jumped backwards.
            let _ = self.trial_at.compare_exchange(last, now, Ordering::AcqRel, Ordering::Relaxed);
        }
        let passed = now.saturating_sub(last);
        // "Older than": at exactly the limit the round still stands.
        (self.half_open_for.load(Ordering::Relaxed) + 1).saturating_sub(passed)
    }
}
