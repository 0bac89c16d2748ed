//! Degradation and recovery handlers: told in order, service by service, away from every call.

use std::{
    collections::{BTreeMap, VecDeque},
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::SystemTime,
};

use super::{Grade, Health, log, wait::block_on};

/// The changes of one service that wait for its handlers. When there are more, the oldest is left out, since the newest
/// says how things are.
const WAITING: usize = 64;

/// A service whose grade is another one since the last sample.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Change {
    /// The service.
    pub service: &'static str,
    /// Its grade before.
    pub from: Grade,
    /// Its grade now.
    pub to: Grade,
    /// Its score.
    pub score: f64,
    /// What is wrong with it.
    pub why: String,
    /// When, by the system's wall clock.
    pub at: SystemTime,
    /// Changes before this one that no handler was told of, since the handlers were too slow.
    pub missed: u64,
}

impl Change {
    fn is(&self, kind: Kind) -> bool {
        match kind {
            Kind::Degraded => self.to > self.from,
            Kind::Recovered => self.to == Grade::Healthy,
        }
    }
}

/// What a handler wants to hear of.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Degraded,
    Recovered,
}

type Answer = Option<Pin<Box<dyn Future<Output = ()> + Send>>>;

struct Handler {
    kind: Kind,
    run: Mutex<Box<dyn FnMut(Change) -> Answer + Send>>,
    /// The runtime that the handler was given in, whose timers and sockets its futures use.
    #[cfg(feature = "tokio")]
    runtime: Option<tokio::runtime::Handle>,
}

impl Handler {
    fn run(&self, change: Change) {
        #[cfg(feature = "tokio")]
        let _inside = self.runtime.as_ref().map(tokio::runtime::Handle::enter);
        // The lock of the closure is free again before its future runs.
        let answer = self.run.lock().unwrap_or_else(PoisonError::into_inner)(change);
        if let Some(future) = answer {
            block_on(future);
        }
    }
}

impl Health {
    /// Calls `handler` whenever the grade of a service gets worse, as long as the registry lives.
    ///
    /// It runs on a thread that exists while there is something to tell, never on that of a call. The handlers of a service
    /// are called one after the other, in the order in which they were given and things happened; other services have
    /// threads of their own. Of more than 64 changes that wait the oldest is dropped, and [`Change::missed`] says so. A
    /// panic ends the handler's call, is logged, and nothing else.
    pub fn on_degraded(&self, service: &str, mut handler: impl FnMut(Change) + Send + 'static) {
        self.chart().handlers.add(service, Kind::Degraded, move |change| {
            handler(change);
            None
        });
    }

    /// Calls `handler` whenever a service is healthy again; otherwise as [`on_degraded`](Self::on_degraded).
    pub fn on_recovered(&self, service: &str, mut handler: impl FnMut(Change) + Send + 'static) {
        self.chart().handlers.add(service, Kind::Recovered, move |change| {
            handler(change);
            None
        });
    }

    /// The same with a future, which runs to its end before the next handler of the service is called.
    ///
    /// It is polled by the handlers' thread. With the feature `tokio`, if it was given inside a tokio runtime, it may use
    /// that runtime's timers and sockets, and spawn.
    ///
    /// ```no_run
    /// # async fn page(_: String) {}
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// resilience::registry().health().on_degraded_async("payments", |change| async move {
    ///     page(format!("{} is {}", change.service, change.to)).await;
    /// });
    /// # }
    /// ```
    pub fn on_degraded_async<F>(&self, service: &str, mut handler: impl FnMut(Change) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.chart().handlers.add(service, Kind::Degraded, move |change| Some(Box::pin(handler(change))));
    }

    /// The same for a service that is healthy again.
    pub fn on_recovered_async<F>(&self, service: &str, mut handler: impl FnMut(Change) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.chart().handlers.add(service, Kind::Recovered, move |change| Some(Box::pin(handler(change))));
    }
}

/// The handlers of every service.
#[derive(Default)]
pub(super) struct Handlers(Mutex<BTreeMap<String, Line>>);

/// The handlers of one service, and what they have not been told yet.
#[derive(Default)]
struct Line {
    handlers: Vec<Arc<Handler>>,
    waiting: VecDeque<Change>,
    missed: u64,
    /// Whether a thread is telling them.
    is_served: bool,
}

impl Handlers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, service: &str, kind: Kind, run: impl FnMut(Change) -> Answer + Send + 'static) {
        let handler = Handler {
            kind,
            run: Mutex::new(Box::new(run)),
            #[cfg(feature = "tokio")]
            runtime: tokio::runtime::Handle::try_current().ok(),
        };
        self.lock().entry(service.to_owned()).or_default().handlers.push(Arc::new(handler));
    }

    /// Puts the changes in line, and sees to it that somebody tells them.
    pub(super) fn tell(self: &Arc<Self>, changes: Vec<Change>) {
        let mut lines = self.lock();
        for change in changes {
            let Some(line) = lines.get_mut(change.service) else { continue };
            if !line.handlers.iter().any(|handler| change.is(handler.kind)) {
                continue;
            }
            if line.waiting.len() == WAITING {
                // What the oldest had missed counts as well.
                line.missed += 1 + line.waiting.pop_front().map_or(0, |oldest| oldest.missed);
            }
            line.waiting.push_back(change);
        }
        let mut idle = Vec::new();
        for (service, line) in lines.iter_mut() {
            if !line.waiting.is_empty() && !line.is_served {
                line.is_served = true;
                idle.push(service.clone());
            }
        }
        drop(lines);
        for service in idle {
            let handlers = Arc::clone(self);
            let name = service.clone();
            let spawned = thread::Builder::new()
                .name("resilience-handlers".into())
                .spawn(move || while handlers.serve(&name) {});
            if let Err(error) = spawned {
                log::no_thread(&service, &error);
                if let Some(line) = self.lock().get_mut(&service) {
                    line.is_served = false;
                }
            }
        }
    }

    /// Tells the handlers of a service of its next change; false if there is none.
    fn serve(&self, service: &str) -> bool {
        let mut lines = self.lock();
        let Some(line) = lines.get_mut(service) else { return false };
        let Some(mut change) = line.waiting.pop_front() else {
            line.is_served = false;
            return false;
        };
        change.missed += std::mem::take(&mut line.missed);
        let wanted: Vec<_> =
            line.handlers.iter().filter(|handler| change.is(handler.kind)).map(Arc::clone).collect();
        drop(lines);
        for handler in wanted {
            let told = catch_unwind(AssertUnwindSafe(|| handler.run(change.clone())));
            if let Err(panic) = told {
                // A panic's payload may panic as well when it is dropped.
                std::mem::forget(panic);
                log::panicked(service);
            }
        }
        true
    }
}
