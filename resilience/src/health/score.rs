//! From what is seen of a service to a number.

use std::{fmt, time::Duration};

use crate::circuit_breaker::State;

/// What the score of a service is made of: the last minute of its policies.
///
/// The score is the product of four factors between 0 and 1, each to the power of its weight, so that one that is bad
/// cannot be outweighed by three that are good. What is not known does not lower it. A sign that gets worse never raises
/// the score.
///
/// | factor | weight | 1 | falls to its least |
/// |---|---|---|---|
/// | errors | 0.39 | 1 % of the calls fail, or a tenth of what opens the circuit if that is less | 0.05 at the share that opens it |
/// | latency | 0.28 | 90 % of the calls take no longer than `usual` | 0.05 at twice that |
/// | saturation | 0.17 | up to 70 % of the places are in use, nobody is refused one | 0.2 at all places, 0.05 at all refused |
/// | state | 0.17 | closed, or judging nothing | half-open 0.5, open and forced open 0.05 |
///
/// Shares are taken at the lower end of what their number of calls makes likely (a Wilson bound of 95 %), so that one
/// failure among two calls is not half of all.
///
/// ```
/// use resilience::{circuit_breaker::State, health::Signs};
///
/// let mut signs = Signs::default();
/// assert!((signs.score() - 1.0).abs() < 1e-9);
/// (signs.calls, signs.failures) = (200, 50);
/// let limping = signs.score();
/// signs.state = Some(State::Open);
/// assert!(signs.score() < limping && limping < 0.9);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Signs {
    /// Calls that succeeded or failed: those of the circuit breaker, without one those of the retry, without either those
    /// that a registered service counts.
    pub calls: u64,
    /// Those of them that failed.
    pub failures: u64,
    /// The share of failures that opens the circuit; 0.5 where no share does.
    pub opens_at: f64,
    /// Calls that got a place of a bulkhead or a permit of a rate limit; where calls have keys, those that the circuit
    /// breaker of their key let pass as well.
    pub admitted: u64,
    /// Calls that got none.
    pub turned_away: u64,
    /// The share of the bulkhead's places in use, the mean of the samples, and of all keys where calls have keys.
    pub in_use: f64,
    /// 90 % of the calls took no longer, where a circuit breaker measures latency.
    pub p90: Option<Duration>,
    /// What `p90` is held against: the `slow_call` of the circuit breaker, else half of the timeout, else twice what it
    /// has been in most minutes of the last hour, and at least 10 ms.
    pub usual: Option<Duration>,
    /// The state of the circuit breaker.
    pub state: Option<State>,
    /// Calls that the circuit breaker refused. Its state says enough, so without keys they are no part of the score.
    pub refused: u64,
}

impl Default for Signs {
    /// Nothing seen.
    fn default() -> Self {
        Self {
            calls: 0,
            failures: 0,
            opens_at: 0.5,
            admitted: 0,
            turned_away: 0,
            in_use: 0.0,
            p90: None,
            usual: None,
            state: None,
            refused: 0,
        }
    }
}

/// Each factor's part of the whole, which is 0.9: the rest belongs to active checks.
const WEIGHTS: [f64; 4] = [0.35, 0.25, 0.15, 0.15];
/// No factor is less: a power of zero would hide the others.
const LEAST: f64 = 0.05;
/// That of a bulkhead whose places are all in use, which is no fault of the service as long as nobody is refused.
const LEAST_FULL: f64 = 0.2;
/// A factor below this is worth a word.
const WORTH_A_WORD: f64 = 0.95;

impl Signs {
    /// The score: 1 is without fault, and nothing is below 0.05.
    #[must_use]
    pub fn score(&self) -> f64 {
        let whole: f64 = WEIGHTS.iter().sum();
        let factors = [self.errors(), self.latency(), self.saturation(), self.circuit()];
        factors.iter().zip(WEIGHTS).map(|(factor, weight)| factor.powf(weight / whole)).product()
    }

    /// The share of calls that failed; 0 without any.
    #[must_use]
    pub fn failure_rate(&self) -> f64 {
        share(self.failures, self.calls)
    }

    fn errors(&self) -> f64 {
        let free = (self.opens_at / 10.0).min(0.01);
        let likely = likely_share(self.failures, self.calls);
        falling((likely - free) / (self.opens_at - free), LEAST)
    }

    fn latency(&self) -> f64 {
        match (self.p90, self.usual) {
            (Some(p90), Some(usual)) if !usual.is_zero() => {
                falling(p90.as_secs_f64() / usual.as_secs_f64() - 1.0, LEAST)
            }
            _ => 1.0,
        }
    }

    fn saturation(&self) -> f64 {
        let full = falling((self.in_use - 0.7) / 0.3, LEAST_FULL);
        let refused = likely_share(self.turned_away, self.turned_away.saturating_add(self.admitted));
        full.min(falling(refused, LEAST))
    }

    fn circuit(&self) -> f64 {
        match self.state {
            Some(State::Open | State::ForcedOpen) => LEAST,
            Some(State::HalfOpen) => 0.5,
            Some(State::Closed | State::Disabled | State::MetricsOnly) | None => 1.0,
        }
    }
}

/// What lowers the score, the worst first; "nothing wrong" if nothing does.
impl fmt::Display for Signs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reasons = Vec::new();
        if let Some(state) = self.state.filter(|_| self.circuit() < WORTH_A_WORD) {
            reasons.push((self.circuit(), format!("circuit {}", state.as_str().replace('_', " "))));
        }
        if self.errors() < WORTH_A_WORD {
            let share = self.failure_rate() * 100.0;
            reasons.push((self.errors(), format!("{share:.1} % of {} calls failed", self.calls)));
        }
        if let (Some(p90), Some(usual)) = (self.p90, self.usual)
            && self.latency() < WORTH_A_WORD
        {
            reasons.push((self.latency(), format!("p90 {p90:.1?} where {usual:.1?} is usual")));
        }
        if self.saturation() < WORTH_A_WORD {
            let text = if self.turned_away == 0 {
                format!("{:.0} % of the places in use", self.in_use * 100.0)
            } else {
                let all = self.turned_away.saturating_add(self.admitted);
                format!("{} of {all} calls turned away", self.turned_away)
            };
            reasons.push((self.saturation(), text));
        }
        reasons.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        if reasons.is_empty() {
            return f.write_str("nothing wrong");
        }
        for (at, (_, reason)) in reasons.iter().enumerate() {
            write!(f, "{}{reason}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// From 1 at 0 to `least` at 1, and no further on either side.
fn falling(at: f64, least: f64) -> f64 {
    // A comparison, since a clamp would hand on what is not a number.
    if at > 0.0 { (1.0 - at).max(least) } else { 1.0 }
}

#[allow(clippy::cast_precision_loss)] // Far fewer than 2^52 calls in a minute.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part.min(whole) as f64 / whole as f64 }
}

/// The lower end of the shares that `part` of `whole` makes likely: the Wilson bound that 95 % of all samples are above.
#[allow(clippy::cast_precision_loss)] // As above.
fn likely_share(part: u64, whole: u64) -> f64 {
    const Z: f64 = 1.645;
    if whole == 0 {
        return 0.0;
    }
    let (n, p) = (whole as f64, share(part, whole));
    let middle = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((middle - spread) / (1.0 + Z * Z / n)).max(0.0)
}
