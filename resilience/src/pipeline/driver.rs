//! The loops around a [`Passage`]: they make what runs inside, wait, and go round again.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;

use super::{
    Passage, Rules,
    classes::Classification,
    leaving::Step,
    tier::{AsyncTier, Tier},
};
use crate::{
    Failure, PolicyKind, Rejected,
    private::{Permits, Shielded, shielded},
};

impl<'a> Passage<'a> {
    /// Makes a blocking call.
    pub(crate) fn call<T, E, C, G>(
        self,
        rules: Rules<C, G>,
        mut f: impl FnMut() -> Result<T, E>,
    ) -> Result<T, Failure<E>>
    where
        C: Classification<T, E>,
        G: Tier<T, E>,
    {
        let Rules { classes, tier } = rules;
        let mut tier = tier.run();
        // Dropped before everything of the caller's: a panic concerns the permits of this call first.
        let mut passage = self;
        passage.is_timed = C::IS_TIMED;
        let mut answer = match passage.check_blocking() {
            Ok(()) => passage.attempt(&mut f),
            // Nothing stands in for a mistake in the program.
            Err(rejected) => return passage.ended(Err(Failure::Rejected(rejected))),
        };
        loop {
            match passage.leave_towards(answer, &classes, tier.is_some()) {
                Step::Done(answer) => return passage.ended(answer),
                Step::Again(delay) => {
                    passage.block(delay);
                    answer = passage.attempt(&mut f);
                }
                Step::FallBack(failure) => {
                    let Some(tier) = tier.take() else { return passage.ended(Err(failure)) };
                    let kept = passage.keep(&failure, &classes);
                    answer = passage
                        .inside(|| tier(failure))
                        .map_err(|error| passage.tier_failed(kept, error, &classes));
                }
            }
        }
    }

    fn attempt<T, E>(&mut self, f: &mut impl FnMut() -> Result<T, E>) -> Result<T, Failure<E>> {
        self.enter_blocking()?;
        self.inside(f).map_err(Failure::Error)
    }

    /// Makes an awaited call.
    #[allow(
        clippy::manual_async_fn,
        reason = "the passage is mentioned first, so it is dropped before everything of the caller's"
    )]
    pub(crate) fn call_async<T, E, C, G, M, F>(
        mut self,
        rules: Rules<C, G>,
        mut f: M,
    ) -> impl Future<Output = Result<T, Failure<E>>> + use<'a, T, E, C, G, M, F>
    where
        C: Classification<T, E>,
        G: AsyncTier<T, E>,
        M: FnMut() -> F,
        F: Future<Output = Result<T, E>>,
    {
        async move {
            let passage = &mut self;
            passage.is_timed = C::IS_TIMED;
            let Rules { classes, tier } = rules;
            let mut tier = tier.run();
            'attempt: loop {
                let mut answer = match passage.enter().await {
                    Ok(()) => {
                        let body = passage.inside(&mut f);
                        flat(passage.run(body).await)
                    }
                    Err(rejected) => Err(Failure::Rejected(rejected)),
                };
                loop {
                    match passage.leave_towards(answer, &classes, tier.is_some()) {
                        Step::Done(answer) => return passage.ended(answer),
                        Step::Again(delay) => match passage.pause(delay).await {
                            Ok(()) => continue 'attempt,
                            Err(rejected) => answer = Err(Failure::Rejected(rejected)),
                        },
                        Step::FallBack(failure) => {
                            let Some(tier) = tier.take() else { return passage.ended(Err(failure)) };
                            let kept = passage.keep(&failure, &classes);
                            let body = passage.inside(|| tier(failure));
                            answer = match passage.run(body).await {
                                Ok(answer) => {
                                    answer.map_err(|error| passage.tier_failed(kept, error, &classes))
                                }
                                Err(rejected) => Err(Failure::Rejected(rejected)),
                            };
                        }
                    }
                }
            }
        }
    }

    /// After an attempt whose errors all count: how the call ends, or `None` to make another attempt.
    pub async fn outcome<T, E>(
        &mut self,
        mut answer: Result<T, Failure<E>>,
    ) -> Option<Result<T, Failure<E>>> {
        loop {
            match self.leave_plainly(answer) {
                Ok(answer) => return Some(answer),
                Err(delay) => match self.pause(delay).await {
                    Ok(()) => return None,
                    Err(rejected) => answer = Err(Failure::Rejected(rejected)),
                },
            }
        }
    }

    /// The same for a blocking call.
    pub fn outcome_blocking<T, E>(&mut self, answer: Result<T, Failure<E>>) -> Option<Result<T, Failure<E>>> {
        match self.leave_plainly(answer) {
            Ok(answer) => Some(answer),
            Err(delay) => {
                self.block(delay);
                None
            }
        }
    }

    fn leave_plainly<T, E>(
        &mut self,
        answer: Result<T, Failure<E>>,
    ) -> Result<Result<T, Failure<E>>, Duration> {
        match self.leave(answer, &Rules::new().classes, false) {
            Step::Done(answer) => Ok(self.ended(answer)),
            Step::Again(delay) => Err(delay),
            Step::FallBack(failure) => Ok(self.ended(Err(failure))),
        }
    }

    fn ended<T, E>(&mut self, answer: Result<T, Failure<E>>) -> Result<T, Failure<E>> {
        self.count(&answer);
        answer
    }

    /// A fallback that has no place among the layers stands outermost.
    fn leave_towards<T, E>(
        &mut self,
        answer: Result<T, Failure<E>>,
        classes: &impl Classification<T, E>,
        has_tier: bool,
    ) -> Step<T, E> {
        match self.leave(answer, classes, has_tier) {
            Step::Done(Err(failure))
                if has_tier
                    && !self.has_fallback()
                    && !self.without.has(PolicyKind::Fallback)
                    && self.covers(&failure, classes) =>
            {
                Step::FallBack(failure)
            }
            step => step,
        }
    }

    /// Enters every layer that is still ahead.
    pub fn enter(&mut self) -> impl Future<Output = Result<(), Rejected>> + use<'_, 'a> {
        poll_fn(|cx| self.poll_enter(cx))
    }

    /// Awaits a future of the user's inside all layers entered so far.
    pub fn run<F: Future>(&mut self, future: F) -> Running<'_, 'a, F> {
        Running { future: shielded::<0, _>(future), passage: self }
    }

    /// Waits before another attempt.
    pub(super) async fn pause(&mut self, delay: Duration) -> Result<(), Rejected> {
        let sleep = match self.attempts() {
            Some(attempts) if !delay.is_zero() => attempts.sleep(delay),
            _ => return Ok(()),
        };
        let mut sleep = pin!(sleep);
        poll_fn(|cx| match sleep.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Ok(())),
            Poll::Pending => self.poll_deadlines(cx).map(Err),
        })
        .await
    }

    /// Blocks before another attempt.
    pub(super) fn block(&mut self, delay: Duration) {
        if let Some(attempts) = self.attempts() {
            attempts.block(delay);
        }
    }
}

fn flat<T, E>(answer: Result<Result<T, E>, Rejected>) -> Result<T, Failure<E>> {
    match answer {
        Ok(answer) => answer.map_err(Failure::Error),
        Err(rejected) => Err(Failure::Rejected(rejected)),
    }
}

pin_project! {
    /// A future of the user's inside the layers of a pipeline; ends early when a timeout around it does.
    #[must_use = "futures do nothing unless polled"]
    pub struct Running<'p, 'a, F> {
        #[pin]
        future: Shielded<Permits<0>, F>,
        passage: &'p mut Passage<'a>,
    }
}

impl<F: Future> Future for Running<'_, '_, F> {
    type Output = Result<F::Output, Rejected>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Poll::Ready(output) = this.passage.poll_inside(this.future.as_mut(), cx) {
            return Poll::Ready(Ok(output));
        }
        let Poll::Ready(over) = this.passage.poll_over(cx) else { return Poll::Pending };
        this.future.set(Shielded::none());
        Poll::Ready(Err(this.passage.end(over)))
    }
}
