use super::Settings;

/// The figures of a retry at one moment, counted since it exists. Calls that were dropped are in none of them.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// Calls whose first attempt succeeded.
    pub succeeded_without_retry: u64,
    /// Calls that a later attempt saved.
    pub succeeded_with_retry: u64,
    /// Calls whose first attempt failed and was not repeated.
    pub failed_without_retry: u64,
    /// Calls that failed although they were repeated.
    pub failed_with_retry: u64,
    /// Failed calls whose repeats were wanted and used up.
    pub exhausted: u64,
    /// Repeats: attempts beyond the first.
    pub retries: u64,
    /// The settings in force.
    pub settings: Settings,
}
