//! Whether the machine is the measurement's own at the moment.
//!
//! A virtual processor shares its core with strangers. While one of them is busy, everything that keeps the core's units
//! occupied takes up to twice as long, for a tenth of a second or for many, and no counter of this machine tells. A piece of
//! work that never changes does tell: it is timed beside each batch, and only a batch between two pieces at the machine's
//! own pace counts.

use std::{
    hint::black_box,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Rounds of one piece of work: about twenty microseconds.
const ROUNDS: u64 = 20_000;
/// A piece may take so many hundredths of the shortest one.
const TOLERANCE: u64 = 108;
/// How long the shortest piece is looked for at first.
const SEARCH: Duration = Duration::from_secs(2);

/// Nanoseconds of the shortest piece of this process.
static PACE: AtomicU64 = AtomicU64::new(u64::MAX);

/// How long measurements may still wait for a quiet machine.
#[derive(Debug)]
pub struct Patience(Duration);

impl Patience {
    /// So long in all; looks for the machine's own pace first.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        let start = Instant::now();
        while start.elapsed() < SEARCH {
            let _ = quiet();
        }
        Self(time)
    }

    /// Waits until the machine is quiet; false if there is no patience left.
    pub fn await_quiet(&mut self) -> bool {
        let start = Instant::now();
        while self.0 > start.elapsed() {
            if quiet() {
                self.spend(start);
                return true;
            }
        }
        self.spend(start);
        false
    }

    /// Takes off what has passed since then; false if nothing is left.
    pub fn spend(&mut self, since: Instant) -> bool {
        self.0 = self.0.saturating_sub(since.elapsed());
        !self.0.is_zero()
    }
}

/// Does a piece of work, and tells whether it went at the machine's own pace.
#[must_use]
pub fn quiet() -> bool {
    let start = Instant::now();
    black_box(piece());
    let taken = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let best = PACE.fetch_min(taken, Ordering::Relaxed).min(taken);
    taken.saturating_mul(100) <= best.saturating_mul(TOLERANCE)
}

/// Four chains of additions and turns, enough to fill a core's units, and no memory.
#[inline(never)]
fn piece() -> u64 {
    let [mut one, mut two, mut three, mut four] = black_box([1_u64, 2, 3, 4]);
    for round in 0..ROUNDS {
        one = black_box(one.wrapping_add(round ^ two));
        two = two.rotate_left(3) ^ round;
        three = three.wrapping_add(four ^ round);
        four = four.rotate_left(5) ^ three;
    }
    one ^ two ^ three ^ four
}
