use crate::errors::list;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Policy {
    CircuitBreaker,
    Retry,
    Bulkhead,
    RateLimit,
    Timeout,
    Fallback,
    Resilient,
}

use Policy::{Bulkhead, CircuitBreaker, Fallback, RateLimit, Resilient, Retry, Timeout};

/// What a key's value looks like. `value.rs` has one parser for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Name,
    Preset,
    Crate,
    Count,
    Share,
    Flag,
    Duration,
    Growing,
    Window,
    Rate,
    Backoff,
    Jitter,
    Initial,
    Pattern,
    Function,
    Expr,
}

impl Kind {
    /// Speaks of one function: its name, its errors, its arguments. A preset has none.
    pub(crate) const fn is_of_a_function(self) -> bool {
        matches!(self, Self::Name | Self::Crate | Self::Pattern | Self::Function | Self::Expr)
    }
}

pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) of: &'static [Policy],
}

const fn key(name: &'static str, kind: Kind, of: &'static [Policy]) -> Key {
    Key { name, kind, of }
}

const EVERY: &[Policy] = &[CircuitBreaker, Retry, Bulkhead, RateLimit, Timeout, Fallback, Resilient];
const POLICIES: &[Policy] = &[CircuitBreaker, Retry, Bulkhead, RateLimit, Timeout, Fallback];
const WITH_PRESET: &[Policy] = &[CircuitBreaker, Retry, Bulkhead, RateLimit, Timeout, Resilient];

/// Every key of every attribute. What is not here does not exist.
#[rustfmt::skip]
pub(crate) const KEYS: &[Key] = &[
    key("threshold",         Kind::Count,    &[CircuitBreaker]),
    key("failure_count",     Kind::Count,    &[CircuitBreaker]),
    key("failure_rate",      Kind::Share,    &[CircuitBreaker]),
    key("slow_call",         Kind::Duration, &[CircuitBreaker]),
    key("slow_rate",         Kind::Share,    &[CircuitBreaker]),
    key("window",            Kind::Window,   &[CircuitBreaker]),
    key("min_calls",         Kind::Count,    &[CircuitBreaker]),
    key("open_for",          Kind::Growing,  &[CircuitBreaker]),
    key("half_open",         Kind::Count,    &[CircuitBreaker]),
    key("success_threshold", Kind::Count,    &[CircuitBreaker]),
    key("half_open_for",     Kind::Duration, &[CircuitBreaker]),
    key("reset_after",       Kind::Duration, &[CircuitBreaker]),
    key("failure",           Kind::Pattern,  &[CircuitBreaker]),
    key("ignore",            Kind::Pattern,  &[CircuitBreaker]),
    key("failure_if",        Kind::Function, &[CircuitBreaker]),
    key("count_rejections",  Kind::Flag,     &[CircuitBreaker]),
    key("latency",           Kind::Flag,     &[CircuitBreaker]),
    key("initial",           Kind::Initial,  &[CircuitBreaker]),
    key("attempts",          Kind::Count,    &[Retry]),
    key("backoff",           Kind::Backoff,  &[Retry]),
    key("jitter",            Kind::Jitter,   &[Retry]),
    key("max_elapsed",       Kind::Duration, &[Retry]),
    key("on",                Kind::Pattern,  &[Retry, Fallback]),
    key("abort_on",          Kind::Pattern,  &[Retry]),
    key("retry_if",          Kind::Function, &[Retry]),
    key("retry_after",       Kind::Function, &[Retry]),
    key("on_retry",          Kind::Function, &[Retry]),
    key("exhausted",         Kind::Function, &[Retry]),
    key("max_concurrent",    Kind::Count,    &[Bulkhead]),
    key("max_queue",         Kind::Count,    &[Bulkhead]),
    key("burst",             Kind::Count,    &[RateLimit]),
    key("max_wait",          Kind::Duration, &[Bulkhead, RateLimit]),
    key("key",               Kind::Expr,     &[CircuitBreaker, Bulkhead, RateLimit]),
    key("max_keys",          Kind::Count,    &[CircuitBreaker, Bulkhead, RateLimit]),
    key("value",             Kind::Expr,     &[Fallback]),
    key("all_failed",        Kind::Function, &[Fallback]),
    key("enabled",           Kind::Flag,     POLICIES),
    key("name",              Kind::Name,     EVERY),
    key("service",           Kind::Name,     &[Resilient]),
    key("operation",         Kind::Name,     &[Resilient]),
    key("preset",            Kind::Preset,   WITH_PRESET),
    key("crate",             Kind::Crate,    EVERY),
];

/// `#[rate_limit(100 / 1s)]` and `#[timeout(800ms)]`: settings that come first and are written without a key.
pub(crate) const RATE: &Key = &key("rate", Kind::Rate, &[RateLimit]);
pub(crate) const LIMIT: &Key = &key("limit", Kind::Duration, &[Timeout]);

/// What users of other frameworks would write, and what it is called here.
#[rustfmt::skip]
pub(crate) const FOREIGN: &[(Policy, &str, &str)] = &[
    (CircuitBreaker, "failure_threshold", "`threshold = 5` for consecutive failures, or `failure_rate = 50%`"),
    (CircuitBreaker, "failures", "`threshold`"),
    (CircuitBreaker, "max_failures", "`threshold`"),
    (CircuitBreaker, "consecutive_failures", "`threshold`"),
    (CircuitBreaker, "failure_rate_threshold", "`failure_rate`"),
    (CircuitBreaker, "error_rate", "`failure_rate`"),
    (CircuitBreaker, "error_threshold_percentage", "`failure_rate`"),
    (CircuitBreaker, "failure_ratio", "`failure_rate`"),
    (CircuitBreaker, "slow_call_duration_threshold", "`slow_call`"),
    (CircuitBreaker, "slow_call_duration", "`slow_call`"),
    (CircuitBreaker, "slow_call_rate_threshold", "`slow_rate`"),
    (CircuitBreaker, "slow_call_rate", "`slow_rate`"),
    (CircuitBreaker, "recovery_timeout", "`open_for`"),
    (CircuitBreaker, "reset_timeout", "`open_for`"),
    (CircuitBreaker, "timeout_duration", "`open_for`"),
    (CircuitBreaker, "timeout", "`open_for`"),
    (CircuitBreaker, "delay", "`open_for`"),
    (CircuitBreaker, "cooldown", "`open_for`"),
    (CircuitBreaker, "break_duration", "`open_for`"),
    (CircuitBreaker, "duration_of_break", "`open_for`"),
    (CircuitBreaker, "sleep_window", "`open_for`"),
    (CircuitBreaker, "wait_duration_in_open_state", "`open_for`"),
    (CircuitBreaker, "sliding_window_size", "`window`"),
    (CircuitBreaker, "sliding_window", "`window`"),
    (CircuitBreaker, "window_size", "`window`"),
    (CircuitBreaker, "sampling_duration", "`window`"),
    (CircuitBreaker, "minimum_number_of_calls", "`min_calls`"),
    (CircuitBreaker, "minimum_calls", "`min_calls`"),
    (CircuitBreaker, "minimum_throughput", "`min_calls`"),
    (CircuitBreaker, "request_volume_threshold", "`min_calls`"),
    (CircuitBreaker, "permitted_calls_in_half_open", "`half_open`"),
    (CircuitBreaker, "permitted_number_of_calls_in_half_open_state", "`half_open`"),
    (CircuitBreaker, "half_open_max_calls", "`half_open`"),
    (CircuitBreaker, "half_open_requests", "`half_open`"),
    (CircuitBreaker, "max_wait_duration_in_half_open_state", "`half_open_for`"),
    (CircuitBreaker, "half_open_timeout", "`half_open_for`"),
    (CircuitBreaker, "successes", "`success_threshold`"),
    (CircuitBreaker, "idle_reset", "`reset_after`"),
    (CircuitBreaker, "failure_predicate", "`failure_if`"),
    (CircuitBreaker, "is_failure", "`failure_if`"),
    (CircuitBreaker, "record_exceptions", "`failure`"),
    (CircuitBreaker, "ignore_exceptions", "`ignore`"),
    (CircuitBreaker, "fail_on", "`failure`"),
    (CircuitBreaker, "skip_on", "`ignore`"),
    (CircuitBreaker, "keys", "`key`"),
    (CircuitBreaker, "partition", "`key`"),
    (CircuitBreaker, "partition_key", "`key`"),
    (CircuitBreaker, "max_partitions", "`max_keys`"),
    (Retry, "max_attempts", "`attempts` (the first call included)"),
    (Retry, "retries", "`attempts` (the first call included, so one more)"),
    (Retry, "max_retries", "`attempts` (the first call included, so one more)"),
    (Retry, "times", "`attempts` (the first call included)"),
    (Retry, "tries", "`attempts`"),
    (Retry, "delay", "`backoff`, as in `backoff = fixed(200ms)`"),
    (Retry, "wait", "`backoff`, as in `backoff = fixed(200ms)`"),
    (Retry, "wait_duration", "`backoff`, as in `backoff = fixed(200ms)`"),
    (Retry, "interval", "`backoff`, as in `backoff = fixed(200ms)`"),
    (Retry, "base_delay", "`backoff`, as in `backoff = exponential(200ms..30s)`"),
    (Retry, "initial_delay", "`backoff`, as in `backoff = exponential(200ms..30s)`"),
    (Retry, "initial_interval", "`backoff`, as in `backoff = exponential(200ms..30s)`"),
    (Retry, "min_delay", "`backoff`, as in `backoff = exponential(200ms..30s)`"),
    (Retry, "max_delay", "`backoff`, as in `backoff = exponential(200ms..30s)`"),
    (Retry, "max_interval", "`backoff`, as in `backoff = exponential(200ms..30s)`"),
    (Retry, "multiplier", "`backoff`, as in `backoff = exponential(200ms..30s, factor = 2)`"),
    (Retry, "factor", "`backoff`, as in `backoff = exponential(200ms..30s, factor = 2)`"),
    (Retry, "strategy", "`backoff`"),
    (Retry, "max_duration", "`max_elapsed`"),
    (Retry, "timeout", "`max_elapsed`, or a `#[timeout(..)]` above the retry"),
    (Retry, "retry_on", "`on`"),
    (Retry, "retry_exceptions", "`on`"),
    (Retry, "retry_on_exception", "`on`"),
    (Retry, "when", "`retry_if`"),
    (Retry, "condition", "`retry_if`"),
    (Retry, "retry_on_result", "`retry_if`"),
    (Retry, "abort_if", "`abort_on`"),
    (Retry, "ignore", "`abort_on`"),
    (Retry, "ignore_exceptions", "`abort_on`"),
    (Retry, "notify", "`on_retry`"),
    (Bulkhead, "max_concurrent_calls", "`max_concurrent`"),
    (Bulkhead, "max_concurrency", "`max_concurrent`"),
    (Bulkhead, "concurrency", "`max_concurrent`"),
    (Bulkhead, "limit", "`max_concurrent`"),
    (Bulkhead, "permits", "`max_concurrent`"),
    (Bulkhead, "max_parallelization", "`max_concurrent`"),
    (Bulkhead, "value", "`max_concurrent`"),
    (Bulkhead, "max_wait_duration", "`max_wait`"),
    (Bulkhead, "timeout", "`max_wait`"),
    (Bulkhead, "queue_size", "`max_queue`"),
    (Bulkhead, "queue_capacity", "`max_queue`"),
    (Bulkhead, "max_queuing_actions", "`max_queue`"),
    (Bulkhead, "waiting_task_queue", "`max_queue`"),
    (Bulkhead, "keys", "`key`"),
    (Bulkhead, "partition", "`key`"),
    (Bulkhead, "partition_key", "`key`"),
    (Bulkhead, "max_partitions", "`max_keys`"),
    (RateLimit, "keys", "`key`"),
    (RateLimit, "partition", "`key`"),
    (RateLimit, "partition_key", "`key`"),
    (RateLimit, "max_partitions", "`max_keys`"),
    (RateLimit, "rate", "the rate first, as in `#[rate_limit(100 / 1s)]`"),
    (RateLimit, "limit", "the rate first, as in `#[rate_limit(100 / 1s)]`"),
    (RateLimit, "limit_for_period", "the rate first, as in `#[rate_limit(100 / 1s)]`"),
    (RateLimit, "limit_refresh_period", "the rate first, as in `#[rate_limit(100 / 1s)]`"),
    (RateLimit, "period", "the rate first, as in `#[rate_limit(100 / 1s)]`"),
    (RateLimit, "per", "the rate first, as in `#[rate_limit(100 / 1s)]`"),
    (RateLimit, "permits", "the rate first, as in `#[rate_limit(100 / 1s)]`"),
    (RateLimit, "requests", "the rate first, as in `#[rate_limit(100 / 1s)]`"),
    (RateLimit, "permits_per_second", "the rate first, as in `#[rate_limit(100 / 1s)]`"),
    (RateLimit, "window", "the rate first, as in `#[rate_limit(100 / 1s)]`"),
    (RateLimit, "burst_size", "`burst`"),
    (RateLimit, "capacity", "`burst`"),
    (RateLimit, "timeout_duration", "`max_wait`"),
    (RateLimit, "timeout", "`max_wait`"),
    (Timeout, "limit", "the duration first, as in `#[timeout(800ms)]`"),
    (Timeout, "duration", "the duration first, as in `#[timeout(800ms)]`"),
    (Timeout, "timeout", "the duration first, as in `#[timeout(800ms)]`"),
    (Timeout, "timeout_duration", "the duration first, as in `#[timeout(800ms)]`"),
    (Timeout, "value", "the duration first, as in `#[timeout(800ms)]`"),
    (Timeout, "millis", "the duration first, as in `#[timeout(800ms)]`"),
    (Timeout, "after", "the duration first, as in `#[timeout(800ms)]`"),
    (Fallback, "fallback_method", "the function first, as in `#[fallback(cached)]`"),
    (Fallback, "method", "the function first, as in `#[fallback(cached)]`"),
    (Fallback, "function", "the function first, as in `#[fallback(cached)]`"),
    (Fallback, "with", "the function first, as in `#[fallback(cached)]`"),
    (Fallback, "default", "`value`"),
    (Fallback, "apply_on", "`on`"),
    (Fallback, "when", "`on`"),
];

impl Policy {
    /// The attribute's name, its module's name, and that of its section in a preset.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            CircuitBreaker => "circuit_breaker",
            Retry => "retry",
            Bulkhead => "bulkhead",
            RateLimit => "rate_limit",
            Timeout => "timeout",
            Fallback => "fallback",
            Resilient => "resilient",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        EVERY.iter().copied().find(|policy| policy.name() == name)
    }

    pub(crate) fn keys(self) -> impl Iterator<Item = &'static Key> {
        KEYS.iter().filter(move |key| key.of.contains(&self))
    }

    pub(crate) fn key(self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }

    /// A bare first argument is the policy's name: it has state that several functions may share.
    pub(crate) const fn is_named_first(self) -> bool {
        matches!(self, CircuitBreaker | Bulkhead | RateLimit)
    }

    /// An answer of this layer may be a refusal.
    pub(crate) const fn refuses(self) -> bool {
        matches!(self, CircuitBreaker | Bulkhead | RateLimit | Timeout | Resilient)
    }

    /// The keys that may be written: a preset has none that speaks of a function.
    pub(crate) fn list_of_keys(self, is_preset: bool) -> String {
        list(self.keys().filter(|key| !is_preset || !key.kind.is_of_a_function()).map(|key| key.name))
    }
}
