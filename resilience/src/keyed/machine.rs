//! What a policy does to have one instance for each key.

use std::sync::OnceLock;

use super::{Keys, Totals};

/// The machine of a policy that can have keys. The *base*, which every method is asked of, is the policy itself: its
/// settings are those of every key.
#[doc(hidden)]
pub trait Machine: Sized + Send + Sync + 'static {
    /// A key to which nothing special has happened yet: a few words that say as much as a whole machine would.
    type Compact: Send;

    /// Where the base keeps its keys.
    fn keys(&self) -> &OnceLock<Box<Keys<Self>>>;
    /// How many it may keep.
    fn max_keys(&self) -> usize;
    /// A new key.
    fn compact(&self) -> Self::Compact;
    /// The machine that a key would be by now, had it been one from the beginning.
    #[must_use]
    fn grow(&self, compact: &Self::Compact, key: &str) -> Self;
    /// Somebody is about to see the figures of a key.
    fn look_at(&self, _compact: &mut Self::Compact) {}
    /// What would be lost with a key that nobody uses.
    fn standing(&self, form: Form<'_, Self>) -> Standing;
    /// Adds what a key has counted.
    fn count(form: Form<'_, Self>, totals: &mut Totals);
}

/// A key is one or the other.
#[doc(hidden)]
pub enum Form<'a, M: Machine> {
    Compact(&'a M::Compact),
    Full(&'a M),
}

/// How dear a key is: the cheapest leave first.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is as good as new, but for what its window says of calls that went well.
    Idle,
    /// It remembers a failure, or permits that were taken.
    Marked,
    /// It refuses calls, or somebody told it what to do.
    Refusing,
    /// A call runs, or somebody has a handle. Such a key never leaves.
    Busy,
}

impl Standing {
    pub(super) const COUNT: usize = 4;
    /// The keys that may leave, in the order in which they do.
    pub(super) const LEAVING: [Self; 3] = [Self::Idle, Self::Marked, Self::Refusing];
}
