//! The stream that a Hystrix dashboard reads: a command for each circuit breaker, a thread pool for each bulkhead.
//!
//! Its counts are of the last ten seconds that were watched, as Hystrix's are. A command takes what a breaker does not know
//! from the policies of its name: concurrency from the bulkhead, stand-ins from the fallback, the limit from the timeout.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Map, Value, json};

use super::{
    answer::as_json,
    figures::Figures as Seconds,
    row::millis,
    telling::wall,
    track::{RATED, Track},
};
use crate::{
    Figures, PolicyKind, Registry, Snapshot, bulkhead,
    circuit_breaker::{self, Spread, State},
};

/// The percentiles that are shown, in thousandths.
const PERCENTILES: [(&str, u64); 9] = [
    ("0", 0),
    ("25", 250),
    ("50", 500),
    ("75", 750),
    ("90", 900),
    ("95", 950),
    ("99", 990),
    ("99.5", 995),
    ("100", 1000),
];
/// Counts of things that no policy of ours does.
const NEVER: [&str; 5] = [
    "rollingCountCollapsedRequests",
    "rollingCountEmit",
    "rollingCountFallbackEmit",
    "rollingCountFallbackMissing",
    "rollingCountResponsesFromCache",
];

/// The policies of one moment, by kind and name.
struct Policies<'a> {
    registry: &'a Registry,
    figures: BTreeMap<(PolicyKind, &'static str), &'a Figures>,
    seconds: &'a Seconds,
    at_ms: u64,
}

/// Every command and thread pool, as messages of the stream; a ping where there is none.
pub(super) fn text(registry: &Registry, snapshot: &Snapshot, seconds: &Seconds) -> String {
    let figures = snapshot.policies.iter().map(|policy| ((policy.kind, policy.name), &policy.figures));
    let policies = Policies { registry, figures: figures.collect(), seconds, at_ms: wall(snapshot.at) };
    let mut text = String::new();
    for policy in &snapshot.policies {
        let object = match &policy.figures {
            Figures::CircuitBreaker(it) => policies.command(policy.name, it),
            Figures::Bulkhead(it) => policies.pool(policy.name, it),
            _ => continue,
        };
        text.push_str("data: ");
        text.push_str(&as_json(&object));
        text.push_str("\n\n");
    }
    if text.is_empty() { "ping: \n\n".to_owned() } else { text }
}

impl Policies<'_> {
    /// How much a total of a policy grew.
    fn growth(&self, kind: PolicyKind, name: &'static str, of: &str) -> u64 {
        self.seconds.track(kind, name).map_or(0, |track: &Track| track.growth(of))
    }

    /// The service that a circuit breaker belongs to.
    fn group(&self, name: &'static str) -> &'static str {
        let row = self.seconds.track(PolicyKind::CircuitBreaker, name).and_then(|track| track.row.as_ref());
        row.map_or(name, |row| row.service)
    }

    fn command(&self, name: &'static str, it: &circuit_breaker::Snapshot) -> Value {
        let grown = |of: &str| self.growth(PolicyKind::CircuitBreaker, name, of);
        let (errors, timeouts, panics, exhausted) =
            (grown("errors"), grown("timeouts"), grown("panics"), grown("exhausted"));
        let success = grown("calls").saturating_sub(errors + timeouts + panics);
        let failed = errors + timeouts + panics + exhausted;
        let requests = success + failed;
        let fallback = |of: &str| self.growth(PolicyKind::Fallback, name, of);
        let settings = &it.settings;
        let mut command = json!({
            "type": "HystrixCommand",
            "name": name,
            "group": self.group(name),
            "threadPool": name,
            "currentTime": self.at_ms,
            // Half-open circuits are not closed, and Hystrix knows nothing between.
            "isCircuitBreakerOpen": matches!(it.state, State::Open | State::HalfOpen | State::ForcedOpen),
            "errorPercentage": (failed * 100).checked_div(requests).unwrap_or(0),
            "errorCount": failed,
            "requestCount": requests,
            "rollingCountSuccess": success,
            "rollingCountFailure": errors + panics,
            "rollingCountExceptionsThrown": failed,
            "rollingCountTimeout": timeouts,
            "rollingCountBadRequests": grown("ignored"),
            "rollingCountShortCircuited": grown("refused"),
            "rollingCountSemaphoreRejected": exhausted,
            "rollingCountThreadPoolRejected": 0,
            "rollingCountFallbackSuccess": fallback("used").saturating_sub(fallback("failed")),
            "rollingCountFallbackFailure": fallback("failed"),
            "rollingCountFallbackRejection": 0,
            "propertyValue_circuitBreakerRequestVolumeThreshold": settings.min_calls,
            "propertyValue_circuitBreakerSleepWindowInMilliseconds": millis(settings.open_for),
            "propertyValue_circuitBreakerErrorThresholdPercentage":
                settings.failure_rate.map_or(0.0, |rate| (rate * 100.0).round()),
            "propertyValue_circuitBreakerForceOpen": it.state == State::ForcedOpen,
            "propertyValue_circuitBreakerForceClosed": it.state == State::Disabled,
            "propertyValue_circuitBreakerEnabled": settings.enabled,
            "propertyValue_executionIsolationStrategy": "SEMAPHORE",
            "propertyValue_executionIsolationThreadInterruptOnTimeout": true,
            "propertyValue_executionIsolationThreadPoolKeyOverride": null,
            "propertyValue_metricsRollingStatisticalWindowInMilliseconds": window(),
            "propertyValue_requestCacheEnabled": false,
            "propertyValue_requestLogEnabled": false,
            "reportingHosts": 1,
        });
        if let Value::Object(command) = &mut command {
            command.extend(NEVER.map(|never| (never.to_owned(), Value::from(0))));
            self.add_limits(command, name);
            self.add_latency(command, name);
        }
        command
    }

    /// What the bulkhead and the timeout of the same name know.
    fn add_limits(&self, command: &mut Map<String, Value>, name: &'static str) {
        let (in_use, places) = match self.figures.get(&(PolicyKind::Bulkhead, name)) {
            Some(Figures::Bulkhead(it)) => (it.in_use, it.settings.max_concurrent),
            _ => (0, 0),
        };
        let most = self.most_in_use(name, in_use);
        let limit = match self.figures.get(&(PolicyKind::Timeout, name)) {
            Some(Figures::Timeout(it)) => millis(it.settings.limit),
            _ => 0,
        };
        let limits = [
            ("currentConcurrentExecutionCount", Value::from(in_use)),
            ("rollingMaxConcurrentExecutionCount", Value::from(most)),
            ("propertyValue_executionIsolationSemaphoreMaxConcurrentRequests", Value::from(places)),
            ("propertyValue_fallbackIsolationSemaphoreMaxConcurrentRequests", Value::from(places)),
            ("propertyValue_executionIsolationThreadTimeoutInMilliseconds", Value::from(limit)),
            ("propertyValue_executionTimeoutInMilliseconds", Value::from(limit)),
        ];
        command.extend(limits.map(|(key, value)| (key.to_owned(), value)));
    }

    /// The most places in use that a second of the last ten saw.
    fn most_in_use(&self, name: &'static str, now: u32) -> u32 {
        let track = self.seconds.track(PolicyKind::Bulkhead, name);
        track.map_or(now, |track| track.most_in_use().max(now))
    }

    /// Nothing but zeros where a breaker does not measure it.
    fn add_latency(&self, command: &mut Map<String, Value>, name: &str) {
        let breaker = self.registry.circuit_breaker(name);
        let spread = breaker.and_then(|breaker| breaker.spread());
        let at = |thousandths| spread.as_ref().map_or(Duration::ZERO, |spread| spread.quantile(thousandths));
        let mean = spread.as_ref().map_or(Duration::ZERO, Spread::mean);
        let all: Map<String, Value> = PERCENTILES
            .map(|(key, thousandths)| (key.to_owned(), millis(at(thousandths)).into()))
            .into_iter()
            .collect();
        // A call of ours waits in no queue before it runs.
        for kind in ["latencyExecute", "latencyTotal"] {
            command.insert(kind.to_owned(), Value::Object(all.clone()));
            command.insert(format!("{kind}_mean"), millis(mean).into());
        }
    }

    fn pool(&self, name: &'static str, it: &bulkhead::Snapshot) -> Value {
        let grown = |of: &str| self.growth(PolicyKind::Bulkhead, name, of);
        let places = it.settings.max_concurrent;
        json!({
            "type": "HystrixThreadPool",
            "name": name,
            "currentTime": self.at_ms,
            "currentActiveCount": it.in_use,
            "currentCompletedTaskCount": it.admitted.saturating_sub(u64::from(it.in_use)),
            "currentCorePoolSize": places,
            "currentLargestPoolSize": places,
            "currentMaximumPoolSize": places,
            "currentPoolSize": places,
            "currentQueueSize": it.waiting,
            "currentTaskCount": it.admitted,
            "rollingCountThreadsExecuted": grown("calls"),
            "rollingMaxActiveThreads": self.most_in_use(name, it.in_use),
            "rollingCountCommandRejections": grown("refused"),
            "propertyValue_queueSizeRejectionThreshold": it.settings.max_queue.unwrap_or(u32::MAX),
            "propertyValue_metricsRollingStatisticalWindowInMilliseconds": window(),
            "reportingHosts": 1,
        })
    }
}

/// The time that the counts are of, in milliseconds.
const fn window() -> usize {
    RATED * 1000
}
