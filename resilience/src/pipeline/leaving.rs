//! The way out.

use std::time::Duration;

use super::{Layer, Passage, passage::Slot, rules::Classification};
use crate::{
    Failure, Verdict,
    circuit_breaker::{Blame, blame},
    label,
};

/// What follows from an outcome, once it has been carried outwards as far as it goes.
pub(crate) enum Step<T, E> {
    Done(Result<T, Failure<E>>),
    /// Once more, after so long.
    Again(Duration),
    /// The fallback is to answer.
    FallBack(Failure<E>),
}

impl Passage<'_> {
    /// Carries an outcome outwards, through the layers that the call is still inside.
    pub(crate) fn leave<T, E>(
        &mut self,
        answer: Result<T, Failure<E>>,
        classes: &impl Classification<T, E>,
        has_tier: bool,
    ) -> Step<T, E> {
        let _label = label::enter(self.label);
        while let Some(index) = self.depth.checked_sub(1) {
            let layer = &self.layers[index];
            match layer {
                Layer::CircuitBreaker(_) => self.settle(index, &answer, classes),
                Layer::Retry(_) => {
                    if let Some(delay) = self.repeat(index, &answer, classes) {
                        return Step::Again(delay);
                    }
                }
                _ => {}
            }
            self.slots()[index] = Slot::Empty;
            self.depth = index;
            if let (Layer::Fallback(fallback), Err(failure)) = (layer, &answer)
                && has_tier
                && !self.without.has(layer.kind())
                && fallback.core().is_enabled()
                && self.covers(failure, classes)
            {
                fallback.core().used(failure.rejected());
                return match answer {
                    Err(failure) => Step::FallBack(failure),
                    answer @ Ok(_) => Step::Done(answer),
                };
            }
        }
        Step::Done(answer)
    }

    /// Tells a circuit breaker.
    fn settle<T, E>(
        &mut self,
        index: usize,
        answer: &Result<T, Failure<E>>,
        classes: &impl Classification<T, E>,
    ) {
        if !matches!(self.slots()[index], Slot::Permit(_)) {
            return;
        }
        // Asked before the permit is taken: a panic in there finds every permit in its place.
        let watch = self.watch();
        let blame = match answer {
            Ok(value) => match classes.verdict(Ok(value)) {
                Verdict::Success => None,
                Verdict::Failure => Some(Blame::Failure),
                Verdict::Neither => Some(Blame::Neither),
            },
            Err(failure) => Some(blame(failure, |error| classes.verdict(Err(error)))),
        };
        self.unwatch(watch);
        if let Slot::Permit(permit) = &mut self.slots()[index] {
            match blame {
                None => permit.success(),
                Some(blame) => permit.settle(blame),
            }
        }
    }

    /// Asks a retry.
    fn repeat<T, E>(
        &mut self,
        index: usize,
        answer: &Result<T, Failure<E>>,
        classes: &impl Classification<T, E>,
    ) -> Option<Duration> {
        let watch = self.watch();
        let delay = match (&mut self.slots()[index], answer) {
            (Slot::Attempts(attempts), Ok(value)) => {
                if classes.is_wanted_again(Ok(value)) {
                    attempts.unwanted()
                } else {
                    attempts.succeeded();
                    None
                }
            }
            (Slot::Attempts(attempts), Err(failure)) => attempts.after(
                failure,
                |error| classes.is_wanted_again(Err(error)),
                |error| classes.hint(error),
            ),
            _ => None,
        };
        self.unwatch(watch);
        delay
    }

    pub(super) fn covers<T, E>(&mut self, failure: &Failure<E>, classes: &impl Classification<T, E>) -> bool {
        let watch = self.watch();
        let covers = classes.covers(failure);
        self.unwatch(watch);
        covers
    }

    /// The fallback, whose layer the call has just left, failed as well.
    pub(super) fn tier_failed(&mut self) {
        let _label = label::enter(self.label);
        if let Some(Layer::Fallback(fallback)) = self.layers.get(self.depth) {
            fallback.core().failed();
        }
    }
}
