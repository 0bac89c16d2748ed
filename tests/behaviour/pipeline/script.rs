//! What happens in a comparison of both kinds of call: steps, and for each call what the dependency does.

use std::{cell::Cell, future::poll_fn, task::Poll};

use proptest::{collection::vec, prelude::*};
use resilience::PolicyKind;
use resilience_tests::Fault;

use super::equivalence::Answer;

/// What the dependency does, attempt by attempt.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Ok,
    Down,
    NotFound,
    Unwanted,
    Panic,
    /// Is pending so often, a millisecond each time, then answers.
    Late(u32),
    /// Is pending so often, then a setting changes, and then it is down as often later.
    Set(u32, Setting),
}

/// A setting of a policy, by its name, that changes while calls run.
pub(super) type Setting = (PolicyKind, &'static str, &'static str, &'static str);

#[derive(Clone, Debug)]
pub(super) enum Step {
    Call(Vec<Act>),
    /// A call that is dropped after so many polls.
    Dropped(Vec<Act>, u32),
    /// A call that somebody else holds a place beside.
    Crowded(Vec<Act>),
    Advance(u32),
    ForceOpen,
    Reset,
}

/// The dependency: one act for each time it is asked, the last again and again.
pub(super) struct Script<'a> {
    pub(super) acts: &'a [Act],
    pub(super) asked: &'a Cell<usize>,
}

impl Script<'_> {
    fn next(&self) -> Act {
        let at = self.asked.get();
        self.asked.set(at + 1);
        self.acts[at.min(self.acts.len() - 1)]
    }

    pub(super) fn now(&self) -> Answer {
        match self.next() {
            Act::Ok | Act::Late(_) => Ok(1),
            Act::Set(_, setting) => {
                set(setting);
                Err(Fault::Down)
            }
            Act::Down => Err(Fault::Down),
            Act::NotFound => Err(Fault::NotFound),
            Act::Unwanted => Ok(0),
            Act::Panic => std::panic::panic_any("boom"),
        }
    }

    pub(super) async fn later(&self) -> Answer {
        match self.next() {
            Act::Late(polls) => {
                pend(polls).await;
                Ok(1)
            }
            Act::Set(polls, setting) => {
                pend(polls).await;
                set(setting);
                pend(polls).await;
                Err(Fault::Down)
            }
            Act::Ok => Ok(1),
            Act::Down => Err(Fault::Down),
            Act::NotFound => Err(Fault::NotFound),
            Act::Unwanted => Ok(0),
            Act::Panic => std::panic::panic_any("boom"),
        }
    }
}

async fn pend(polls: u32) {
    let mut left = polls;
    poll_fn(|_| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        Poll::Pending
    })
    .await;
}

/// Changes a setting, where there is such a policy.
fn set((kind, name, key, value): Setting) {
    let registry = resilience::registry();
    if registry.snapshot().policies.iter().any(|policy| (policy.kind, policy.name) == (kind, name)) {
        registry.set(kind, name, key, value).unwrap();
    }
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Ok),
        4 => Just(Act::Down),
        1 => Just(Act::NotFound),
        1 => Just(Act::Unwanted),
        1 => Just(Act::Panic),
        3 => (1..16_u32).prop_map(Act::Late),
        3 => (0..9_u32, setting()).prop_map(|(polls, setting)| Act::Set(polls, setting)),
    ]
}

/// Of those that are asked again in the middle of a call.
fn setting() -> impl Strategy<Value = Setting> {
    use PolicyKind::{Retry, Timeout};
    prop::sample::select(vec![
        (Timeout, "total", "enabled", "false"),
        (Timeout, "total", "enabled", "true"),
        (Timeout, "total", "limit", "9ms"),
        (Timeout, "each", "enabled", "false"),
        (Timeout, "each", "enabled", "true"),
        (Timeout, "each", "limit", "7ms"),
        (Retry, "r", "enabled", "false"),
        (Retry, "r", "enabled", "true"),
        (Retry, "r", "attempts", "2"),
        (Retry, "r", "attempts", "4"),
        (Retry, "r", "max_elapsed", "8ms"),
    ])
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => vec(act(), 1..4).prop_map(Step::Call),
        3 => (vec(act(), 1..4), 0..16_u32).prop_map(|(acts, polls)| Step::Dropped(acts, polls)),
        2 => vec(act(), 1..4).prop_map(Step::Crowded),
        3 => (1..20_u32).prop_map(Step::Advance),
        1 => Just(Step::ForceOpen),
        1 => Just(Step::Reset),
    ]
}
