use super::{FAMILIES, Family, Sample, resilience4j, samples};
use crate::{ConfigError, Registry};

/// Under which names the figures are exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    prefix: &'static str,
    resilience4j: bool,
}

impl Names {
    /// Ours, with the prefix `resilience`.
    #[must_use]
    pub const fn new() -> Self {
        Self { prefix: "resilience", resilience4j: false }
    }

    /// Ours, with another prefix: letters, digits and `_`, beginning with a letter.
    ///
    /// # Errors
    ///
    /// A prefix that no metric may have.
    pub fn with_prefix(prefix: &'static str) -> Result<Self, ConfigError> {
        let is_fine = prefix.starts_with(|first: char| first.is_ascii_alphabetic())
            && prefix.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            && !prefix.ends_with('_');
        if !is_fine {
            let message = "a prefix of metrics has letters, digits and `_`, begins with a letter and does not end with `_`";
            return Err(ConfigError::new("prefix", message));
        }
        Ok(Self { prefix, resilience4j: false })
    }

    /// Those of resilience4j, as far as it has the like.
    #[must_use]
    pub const fn resilience4j() -> Self {
        Self { prefix: "resilience4j", resilience4j: true }
    }

    /// The prefix.
    #[must_use]
    pub const fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// Every family that can be exported under these names.
    #[must_use]
    pub const fn families(&self) -> &'static [&'static Family] {
        if self.resilience4j { resilience4j::FAMILIES } else { FAMILIES }
    }

    /// The figures of a registry, those of each family beside each other.
    #[must_use]
    pub fn samples(&self, registry: &Registry) -> Vec<Sample> {
        if self.resilience4j { resilience4j::samples(registry) } else { samples(registry) }
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}
