use std::{path::PathBuf, time::Duration};

use super::{Problem, Problems, load};
use crate::{ConfigError, PolicyKind, Registry};

/// What a registry has loaded of file and environment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The file that is read, if one is.
    pub path: Option<PathBuf>,
    /// How often settings were read and came into force.
    pub loads: u64,
    /// What may be a mistake in those in force.
    pub warnings: Vec<Problem>,
    /// Why the last that were read are not in force; `None` if they are.
    pub refused: Option<Problems>,
}

/// What the program is called, and what it runs in: from `[global]` and the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// `service_name`, `RESILIENCE_SERVICE_NAME`.
    pub service_name: Option<String>,
    /// `environment`, `RESILIENCE_ENVIRONMENT`.
    pub environment: Option<String>,
    /// `health_check_interval`, `RESILIENCE_HEALTH_CHECK_INTERVAL`: 1 ms to a day; 10 s.
    /// What [`Health::set_interval`](crate::Health::set_interval) says wins.
    pub health_check_interval: Duration,
}

impl Registry {
    /// Changes one setting of one policy from now on, over everything that is written elsewhere. The value is written as
    /// in an attribute. State and counts stay as with `reconfigure`.
    ///
    /// Returns whether there is such a policy; if not, the setting waits for it. The `reconfigure` of a handle from this
    /// registry writes to the same layer, all of its settings at once.
    ///
    /// ```
    /// use resilience::{PolicyKind, circuit_breaker::Config, testing::Scope};
    ///
    /// let registry = Scope::new().registry();
    /// let quotes = registry.add_circuit_breaker("quotes", Config::new())?;
    /// assert!(registry.set(PolicyKind::CircuitBreaker, "quotes", "open_for", "5s..5m")?);
    /// assert_eq!(quotes.settings().open_for.as_secs(), 5);
    ///
    /// let error = registry.set(PolicyKind::CircuitBreaker, "quotes", "threshold", "0").unwrap_err();
    /// assert_eq!(error.to_string(), "`threshold` must be at least 1");
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A key that the kind does not have, a value that cannot be, or cannot be beside the policy's other settings;
    /// nothing has changed then.
    pub fn set(&self, kind: PolicyKind, name: &str, key: &str, value: &str) -> Result<bool, ConfigError> {
        self.change(kind, Some(name), key, Some(value))
    }

    /// Takes a setting back that was changed at run time; what is written elsewhere holds again.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set), also if what holds again cannot be beside the other settings.
    pub fn unset(&self, kind: PolicyKind, name: &str, key: &str) -> Result<bool, ConfigError> {
        self.change(kind, Some(name), key, None)
    }

    /// Changes one setting of every policy of a kind, also of those to come: a switch, for example.
    ///
    /// ```
    /// use resilience::{PolicyKind, retry::Config, testing::Scope};
    ///
    /// let registry = Scope::new().registry();
    /// let feed = registry.add_retry("feed", Config::new())?;
    /// registry.set_all(PolicyKind::Retry, "enabled", "false")?;
    /// assert!(!feed.settings().enabled);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set), if it cannot be for one of them.
    pub fn set_all(&self, kind: PolicyKind, key: &str, value: &str) -> Result<bool, ConfigError> {
        self.change(kind, None, key, Some(value))
    }

    /// Takes back what [`set_all`](Self::set_all) changed.
    ///
    /// # Errors
    ///
    /// As [`unset`](Self::unset).
    pub fn unset_all(&self, kind: PolicyKind, key: &str) -> Result<bool, ConfigError> {
        self.change(kind, None, key, None)
    }

    fn change(
        &self,
        kind: PolicyKind,
        name: Option<&str>,
        key: &str,
        text: Option<&str>,
    ) -> Result<bool, ConfigError> {
        let inner = self.inner();
        let origin = inner.home.origin;
        match kind {
            PolicyKind::CircuitBreaker => inner.circuit_breaker.set(name, key, text, origin),
            PolicyKind::Retry => inner.retry.set(name, key, text, origin),
            PolicyKind::Bulkhead => inner.bulkhead.set(name, key, text, origin),
            PolicyKind::RateLimit => inner.rate_limit.set(name, key, text, origin),
            PolicyKind::Timeout => inner.timeout.set(name, key, text, origin),
            PolicyKind::Fallback => inner.fallback.set(name, key, text, origin),
        }
    }

    /// Looks once at the files that [`Init`](super::Init) has loaded, as a watch does. Whether there was something new,
    /// which is then in force.
    ///
    /// # Errors
    ///
    /// Every problem of what the files hold now; nothing has changed then.
    pub fn reload_config(&self) -> Result<bool, Problems> {
        load::reload(self)
    }

    /// What is loaded of file and environment, and what was refused.
    #[must_use]
    pub fn config_status(&self) -> Status {
        self.inner().config.status()
    }

    /// What the program is called, and what it runs in.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.inner().config.identity()
    }

    /// The `[service.NAME]` section of the file.
    #[cfg(feature = "config")]
    #[must_use]
    pub fn service_section(&self, name: &str) -> Option<super::Service> {
        self.inner().config.service(name)
    }
}
