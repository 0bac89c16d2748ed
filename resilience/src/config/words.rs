//! Words that are no keys: what they were probably meant to be.

use super::suggestion::meant;
use crate::{PolicyKind, private::Policy};

type Foreign = (&'static str, &'static str, &'static str);

/// Keys of other frameworks with ours, and the keys that belong to a function: the attributes' own tables.
const WORDS: (&[Foreign], &[(&str, &str)]) = resilience_macros::__words!();

pub(crate) const KINDS: &[PolicyKind] = &[
    PolicyKind::CircuitBreaker,
    PolicyKind::Retry,
    PolicyKind::Bulkhead,
    PolicyKind::RateLimit,
    PolicyKind::Timeout,
    PolicyKind::Fallback,
];

/// What to write instead of a key that a kind does not have.
pub(crate) fn explain<C: Policy>(key: &str) -> String {
    let kind = C::KIND.as_str();
    if let Some((.., ours)) = WORDS.0.iter().find(|(of, theirs, _)| *of == kind && *theirs == key) {
        return format!("unknown key `{key}`, write {}", in_a_file(ours));
    }
    let is_of_a_function = |word: &str| WORDS.1.contains(&(kind, word));
    if is_of_a_function(key) {
        return format!("`{key}` belongs to a function: write it in `#[{kind}(..)]` there");
    }
    if key == "preset" {
        return format!(
            "a preset belongs to an attribute, `#[{kind}(preset = ..)]`, or to a `[service.NAME]`"
        );
    }
    format!("unknown key{}", meant(key, C::KEYS.iter().copied()))
}

/// The attributes take two values without a key; a file has keys for them.
fn in_a_file(ours: &str) -> &str {
    if ours.starts_with("the rate first") {
        "`rate`, as in `rate = \"100 / 1s\"`"
    } else if ours.starts_with("the duration first") {
        "`limit`, as in `limit = \"800ms\"`"
    } else {
        ours
    }
}
