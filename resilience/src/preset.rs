use crate::{bulkhead, circuit_breaker, rate_limit, retry, timeout};

/// A named set of settings for a kind of dependency: made by [`preset!`](crate::preset), used by
/// [`#[resilient]`](macro@crate::resilient) and by `preset = NAME` in every attribute that it has a section for.
///
/// Its parts are applied in the recommended order: total timeout, retry, rate limit, circuit breaker, bulkhead,
/// timeout. A section that it does not have is a layer that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Preset {
    circuit_breaker: Option<circuit_breaker::Config>,
    retry: Option<retry::Config>,
    bulkhead: Option<bulkhead::Config>,
    rate_limit: Option<rate_limit::Config>,
    timeout: Option<timeout::Config>,
    total_timeout: Option<timeout::Config>,
}

macro_rules! section {
    ($(#[$doc:meta])* $key:ident $module:ident $section:ident) => {
        $(#[$doc])*
        #[must_use]
        pub const fn $key(mut self, config: $module::Config) -> Self {
            self.$key = Some(config);
            self
        }

        #[doc(hidden)]
        #[must_use]
        pub const fn $section(&self) -> Option<$module::Config> {
            self.$key
        }
    };
}

impl Preset {
    /// No section at all.
    pub const EMPTY: Self = Self {
        circuit_breaker: None,
        retry: None,
        bulkhead: None,
        rate_limit: None,
        timeout: None,
        total_timeout: None,
    };

    section! {
        /// With these settings of a circuit breaker.
        circuit_breaker circuit_breaker __circuit_breaker_section
    }
    section! {
        /// With these settings of a retry.
        retry retry __retry_section
    }
    section! {
        /// With these settings of a bulkhead.
        bulkhead bulkhead __bulkhead_section
    }
    section! {
        /// With these settings of a rate limit.
        rate_limit rate_limit __rate_limit_section
    }
    section! {
        /// With this timeout for each attempt.
        timeout timeout __timeout_section
    }
    section! {
        /// With this timeout for the whole call.
        total_timeout timeout __total_timeout_section
    }
}
