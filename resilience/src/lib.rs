#![doc = include_str!("../../README.md")]

// The expansions name the crate by this path, in its own documentation and presets as well.
extern crate self as resilience;

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
#[cfg(feature = "catalogue")]
pub mod catalogue;
mod cells;
mod clock;
mod error;
mod event;
mod label;
pub mod metrics;
mod name;
mod outcome;
mod preset;
pub mod presets;
mod queue;
mod registry;
mod rejected;
mod shared;
mod sync;
pub mod testing;
mod text;
mod written;

pub mod bulkhead;
pub mod circuit_breaker;
pub mod config;
#[cfg(feature = "dashboard")]
pub mod dashboard;
pub mod fallback;
pub mod health;
pub mod keyed;
pub mod outbox;
pub mod pipeline;
pub mod rate_limit;
pub mod retry;
pub mod service;
pub mod timeout;

pub(crate) use __private as private;

pub use bulkhead::Bulkhead;
#[cfg(feature = "catalogue")]
pub use catalogue::{Catalogue, catalogue};
pub use circuit_breaker::CircuitBreaker;
#[cfg(resilience_loom)]
#[doc(hidden)]
pub use clock::ScriptedClock;
pub use clock::{Clock, ManualClock};
pub use config::{Init, init};
pub use error::ConfigError;
pub use event::{Event, EventKind, Events, Listening, Missed};
pub use fallback::Fallback;
pub use health::Health;
pub use keyed::{Key, Keyed};
pub use outbox::Outbox;
pub use outcome::{Failure, Verdict};
pub use pipeline::Pipeline;
pub use preset::Preset;
pub use rate_limit::RateLimit;
pub use registry::{
    Conflict, Figures, LayerName, PolicySnapshot, Registry, ServiceSnapshot, Snapshot, registry,
};
pub use rejected::{PolicyKind, Reason, Rejected};
pub use retry::Retry;
pub use service::Service;
pub use timeout::Timeout;

/// Stops calling what keeps failing, and tries again carefully.
///
/// ```
/// use resilience::circuit_breaker;
///
/// #[derive(Debug)]
/// enum StockError {
///     UnknownItem,
///     Http { status: u16 },
///     Refused(resilience::Rejected),
/// }
///
/// impl From<resilience::Rejected> for StockError {
///     fn from(rejected: resilience::Rejected) -> Self {
///         StockError::Refused(rejected)
///     }
/// }
///
/// #[circuit_breaker(
///     "stock",
///     failure_rate = 50%, window = 30s, min_calls = 20,
///     slow_call = 800ms, slow_rate = 60%,
///     open_for = 5s..5m, half_open = 3, success_threshold = 2,
///     ignore = StockError::UnknownItem | StockError::Http { status } if *status < 500,
/// )]
/// async fn stock(item: &str) -> Result<u32, StockError> {
///     match item {
///         "" => Err(StockError::UnknownItem),
///         "broken" => Err(StockError::Http { status: 503 }),
///         _ => Ok(7),
///     }
/// }
/// ```
///
/// A name comes first, `"stock"` or `stock`: every site with that name shares one breaker. Without a name the function has
/// one of its own. The keys, each documented at its setter in [`circuit_breaker::Config`]:
///
/// | key | default | meaning |
/// |---|---|---|
/// | `threshold = 5` | 5, if no other rule is given | opens after so many failures in a row |
/// | `failure_count = 20` | | opens at so many failures in the window |
/// | `failure_rate = 50%` | | opens at this share of failures in the window |
/// | `slow_call = 1s`, `slow_rate = 50%` | | opens at this share of calls that took longer |
/// | `window = 100` or `30s` | 100 calls | what counts and rates are taken over |
/// | `min_calls = 10` | 10 | no rate is judged below so many calls |
/// | `open_for = 30s` or `5s..5m` | 60s | how long it refuses; a range grows with jitter |
/// | `half_open = 3` | 3 | trial calls of a half-open round |
/// | `success_threshold = 3` | 3 | successful trial calls that close it |
/// | `half_open_for = 30s` | 30s | a round whose trial calls hang is given up after so long |
/// | `reset_after = 5m` | 5m | older failures no longer count |
/// | `failure = PATTERN` | every error | only these errors are failures, the others are successes |
/// | `ignore = PATTERN` | none | these errors count neither way |
/// | `failure_if = f` | | a predicate on `Result<&T, &E>` that makes an outcome a failure, also an `Ok` |
/// | `count_rejections = true` | false | refusals of a bulkhead or rate limit inside are failures |
/// | `latency = true` | false | measures how long calls take, for the percentiles of its snapshot |
/// | `initial = disabled` | `closed` | the state at creation: `closed`, `disabled`, `metrics_only`, `forced_open` |
/// | `key = EXPR` | | a circuit of its own for each key: see [`keyed`] |
/// | `max_keys = 5000` | 10,000 | so many keys at most |
/// | `enabled = false` | `true` | whether it does anything; a switch for operators |
///
/// The function's error type needs `From<Rejected>`, unless an unconditional `#[fallback]` stands above.
pub use resilience_macros::circuit_breaker;

/// Makes a failed call again, later.
///
/// ```
/// use resilience::retry;
///
/// #[derive(Debug)]
/// enum FeedError {
///     Gone,
///     Busy { retry_after: std::time::Duration },
///     Io(std::io::Error),
/// }
///
/// #[retry(
///     attempts = 4,
///     backoff = exponential(100ms..5s), jitter = equal, max_elapsed = 20s,
///     on = FeedError::Busy { .. } | FeedError::Io(_), abort_on = FeedError::Gone,
///     retry_after = |error| match error {
///         FeedError::Busy { retry_after } => Some(*retry_after),
///         _ => None,
///     },
///     on_retry = |retrying| println!("{retrying:?}"),
/// )]
/// async fn feed(url: &str) -> Result<String, FeedError> {
///     Ok(url.to_owned())
/// }
/// ```
///
/// | key | default | meaning |
/// |---|---|---|
/// | `attempts = 3` | 3 | how often at most, the first time included |
/// | `backoff = exponential(200ms..30s, factor = 2)` | that | `fixed(d)`, `linear(a..b)`, `exponential(a..b)`, `fibonacci(a..b)`, `decorrelated(a..b)`, or a path to `fn(attempt) -> Duration` |
/// | `jitter = full` | `full` | `full`, `equal`, `none` |
/// | `max_elapsed = 20s` | none | no attempt starts later than this |
/// | `on = PATTERN` | every error, without `retry_if` | only these errors are worth a repeat, and what `retry_if` adds |
/// | `abort_on = PATTERN` | none | these errors are not, whatever `on` says |
/// | `retry_if = f` | | a predicate on `Result<&T, &E>`: repeat these, an `Ok` too; without `on` it alone decides |
/// | `retry_after = f` | | `&E` to the server's own hint; a longer one replaces the delay |
/// | `on_retry = f` | | told of each repeat, with a [`Retrying`](retry::Retrying) |
/// | `exhausted = f` | the last error | makes the error when repeats were wanted and used up, of an [`Exhausted`](retry::Exhausted) |
/// | `enabled = false` | `true` | whether it does anything; a switch for operators |
///
/// The body runs again with the same arguments: references are used again, `&mut` is lent again, an argument by value
/// is cloned while another attempt may follow. What layers of the same stack refuse follows fixed rules: an open circuit
/// ends the retrying, a rate limit or a full bulkhead is waited for, a timeout is repeated.
pub use resilience_macros::retry;

/// Bounds how many calls run at once.
///
/// ```
/// use resilience::bulkhead;
///
/// #[bulkhead("reports", max_concurrent = 4, max_wait = 200ms, max_queue = 16)]
/// async fn report(month: u32) -> std::io::Result<String> {
///     Ok(format!("report {month}"))
/// }
/// ```
///
/// | key | default | meaning |
/// |---|---|---|
/// | `max_concurrent = 25` | 25 | places |
/// | `max_wait = 200ms` | 0 | how long a caller waits for a place, in order |
/// | `max_queue = 16` | no bound | how many callers wait at most |
/// | `key = EXPR` | | places of its own for each key: see [`keyed`] |
/// | `max_keys = 5000` | 10,000 | so many keys at most |
/// | `enabled = false` | `true` | whether it does anything; a switch for operators |
///
/// A sync function blocks its thread while it waits. A function that calls itself through its own bulkhead needs a
/// place for each level.
pub use resilience_macros::bulkhead;

/// Bounds how often a call is made.
///
/// ```
/// use resilience::rate_limit;
///
/// #[rate_limit("geocoder", 50 / 1s, burst = 10, max_wait = 100ms)]
/// async fn geocode(address: &str) -> std::io::Result<(f64, f64)> {
///     Ok((48.1, address.len() as f64))
/// }
/// ```
///
/// | key | default | meaning |
/// |---|---|---|
/// | `50 / 1s` | | the rate; permits come back one by one; a name alone joins the rate that another site gives |
/// | `burst = 10` | the rate's count | permits that idleness saves up |
/// | `max_wait = 100ms` | 0 | how long a caller waits for its turn; a turn that comes later is refused at once |
/// | `key = EXPR` | | permits of its own for each key: see [`keyed`] |
/// | `max_keys = 5000` | 10,000 | so many keys at most |
/// | `enabled = false` | `true` | whether it does anything; a switch for operators |
pub use resilience_macros::rate_limit;

/// Drops a call that takes too long. For async functions only: a blocking call cannot be dropped.
///
/// ```
/// use resilience::timeout;
///
/// #[timeout(800ms)]
/// async fn lookup(key: u32) -> std::io::Result<u32> {
///     Ok(key)
/// }
/// ```
///
/// Above `#[retry]` it bounds the whole call, below it each attempt. `enabled = false` switches it off.
pub use resilience_macros::timeout;

/// Answers with something else when the call cannot.
///
/// ```
/// use resilience::{Failure, circuit_breaker, fallback};
///
/// #[fallback(from_disk, |failure| {
///     println!("both failed, at last with {failure:?}");
///     Ok(String::from("default"))
/// })]
/// #[circuit_breaker]
/// async fn settings(user: u32) -> std::io::Result<String> {
///     Err(std::io::ErrorKind::ConnectionReset.into())
/// }
///
/// async fn from_disk(user: u32) -> std::io::Result<String> {
///     Err(std::io::ErrorKind::NotFound.into())
/// }
///
/// #[fallback(value = 0, on = Failure::Rejected(_))]
/// #[circuit_breaker]
/// fn unread(user: u32) -> std::io::Result<u32> {
///     Ok(user)
/// }
/// ```
///
/// Tiers are tried in order. A path is called with the function's parameters, the receiver first if it starts with
/// `Self::`, and returns the function's own result, or a future of it in an async function. A closure is given the
/// [`Failure`] of the tier before. `value = expr` is the answer itself, evaluated only when needed. `on = PATTERN` matches
/// `&Failure<E>`; what it does not match passes on. `all_failed = f` makes the error of every failure, in order; without
/// it the last is returned. `enabled = false` switches it off.
pub use resilience_macros::fallback;

/// Applies a [`Preset`] in the recommended order: fallback, total timeout, retry, rate limit, circuit breaker, bulkhead,
/// timeout.
///
/// ```
/// use resilience::{presets::HTTP_API, resilient};
///
/// #[resilient(HTTP_API, name = "weather", retry(attempts = 2), fallback(value = String::from("fair")))]
/// async fn weather(city: &str) -> std::io::Result<String> {
///     Err(std::io::ErrorKind::Unsupported.into())
/// }
/// ```
///
/// Or it joins a [`Service`]: the function runs inside the policies that are registered under that name, and its calls are
/// counted there under the function's name, or under `operation = ".."`.
///
/// ```
/// use resilience::{presets::DATABASE, registry, resilient};
///
/// #[resilient(service = "customers-db", operation = "query")]
/// async fn customer(id: u32) -> std::io::Result<String> {
///     Ok(format!("customer {id}"))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// registry().add_service("customers-db", DATABASE)?;
/// customer(7).await?;
/// assert_eq!(registry().service("customers-db").unwrap().snapshot().operations[0].label, "query");
/// # Ok(())
/// # }
/// ```
///
/// A function that is called before its service is registered is not left alone: a circuit breaker and a bulkhead with
/// default settings stand around it, under the service's name, and a warning says so once. The registration replaces them.
/// A service with a timeout refuses blocking functions, as [`pipeline`] says. A fallback may stand around a service, in the
/// attribute, `fallback(..)`, or above it.
///
/// A section written here, `retry(attempts = 2)`, overrides the settings that it names; a section that the preset does not
/// have is added. Since only the preset knows which layers there are, arguments by value must be `Clone`, and the error type
/// needs `From<Rejected>` unless there is an unconditional fallback.
///
/// # A whole `impl` block
///
/// Above an `impl` block, inherent or of a trait, it stands for one above each method and associated function that returns a
/// `Result`, by that name: `Result<..>`, `io::Result<..>`.
///
/// ```
/// use resilience::{presets::DATABASE, resilient, retry};
///
/// struct Orders;
///
/// #[resilient(DATABASE, name = "orders")]
/// impl Orders {
///     async fn find(&self, id: u64) -> std::io::Result<String> {
///         Ok(format!("order {id}"))
///     }
///
///     /// Not to be repeated.
///     #[retry(attempts = 1)]
///     async fn place(&self, item: &str) -> std::io::Result<u64> {
///         Ok(item.len() as u64)
///     }
///
///     #[resilient(skip)]
///     fn check(&self, item: &str) -> std::io::Result<()> {
///         if item.is_empty() { Err(std::io::ErrorKind::InvalidInput.into()) } else { Ok(()) }
///     }
///
///     fn count(&self) -> usize {
///         3
///     }
/// }
/// ```
///
/// - With a `name` all methods share its policies; without, each method has its own.
/// - What a method has itself goes before what the block says. `#[retry(attempts = 1)]` overrides the settings that it names,
///   and then those of the block's `retry(..)` section hold, and then the preset's; an attribute for which there is no section
///   adds one, in the recommended order. A `#[fallback(..)]` takes the place of the block's as a whole.
/// - `#[resilient(OTHER)]` on a method replaces the block's.
/// - `#[resilient(skip)]` leaves a method alone. Other attributes of ours on it stand for themselves, as they do on a method
///   that is not covered.
/// - `const fn`, a method that a macro inside the block makes, and one whose return type is another name for a `Result` are
///   not covered; the last takes a `#[resilient(..)]` of its own.
/// - `#[async_trait]` may stand above or below.
pub use resilience_macros::resilient;

/// Defines presets: named, checked constants that hold settings for a kind of dependency.
///
/// ```
/// resilience::preset! {
///     /// Our search cluster: quick, and sometimes a node away.
///     pub const SEARCH: Preset = {
///         circuit_breaker(failure_rate = 50%, window = 30s),
///         retry(attempts = 2, backoff = exponential(50ms..500ms)),
///         bulkhead(max_concurrent = 50),
///         timeout(3s),
///         total_timeout(8s),
///     };
/// }
/// ```
///
/// The keys are those of the attributes, and so are the checks. Patterns and closures belong to a function and cannot
/// stand in a preset.
#[macro_export]
macro_rules! preset {
    ($($preset:tt)*) => {
        $crate::__private::__preset! { [$crate] $($preset)* }
    };
}
