//! Tests that do not meet each other: a registry and a clock for each.
//!
//! Guarded functions keep their state in the process-wide registry, which a test must not share with its neighbours. A
//! [`Scope`] gives the code that runs inside it a registry of its own. It follows the thread with [`Scope::enter`] and a
//! future with [`Scope::wrap`], on any runtime flavour; what is spawned inside joins only if it is wrapped as well.
//!
//! ```
//! use std::time::Duration;
//! use resilience::{ManualClock, circuit_breaker, circuit_breaker::State, testing::Scope};
//!
//! #[circuit_breaker("tax", threshold = 1, open_for = 30s)]
//! fn tax(up: bool) -> std::io::Result<u32> {
//!     if up { Ok(19) } else { Err(std::io::ErrorKind::ConnectionReset.into()) }
//! }
//!
//! let clock = ManualClock::new();
//! let scope = Scope::with_clock(clock.clone());
//! let _inside = scope.enter();
//!
//! let _ = tax(false);
//! assert_eq!(scope.registry().circuit_breaker("tax").unwrap().state(), State::Open);
//! assert!(tax(true).is_err());
//! clock.advance(Duration::from_secs(30));
//! assert!(tax(true).is_ok());
//! ```
//!
//! A scope follows `tokio::time::pause` by itself; one [`with_clock`](Scope::with_clock) needs no runtime. While any
//! scope exists in the process every guarded call looks for its own, which costs a few nanoseconds.

use std::{
    cell::RefCell,
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{Clock, Registry, registry};

/// Whether any scope exists in the process, and how many.
static ANY: AtomicBool = AtomicBool::new(false);
static SCOPES: Mutex<usize> = Mutex::new(0);

thread_local! {
    static ENTERED: RefCell<Vec<Registry>> = const { RefCell::new(Vec::new()) };
}

/// Whether any scope exists in the process.
#[inline]
pub(crate) fn is_any() -> bool {
    ANY.load(Ordering::Relaxed)
}

fn count(change: impl FnOnce(usize) -> usize) {
    let mut scopes = SCOPES.lock().unwrap_or_else(PoisonError::into_inner);
    let before = *scopes;
    *scopes = change(before);
    let any = *scopes > 0;
    if any != (before > 0) {
        ANY.store(any, Ordering::SeqCst);
        registry::global().set_scoped(any);
    }
}

/// The registry of the innermost scope that this thread is in.
pub(crate) fn current() -> Option<Registry> {
    if !is_any() {
        return None;
    }
    // Too late in the life of a thread there is no scope any more.
    ENTERED.try_with(|entered| entered.borrow().last().cloned()).ok().flatten()
}

/// A registry and a clock of its own for the code that runs inside; clones are one scope.
#[derive(Clone)]
pub struct Scope(Arc<Owned>);

struct Owned(Registry);

impl Owned {
    fn new(clock: Clock) -> Self {
        count(|scopes| scopes + 1);
        Self(Registry::new(clock))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        count(|scopes| scopes - 1);
    }
}

impl Scope {
    /// A scope on real time, or on tokio's paused time where that is paused.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Clock::exact())
    }

    /// A scope on another clock, a [`ManualClock`](crate::ManualClock) for example.
    #[must_use]
    pub fn with_clock(clock: impl Into<Clock>) -> Self {
        Self(Arc::new(Owned::new(clock.into())))
    }

    /// The scope's registry.
    #[must_use]
    pub fn registry(&self) -> Registry {
        self.0.0.clone()
    }

    /// Puts this thread inside until the guard is dropped. Scopes nest.
    #[must_use = "the thread leaves the scope when this is dropped"]
    pub fn enter(&self) -> Entered {
        let _ = ENTERED.try_with(|entered| entered.borrow_mut().push(self.registry()));
        Entered { scope: self.clone(), _thread: PhantomData }
    }

    /// Puts a future inside, wherever it is polled and dropped.
    pub fn wrap<F: Future>(&self, future: F) -> Wrapped<F> {
        Wrapped { future: Some(future), scope: self.clone() }
    }
}

impl Default for Scope {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scope").field(&self.0.0).finish()
    }
}

/// A thread is inside a [`Scope`] while this lives.
pub struct Entered {
    scope: Scope,
    /// Scopes belong to a thread, so their guards stay on it.
    _thread: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Guards may be dropped in any order; each takes its own scope away.
        let _ = ENTERED.try_with(|entered| {
            let mut entered = entered.borrow_mut();
            if let Some(at) = entered.iter().rposition(|registry| registry.is(&self.scope.0.0)) {
                entered.remove(at);
            }
        });
    }
}

pin_project! {
    /// A future inside a [`Scope`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Wrapped<F> {
        #[pin]
        future: Option<F>,
        scope: Scope,
    }

    impl<F> PinnedDrop for Wrapped<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _inside = this.scope.enter();
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for Wrapped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _inside = this.scope.enter();
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending,
        }
    }
}
