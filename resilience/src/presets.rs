//! Presets for the usual dependencies, each with the reasons for its numbers.
//!
//! They are starting points: override at the site what you know better, `#[resilient(DATABASE, retry(attempts = 2))]`.

crate::preset! {
    /// LLM and other AI providers: slow, rate limited, flaky.
    ///
    /// Answers of a minute are normal, so the timeout of an attempt is generous and the breaker counts failures in a row
    /// rather than a rate over few calls. Their rate limits and overloads pass within seconds: four attempts, at most 2, 4
    /// and 8 s apart unless `retry_after` names a longer time. Each attempt counts in the breaker, so a single call with all
    /// its attempts does not open it, and the second in a row does. An outage of theirs lasts minutes: the circuit opens for
    /// 30 s at first, up to 5 min.
    pub const AI_PROVIDER: Preset = {
        circuit_breaker(threshold = 5, open_for = 30s..5m, half_open = 1, reset_after = 5m),
        retry(attempts = 4, backoff = exponential(2s..30s)),
        bulkhead(max_concurrent = 20, max_wait = 5s),
        timeout(60s),
    };
}

crate::preset! {
    /// Caches: fast or useless.
    ///
    /// A cache that takes 250 ms costs more than it saves, and the value can be had elsewhere: no second attempt, a breaker
    /// that opens soon and looks again soon, and a bulkhead wide enough never to be the bottleneck.
    pub const CACHE: Preset = {
        circuit_breaker(failure_rate = 50%, window = 10s, min_calls = 20, open_for = 5s..30s),
        bulkhead(max_concurrent = 200),
        timeout(250ms),
    };
}

crate::preset! {
    /// Search clusters: usually quick, sometimes a node away.
    ///
    /// One repeat finds another node. A third of slow answers says that the cluster is struggling before it fails.
    pub const SEARCH: Preset = {
        circuit_breaker(failure_rate = 50%, slow_call = 1s, slow_rate = 33%, window = 30s, min_calls = 20, open_for = 10s..2m),
        retry(attempts = 2, backoff = exponential(50ms..500ms)),
        bulkhead(max_concurrent = 50, max_wait = 100ms),
        timeout(3s),
    };
}

crate::preset! {
    /// Graph stores and knowledge bases: heavy queries, few at a time.
    ///
    /// A traversal may take seconds, and many at once make each slower, so few run and the rest wait for a while.
    pub const KNOWLEDGE_GRAPH: Preset = {
        circuit_breaker(threshold = 5, open_for = 30s..5m, half_open = 2),
        retry(attempts = 3, backoff = exponential(200ms..5s)),
        bulkhead(max_concurrent = 10, max_wait = 2s),
        timeout(15s),
    };
}

crate::preset! {
    /// Reasoning and batch engines: minutes per answer, and every run is expensive.
    ///
    /// A repeat costs as much as the first run, so there is only one; three failures in a row are enough to stop.
    pub const THINKING_ENGINE: Preset = {
        circuit_breaker(threshold = 3, open_for = 1m..10m, half_open = 1, half_open_for = 5m),
        retry(attempts = 2, backoff = exponential(2s..30s)),
        bulkhead(max_concurrent = 5, max_wait = 10s),
        timeout(3m),
        total_timeout(7m),
    };
}

crate::preset! {
    /// Relational databases behind a pool.
    ///
    /// Deadlocks and failovers pass quickly: three attempts within a second. A database in trouble answers slowly first;
    /// half of the calls slow within half a minute is trouble. The bulkhead is a common pool's size, and waits no longer
    /// than a pool would.
    pub const DATABASE: Preset = {
        circuit_breaker(failure_rate = 50%, slow_call = 2s, slow_rate = 50%, window = 30s, min_calls = 20, open_for = 10s..2m),
        retry(attempts = 3, backoff = exponential(50ms..1s)),
        bulkhead(max_concurrent = 20, max_wait = 500ms),
        timeout(5s),
    };
}

crate::preset! {
    /// HTTP APIs of others.
    ///
    /// The numbers that most clients settle on: three attempts from 200 ms on, ten seconds for each and half a minute for
    /// all, a rate over a window since single errors are normal.
    pub const HTTP_API: Preset = {
        circuit_breaker(failure_rate = 50%, window = 30s, min_calls = 10, open_for = 15s..5m),
        retry(attempts = 3, backoff = exponential(200ms..5s)),
        bulkhead(max_concurrent = 50, max_wait = 1s),
        timeout(10s),
        total_timeout(30s),
    };
}

crate::preset! {
    /// Message brokers, for publishing.
    ///
    /// A broker that moves its leader is away for seconds, and a message that is given up is lost: six attempts, spread over
    /// 6 to 13 s.
    pub const BROKER: Preset = {
        circuit_breaker(threshold = 10, open_for = 5s..1m),
        retry(attempts = 6, backoff = exponential(500ms..5s), jitter = equal),
        bulkhead(max_concurrent = 100, max_wait = 1s),
        timeout(5s),
    };
}

/// The ready-made presets by their names, for files.
#[cfg(feature = "config")]
pub(crate) const ALL: [(&str, crate::Preset); 8] = [
    ("AI_PROVIDER", AI_PROVIDER),
    ("CACHE", CACHE),
    ("SEARCH", SEARCH),
    ("KNOWLEDGE_GRAPH", KNOWLEDGE_GRAPH),
    ("THINKING_ENGINE", THINKING_ENGINE),
    ("DATABASE", DATABASE),
    ("HTTP_API", HTTP_API),
    ("BROKER", BROKER),
];

/// The ready-made preset of this name.
#[cfg(feature = "config")]
pub(crate) fn by_name(name: &str) -> Option<crate::Preset> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, preset)| *preset)
}
