use std::{collections::VecDeque, time::Duration};

use super::{Cause, State};
use crate::clock::Nanos;

/// The transitions that a breaker remembers.
const REMEMBERED: usize = 100;

/// A change of a circuit breaker's state, or another half-open round, or a reset.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Transition {
    /// How long ago.
    pub ago: Duration,
    /// The state before.
    pub from: State,
    /// The state since.
    pub to: State,
    /// Why.
    pub cause: Cause,
}

/// What a breaker remembers of its life, under the ledger's lock. Most breakers never change their state, so it is made
/// at the first transition.
pub(super) struct Past {
    last: VecDeque<(Nanos, State, State, Cause)>,
    /// Changes into each state, by its number.
    entered: [u64; State::NUMBER],
}

impl Past {
    pub(super) const fn new() -> Self {
        Self { last: VecDeque::new(), entered: [0; State::NUMBER] }
    }

    pub(super) fn push(&mut self, at: Nanos, from: State, to: State, cause: Cause) {
        if self.last.len() == REMEMBERED {
            self.last.pop_front();
        }
        self.last.push_back((at, from, to, cause));
        if from != to {
            self.entered[to as usize] += 1;
        }
    }

    pub(super) const fn entered(&self, state: State) -> u64 {
        self.entered[state as usize]
    }

    /// The last transitions, the oldest first.
    pub(super) fn transitions(&self, now: Nanos) -> Vec<Transition> {
        let transition = |&(at, from, to, cause): &(Nanos, State, State, Cause)| {
            let ago = Duration::from_nanos(now.saturating_sub(at));
            Transition { ago, from, to, cause }
        };
        self.last.iter().map(transition).collect()
    }
}
