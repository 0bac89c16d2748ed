//! When a window opens the circuit.

use super::{cause::Cause, history::Counts, settings::Settings};

/// Whether a success can be the call that makes a rate count.
pub(super) fn needs_warming(settings: &Settings) -> bool {
    settings.failure_rate.is_some() || settings.slow_rate.is_some()
}

/// The rule that the window breaks, if it breaks one.
pub(super) fn broken_rule(settings: &Settings, counts: Counts) -> Option<Cause> {
    if settings.failure_count.is_some_and(|most| counts.failures >= u64::from(most)) {
        return Some(Cause::Count(counts));
    }
    if counts.calls < u64::from(settings.min_calls) {
        return None;
    }
    if settings.failure_rate.is_some_and(|most| counts.failures > 0 && counts.failure_rate() >= most) {
        return Some(Cause::FailureRate(counts));
    }
    if settings.slow_rate.is_some_and(|most| counts.slow > 0 && counts.slow_rate() >= most) {
        return Some(Cause::SlowRate(counts));
    }
    None
}
