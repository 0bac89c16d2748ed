//! What the guarded functions do: as little as a function can, so that what is measured is the guard. It is inlined into
//! the function that the attribute stands on, or into the closure that a peer is given, as a user's own lines are.

use std::{
    cell::Cell,
    error::Error,
    fmt,
    hint::black_box,
    sync::atomic::{AtomicU64, Ordering},
};

use resilience::{Failure, Rejected};

use crate::row::{Ending, Ends};

/// The argument by which [`runs`] counts that a guarded function ran. Reached by no measured call.
pub const PROBE: u64 = u64::MAX - 1;
/// The argument at which every guarded function fails, to open a circuit.
pub const FATAL: u64 = u64::MAX;

/// The error of our guarded functions, in the shape that a user's has.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The dependency is down.
    Down,
    /// The dependency answered that there is no such thing.
    Absent,
    /// A layer refused.
    Refused(Rejected),
}

impl From<Rejected> for Fault {
    fn from(rejected: Rejected) -> Self {
        Self::Refused(rejected)
    }
}

impl Ends for Fault {
    fn ending(&self) -> Ending {
        match self {
            Self::Down | Self::Absent => Ending::Failure,
            Self::Refused(_) => Ending::Rejection,
        }
    }
}

impl<E: Ends> Ends for Failure<E> {
    fn ending(&self) -> Ending {
        match self {
            Self::Error(error) => error.ending(),
            Self::Rejected(_) => Ending::Rejection,
        }
    }
}

/// The error of the peers' guarded functions: it holds nothing, so that no peer pays for the size of ours.
#[derive(Clone, Copy, Debug)]
pub struct Down;

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("down")
    }
}

impl Error for Down {}

impl Ends for Down {
    fn ending(&self) -> Ending {
        Ending::Failure
    }
}

/// An error that [`FATAL`] can make.
pub trait Fatal {
    /// The dependency is down.
    const DOWN: Self;
    /// The dependency answered that there is no such thing.
    const ABSENT: Self;
}

impl Fatal for Fault {
    const DOWN: Self = Self::Down;
    const ABSENT: Self = Self::Absent;
}

impl Fatal for Down {
    const DOWN: Self = Self;
    const ABSENT: Self = Self;
}

static RUNS: AtomicU64 = AtomicU64::new(0);

/// How often a guarded function ran with [`PROBE`].
pub fn runs() -> u64 {
    RUNS.load(Ordering::SeqCst)
}

#[cold]
fn probed(x: u64) -> bool {
    RUNS.fetch_add(u64::from(x == PROBE), Ordering::SeqCst);
    x == FATAL
}

/// Succeeds.
///
/// # Errors
///
/// At [`FATAL`].
#[inline]
pub fn work<E: Fatal>(x: u64) -> Result<u64, E> {
    let x = black_box(x);
    if x >= PROBE {
        return if probed(x) { Err(E::DOWN) } else { Ok(x) };
    }
    Ok(x + 1)
}

/// Fails, but once in a million calls, so that no count of failures in a row grows for ever.
///
/// # Errors
///
/// Nearly always.
#[inline]
pub fn fail<E: Fatal>(x: u64) -> Result<u64, E> {
    let x = black_box(x);
    if x >= PROBE {
        probed(x);
    } else if x.trailing_zeros() >= 20 {
        return Ok(x + 1);
    }
    Err(E::DOWN)
}

/// Answers with an error that says nothing about the dependency.
///
/// # Errors
///
/// Always.
#[inline]
pub fn absent<E: Fatal>(x: u64) -> Result<u64, E> {
    let x = black_box(x);
    Err(if x >= PROBE && probed(x) { E::DOWN } else { E::ABSENT })
}

thread_local! {
    static FAILURES: Cell<u32> = const { Cell::new(0) };
}

/// Fails twice, then succeeds.
///
/// # Errors
///
/// Two times of three.
#[inline]
pub fn flaky<E: Fatal>(x: u64) -> Result<u64, E> {
    let x = black_box(x);
    if x >= PROBE {
        probed(x);
    }
    let failures = FAILURES.get();
    if failures < 2 {
        FAILURES.set(failures + 1);
        return Err(E::DOWN);
    }
    FAILURES.set(0);
    Ok(if x >= PROBE { x } else { x + 1 })
}

/// A future around one of the functions above, ready at once.
///
/// # Errors
///
/// As the function's.
#[allow(clippy::unused_async)] // What is measured is a call of an async function.
pub async fn ready<E>(x: u64, f: impl FnOnce(u64) -> Result<u64, E>) -> Result<u64, E> {
    f(x)
}
