//! Whether anybody listens, in two loads: one word for the readers of all registries and for `log`, and what `tracing` keeps.

use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::level_filters::LevelFilter;

use super::{TARGET, tell};

/// The readers of all registries, in units of [`READER`], and whether `tracing` hands its events to `log`, where the greatest
/// level that it wants itself says nothing of them. Zero: nobody listens there.
static AUDIENCE: AtomicUsize = AtomicUsize::new(LOG_NOT_ASKED);
const LOG_NOT_ASKED: usize = 1;
const LOGS: usize = 2;
const READER: usize = 4;

/// Whether a refusal, a repeat or a fallback may be heard: by a subscriber, through `log`, or by the reader of a registry.
#[inline]
pub(crate) fn hears_debug() -> bool {
    LevelFilter::current() >= LevelFilter::DEBUG || AUDIENCE.load(Ordering::Relaxed) != 0
}

/// Whether any registry has a reader.
#[inline]
pub(super) fn has_readers() -> bool {
    AUDIENCE.load(Ordering::Relaxed) >= READER
}

/// A reader comes.
pub(super) fn enter() {
    AUDIENCE.fetch_add(READER, Ordering::Relaxed);
}

/// A reader goes.
pub(super) fn leave() {
    AUDIENCE.fetch_sub(READER, Ordering::Relaxed);
}

/// Finds out about `log`, once. It is a feature of another crate: a span that nobody wants is empty, unless `tracing` has
/// to keep its name in order to log it.
pub(super) fn ask_for_log() {
    if AUDIENCE.load(Ordering::Relaxed) & LOG_NOT_ASKED != 0 && LevelFilter::current() < LevelFilter::TRACE {
        tell(|| {
            let logs = !tracing::trace_span!(target: TARGET, "refusals").is_none();
            // The closure never fails. Whoever comes second has found the same.
            let _ = AUDIENCE.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |audience| {
                Some(audience & !LOG_NOT_ASKED | if logs { LOGS } else { 0 })
            });
        });
    }
}
