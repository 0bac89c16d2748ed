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
        event::rejected(self.registry, || self.key.as_deref(), refusal);
        Some(refusal)
    }

    pub(super) fn refuse(&self, rejected: Rejected) -> Refusal {
        self.cells.count(|cell| &cell.refused);
        let refusal = rejected.into();
        event::rejected(self.registry, || self.key.as_deref(), refusal);
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::TRUSTED_REFUSALS;
    use crate::{
        CircuitBreaker, Reason, Rejected,
        circuit_breaker::{Config, Permit},
        clock::ScriptedClock,
    };

    const SECOND: Duration = Duration::from_secs(1);
    const MS: Duration = Duration::from_millis(1);

    /// A breaker that is open for a minute, with a tick.
    fn open() -> (CircuitBreaker, ScriptedClock) {
        let clock = ScriptedClock::new();
        clock.turn();
        let config = Config::new().threshold(1).open_for(60 * SECOND);
        let breaker = CircuitBreaker::with_clock("stock", config, clock.clone()).unwrap();
        breaker.acquire().unwrap().failure();
        (breaker, clock)
    }

    fn refused(breaker: &CircuitBreaker) -> Rejected {
        breaker.acquire().map(Permit::ignore).unwrap_err()
    }

    #[test]
    fn one_refusal_of_many_reads_the_clock_and_each_is_counted() {
        let (breaker, clock) = open();
        let before = clock.readings();
        (0..10 * TRUSTED_REFUSALS).for_each(|_| {
            refused(&breaker);
        });
        assert_eq!(clock.readings() - before, 10);
        assert_eq!(breaker.snapshot().refused, 10 * TRUSTED_REFUSALS);
    }

    #[test]
    fn a_refusal_by_the_tick_says_when_to_come_again() {
        let (breaker, clock) = open();
        refused(&breaker);
        clock.advance(5 * MS);
        clock.turn();
        let rejected = refused(&breaker);
        assert_eq!(rejected.reason(), Reason::CircuitOpen);
        assert_eq!(rejected.name(), "stock");
        assert_eq!(rejected.retry_after(), Some(Duration::from_millis(59_995)));
    }

    #[test]
    fn a_tick_before_the_opening_does_not_lengthen_it() {
        let clock = ScriptedClock::new();
        clock.turn();
        clock.advance(9 * MS);
        let config = Config::new().threshold(1).open_for(SECOND);
        let breaker = CircuitBreaker::with_clock("stock", config, clock).unwrap();
        breaker.acquire().unwrap().failure();
        refused(&breaker);
        assert_eq!(refused(&breaker).retry_after(), Some(SECOND));
    }

    #[test]
    fn a_tick_that_stands_still_does_not_keep_a_circuit_open() {
        let (breaker, clock) = open();
        refused(&breaker);
        clock.advance(61 * SECOND);
        let mut calls = (0..TRUSTED_REFUSALS).map(|_| breaker.acquire().map(Permit::success));
        assert!(calls.any(|call| call.is_ok()));
    }
}
