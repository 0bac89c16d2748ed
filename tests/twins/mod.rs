//! Two stacks side by side through one script: the same calls, at the same moments, of one clock. After each step they must
//! have shown the same, and counted the same.

mod script;
mod stacks;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use resilience::{
    CircuitBreaker, Figures, ManualClock, PolicyKind, Reason, Registry, registry, testing::Scope,
};
use script::{Acts, SLOTS, boom};
pub use script::{Script, Step, is_bad, is_unwanted, steps};
use tokio::runtime::{Builder, Runtime};

use crate::{Event, Fault, recorded};

/// What a guarded function of these tests returns.
pub type Answer = Result<u32, Fault>;

/// A call under way.
pub type Calling = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A guarded function, and how the names of its policies begin.
#[derive(Clone, Copy, Debug)]
pub struct Guarded {
    /// The function.
    pub call: fn(Arc<Script>) -> Calling,
    /// The policies are called `x` and `y`, after this.
    pub prefix: &'static str,
}

/// What a poll of a call showed.
#[derive(Debug, PartialEq)]
enum Seen {
    Asleep,
    Pending,
    Ended(Answer),
    /// By whom, why, and when to come again.
    Refused(PolicyKind, &'static str, Reason, Option<Duration>),
    Panicked,
}

/// Counts how often it was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Bell {
    fn rings(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A call under way, with all that is known of it.
struct Running {
    future: Calling,
    script: Arc<Script>,
    bell: Arc<Bell>,
    /// The rings that were answered.
    heard: usize,
}

impl Running {
    fn poll(&mut self, prefix: &str) -> Seen {
        self.heard = self.bell.rings();
        let waker = Waker::from(self.bell.clone());
        let poll = || self.future.as_mut().poll(&mut Context::from_waker(&waker));
        match catch_unwind(AssertUnwindSafe(poll)) {
            Ok(Poll::Ready(Err(Fault::Refused(by)))) => {
                let name = by.name().strip_prefix(prefix).unwrap_or_default();
                Seen::Refused(by.policy(), name, by.reason(), by.retry_after())
            }
            Ok(Poll::Ready(answer)) => Seen::Ended(answer),
            Ok(Poll::Pending) => Seen::Pending,
            Err(_) => Seen::Panicked,
        }
    }
}

/// One of the two: a function, where its policies live, and the calls of it.
struct Twin {
    guarded: Guarded,
    /// None for those of the process.
    scope: Option<Scope>,
    slots: [Option<Running>; SLOTS],
}

impl Twin {
    fn new(guarded: Guarded, scope: Option<Scope>) -> Self {
        Self { guarded, scope, slots: Default::default() }
    }

    fn registry(&self) -> Registry {
        self.scope.as_ref().map_or_else(registry, Scope::registry)
    }

    fn start(&mut self, slot: usize, acts: &Acts) {
        let script = Arc::new(Script::new(acts.clone()));
        let call = (self.guarded.call)(script.clone());
        let future = match &self.scope {
            Some(scope) => Box::pin(scope.wrap(call)),
            None => call,
        };
        self.slots[slot] = Some(Running { future, script, bell: Arc::default(), heard: 0 });
    }

    fn poll(&mut self, slot: usize, anyway: bool) -> Seen {
        let Some(running) = &mut self.slots[slot] else { return Seen::Asleep };
        if !anyway && running.heard == running.bell.rings() {
            return Seen::Asleep;
        }
        let seen = running.poll(self.guarded.prefix);
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
        match step {
            Step::Start(slot, acts) => {
                self.start(*slot, acts);
                return vec![self.poll(*slot, true)];
            }
            Step::Poll(slot) => return vec![self.poll(*slot, false)],
            Step::Nudge(slot) => return vec![self.poll(*slot, true)],
            Step::Settle => return self.settle(),
            Step::Drop(slot) => self.slots[*slot] = None,
            Step::DropUnwinding(slot) => {
                let running = self.slots[*slot].take();
                let unwound = catch_unwind(AssertUnwindSafe(|| {
                    let _running = running;
                    boom()
                }));
                assert!(unwound.is_err());
            }
            Step::Advance(_) => {}
            Step::ForceOpen => self.breakers().for_each(|breaker| breaker.force_open()),
            Step::MetricsOnly => self.breakers().for_each(|breaker| breaker.metrics_only()),
            Step::Disable => self.breakers().for_each(|breaker| breaker.disable()),
            Step::Reset => self.breakers().for_each(|breaker| breaker.reset()),
            Step::Set(kind, key, value) => {
                // Refused where it contradicts another setting, and where there is no such policy yet: for both.
                let _ = self.registry().set(*kind, &format!("{}x", self.guarded.prefix), key, value);
            }
        }
        Vec::new()
    }

    fn breakers(&self) -> impl Iterator<Item = CircuitBreaker> {
        self.names().into_iter().filter_map(|(_, name)| self.registry().circuit_breaker(&name))
    }

    fn names(&self) -> [(&'static str, String); 2] {
        ["x", "y"].map(|name| (name, format!("{}{name}", self.guarded.prefix)))
    }

    /// Every figure of every policy but the empty layers. Each is asked by its name: the others of a registry may follow
    /// another clock.
    fn figures(&self) -> Vec<(&'static str, Figures)> {
        let registry = self.registry();
        let figures = |(short, name): (&'static str, String)| {
            let name = name.as_str();
            let figures = [
                registry.circuit_breaker(name).map(|it| Figures::CircuitBreaker(it.snapshot())),
                registry.retry(name).map(|it| Figures::Retry(it.snapshot())),
                registry.bulkhead(name).map(|it| Figures::Bulkhead(it.snapshot())),
                registry.rate_limit(name).map(|it| Figures::RateLimit(it.snapshot())),
                registry.timeout(name).map(|it| Figures::Timeout(it.snapshot())),
            ];
            figures.into_iter().flatten().map(move |figures| (short, figures))
        };
        self.names().into_iter().flat_map(figures).collect()
    }

    /// How often the dependency of each call was asked.
    fn asked(&self) -> [usize; SLOTS] {
        std::array::from_fn(|slot| self.slots[slot].as_ref().map_or(0, |call| call.script.asked()))
    }

    /// Drops whoever still runs. Then nobody holds or waits for anything.
    fn end(&mut self) {
        self.slots = Default::default();
        for (name, figures) in self.figures() {
            if let Figures::Bulkhead(figures) = figures {
                assert_eq!((figures.in_use, figures.waiting), (0, 0), "{name}");
            }
        }
    }
}

/// What a step showed, and what was told of it.
type Look<'a> = &'a dyn Fn(&mut Twin, &Step) -> (Vec<Seen>, Vec<Event>);

fn compare(mut one: Twin, mut other: Twin, steps: &[Step], advance: impl Fn(Duration), look: Look<'_>) {
    for (number, step) in steps.iter().enumerate() {
        if let Step::Advance(ms) = step {
            advance(Duration::from_millis((*ms).into()));
        }
        let (seen, expected) = (look(&mut one, step), look(&mut other, step));
        assert_eq!(seen, expected, "step {number}, {step:?}");
        assert_eq!(one.asked(), other.asked(), "after step {number}, {step:?}");
        assert_eq!(one.figures(), other.figures(), "after step {number}, {step:?}");
    }
    one.end();
    other.end();
    assert_eq!(one.figures(), other.figures(), "at the end");
}

/// Nobody listens.
fn quietly(twin: &mut Twin, step: &Step) -> (Vec<Seen>, Vec<Event>) {
    (twin.take(step), Vec::new())
}

/// Everything that is told is remembered, but the names' beginnings.
fn listening(twin: &mut Twin, step: &Step) -> (Vec<Seen>, Vec<Event>) {
    let mut seen = Vec::new();
    let mut events = recorded(|| seen = twin.take(step));
    let fields = events.iter_mut().flat_map(|event| event.fields.values_mut());
    fields.for_each(|field| *field = field.replace(twin.guarded.prefix, ""));
    (seen, events)
}

/// Takes both through the script, each in a test scope of its own.
///
/// # Panics
///
/// If they differ.
pub fn in_scopes(one: Guarded, other: Guarded, steps: &[Step]) {
    scoped(one, other, steps, &quietly);
}

/// The same, and compares all events.
///
/// # Panics
///
/// If they differ.
pub fn in_scopes_and_told(one: Guarded, other: Guarded, steps: &[Step]) {
    scoped(one, other, steps, &listening);
}

fn scoped(one: Guarded, other: Guarded, steps: &[Step], look: Look<'_>) {
    let clock = ManualClock::new();
    let scope = || Some(Scope::with_clock(clock.clone()));
    compare(Twin::new(one, scope()), Twin::new(other, scope()), steps, |by| clock.advance(by), look);
}

/// Takes both through the script outside of every scope, on tokio's paused clock.
///
/// # Panics
///
/// If they differ.
pub fn in_the_process(one: Guarded, other: Guarded, steps: &[Step]) {
    thread_local! {
        // One for all scripts of a test: the clock of another would begin anew, and policies remember.
        static TIME: Runtime =
            Builder::new_current_thread().enable_time().start_paused(true).build().expect("there are resources");
    }
    TIME.with(|time| {
        let _inside = time.enter();
        let advance = |by| time.block_on(tokio::time::advance(by));
        compare(Twin::new(one, None), Twin::new(other, None), steps, advance, &quietly);
    });
}
