use std::time::Duration;

use super::super::{CircuitBreaker, Core, Snapshot, State};
use crate::{
    Key,
    keyed::{Form, Keyable},
};

impl Keyable for CircuitBreaker {
    type Core = Core;
    type Snapshot = Snapshot;

    fn core(&self) -> &Core {
        &self.core
    }

    fn name(&self) -> &'static str {
        self.name()
    }

    fn snapshot_of(core: &Core) -> Snapshot {
        core.snapshot()
    }
}

/// # The breaker of one key
impl Key<CircuitBreaker> {
    /// The state. An open circuit whose time is over says open until a call comes.
    #[must_use]
    pub fn state(&self) -> State {
        self.entry().look(|form| match form {
            Form::Compact(_) => self.base().stance(),
            Form::Full(full) => full.state(),
        })
    }

    /// The time until an open circuit tries again; `None` in every other state.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.entry().full().and_then(Core::retry_after)
    }

    /// Closes the circuit, with an empty window. Nothing happens if it is closed.
    pub fn close(&self) {
        self.go(State::Closed);
    }

    /// Closed, with nothing in its window and no failure in a row, from any state. Totals stay.
    pub fn reset(&self) {
        self.entry().machine(self.base()).reset();
    }

    /// Refuses every call of this key until told otherwise.
    pub fn force_open(&self) {
        self.go(State::ForcedOpen);
    }

    /// Lets every call of this key pass, counted but not judged, until told otherwise.
    pub fn disable(&self) {
        self.go(State::Disabled);
    }

    /// Lets every call of this key pass and only says when it would open, until told otherwise.
    pub fn metrics_only(&self) {
        self.go(State::MetricsOnly);
    }

    fn go(&self, state: State) {
        if self.state() != state {
            self.entry().machine(self.base()).go(state);
        }
    }
}
