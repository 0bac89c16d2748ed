//! Our own rows: each case through the attribute and through the plain API, sync and async.

mod breaker;
mod bulkhead;
mod fallback;
mod off;
mod plain;
mod rate_limit;
mod retry;
mod stack;
mod timeout;

use crate::row::Row;

/// Our rows and the plain calls.
#[must_use]
pub fn rows() -> Vec<Row> {
    [
        plain::rows(),
        breaker::rows(),
        retry::rows(),
        rate_limit::rows(),
        bulkhead::rows(),
        timeout::rows(),
        fallback::rows(),
        stack::rows(),
        off::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Nothing to do before the first call.
pub(crate) fn nothing() {}
