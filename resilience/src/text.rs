//! Comparing text in constants.

/// Whether two texts are the same.
pub(crate) const fn eq(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Whether `list` holds `text`.
pub(crate) const fn contains(list: &[&str], text: &str) -> bool {
    let mut at = 0;
    while at < list.len() {
        if eq(list[at], text) {
            return true;
        }
        at += 1;
    }
    false
}
