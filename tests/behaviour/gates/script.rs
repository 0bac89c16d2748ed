//! Two stacks side by side through one script: the same calls, at the same moments, of one clock.

use std::{
    future::{pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use proptest::{collection::vec, prelude::*};
use resilience::{
    Figures, ManualClock, PolicyKind,
    testing::{Scope, Wrapped},
};

use super::{Answer, Bell, Boxed, Fault, MS, boom, drop_unwinding};

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
pub(super) const BAD: u32 = 10;
/// The answer that a retry does not want.
pub(super) const UNWANTED: u32 = 11;
/// The answers at which the predicates of a breaker and of a retry panic.
pub(super) const FATAL: u32 = 12;
pub(super) const FATAL_TO_RETRY: u32 = 13;

/// The predicate of a breaker.
pub(super) fn is_bad(answer: Result<&u32, &Fault>) -> bool {
    match answer {
        Ok(&FATAL) => boom(),
        Ok(&BAD) => true,
        _ => false,
    }
}

/// The predicate of a retry.
pub(super) fn is_unwanted(answer: Result<&u32, &Fault>) -> bool {
    match answer {
        Ok(&FATAL_TO_RETRY) => boom(),
        Ok(&UNWANTED) => true,
        Ok(_) => false,
        Err(error) => *error != Fault::NotFound,
    }
}

/// The dependency: one act for each time that it is asked, the last again and again.
#[derive(Debug)]
pub(super) struct Script {
    acts: Vec<Act>,
    asked: AtomicUsize,
}

impl Script {
    pub(super) async fn run(&self) -> Answer {
        let at = self.asked.fetch_add(1, Ordering::Relaxed);
        match self.acts[at.min(self.acts.len() - 1)] {
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

/// A guarded function.
pub(super) type Call = fn(Arc<Script>) -> Boxed<'static>;

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Begins a call in this slot, in place of the one that is there, and polls it.
    Start(usize, Vec<Act>),
    /// Polls a call that was woken.
    Poll(usize),
    /// Polls a call whether it was woken or not.
    Nudge(usize),
    /// Polls whoever was woken, until nobody is.
    Settle,
    Drop(usize),
    /// Drops a call because its owner panics.
    DropUnwinding(usize),
    Advance(u32),
    ForceOpen,
    MetricsOnly,
    Disable,
    Reset,
    Set(PolicyKind, &'static str, &'static str),
}

const SLOTS: usize = 4;

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
    ])
    .prop_map(|(kind, key, value)| Step::Set(kind, key, value))
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0..SLOTS, vec(act(), 1..4)).prop_map(|(slot, acts)| Step::Start(slot, acts)),
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

/// What a poll of a call showed.
#[derive(Debug, PartialEq)]
pub(super) enum Seen {
    Asleep,
    Pending,
    Ended(Answer),
    Panicked,
}

/// A call under way.
struct Running {
    future: Pin<Box<Wrapped<Boxed<'static>>>>,
    script: Arc<Script>,
    bell: Arc<Bell>,
    /// The rings that were answered.
    heard: usize,
}

impl Running {
    fn poll(&mut self) -> Seen {
        self.heard = self.bell.rings();
        let waker = Waker::from(self.bell.clone());
        let poll = || self.future.as_mut().poll(&mut Context::from_waker(&waker));
        match catch_unwind(AssertUnwindSafe(poll)) {
            Ok(Poll::Ready(answer)) => Seen::Ended(answer),
            Ok(Poll::Pending) => Seen::Pending,
            Err(_) => Seen::Panicked,
        }
    }
}

/// One of the two: a function in a scope of its own, and the calls of it.
struct Twin {
    scope: Scope,
    call: Call,
    slots: [Option<Running>; SLOTS],
}

impl Twin {
    fn new(call: Call, clock: &ManualClock) -> Self {
        Self { scope: Scope::with_clock(clock.clone()), call, slots: Default::default() }
    }

    fn start(&mut self, slot: usize, acts: &[Act]) {
        let script = Arc::new(Script { acts: acts.to_vec(), asked: AtomicUsize::new(0) });
        let future = Box::pin(self.scope.wrap((self.call)(script.clone())));
        self.slots[slot] = Some(Running { future, script, bell: Arc::default(), heard: 0 });
    }

    fn poll(&mut self, slot: usize, anyway: bool) -> Seen {
        let Some(running) = &mut self.slots[slot] else { return Seen::Asleep };
        if !anyway && running.heard == running.bell.rings() {
            return Seen::Asleep;
        }
        let seen = running.poll();
        if seen != Seen::Pending {
            // As an executor does, which drops what has ended.
            self.slots[slot] = None;
        }
        seen
    }

    fn settle(&mut self) -> Vec<Seen> {
        let mut seen = Vec::new();
        loop {
            let round: Vec<_> = (0..SLOTS).map(|slot| self.poll(slot, false)).collect();
            let is_over = round.iter().all(|one| *one == Seen::Asleep);
            seen.extend(round);
            if is_over {
                return seen;
            }
        }
    }

    /// All but the time that passes, which is the same for both.
    fn take(&mut self, step: &Step) -> Vec<Seen> {
        let registry = self.scope.registry();
        match step {
            Step::Start(slot, acts) => {
                self.start(*slot, acts);
                return vec![self.poll(*slot, true)];
            }
            Step::Poll(slot) => return vec![self.poll(*slot, false)],
            Step::Nudge(slot) => return vec![self.poll(*slot, true)],
            Step::Settle => return self.settle(),
            Step::Drop(slot) => self.slots[*slot] = None,
            Step::DropUnwinding(slot) => drop_unwinding(self.slots[*slot].take()),
            Step::Advance(_) => {}
            Step::ForceOpen => registry.force_open_all(),
            Step::MetricsOnly => registry.metrics_only_all(),
            Step::Disable => registry.disable_all(),
            Step::Reset => registry.reset_all(),
            Step::Set(kind, key, value) => {
                // Refused where it contradicts another setting, and where there is no such policy yet: for both.
                let _ = registry.set(*kind, "x", key, value);
            }
        }
        Vec::new()
    }

    /// Every figure of every policy but the empty layers.
    fn figures(&self) -> Vec<(PolicyKind, &'static str, Figures)> {
        let policies = self.scope.registry().snapshot().policies.into_iter();
        policies
            .filter(|policy| policy.kind != PolicyKind::Fallback)
            .map(|policy| (policy.kind, policy.name, policy.figures))
            .collect()
    }

    /// How often the dependency of each call was asked.
    fn asked(&self) -> [usize; SLOTS] {
        let asked = |call: &Running| call.script.asked.load(Ordering::Relaxed);
        std::array::from_fn(|slot| self.slots[slot].as_ref().map_or(0, asked))
    }
}

/// Takes both through the script, and looks at both after every step.
pub(super) fn compare(group: Call, apart: Call, steps: &[Step]) {
    let clock = ManualClock::new();
    let (mut group, mut apart) = (Twin::new(group, &clock), Twin::new(apart, &clock));
    for (number, step) in steps.iter().enumerate() {
        if let Step::Advance(ms) = step {
            clock.advance(*ms * MS);
        }
        let (seen, expected) = (group.take(step), apart.take(step));
        assert_eq!(seen, expected, "step {number}, {step:?}");
        assert_eq!(group.asked(), apart.asked(), "after step {number}, {step:?}");
        assert_eq!(group.figures(), apart.figures(), "after step {number}, {step:?}");
    }
    // Whoever still runs is dropped: then nobody holds or waits for anything.
    for twin in [&mut group, &mut apart] {
        (0..SLOTS).for_each(|slot| twin.slots[slot] = None);
        for bulkhead in twin.scope.registry().snapshot().policies {
            if let Figures::Bulkhead(figures) = bulkhead.figures {
                assert_eq!((figures.in_use, figures.waiting), (0, 0));
            }
        }
    }
    assert_eq!(group.figures(), apart.figures(), "at the end");
}
