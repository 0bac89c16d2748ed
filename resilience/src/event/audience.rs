//! Whether anybody listens, in as many loads as there are ways to listen.

use std::sync::atomic::{AtomicU8, Ordering};

use tracing::level_filters::LevelFilter;

use super::{TARGET, bus, tell};

/// Whether `tracing` hands its events to `log`, where the greatest level that it wants itself says nothing of them.
static LOG: AtomicU8 = AtomicU8::new(NOT_ASKED);
const NOT_ASKED: u8 = 0;
const LOGS: u8 = 1;
const DOES_NOT_LOG: u8 = 2;

/// Whether a refusal or a repeat may be heard: by a subscriber, through `log`, or by the reader of a registry.
#[inline]
pub(crate) fn hears_debug() -> bool {
    LevelFilter::current() >= LevelFilter::DEBUG
        || LOG.load(Ordering::Relaxed) != DOES_NOT_LOG
        || bus::is_read()
}

/// Finds out about `log`, once. It is a feature of another crate: a span that nobody wants is empty, unless `tracing` has
/// to keep its name in order to log it.
pub(super) fn ask_for_log() {
    if LOG.load(Ordering::Relaxed) == NOT_ASKED && LevelFilter::current() < LevelFilter::TRACE {
        tell(|| {
            let logs = !tracing::trace_span!(target: TARGET, "refusals").is_none();
            LOG.store(if logs { LOGS } else { DOES_NOT_LOG }, Ordering::Relaxed);
        });
    }
}
