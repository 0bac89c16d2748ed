//! Settings from outside the program: a file, the environment, and changes while it runs.
//!
//! Without a word here every policy has the settings that the program gives it. One call in `main` lays more over them,
//! [`resilience::init()`](crate::init):
//!
//! ```no_run
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     resilience::init()?;
//!     // ...
//!     Ok(())
//! }
//! ```
//!
//! # Layers
//!
//! | layer, a later one wins | written |
//! |---|---|
//! | default | in the documentation of each key |
//! | preset | `preset!`, `presets::DATABASE` |
//! | attribute or code | `#[circuit_breaker("quotes", threshold = 5)]`, `registry().add_circuit_breaker(..)` |
//! | file | `resilience.toml`, or the file that `RESILIENCE_CONFIG` names (feature `config`) |
//! | environment | `RESILIENCE__CIRCUIT_BREAKER__QUOTES__THRESHOLD=10` |
//! | run time | [`Registry::set`](crate::Registry::set), `reconfigure` of a handle |
//!
//! They are laid over each other key by key. Within one layer what is written for a name wins over what is written for
//! every policy of the kind; a later layer wins over an earlier one also where that names the policy. The result is
//! checked as a whole, by the validator of the attributes and in its words. The `initial` state of a breaker is that of
//! its creation. Which layer a setting in force comes from, [`Registry::snapshot`](crate::Registry::snapshot) says of each
//! policy ([`written`](crate::PolicySnapshot::written)).
//!
//! ```
//! # #[cfg(feature = "config")] {
//! use resilience::{Init, PolicyKind, circuit_breaker, testing::Scope};
//!
//! #[circuit_breaker("quotes", threshold = 5)]
//! fn quote(symbol: &str) -> Result<u32, resilience::Rejected> {
//!     Ok(42)
//! }
//!
//! let scope = Scope::new();
//! let _inside = scope.enter();
//! let file = r#"
//!     [global]
//!     service_name = "shop"
//!
//!     [circuit_breaker]                       # of every circuit breaker
//!     open_for = "10s..2m"
//!
//!     [circuit_breaker.quotes]                # of this one
//!     threshold = 8
//!
//!     [retry."shop::stock::fetch"]            # a function without a name of its own
//!     attempts = 2
//!     backoff = "exponential(100ms..2s, factor = 3)"
//! "#;
//! let loaded = Init::new().text("resilience.toml", file).load_into(&scope.registry())?;
//! assert_eq!(
//!     loaded.warnings()[1].to_string(),
//!     "resilience.toml:12: retry.\"shop::stock::fetch\".attempts: there is no retry `shop::stock::fetch` so far",
//! );
//!
//! quote("ACME")?;
//! let quotes = scope.registry().circuit_breaker("quotes").expect("it has been called");
//! assert_eq!(quotes.settings().threshold, Some(8));
//!
//! scope.registry().set(PolicyKind::CircuitBreaker, "quotes", "threshold", "3")?;
//! assert_eq!(quotes.settings().threshold, Some(3));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Values
//!
//! Keys are those of the attributes, and of the two values that stand there without a key: `rate` of a rate limit and
//! `limit` of a timeout. Patterns and functions (`ignore`, `retry_if`, ...) belong to the program. In a file, numbers,
//! `true` and `false` stand as they are, and everything else in quotes, as an attribute would write it: `"30s"`,
//! `"5s..5m"`, `"50%"`, `"100 / 1s"`, `"exponential(100ms..2s)"`, `"full"`. In the environment nothing needs quotes.
//!
//! Every policy has the key `enabled`: a switch that takes it out of the way, for one name, a kind, or with
//! `[global] enabled` for all of them. A call through a policy that is off costs no more than one that a policy lets pass
//! that is on; what is left of it is that breakers, rate limits and retries count their calls, and bulkheads their places.
//!
//! # Mistakes
//!
//! Everything that is wrong is reported at once, with the file, the line and the key, and nothing is applied then:
//!
//! ```text
//! resilience.toml:12: circuit_breaker.quotes.treshold: unknown key, did you mean `threshold`?
//! resilience.toml:15: retry.feed.attempts: `attempts` must be at least 1, the first call
//! RESILIENCE__RETRY__FEED__JITTER: unknown jitter `ful`; did you mean `full`?
//! ```
//!
//! Settings that only together with the program's own cannot be are such a problem too, for policies that exist when they
//! are loaded. For a policy that is made later they are left out as a whole, with a warning, and its own hold. A name that
//! no policy has is a [warning](Loaded::warnings), since names can be made at run time.
//!
//! # The environment
//!
//! `RESILIENCE__KIND__NAME__KEY` is for one policy and `RESILIENCE__KIND__KEY` for every one of the kind, case does not
//! matter. In a name everything but ASCII letters and digits is an underscore: `SHOP__STOCK` is `shop::stock`. Some have
//! names of their own:
//!
//! | variable | the same as | in a file |
//! |---|---|---|
//! | `RESILIENCE_CONFIG` | | the file; empty for none |
//! | `RESILIENCE_ENABLED` | `RESILIENCE__GLOBAL__ENABLED` | `[global] enabled` |
//! | `RESILIENCE_SERVICE_NAME` | `RESILIENCE__GLOBAL__SERVICE_NAME` | `[global] service_name` |
//! | `RESILIENCE_ENVIRONMENT` | `RESILIENCE__GLOBAL__ENVIRONMENT` | `[global] environment` |
//! | `RESILIENCE_HEALTH_CHECK_INTERVAL` | `RESILIENCE__GLOBAL__HEALTH_CHECK_INTERVAL` | `[global] health_check_interval` |
//! | `RESILIENCE_CIRCUIT_BREAKER_ENABLED` | `RESILIENCE__CIRCUIT_BREAKER__ENABLED` | `[circuit_breaker] enabled` |
//! | `RESILIENCE_CIRCUIT_BREAKER_FAILURE_THRESHOLD` | `RESILIENCE__CIRCUIT_BREAKER__THRESHOLD` | `[circuit_breaker] threshold` |
//! | `RESILIENCE_CIRCUIT_BREAKER_RECOVERY_TIMEOUT` | `RESILIENCE__CIRCUIT_BREAKER__OPEN_FOR` | `[circuit_breaker] open_for` |
//! | `RESILIENCE_RETRY_ENABLED` | `RESILIENCE__RETRY__ENABLED` | `[retry] enabled` |
//! | `RESILIENCE_MAX_RETRY_ATTEMPTS` | `RESILIENCE__RETRY__ATTEMPTS` | `[retry] attempts`, the first call included |
//! | `RESILIENCE_BULKHEAD_ENABLED` | `RESILIENCE__BULKHEAD__ENABLED` | `[bulkhead] enabled` |
//! | `RESILIENCE_MAX_CONCURRENT_REQUESTS` | `RESILIENCE__BULKHEAD__MAX_CONCURRENT` | `[bulkhead] max_concurrent` |
//! | `RESILIENCE_RATE_LIMIT_ENABLED` | `RESILIENCE__RATE_LIMIT__ENABLED` | `[rate_limit] enabled` |
//! | `RESILIENCE_TIMEOUT_ENABLED` | `RESILIENCE__TIMEOUT__ENABLED` | `[timeout] enabled` |
//! | `RESILIENCE_FALLBACK_ENABLED` | `RESILIENCE__FALLBACK__ENABLED` | `[fallback] enabled` |
//!
//! `RESILIENCE_DASHBOARD_TOKEN` is no setting but a secret, which only the dashboard reads.
//!
//! What names the program can be read back: [`Registry::identity`](crate::Registry::identity). A variable that begins
//! with `RESILIENCE_` and means nothing is a warning, since it may be another program's.
//!
//! # While it runs
//!
//! [`Registry::set`](crate::Registry::set) changes one key of one policy, [`set_all`](crate::Registry::set_all) of a kind;
//! state and counts stay. [`Init::watch`](crate::Init) looks at the file now and then; a file with a mistake is refused
//! whole, reported, and kept in [`Registry::config_status`](crate::Registry::config_status), while the settings before it
//! stay. [`Registry::reload_config`](crate::Registry::reload_config) looks once.

mod environment;
#[cfg(feature = "config")]
mod file;
mod init;
mod layers;
#[cfg(any(feature = "catalogue", feature = "dashboard"))]
mod listing;
mod live;
mod load;
mod problem;
#[cfg(feature = "config")]
mod service;
#[cfg(feature = "dashboard")]
mod setting;
mod sheet;
mod source;
mod suggestion;
pub(crate) mod value;
#[cfg(feature = "config")]
mod watch;
mod words;

pub use init::{Init, init};
pub(crate) use layers::{Effective, Layers, Overlay};
pub use layers::{Layer, WrittenSetting};
#[cfg(any(feature = "catalogue", feature = "dashboard"))]
pub(crate) use listing::Valued;
#[cfg(feature = "catalogue")]
pub(crate) use listing::layer_values;
pub use live::{Identity, Status};
pub use load::Loaded;
pub(crate) use load::State;
pub use problem::{Problem, Problems};
#[cfg(feature = "config")]
pub use service::Service;
#[cfg(feature = "dashboard")]
pub(crate) use setting::{Change, Setting, toml};
#[cfg(feature = "dashboard")]
pub(crate) use sheet::each_kind;
pub(crate) use sheet::problem_in;
pub(crate) use value::Wrong;
pub(crate) use words::explain;
