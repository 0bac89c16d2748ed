//! How well the services do, what is wrong with them, and what to change.
//!
//! A *service* is a name: all policies that share it, and those of a [`Service`](crate::Service) that is registered under
//! it. A policy without a name belongs to the named one above the same function, and otherwise its function is the service. [`Registry::health`] looks at the figures of the policies now and
//! then, keeps an hour of them, and makes of them a score for each service, a report, recommendations, and answers to the
//! probes of an orchestrator. Nothing of it touches a call.
//!
//! ```
//! use resilience::{circuit_breaker::Config, health::Grade, registry};
//!
//! let health = registry().health();
//! health.mark_critical("payments");
//! health.on_degraded("payments", |change| eprintln!("{} is {}: {}", change.service, change.to, change.why));
//! health.on_recovered("payments", |change| eprintln!("{} is back", change.service));
//! health.start()?; // a thread that looks every ten seconds
//!
//! let payments = registry().add_circuit_breaker("payments", Config::new().threshold(3))?;
//! for _ in 0..3 {
//!     let _ = payments.call(|| Err::<(), _>("connection refused"));
//! }
//! let report = health.sample(); // or now
//! println!("{report}");
//! assert_eq!(report.service("payments").unwrap().grade, Grade::Failed);
//! assert_eq!(
//!     report.should_continue_with("payments").unwrap_err().to_string(),
//!     "service `payments` has failed: circuit open (3 failures in a row), 100.0 % of 3 calls failed",
//! );
//! # health.stop();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Score and grade
//!
//! The score of a service is a number from 1 down to 0, made of its last minute: errors, latency, saturation and the state
//! of its circuit, as [`Signs`] says. It is [healthy](Grade::Healthy) from 0.9 on, [degraded](Grade::Degraded) from 0.7 on,
//! [failed](Grade::Failed) below. A score more than 0.05 below the grade's border changes it with the next sample; one just
//! below it, and every better grade, must be seen twice in a row, a better one from 0.05 above the border on, so that a
//! service on the border does not flicker. The first sample counts everything that was before it.
//!
//! The score of the system is the mean of its services', in which a [critical](Health::mark_critical) one weighs four times as
//! much, and the system's grade is no better than that of any critical service. [`Grade::Error`] says that nobody looked:
//! no sample, or none for three intervals.
//!
//! # Report
//!
//! [`Health::report`] has everything as data (`serde`), as JSON ([`Report::to_json`], feature `json`), as a table
//! (`Display`) and as log lines ([`Report::log`]). Changes of a grade are in the log by themselves. Recommendations come
//! from a table of [rules](Rule), each with its numbers, the key to change and, where a number can say it, the value to
//! write.
//!
//! # Workflows and handlers
//!
//! A job asks [`Health::should_continue`] between its steps. Handlers are told of one service: when it gets worse, and when
//! it is healthy again; on a thread of their own, in order, so that one that blocks holds up the other handlers of its own
//! service and nobody else.
//!
//! # Probes
//!
//! | probe | answers | with |
//! |---|---|---|
//! | [`livez`](Health::livez) | 200 as long as the process can answer | `ok` |
//! | [`readyz`](Health::readyz) | 200, or 503 as [`Readiness`] says; by default no failed dependency changes it | `ready`, or what failed |
//! | [`healthz`](Health::healthz) | 200 while the system is healthy, degraded or unknown, 503 when it has failed | `application/health+json` |
//!
//! An orchestrator restarts what is not live, so `/livez` never looks at a dependency: a restart does not heal that, and all
//! instances would restart at once. `/healthz` is for people and monitors, not for an orchestrator.
//!
//! # Memory
//!
//! An hour of a policy takes less than 4 KB, of one that is never called less than 1 KB; that of a service's scores 480
//! bytes more.

mod advice;
mod grade;
mod handler;
mod ledger;
mod log;
pub(crate) mod membership;
mod minute;
mod probe;
mod reading;
mod report;
mod score;
mod signs;
mod trend;
mod wait;
mod worker;

use std::{
    fmt, io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

pub use advice::{Evidence, Recommendation, Rule, Severity, Value};
pub use grade::Grade;
pub use handler::Change;
pub use minute::{Direction, Minute};
pub use probe::{Answer, Readiness};
pub use report::{Report, ServiceReport, Unwell};
pub use score::Signs;

pub(crate) use membership::services as members;

use self::{handler::Handlers, ledger::Ledger, worker::Worker};
use crate::{
    ConfigError, PolicyKind, Registry,
    clock::{Nanos, nanos},
};

/// How often the thread looks, if nobody says otherwise.
pub(crate) const INTERVAL: Duration = Duration::from_secs(10);
/// After so many intervals without a sample nobody knows anything.
const STALE: u32 = 3;

/// What is wrong with an interval. The one validator, wherever it is written.
pub(crate) fn interval_problem(interval: Duration) -> Option<&'static str> {
    (interval < Duration::from_millis(1) || interval > Duration::from_hours(24))
        .then_some("`health_check_interval` must be at least 1ms and at most 1 day")
}

/// The health of a registry's services; see the [module](self). A cheap handle, all of one registry's are the same.
#[derive(Clone)]
pub struct Health {
    registry: Registry,
}

/// What a registry keeps of its health.
#[derive(Default)]
pub(crate) struct Chart {
    ledger: Mutex<Ledger>,
    handlers: Arc<Handlers>,
    worker: Worker,
    /// In nanoseconds; 0 if nobody has said.
    interval: AtomicU64,
    /// Whether a critical service that has failed makes the instance unready.
    gates_readiness: AtomicBool,
}

impl Registry {
    /// The health of this registry's services.
    #[must_use]
    pub fn health(&self) -> Health {
        Health::new(self)
    }
}

impl Health {
    /// The same as [`Registry::health`].
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self { registry: registry.clone() }
    }

    fn chart(&self) -> &Chart {
        &self.registry.inner().health
    }

    fn now(&self) -> Nanos {
        self.registry.inner().home.clock.now()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.chart().ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often the thread takes a sample: what [`set_interval`](Self::set_interval) said, else `health_check_interval` of
    /// the [configuration](crate::config), `RESILIENCE_HEALTH_CHECK_INTERVAL` for example, else 10 s.
    #[must_use]
    pub fn interval(&self) -> Duration {
        match self.chart().interval.load(Ordering::Relaxed) {
            0 => self.registry.identity().health_check_interval,
            nanos => Duration::from_nanos(nanos),
        }
    }

    /// Another interval, 1 ms to a day, also for a thread that runs; one that the configuration changes holds after its next
    /// sample. Whoever samples by hand says here how often, since a sample that is older than three intervals is worth
    /// nothing.
    ///
    /// # Errors
    ///
    /// An interval that cannot be.
    pub fn set_interval(&self, interval: Duration) -> Result<(), ConfigError> {
        if let Some(problem) = interval_problem(interval) {
            return Err(ConfigError::new("health_check_interval", problem));
        }
        self.chart().interval.store(nanos(interval), Ordering::Relaxed);
        self.chart().worker.nudge();
        Ok(())
    }

    /// Makes a service critical: the system is no better than it, and it weighs four times as much in the system's score.
    /// The service need not exist yet; a report lists critical names that no policy has.
    pub fn mark_critical(&self, service: &str) {
        self.ledger().critical.insert(service.to_owned());
    }

    /// Starts a thread that takes a sample every [`interval`](Self::interval), until [`stop`](Self::stop) or as long as the
    /// registry lives. Nothing if it runs already.
    ///
    /// # Errors
    ///
    /// The system has no further thread.
    pub fn start(&self) -> io::Result<()> {
        self.chart().worker.start(self)
    }

    /// Ends the thread. A sample that it is just taking is still taken.
    pub fn stop(&self) {
        self.chart().worker.stop();
    }

    /// Takes a sample: looks at every policy, tells handlers and the log of what has changed, and reports. For programs
    /// without the thread, and for tests.
    #[allow(clippy::must_use_candidate)] // It tells handlers and the log, whoever wants the report.
    pub fn sample(&self) -> Report {
        self.look();
        let now = self.now();
        self.ledger().report(now, Duration::MAX, true)
    }

    /// Takes a sample, for which nobody wants a report.
    fn look(&self) {
        let mut ledger = self.ledger();
        // Under the lock, so that samples follow each other. No policy runs code of its user's for a snapshot.
        let snapshot = self.registry.snapshot();
        let (services, now) = (self.registry.services(), self.now());
        let changes = ledger.take(&snapshot, &services, now);
        drop(ledger);
        changes.iter().for_each(log::change);
        self.chart().handlers.tell(changes);
    }

    /// How things were at the last sample. Takes none: without one, or when it is older than three intervals, the grade is
    /// [`Grade::Error`].
    #[must_use]
    pub fn report(&self) -> Report {
        self.report_with(true)
    }

    /// The same without the trends, if there was a sample.
    pub(crate) fn seen(&self) -> Option<Report> {
        let has_sample = self.ledger().has_sample();
        has_sample.then(|| self.brief())
    }

    /// The same without the trends, for whoever asks often.
    pub(crate) fn brief(&self) -> Report {
        self.report_with(false)
    }

    fn report_with(&self, trends: bool) -> Report {
        let (now, oldest) = (self.now(), self.interval().saturating_mul(STALE));
        self.ledger().report(now, oldest, trends)
    }

    /// The last hour of one policy by the minute, the oldest first, those in which nothing happened left out; `None` if no
    /// sample has seen it.
    #[must_use]
    pub fn trend(&self, kind: PolicyKind, name: &str) -> Option<Vec<Minute>> {
        self.ledger().minutes(kind, name)
    }

    /// Whether work that needs the whole system should go on, by the last sample.
    ///
    /// ```
    /// # fn step() {}
    /// fn job() -> Result<(), resilience::health::Unwell> {
    ///     for _ in 0..10 {
    ///         resilience::registry().health().should_continue()?;
    ///         step();
    ///     }
    ///     Ok(())
    /// }
    /// # job().unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Report::should_continue`].
    pub fn should_continue(&self) -> Result<(), Unwell> {
        self.brief().should_continue()
    }

    /// The same for work that needs one service.
    ///
    /// # Errors
    ///
    /// As [`Report::should_continue_with`].
    pub fn should_continue_with(&self, service: &str) -> Result<(), Unwell> {
        self.brief().should_continue_with(service)
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("registry", &self.registry).finish()
    }
}
