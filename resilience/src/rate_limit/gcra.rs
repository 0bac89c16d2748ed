//! The generic cell rate algorithm, as a pure function.
//!
//! A permit costs `spacing`, the period divided by the calls in it. The one thing to remember is the *theoretical
//! arrival time* (tat): the moment at which every permit used so far will have come back. How far it lies ahead of now
//! is the debt; a call may go if the debt with its own spacing is at most `tolerance`, the spacing of a whole burst.
//!
//! # Units
//!
//! Times are counted in 1/126 of a nanosecond, always even, and wrap around. 126 = 2 · 63, so a spacing is exact for
//! every rate whose calls divide 63 times the period in nanoseconds: 2, 5 and 10 to the ninth power per second, what
//! divides them, and 3, 7, 9, 21 times that. Otherwise it is rounded up, so that no more than `rate * window + burst`
//! calls ever go. Every time is even, which leaves the lowest bit of the atomic word free for a flag. The unit does not
//! depend on the rate, so a word read with the settings of yesterday still means the same time.
//!
//! All arithmetic is on differences modulo 2^64, which is 4.6 years: half of it lies ahead of now, half behind. A debt
//! is 30 days at most (the settings see to it). A limit idle for more than 2.3 years may take its tat for one that lies
//! ahead, and then starts with its burst used up instead of full.

use std::time::Duration;

use super::Settings;
use crate::clock::{Nanos, nanos};

/// A moment, or a length of time, in 1/126 ns.
pub(super) type Units = u64;

const UNITS_PER_NANO: u64 = 126;

/// The moment of a clock's reading.
pub(super) const fn moment(reading: Nanos) -> Units {
    reading.wrapping_mul(UNITS_PER_NANO)
}

/// A length of time.
pub(super) const fn length(duration: Duration) -> Units {
    nanos(duration).saturating_mul(UNITS_PER_NANO)
}

/// The other way, rounded up.
pub(super) const fn duration(units: Units) -> Duration {
    Duration::from_nanos(units.div_ceil(UNITS_PER_NANO))
}

/// How long until `then`; zero if it has come.
pub(super) const fn until(then: Units, now: Units) -> Units {
    let ahead = then.wrapping_sub(now);
    if ahead.cast_signed() > 0 { ahead } else { 0 }
}

/// What a rate and a burst come to.
#[derive(Clone, Copy)]
pub(super) struct Gcra {
    pub(super) spacing: Units,
    pub(super) tolerance: Units,
}

/// The answer to a caller who asks for a permit.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    /// Go: the new tat.
    Admit(Units),
    /// Not yet: so much time until this caller's permit comes.
    Wait(Units),
    /// The tat lies further ahead than any debt can: the clock went backwards, or the burst was made smaller. It must
    /// be brought back, to `now + tolerance`, or nobody would be admitted until the clock has caught up.
    Astray,
}

impl Gcra {
    pub(super) const fn new(settings: &Settings) -> Self {
        if !settings.enabled {
            return Self { spacing: 0, tolerance: Units::MAX >> 1 };
        }
        // At most a day of 8.64e13 ns, times 63.
        let spacing = (nanos(settings.period) * (UNITS_PER_NANO / 2)).div_ceil(settings.calls as u64) * 2;
        Self { spacing, tolerance: spacing.saturating_mul(settings.burst as u64) }
    }

    /// Whether a caller with so many others before it may go now.
    #[inline]
    pub(super) const fn decide(self, tat: Units, now: Units, before: u64) -> Decision {
        let debt = until(tat, now);
        if debt > self.tolerance {
            return Decision::Astray;
        }
        let needed = debt.saturating_add(self.spacing.saturating_mul(before.saturating_add(1)));
        if needed > self.tolerance {
            Decision::Wait(needed - self.tolerance)
        } else {
            Decision::Admit(now.wrapping_add(debt + self.spacing))
        }
    }

    /// Whether the rate limit is switched off: a permit costs nothing.
    pub(super) const fn is_off(self) -> bool {
        self.spacing == 0
    }

    /// Permits that are there now.
    pub(super) const fn available(self, tat: Units, now: Units) -> u64 {
        if self.is_off() {
            return u64::MAX;
        }
        self.tolerance.saturating_sub(until(tat, now)) / self.spacing
    }
}
