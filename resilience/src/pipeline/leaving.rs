//! The way out.

use std::time::Duration;

use super::{Layer, Passage, classes::Classification, passage::Slot};
use crate::{
    Failure, Verdict,
    circuit_breaker::{Blame, blame},
    label,
    retry::Attempts,
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
    pub(crate) fn leave<T, E, C: Classification<T, E>>(
        &mut self,
        mut answer: Result<T, Failure<E>>,
        classes: &C,
        has_tier: bool,
    ) -> Step<T, E> {
        let _label = label::enter(self.label);
        while let Some(index) = self.depth.checked_sub(1) {
            let layer = &self.layers[index];
            match layer {
                Layer::CircuitBreaker(_) => self.settle(index, &answer, classes),
                Layer::Retry(_) => match self.repeat(index, answer, classes) {
                    Ok(left) => answer = left,
                    Err(delay) => return Step::Again(delay),
                },
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

    /// Asks a retry: what goes further out, or how long until the next attempt.
    fn repeat<T, E, C: Classification<T, E>>(
        &mut self,
        index: usize,
        answer: Result<T, Failure<E>>,
        classes: &C,
    ) -> Result<Result<T, Failure<E>>, Duration> {
        let watch = self.watch();
        let next = match &mut self.slots()[index] {
            Slot::Attempts(attempts) => after(attempts, answer, classes),
            _ => Ok(answer),
        };
        self.unwatch(watch);
        next
    }

    pub(super) fn covers<T, E>(&mut self, failure: &Failure<E>, classes: &impl Classification<T, E>) -> bool {
        let watch = self.watch();
        let covers = classes.covers(failure);
        self.unwatch(watch);
        covers
    }

    /// What `all_failed` is to be given beside the fallback's own error.
    pub(super) fn keep<T, E, C: Classification<T, E>>(
        &mut self,
        failure: &Failure<E>,
        classes: &C,
    ) -> C::Kept {
        let watch = self.watch();
        let kept = classes.keep(failure);
        self.unwatch(watch);
        kept
    }

    /// The fallback, whose layer the call has just left, failed as well.
    pub(super) fn tier_failed<T, E, C: Classification<T, E>>(
        &mut self,
        kept: C::Kept,
        last: E,
        classes: &C,
    ) -> Failure<E> {
        let _label = label::enter(self.label);
        if let Some(Layer::Fallback(fallback)) = self.layers.get(self.depth) {
            fallback.core().failed();
        }
        let watch = self.watch();
        let error = classes.all_failed(kept, last);
        self.unwatch(watch);
        Failure::Error(error)
    }
}

/// What a retry makes of an attempt's end.
fn after<T, E, C: Classification<T, E>>(
    attempts: &mut Attempts<'_>,
    answer: Result<T, Failure<E>>,
    classes: &C,
) -> Result<Result<T, Failure<E>>, Duration> {
    let failed = attempts.attempt();
    match answer {
        Ok(value) => {
            if !classes.is_wanted_again(Ok(&value)) {
                attempts.succeeded();
            } else if let Some(delay) = attempts.unwanted() {
                classes.repeats(failed, delay, None);
                return Err(delay);
            }
            Ok(Ok(value))
        }
        Err(failure) => {
            let wanted = |error: &E| classes.is_wanted_again(Err(error));
            if let Some(delay) = attempts.after(&failure, wanted, |error| classes.hint(error)) {
                classes.repeats(failed, delay, Some(&failure));
                return Err(delay);
            }
            Ok(Err(if C::IS_TIMED && attempts.is_exhausted() {
                classes.exhausted(attempts.exhausted(failure))
            } else {
                failure
            }))
        }
    }
}
