use std::{fmt, sync::Arc};

use super::{entry::Entry, keys::Keys, machine::Machine};

/// A policy that can have one instance for each key: [`CircuitBreaker`](crate::CircuitBreaker),
/// [`Bulkhead`](crate::Bulkhead), [`RateLimit`](crate::RateLimit).
pub trait Keyable: Clone {
    #[doc(hidden)]
    type Core: Machine;
    /// The figures of one instance.
    type Snapshot;

    #[doc(hidden)]
    fn core(&self) -> &Self::Core;
    #[doc(hidden)]
    fn name(&self) -> &'static str;
    #[doc(hidden)]
    fn snapshot_of(core: &Self::Core) -> Self::Snapshot;
}

/// A policy with one instance for each key: a cheap handle, like that of the policy itself.
///
/// The module [`keyed`](crate::keyed) says which keys stay and what they cost.
///
/// ```
/// use resilience::{CircuitBreaker, circuit_breaker::{Config, State}};
///
/// let hosts = CircuitBreaker::new("hosts", Config::new().threshold(1).max_keys(100))?.keyed();
///
/// let _ = hosts.call("db-1", || Err::<u32, _>("connection reset"));
/// assert!(hosts.call("db-1", || Ok::<u32, &str>(7)).is_err(), "open");
/// assert!(hosts.call("db-2", || Ok::<u32, &str>(7)).is_ok());
///
/// assert_eq!(hosts.get("db-1").expect("it was called").state(), State::Open);
/// assert!(hosts.get("db-3").is_none());
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Keyed<P: Keyable>(P);

impl<P: Keyable> Keyed<P> {
    pub(crate) const fn over(policy: P) -> Self {
        Self(policy)
    }

    /// The policy itself: its name, its settings, the sums over all keys. What is asked of it is asked of every key.
    #[must_use]
    pub const fn policy(&self) -> &P {
        &self.0
    }

    fn keys_there_are(&self) -> Option<&Keys<P::Core>> {
        self.0.core().keys().get().map(|keys| &**keys)
    }

    /// Keys that there are now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys_there_are().map_or(0, Keys::count)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The instance of this key, if there is one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Key<P>> {
        let entry = self.keys_there_are()?.get(key)?;
        Some(Key { policy: self.0.clone(), entry })
    }

    /// The instance of this key, made if there is none: to refuse a key that has not called yet, for example. `None` if
    /// calls run, or others have handles, for as many keys as there may be.
    #[must_use]
    pub fn get_or_add(&self, key: &str) -> Option<Key<P>> {
        let core = self.0.core();
        let keys = core.keys().get_or_init(|| Box::new(Keys::new()));
        let entry = keys.enter(core, key)?;
        Some(Key { policy: self.0.clone(), entry })
    }

    /// Every key with its figures, by key. It takes time and memory for each.
    ///
    /// What was asked of all keys at once while one of them had had nothing but successes is in the history of the policy,
    /// not in that of the key.
    #[must_use]
    pub fn keys(&self) -> Vec<KeySnapshot<P::Snapshot>> {
        let Some(keys) = self.keys_there_are() else { return Vec::new() };
        let mut all = keys.all();
        all.sort_unstable_by(|a, b| a.key().cmp(b.key()));
        let snapshot = |entry: Arc<Entry<P::Core>>| KeySnapshot {
            key: entry.key().into(),
            figures: figures::<P>(self.0.core(), &entry),
        };
        all.into_iter().map(snapshot).collect()
    }
}

impl<P: Keyable> fmt::Debug for Keyed<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed")
            .field("name", &self.0.name())
            .field("keys", &self.len())
            .finish_non_exhaustive()
    }
}

/// The figures that the machine of a key has, or would have.
fn figures<P: Keyable>(base: &P::Core, entry: &Entry<P::Core>) -> P::Snapshot {
    entry.show(base, P::snapshot_of)
}

/// One key and its figures at one moment.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct KeySnapshot<S> {
    /// The key.
    pub key: String,
    /// Its settings and figures.
    pub figures: S,
}

/// The instance of one key: a handle. The key stays as long as there is one, so do not keep many.
#[derive(Clone)]
pub struct Key<P: Keyable> {
    policy: P,
    entry: Arc<Entry<P::Core>>,
}

impl<P: Keyable> Key<P> {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        self.entry.key()
    }

    /// Every figure of this key at this moment.
    #[must_use]
    pub fn snapshot(&self) -> P::Snapshot {
        figures::<P>(self.policy.core(), &self.entry)
    }

    pub(crate) fn base(&self) -> &P::Core {
        self.policy.core()
    }

    pub(crate) fn entry(&self) -> &Entry<P::Core> {
        &self.entry
    }
}

impl<P: Keyable> fmt::Debug for Key<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("name", &self.policy.name())
            .field("key", &self.key())
            .finish_non_exhaustive()
    }
}
