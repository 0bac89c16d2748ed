//! The sites of a whole preset.

use super::{Given, OptionalSite, Source};
use crate::{bulkhead, circuit_breaker, rate_limit, retry, timeout};

/// The sites of every layer that a preset may have, in one static: each is a body that rustc builds and evaluates.
pub struct PresetSites {
    pub total_timeout: OptionalSite<timeout::Config>,
    pub retry: OptionalSite<retry::Config>,
    pub gates: PresetGates,
    pub timeout: OptionalSite<timeout::Config>,
}

/// Those that let a call in, as an async stack enters them.
pub type PresetGates = (
    OptionalSite<rate_limit::Config>,
    (OptionalSite<circuit_breaker::Config>, OptionalSite<bulkhead::Config>),
);

impl PresetSites {
    /// All of them are called by the name of their function.
    #[must_use]
    pub const fn new(given: Given, source: Source) -> Self {
        let Given { preset } = given;
        Self {
            total_timeout: OptionalSite::new(None, preset.__total_timeout_section(), source),
            retry: OptionalSite::new(None, preset.__retry_section(), source),
            gates: (
                OptionalSite::new(None, preset.__rate_limit_section(), source),
                (
                    OptionalSite::new(None, preset.__circuit_breaker_section(), source),
                    OptionalSite::new(None, preset.__bulkhead_section(), source),
                ),
            ),
            timeout: OptionalSite::new(None, preset.__timeout_section(), source),
        }
    }
}
