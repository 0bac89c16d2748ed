//! Names of policies: what is allowed, and one leaked copy of each.

use std::{
    borrow::Borrow,
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

/// The one `'static` copy of a name, so that a rejection can carry it without allocating, in one word: whatever an error
/// holds is moved through every layer of a stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name(&'static &'static str);

impl Name {
    pub(crate) const fn as_str(self) -> &'static str {
        self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.0
    }
}

/// Finds the copy of a name, or makes it. Each distinct name is kept for the life of the process.
pub(crate) fn intern(name: &str) -> Result<Name, ConfigError> {
    match problem(name) {
        Some(message) => Err(ConfigError::new("name", message)),
        None => Ok(intern_valid(name)),
    }
}

/// The same for a name that the compiler has checked, or that is made of a module's path.
pub(crate) fn intern_valid(name: &str) -> Name {
    static NAMES: Mutex<Option<HashSet<Name>>> = Mutex::new(None);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_with(HashSet::new);
    if let Some(known) = names.get(name) {
        return *known;
    }
    let copy: &'static str = Box::leak(name.into());
    let name = Name(Box::leak(Box::new(copy)));
    names.insert(name);
    name
}
