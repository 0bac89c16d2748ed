//! Names in addresses.

use std::fmt::Write;

use crate::PolicyKind;

const KINDS: [PolicyKind; 6] = [
    PolicyKind::CircuitBreaker,
    PolicyKind::Retry,
    PolicyKind::Bulkhead,
    PolicyKind::RateLimit,
    PolicyKind::Timeout,
    PolicyKind::Fallback,
];

/// Stands before the two names that no address can hold, since everybody takes them for folders. No name begins with it.
const ESCAPE: char = '\u{7f}';

pub(super) fn kind(text: &str) -> Option<PolicyKind> {
    KINDS.into_iter().find(|kind| kind.as_str() == text)
}

/// Where a policy is found, from where the dashboard is mounted.
pub(super) fn of_policy(kind: PolicyKind, name: &str) -> String {
    format!("api/v1/policies/{kind}/{}", segment(name))
}

/// Where a service is found.
pub(super) fn of_service(name: &str) -> String {
    format!("api/v1/services/{}", segment(name))
}

/// The name that a segment, percent-decoded, stands for.
pub(super) fn name(segment: &str) -> &str {
    segment.strip_prefix(ESCAPE).unwrap_or(segment)
}

fn segment(name: &str) -> String {
    let mut segment = String::with_capacity(name.len());
    if name == "." || name == ".." {
        percent(&mut segment, ESCAPE as u8);
    }
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            segment.push(char::from(byte));
        } else {
            percent(&mut segment, byte);
        }
    }
    segment
}

fn percent(segment: &mut String, byte: u8) {
    // A string takes everything.
    let _ = write!(segment, "%{byte:02X}");
}
