//! One instance for each key: a circuit breaker per host, a bulkhead per customer, a rate limit per address.
//!
//! In an attribute, `key = expr` is all there is to it. The expression sees the arguments and `self`, and is evaluated
//! once for each call:
//!
//! ```
//! use resilience::{bulkhead, circuit_breaker, registry};
//!
//! #[circuit_breaker("upstream", key = host, max_keys = 5_000, threshold = 3)]
//! #[bulkhead("tenants", key = format_args!("{tenant}/{}", host.len()), max_concurrent = 4)]
//! fn fetch(host: &str, tenant: u32) -> std::io::Result<String> {
//!     if host == "gone.example" { Err(std::io::ErrorKind::ConnectionReset.into()) } else { Ok(host.to_owned()) }
//! }
//!
//! for _ in 0..3 {
//!     let _ = fetch("gone.example", 7);
//! }
//! assert!(fetch("gone.example", 7).is_err(), "its circuit is open");
//! assert!(fetch("fine.example", 7).is_ok(), "that of another host is not");
//!
//! // By hand: every key at once through the policy, or one of them.
//! let upstream = registry().circuit_breaker("upstream").expect("it was called").keyed();
//! upstream.get("gone.example").expect("it was called").reset();
//! upstream.get_or_add("abused.example").expect("there is room").force_open();
//! assert_eq!(upstream.len(), 3);
//! ```
//!
//! A key is text, or anything that can be displayed. All keys of a policy share its name, its settings, and its entry in
//! the registry; new settings reach all of them. An [event](crate::Event) names the key; a
//! [`Rejected`](crate::Rejected), which is copied and allocates nothing, carries the policy's name only. A key longer than
//! 256 bytes is known by its beginning and a hash.
//!
//! # The bound
//!
//! There are at most `max_keys` at a time, so that nobody who chooses keys can fill the memory. The next new key takes the
//! place of one that nobody uses: first of one that is as good as new, about the one unused for longest; then of one that
//! remembers failures, or permits taken; and only then of one that refuses calls, or that somebody told what to do.
//! Until then such keys stay, however many others come. A key for which a call runs, or that somebody has a
//! [handle](Key) of, never leaves. If calls run for all of them, a further key has no instance of its own: it shares that of
//! the policy itself, the one that calls without a key have, with others like it. It is never refused for that, and never
//! unprotected.
//!
//! # What a key costs
//!
//! A breaker's key that has had only successes is a few words, below 200 bytes with its text and its entry; it becomes a
//! whole breaker when it fails for the first time. So does a bulkhead's when it is full, and a rate limit's when it has no
//! permit. A call of a known key allocates nothing.

mod bound;
mod entry;
mod handle;
mod instance;
mod keys;
mod machine;
mod shard;
mod text;
mod totals;

pub(crate) use bound::{max_keys, max_keys_problem};
#[doc(hidden)]
pub use entry::Entry;
pub use handle::{Key, KeySnapshot, Keyable, Keyed};
#[doc(hidden)]
pub use instance::Instance;
#[doc(hidden)]
pub use keys::Keys;
#[doc(hidden)]
pub use machine::{Form, Machine, Standing};
#[doc(hidden)]
pub use text::{AsText, KeyOf, KeyText, KeyValue, Shown};
#[doc(hidden)]
pub use totals::Totals;
