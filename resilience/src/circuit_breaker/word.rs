//! The state word: everything that an admission must know, in one load.
//!
//! | bits | meaning |
//! |---|---|
//! | 0..3 | [`State`] |
//! | 3 | `WARM`: the window holds fewer calls than `min_calls`, so successes are judged too |
//! | 4 | `TIMED`: calls are timed, for `slow_call` or latencies |
//! | 5 | `BUCKETED`: the window is one in time, so a success goes into its bucket |
//! | 6 | `EXACT`: beside `TIMED`, the tick is not enough for that |
//! | 7 | `SCOPED`: a site must look for a test scope before it asks this breaker |
//! | 8..32 | closed: consecutive failures; half-open: trial places taken, successes, failures, 8 bits each |
//! | 32..63 | generation: one more at each transition and each half-open round |
//! | 63 | `OFF`: switched off |
//!
//! Closed without any failure in a row and with nothing special to do is a lower half of zero. So is switched off, whose
//! state is disabled: its calls are admitted and counted as those of a closed breaker are, and cost no more. Whatever
//! else looks at the word sees that it is off. With `TIMED` or `BUCKETED` and nothing else, the tick tells all that a call
//! needs to know.

/// What a circuit breaker does with calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum State {
    /// Calls pass and are judged.
    Closed,
    /// Calls are refused until the open time is over.
    Open,
    /// A limited number of trial calls pass; their outcomes decide.
    HalfOpen,
    /// Calls are refused until told otherwise.
    ForcedOpen,
    /// Calls pass and are counted, nothing is judged, until told otherwise.
    Disabled,
    /// Calls pass and are judged, but the breaker only says that it would open, until told otherwise.
    MetricsOnly,
}

impl State {
    /// How many there are.
    pub(super) const NUMBER: usize = 6;

    /// A stable name for logs and labels: `closed`, `open`, `half_open`, `forced_open`, `disabled`, `metrics_only`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
            Self::ForcedOpen => "forced_open",
            Self::Disabled => "disabled",
            Self::MetricsOnly => "metrics_only",
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// The bits of the state.
pub(super) const STATE: u64 = 7;
pub(super) const WARM: u64 = 1 << 3;
pub(super) const TIMED: u64 = 1 << 4;
pub(super) const BUCKETED: u64 = 1 << 5;
pub(super) const EXACT: u64 = 1 << 6;
pub(super) const SCOPED: u64 = 1 << 7;
/// The mark of an admission by the tick, on a word whose state is closed: an exclusive or takes it off again. No word that
/// carries a mark equals one of a breaker in the same generation, whose state is still that of the admission.
pub(super) const BY_TICK: u64 = 6;
/// The mark of an admission that took neither short way.
pub(super) const LONG_WAY: u64 = 7;

const LOWER: u64 = 0xFFFF_FFFF;
const COUNT_SHIFT: u32 = 8;
const COUNT_MASK: u64 = 0x00FF_FFFF;

/// The breaker is switched off.
const OFF: u64 = 1 << 63;

/// A copy of the state word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Word(pub(super) u64);

impl Word {
    pub(super) const fn new(state: State, flags: u64, generation: u32) -> Self {
        Self((generation as u64) << 32 & !OFF | flags | state as u64)
    }

    /// Switched off: no flag and no state, so that a call goes the short way.
    pub(super) const fn off(generation: u32) -> Self {
        Self((generation as u64) << 32 | OFF)
    }

    pub(super) const fn is_off(self) -> bool {
        self.0 & OFF != 0
    }

    pub(super) const fn state(self) -> State {
        if self.is_off() {
            return State::Disabled;
        }
        match self.0 & STATE {
            0 => State::Closed,
            1 => State::Open,
            2 => State::HalfOpen,
            3 => State::ForcedOpen,
            4 => State::Disabled,
            _ => State::MetricsOnly,
        }
    }

    pub(super) const fn generation(self) -> u32 {
        ((self.0 & !OFF) >> 32) as u32
    }

    /// Closed, not switched off, and in the generation of `admitted`.
    pub(super) const fn is_closed_as(self, admitted: Self) -> bool {
        self.0 & (OFF | STATE) == 0 && (self.0 ^ admitted.0) & !LOWER == 0
    }

    pub(super) const fn has(self, flag: u64) -> bool {
        self.0 & flag != 0
    }

    /// Closed, no failure in a row, and nothing else to do than to count; or switched off.
    pub(super) const fn is_short_way(self) -> bool {
        self.0 & LOWER == 0
    }

    /// The same, if the tick tells what else there is to know.
    pub(super) const fn is_short_by_tick(self) -> bool {
        self.0 & LOWER & !(TIMED | BUCKETED) == 0
    }

    pub(super) const fn consecutive(self) -> u32 {
        ((self.0 >> COUNT_SHIFT) & COUNT_MASK) as u32
    }

    pub(super) const fn with_consecutive(self, failures: u32) -> Self {
        Self(self.0 & !(COUNT_MASK << COUNT_SHIFT) | (failures as u64 & COUNT_MASK) << COUNT_SHIFT)
    }

    /// With one failure in a row more, where there is room for it.
    pub(super) const fn with_one_more(self) -> Self {
        Self(self.0 + (1 << COUNT_SHIFT))
    }

    pub(super) const fn trials(self) -> Trials {
        let counts = self.consecutive();
        Trials { taken: counts & 0xFF, successes: counts >> 8 & 0xFF, failures: counts >> 16 }
    }

    pub(super) const fn with_trials(self, trials: Trials) -> Self {
        self.with_consecutive(trials.taken | trials.successes << 8 | trials.failures << 16)
    }
}

/// The counts of one half-open round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Trials {
    /// Places given out and not given back, finished trials included.
    pub(super) taken: u32,
    pub(super) successes: u32,
    pub(super) failures: u32,
}
