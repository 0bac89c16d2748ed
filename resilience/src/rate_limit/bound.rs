//! The bound under a tick that runs, stumbles, stands still or dies, against a bucket that knows every moment.

use std::{ops::Range, time::Duration};

use super::{Config, RateLimit};
use crate::clock::ScriptedClock;

const MICRO: Duration = Duration::from_micros(1);
const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const PERIOD: Duration = Duration::from_millis(5);
/// The longest distance of two ticks that is no stall.
const LONGEST: Duration = Duration::from_millis(20);

/// A rate limit on a clock with a tick, and the exact bucket beside it. Times are in 1/126 ns, in which every spacing
/// used here is whole.
struct Stage {
    clock: ScriptedClock,
    limit: RateLimit,
    spacing: u128,
    tolerance: u128,
    /// When the bucket will be full again.
    full: u128,
    random: fastrand::Rng,
    next_round: Duration,
}

fn units(time: Duration) -> u128 {
    time.as_nanos() * 126
}

impl Stage {
    fn new(seed: u64) -> Self {
        let clock = ScriptedClock::new();
        let limit = RateLimit::with_clock("quota", Config::new().rate(1, SECOND), clock.clone()).unwrap();
        let random = fastrand::Rng::with_seed(seed);
        let mut stage =
            Self { clock, limit, spacing: 0, tolerance: 0, full: 0, random, next_round: Duration::ZERO };
        // Past the first second, in which the bucket of one call fills again.
        stage.clock.advance(SECOND);
        stage.reconfigure();
        stage
    }

    fn set(&mut self, calls: u32, period: Duration, burst: u32, max_wait: Duration) {
        self.spacing = units(period) / u128::from(calls);
        assert_eq!(self.spacing * u128::from(calls), units(period));
        self.tolerance = self.spacing * u128::from(burst);
        self.full = self.full.min(units(self.clock.elapsed()) + self.tolerance);
        self.limit.reconfigure(Config::new().rate(calls, period).burst(burst).max_wait(max_wait)).unwrap();
    }

    fn reconfigure(&mut self) {
        let calls = [100, 1_000, 50_000, 1_000_000, 1_000_000_000][self.random.usize(..5)];
        let period = SECOND * [1, 1, 10][self.random.usize(..3)];
        let burst = [calls, calls / 2, calls / 10, 200][self.random.usize(..4)];
        let max_wait = MS * [0, 0, 3][self.random.usize(..3)];
        self.set(calls, period, burst, max_wait);
    }

    fn debt(&self) -> u128 {
        self.full.saturating_sub(units(self.clock.elapsed()))
    }

    /// A call; `slack` is how much longer than needed a permit may count as taken.
    fn call(&mut self, slack: Option<Duration>) -> bool {
        let outcome = if self.random.bool() { self.limit.acquire() } else { self.limit.try_acquire() };
        let fits = self.tolerance.checked_sub(self.debt() + self.spacing);
        match (outcome, fits) {
            (Ok(()), Some(_)) => self.full = self.full.max(units(self.clock.elapsed())) + self.spacing,
            (Ok(()), None) => panic!("one too many"),
            (Err(_), Some(room)) => {
                if let Some(slack) = slack {
                    assert!(room < units(slack), "refused with {room} units to spare");
                }
            }
            (Err(_), None) => {}
        }
        outcome.is_ok()
    }

    fn calls(&mut self, slack: Option<Duration>) {
        let calls = [1, 3, 30, 300][self.random.usize(..4)];
        for _ in 0..calls {
            self.call(slack);
            if self.random.u8(..8) == 0 {
                self.clock.advance(MICRO * self.random.u32(..20));
            }
        }
        let available = u128::from(self.limit.snapshot().available);
        assert!(available * self.spacing + self.debt() <= self.tolerance);
    }

    fn any(&mut self, millis: Range<u32>) -> Duration {
        MICRO * self.random.u32(millis.start * 1_000..millis.end * 1_000)
    }

    /// Time passes, with a round of the tick whenever one is due.
    fn pass(&mut self, time: Duration) {
        let end = self.clock.elapsed() + time;
        while self.next_round <= end {
            self.clock.advance(self.next_round.saturating_sub(self.clock.elapsed()));
            self.clock.turn();
            self.next_round = self.clock.elapsed() + PERIOD;
        }
        self.clock.advance(end.saturating_sub(self.clock.elapsed()));
    }
}

/// A rate limit of 100,000 calls a second under a grant: some calls have come at once.
fn busy() -> Stage {
    let mut stage = Stage::new(0);
    stage.set(100_000, SECOND, 100_000, Duration::ZERO);
    stage.pass(SECOND);
    for _ in 0..3 {
        assert!(stage.call(None));
    }
    stage
}

#[test]
fn no_window_ever_holds_too_many_whatever_the_tick_does() {
    for seed in 0..400 {
        let mut stage = Stage::new(seed);
        for _ in 0..150 {
            match stage.random.u8(..16) {
                0..6 => stage.calls(None),
                6 => stage.clock.turn(),
                7 => {
                    let time = stage.any(0..50);
                    stage.clock.turn_for(time);
                }
                8 => stage.clock.pause(),
                9 => stage.reconfigure(),
                10 => {
                    let time = stage.any(0..3_000);
                    stage.clock.advance(time);
                }
                11 => {
                    let time = stage.any(0..300);
                    stage.pass(time);
                }
                _ => {
                    let time = stage.any(0..7);
                    stage.clock.advance(time);
                }
            }
        }
    }
}

#[test]
fn while_the_tick_runs_nobody_is_refused_more_than_a_tick_too_early() {
    for seed in 0..300 {
        let mut stage = Stage::new(seed);
        for _ in 0..150 {
            match stage.random.u8(..8) {
                0..4 => stage.calls(Some(LONGEST)),
                4 if stage.random.u8(..8) == 0 => stage.reconfigure(),
                5 => {
                    let time = stage.any(0..3_000);
                    stage.pass(time);
                }
                _ => {
                    let time = stage.any(0..12);
                    stage.pass(time);
                }
            }
        }
    }
}

#[test]
fn without_a_tick_it_is_exact() {
    for seed in 0..200 {
        let mut stage = Stage::new(seed);
        for _ in 0..150 {
            stage.calls(Some(Duration::ZERO));
            let time = stage.any(0..20);
            stage.clock.advance(time);
            if stage.random.u8(..8) == 0 {
                stage.reconfigure();
            }
        }
    }
}

#[test]
fn a_busy_rate_limit_reads_the_clock_twice_per_tick() {
    let mut stage = busy();
    let before = stage.clock.readings();
    for _ in 0..100 {
        stage.pass(PERIOD);
        (0..200).for_each(|_| assert!(stage.limit.try_acquire().is_ok()));
    }
    let readings = stage.clock.readings() - before;
    assert!(readings <= 200, "{readings} readings for 20,000 calls");
}

#[test]
fn a_rare_call_gives_no_grant() {
    let mut stage = busy();
    for _ in 0..10 {
        stage.pass(40 * MS);
        let before = stage.clock.readings();
        assert!(stage.call(None));
        assert!(stage.clock.readings() > before);
    }
    assert!(stage.limit.core.line.lock().unwrap().given.is_none());
}

#[test]
fn a_small_burst_is_never_given_out() {
    let mut stage = busy();
    stage.set(1_000, SECOND, 300, Duration::ZERO);
    for _ in 0..100 {
        stage.pass(MS);
        let before = stage.clock.readings();
        assert!(stage.call(Some(Duration::ZERO)));
        assert!(stage.clock.readings() > before);
    }
}

#[test]
fn the_whole_burst_goes_at_once_after_a_busy_time_and_a_rest() {
    let mut stage = busy();
    (0..50_000).for_each(|_| assert!(stage.call(None)));
    stage.pass(2 * SECOND);
    (0..100_000).for_each(|_| assert!(stage.call(None)));
    assert!(!stage.call(None));
}

#[test]
fn permits_taken_by_a_tick_that_died_count_as_taken_now() {
    let mut stage = busy();
    stage.clock.advance(10 * SECOND);
    // The 99,997 that were left when the tick was alive, and one that had come back beside each of the two before them
    // which were not the grant's.
    let went = (0..200_000).filter(|_| stage.call(None)).count();
    assert_eq!(went, 99_999);
}

#[test]
fn a_dead_tick_is_noticed_when_the_grant_is_used_up() {
    let mut stage = busy();
    stage.clock.advance(10 * SECOND);
    while stage.call(None) {}
    for _ in 0..1_000 {
        stage.clock.advance(MS);
        let before = stage.clock.readings();
        assert!(stage.call(Some(Duration::ZERO)));
        assert!(stage.clock.readings() > before, "by the exact clock");
    }
}

#[test]
fn a_far_refusal_goes_by_the_tick_and_its_hint_is_never_too_early() {
    let mut stage = Stage::new(0);
    stage.set(1, 10 * SECOND, 1, Duration::ZERO);
    stage.pass(20 * SECOND);
    assert!(stage.call(None));
    let begin = stage.clock.elapsed();
    let before = stage.clock.readings();
    for _ in 0..640 {
        stage.pass(MS);
        let hint = stage.limit.try_acquire().unwrap_err().retry_after().unwrap();
        let wait = (begin + 10 * SECOND).saturating_sub(stage.clock.elapsed());
        assert!((wait..=wait + PERIOD + MS).contains(&hint), "{hint:?} of {wait:?}");
    }
    assert_eq!(stage.clock.readings() - before, 20);
}

#[test]
fn refusals_by_a_tick_that_died_end() {
    let mut stage = Stage::new(0);
    stage.set(1, SECOND, 1, Duration::ZERO);
    stage.pass(20 * SECOND);
    assert!(stage.call(None));
    for _ in 0..10 {
        assert!(stage.limit.try_acquire().is_err());
    }
    stage.clock.advance(10 * SECOND);
    let refused = (0..100).take_while(|_| stage.limit.try_acquire().is_err()).count();
    assert!(refused < 32, "{refused}");
}

#[test]
fn a_caller_that_may_wait_is_not_refused_by_the_tick() {
    let mut stage = Stage::new(0);
    stage.set(10, SECOND, 1, 100 * MS);
    stage.pass(SECOND + 4 * MS);
    for _ in 0..100 {
        assert!(stage.limit.acquire().is_ok());
    }
}

#[test]
fn a_snapshot_counts_what_the_grant_has_left() {
    let mut stage = busy();
    assert_eq!(stage.limit.snapshot().available, 99_997);
    (0..1_000).for_each(|_| assert!(stage.call(None)));
    let snapshot = stage.limit.snapshot();
    assert_eq!((snapshot.available, snapshot.admitted), (98_997, 1_003));
    stage.pass(SECOND);
    assert_eq!(stage.limit.snapshot().available, 100_000);
}

#[test]
fn new_settings_end_the_grant() {
    let mut stage = busy();
    stage.set(1, SECOND, 1, Duration::ZERO);
    assert!(!stage.call(None), "the permits in use fill the new burst");
    stage.pass(SECOND);
    assert!(stage.call(None));
    assert!(!stage.call(None));
}
