//! What happens to two stacks: calls, and what their dependency does.

use std::{
    future::{pending, poll_fn},
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
};

use proptest::{collection::vec, prelude::*};
use resilience::PolicyKind;

use super::Answer;
use crate::Fault;

/// What the dependency does, attempt by attempt.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Answer(u32),
    Down,
    NotFound,
    Panic,
    /// So many polls later.
    Late(u32),
    DownLate(u32),
    PanicLate(u32),
    Hang,
}

/// The answer that the predicate of a breaker calls a failure.
const BAD: u32 = 10;
/// The answer that a retry does not want.
const UNWANTED: u32 = 11;
/// The answers at which the predicates of a breaker and of a retry panic.
const FATAL: u32 = 12;
const FATAL_TO_RETRY: u32 = 13;

/// A panic that prints nothing.
pub(super) fn boom() -> ! {
    resume_unwind(Box::new("boom"))
}

/// The predicate of a breaker.
#[must_use]
pub fn is_bad(answer: Result<&u32, &Fault>) -> bool {
    match answer {
        Ok(&FATAL) => boom(),
        Ok(&BAD) => true,
        _ => false,
    }
}

/// The predicate of a retry.
#[must_use]
pub fn is_unwanted(answer: Result<&u32, &Fault>) -> bool {
    match answer {
        Ok(&FATAL_TO_RETRY) => boom(),
        Ok(&UNWANTED) => true,
        Ok(_) => false,
        Err(error) => *error != Fault::NotFound,
    }
}

/// What the dependency does in one call.
#[derive(Clone, Debug)]
pub struct Acts(Vec<Act>);

/// The dependency: one act for each time that it is asked, the last again and again.
#[derive(Debug)]
pub struct Script {
    acts: Acts,
    asked: AtomicUsize,
}

impl Script {
    pub(super) const fn new(acts: Acts) -> Self {
        Self { acts, asked: AtomicUsize::new(0) }
    }

    /// How often it was asked.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// The body of a guarded function.
    ///
    /// # Errors
    ///
    /// What the script says.
    pub async fn run(&self) -> Answer {
        let at = self.asked.fetch_add(1, Ordering::Relaxed);
        match self.acts.0[at.min(self.acts.0.len() - 1)] {
            Act::Answer(answer) => Ok(answer),
            Act::Down => Err(Fault::Down),
            Act::NotFound => Err(Fault::NotFound),
            Act::Panic => boom(),
            Act::Late(polls) => {
                yield_often(polls).await;
                Ok(2)
            }
            Act::DownLate(polls) => {
                yield_often(polls).await;
                Err(Fault::Down)
            }
            Act::PanicLate(polls) => {
                yield_often(polls).await;
                boom()
            }
            Act::Hang => pending().await,
        }
    }
}

async fn yield_often(mut left: u32) {
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// What happens next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Begins a call in this slot, in place of the one that is there, and polls it.
    Start(usize, Acts),
    /// Polls a call that was woken.
    Poll(usize),
    /// Polls a call whether it was woken or not.
    Nudge(usize),
    /// Polls whoever was woken, until nobody is.
    Settle,
    /// Drops a call.
    Drop(usize),
    /// Drops a call because its owner panics.
    DropUnwinding(usize),
    /// So many milliseconds pass.
    Advance(u32),
    /// Forces the breakers open.
    ForceOpen,
    /// Makes the breakers metrics-only.
    MetricsOnly,
    /// Disables the breakers.
    Disable,
    /// Resets the breakers.
    Reset,
    /// Changes a setting of a policy `x`.
    Set(PolicyKind, &'static str, &'static str),
}

pub(super) const SLOTS: usize = 4;

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Answer(1)),
        4 => Just(Act::Down),
        2 => Just(Act::NotFound),
        1 => Just(Act::Panic),
        6 => (1..4_u32).prop_map(Act::Late),
        2 => (1..4_u32).prop_map(Act::DownLate),
        1 => (1..4_u32).prop_map(Act::PanicLate),
        2 => Just(Act::Hang),
        3 => (BAD..=FATAL_TO_RETRY).prop_map(Act::Answer),
    ]
}

fn setting() -> impl Strategy<Value = Step> {
    let (bulkhead, limit) = (PolicyKind::Bulkhead, PolicyKind::RateLimit);
    prop::sample::select(vec![
        (bulkhead, "max_concurrent", "1"),
        (bulkhead, "max_concurrent", "2"),
        (bulkhead, "max_wait", "0ms"),
        (bulkhead, "max_wait", "4ms"),
        (bulkhead, "max_queue", "1"),
        (bulkhead, "enabled", "false"),
        (bulkhead, "enabled", "true"),
        (limit, "max_wait", "0ms"),
        (limit, "max_wait", "9ms"),
        (limit, "enabled", "false"),
        (limit, "enabled", "true"),
        (PolicyKind::CircuitBreaker, "enabled", "false"),
        (PolicyKind::CircuitBreaker, "enabled", "true"),
        (PolicyKind::CircuitBreaker, "count_rejections", "true"),
        (PolicyKind::Timeout, "enabled", "false"),
        (PolicyKind::Timeout, "enabled", "true"),
        (PolicyKind::Timeout, "limit", "3ms"),
        (PolicyKind::Retry, "enabled", "false"),
        (PolicyKind::Retry, "enabled", "true"),
        (PolicyKind::Retry, "attempts", "2"),
    ])
    .prop_map(|(kind, key, value)| Step::Set(kind, key, value))
}

/// A random script.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0..SLOTS, vec(act(), 1..4)).prop_map(|(slot, acts)| Step::Start(slot, Acts(acts))),
        6 => (0..SLOTS).prop_map(Step::Poll),
        2 => (0..SLOTS).prop_map(Step::Nudge),
        6 => Just(Step::Settle),
        4 => (0..SLOTS).prop_map(Step::Drop),
        2 => (0..SLOTS).prop_map(Step::DropUnwinding),
        8 => (1..12_u32).prop_map(Step::Advance),
        1 => prop::sample::select(vec![Step::ForceOpen, Step::MetricsOnly, Step::Disable]),
        2 => Just(Step::Reset),
        2 => setting(),
    ];
    vec(step, 1..60)
}
