use crate::written;

/// The written settings of a fallback; what is not written has its default.
///
/// ```
/// use resilience::{Fallback, fallback::Config};
///
/// let quotes = Fallback::new("quotes")?;
/// quotes.reconfigure(Config::new().enabled(false))?;
/// assert!(!quotes.settings().enabled);
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Config {
    enabled: Option<bool>,
}

written::show_written!(Config: enabled);
written::validated!(Config);
written::keyed!(Config:
    enabled = flag,
);

/// Every key, in the order in which problems are reported.
const KEYS: [&str; 1] = ["enabled"];

impl Config {
    /// Nothing written: it stands in.
    #[must_use]
    pub const fn new() -> Self {
        Self { enabled: None }
    }

    /// Whether it does anything; true. Switched off, the failure goes on as if it were not there.
    ///
    /// An attribute's tiers then run for refusals only, and only where nothing else can be answered: a fallback for every
    /// refusal frees the function's error type from `From<Rejected>`. By hand, [`Fallback::call`](super::Fallback::call) has no other
    /// answer than its tier's and gives it; ask [`settings`](super::Fallback::settings) there.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// The written settings of `self`, and those of `base` where `self` has none.
    #[must_use]
    pub const fn or(self, base: Self) -> Self {
        Self { enabled: if self.enabled.is_some() { self.enabled } else { base.enabled } }
    }

    /// What is wrong with one written setting: nothing can be.
    #[must_use]
    pub const fn problem(&self, _setting: &str) -> Option<&'static str> {
        None
    }

    #[allow(clippy::trivially_copy_pass_by_ref)] // As the configs of every kind.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::new()
    }

    /// The settings in force.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        Settings { enabled: !matches!(self.enabled, Some(false)) }
    }
}

/// The settings of a fallback that are in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Settings {
    /// Whether it stands in.
    pub enabled: bool,
}
