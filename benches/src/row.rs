//! A row of a table: who guards the call, and how to make a loop of such calls.

use std::{
    fmt,
    future::{Future, poll_fn},
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use tokio::{runtime::Runtime, task::coop::unconstrained};

use crate::{
    case::Case,
    work::{PROBE, runs},
};

/// Sync or async.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A plain function.
    Sync,
    /// An async function, awaited in a tokio runtime of one thread.
    Async,
}

/// Who guards the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// What the machine itself takes.
    Floor(&'static str),
    /// Nobody.
    Plain,
    /// Nobody, and the error is the peers' small one.
    PlainSmall,
    /// Our attribute.
    Attribute,
    /// Our plain API.
    Handle,
    /// Another crate.
    Peer(&'static str),
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A value.
    Success,
    /// The guarded function's own error.
    Failure,
    /// A guard refused.
    Rejection,
}

/// An error that knows how its call ended.
pub trait Ends {
    /// How the call ended.
    fn ending(&self) -> Ending;
}

/// What a call of a row does, checked before and after the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    ending: Ending,
    runs: u64,
}

impl Claim {
    /// The guarded function runs once and succeeds.
    pub const SUCCESS: Self = Self { ending: Ending::Success, runs: 1 };
    /// It runs once and fails.
    pub const FAILURE: Self = Self { ending: Ending::Failure, runs: 1 };
    /// It does not run.
    pub const REJECTION: Self = Self { ending: Ending::Rejection, runs: 0 };
    /// It runs three times and succeeds.
    pub const THIRD: Self = Self { ending: Ending::Success, runs: 3 };
    /// It does not run, and there is a value.
    pub const VALUE: Self = Self { ending: Ending::Success, runs: 0 };

    const fn of(case: Case) -> Self {
        match case {
            Case::Failing | Case::Trial | Case::PlainFailing => Self::FAILURE,
            Case::Open | Case::TrialsTaken | Case::RateLimitUsed | Case::BulkheadFull => Self::REJECTION,
            Case::RetryThird | Case::PlainThird => Self::THIRD,
            Case::StackOpen => Self::VALUE,
            _ => Self::SUCCESS,
        }
    }
}

type Start = Box<dyn Fn() -> Box<dyn Worker>>;

/// One row.
pub struct Row {
    /// The situation.
    pub case: Case,
    /// Sync or async.
    pub mode: Mode,
    /// Who guards.
    pub subject: Subject,
    /// What differs from ours in meaning; empty if nothing does.
    pub note: &'static str,
    claim: Claim,
    make: Box<dyn Fn() -> Start>,
}

impl Row {
    /// A function that guards itself, after `before` has run.
    pub fn function<F, E>(case: Case, subject: Subject, before: fn(), f: F) -> Self
    where
        F: Fn(u64) -> Result<u64, E> + Copy + Send + 'static,
        E: Ends + 'static,
    {
        Self::new(case, Mode::Sync, subject, move || {
            before();
            Box::new(move || Box::new(Function(f, 1)))
        })
    }

    /// An async function that guards itself, after `before` has run.
    pub fn async_function<F, E>(case: Case, subject: Subject, before: fn(), f: F) -> Self
    where
        F: AsyncFn(u64) -> Result<u64, E> + Copy + Send + 'static,
        E: Ends + 'static,
    {
        Self::new(case, Mode::Async, subject, move || {
            before();
            Box::new(move || Box::new(AsyncFunction(f, 1)))
        })
    }

    /// Calls through a policy, of which each thread has a clone.
    pub fn policy<P, F, E>(case: Case, subject: Subject, make: impl Fn() -> P + 'static, call: F) -> Self
    where
        P: Clone + Send + 'static,
        F: Fn(&mut P, u64) -> Result<u64, E> + Copy + Send + 'static,
        E: Ends + 'static,
    {
        Self::new(case, Mode::Sync, subject, move || {
            let policy = make();
            Box::new(move || Box::new(Policy(policy.clone(), call, 1)))
        })
    }

    /// Async calls through a policy, of which each thread has a clone.
    pub fn async_policy<P, F, E>(
        case: Case,
        subject: Subject,
        make: impl Fn() -> P + 'static,
        call: F,
    ) -> Self
    where
        P: Clone + Send + 'static,
        F: AsyncFn(&mut P, u64) -> Result<u64, E> + Copy + Send + 'static,
        E: Ends + 'static,
    {
        Self::new(case, Mode::Async, subject, move || {
            let policy = make();
            Box::new(move || Box::new(AsyncPolicy(policy.clone(), call, 1)))
        })
    }

    fn new(case: Case, mode: Mode, subject: Subject, make: impl Fn() -> Start + 'static) -> Self {
        Self { case, mode, subject, note: "", claim: Claim::of(case), make: Box::new(make) }
    }

    /// The same with a word on what differs from ours in meaning.
    #[must_use]
    pub fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// The row's name: the case, the mode and who guards.
    #[must_use]
    pub fn key(&self) -> String {
        let mode = match self.mode {
            Mode::Sync => "sync",
            Mode::Async => "async",
        };
        format!("{}/{mode}/{}", self.case.key(), self.subject)
    }

    /// Whether it is ours, or what ours is compared with.
    #[must_use]
    pub fn is_peer(&self) -> bool {
        matches!(self.subject, Subject::Peer(_) | Subject::PlainSmall)
    }

    /// Makes the policy, and says how a thread calls through it.
    #[must_use]
    pub fn start(&self) -> Box<dyn Fn() -> Box<dyn Worker>> {
        (self.make)()
    }

    /// Makes some calls and compares what they did with what the row says that they do.
    ///
    /// # Panics
    ///
    /// Where they differ, since the figure would then be of something else.
    pub fn check(&self, worker: &mut dyn Worker, runtime: &Runtime) {
        if matches!(self.subject, Subject::Floor(_)) {
            return;
        }
        for _ in 0..50 {
            let before = runs();
            let ending = worker.probe(runtime);
            let did = Claim { ending, runs: runs() - before };
            assert_eq!(did, self.claim, "`{}` does something else than it says", self.key());
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Floor(name) | Self::Peer(name) => name,
            Self::Plain => "plain",
            Self::PlainSmall => "plain, small error",
            Self::Attribute => "attribute",
            Self::Handle => "plain API",
        })
    }
}

/// A thread's way of calling.
pub trait Worker: Send {
    /// Makes so many calls, each with the answer of the last, and returns that.
    fn run(&mut self, calls: u64, runtime: &Runtime) -> u64;

    /// Makes one call that is counted.
    fn probe(&mut self, runtime: &Runtime) -> Ending;
}

/// Each worker goes on with the argument at which it stopped, so that it passes the calls that end otherwise.
struct Function<F>(F, u64);

impl<F, E> Worker for Function<F>
where
    F: Fn(u64) -> Result<u64, E> + Send,
    E: Ends,
{
    #[inline(never)]
    fn run(&mut self, calls: u64, _runtime: &Runtime) -> u64 {
        let mut x = self.1;
        for _ in 0..calls {
            x = next(x, (self.0)(x));
        }
        self.1 = x;
        x
    }

    fn probe(&mut self, _runtime: &Runtime) -> Ending {
        ending(&(self.0)(PROBE))
    }
}

struct AsyncFunction<F>(F, u64);

impl<F, E> Worker for AsyncFunction<F>
where
    F: AsyncFn(u64) -> Result<u64, E> + Send,
    E: Ends,
{
    #[inline(never)]
    fn run(&mut self, calls: u64, runtime: &Runtime) -> u64 {
        runtime.block_on(unconstrained(async {
            let mut x = self.1;
            for _ in 0..calls {
                let mut future = pin!((self.0)(x));
                x = next(x, poll_fn(|context| poll(future.as_mut(), context)).await);
            }
            self.1 = x;
            x
        }))
    }

    fn probe(&mut self, runtime: &Runtime) -> Ending {
        ending(&runtime.block_on((self.0)(PROBE)))
    }
}

struct Policy<P, F>(P, F, u64);

impl<P, F, E> Worker for Policy<P, F>
where
    P: Send,
    F: Fn(&mut P, u64) -> Result<u64, E> + Send,
    E: Ends,
{
    #[inline(never)]
    fn run(&mut self, calls: u64, _runtime: &Runtime) -> u64 {
        let mut x = self.2;
        for _ in 0..calls {
            x = next(x, framed(&mut self.0, x, &self.1));
        }
        self.2 = x;
        x
    }

    fn probe(&mut self, _runtime: &Runtime) -> Ending {
        ending(&(self.1)(&mut self.0, PROBE))
    }
}

struct AsyncPolicy<P, F>(P, F, u64);

impl<P, F, E> Worker for AsyncPolicy<P, F>
where
    P: Send,
    F: AsyncFn(&mut P, u64) -> Result<u64, E> + Send,
    E: Ends,
{
    #[inline(never)]
    fn run(&mut self, calls: u64, runtime: &Runtime) -> u64 {
        runtime.block_on(unconstrained(async {
            let mut x = self.2;
            for _ in 0..calls {
                let mut future = pin!((self.1)(&mut self.0, x));
                x = next(x, poll_fn(|context| poll(future.as_mut(), context)).await);
            }
            self.2 = x;
            x
        }))
    }

    fn probe(&mut self, runtime: &Runtime) -> Ending {
        ending(&runtime.block_on((self.1)(&mut self.0, PROBE)))
    }
}

/// One indirect call for each poll, guarded or not, as in an executor, which knows no types.
#[inline(never)]
fn poll<T>(future: Pin<&mut dyn Future<Output = T>>, context: &mut Context<'_>) -> Poll<T> {
    future.poll(context)
}

/// A frame of its own around the call through a policy, as a guarded function is one.
#[inline(never)]
fn framed<P, E>(policy: &mut P, x: u64, call: &impl Fn(&mut P, u64) -> Result<u64, E>) -> Result<u64, E> {
    call(policy, x)
}

/// The next argument. An error is looked at, so that it must be made in whole.
#[inline(always)]
#[allow(clippy::inline_always)] // It belongs to every loop alike.
fn next<E>(x: u64, answer: Result<u64, E>) -> u64 {
    match answer {
        Ok(next) => next,
        Err(error) => {
            black_box(&error);
            x + 1
        }
    }
}

fn ending<E: Ends>(answer: &Result<u64, E>) -> Ending {
    match answer {
        Ok(_) => Ending::Success,
        Err(error) => error.ending(),
    }
}
