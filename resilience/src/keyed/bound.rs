//! The setting `max_keys`, the same for every policy that can have keys.

/// Keys, where nobody says how many.
const DEFAULT: u32 = 10_000;
/// The most that may be asked for.
const MOST: u32 = 10_000_000;

/// The bound in force.
pub(crate) const fn max_keys(written: Option<u32>) -> u32 {
    match written {
        Some(keys) => keys,
        None => DEFAULT,
    }
}

/// What is wrong with a written bound.
pub(crate) const fn max_keys_problem(written: Option<u32>) -> Option<&'static str> {
    match written {
        Some(0) => Some("`max_keys` must be at least 1"),
        Some(keys) if keys > MOST => Some("`max_keys` can be at most 10000000"),
        _ => None,
    }
}
