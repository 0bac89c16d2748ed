//! Names of policies: what is allowed, and one leaked copy of each.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use crate::ConfigError;

/// The longest name, in bytes.
pub(crate) const LONGEST: usize = 256;

/// What is wrong with a name, if something is. Const, so that a literal in an attribute is checked by the compiler.
pub(crate) const fn problem(name: &str) -> Option<&'static str> {
    let bytes = name.as_bytes();
    if bytes.is_empty() {
        return Some("a name cannot be empty");
    }
    if bytes.len() > LONGEST {
        return Some("a name has at most 256 bytes");
    }
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] < b' ' || bytes[at] == 0x7f {
            return Some("a name cannot contain control characters");
        }
        at += 1;
    }
    None
}

/// The one `'static` copy of a name, so that a rejection can carry it without allocating.
///
/// Each distinct name is kept for the life of the process, a few bytes each.
pub(crate) fn intern(name: &str) -> Result<&'static str, ConfigError> {
    match problem(name) {
        Some(message) => Err(ConfigError::new("name", message)),
        None => Ok(intern_valid(name)),
    }
}

/// The same for a name that the compiler has checked, or that is made of a module's path.
pub(crate) fn intern_valid(name: &str) -> &'static str {
    static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_with(HashSet::new);
    if let Some(known) = names.get(name) {
        return known;
    }
    let leaked: &'static str = Box::leak(name.into());
    names.insert(leaked);
    leaked
}
