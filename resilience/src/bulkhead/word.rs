//! What one atomic word says about a bulkhead.
//!
//! Bits 0 to 19: places that are out of the pool, in use or spare in a thread's cell. Bits 20 to 39: the limit, so that an
//! admission is judged and taken in one step also while the limit changes. Bits 40 to 59: threads that may keep a spare
//! place. Bit 61: sites must look for a test scope, and everybody goes by the lock. Bit 62: a caller may wait. Bit 63:
//! callers do wait, so no newcomer may take a place.

use super::{Settings, config::MOST};

/// One place out of the pool.
pub(super) const PLACE: u64 = 1;
/// One thread that may keep a spare place. Added and subtracted under the lock of the queue only.
pub(super) const KEEPER: u64 = 1 << 40;
/// A site must look for a test scope of its own. Set under the lock of the queue, and never beside a keeper.
pub(super) const SCOPED: u64 = 1 << 61;
/// A caller that finds no place may wait: there is a `max_wait`.
const MAY_WAIT: u64 = 1 << 62;
/// Callers wait. Set and cleared under the lock of the queue only, and never beside a keeper.
pub(super) const WAITERS: u64 = 1 << 63;

const FIELD: u64 = (1 << 20) - 1;
const LIMIT: u64 = FIELD << 20;
const KEEPERS: u64 = FIELD << 40;
const _: () = assert!(MOST as u64 <= FIELD, "every count has room");

pub(super) const fn new(settings: &Settings) -> u64 {
    if !settings.enabled {
        // Room for everybody, and nobody has to wait.
        return LIMIT;
    }
    let may_wait = if settings.max_wait.is_zero() { 0 } else { MAY_WAIT };
    may_wait | (settings.max_concurrent as u64) << 20
}

pub(super) const fn with_settings(word: u64, settings: &Settings) -> u64 {
    (word & !(LIMIT | MAY_WAIT)) | new(settings)
}

const fn field(word: u64, shift: u32) -> u32 {
    ((word >> shift) & FIELD) as u32
}

/// Places out of the pool.
pub(super) const fn out(word: u64) -> u32 {
    field(word, 0)
}

pub(super) const fn limit(word: u64) -> u32 {
    field(word, 20)
}

const fn keepers(word: u64) -> u32 {
    field(word, 40)
}

/// Whether the pool has a place, no matter who waits for it.
pub(super) const fn has_room(word: u64) -> bool {
    out(word) < limit(word)
}

/// Whether the pool has a place that nobody waits for.
pub(super) const fn is_free(word: u64) -> bool {
    word & WAITERS == 0 && has_room(word)
}

/// Whether a newcomer may take a place from the pool: one is free, and its site need not look any further.
pub(super) const fn admits(word: u64) -> bool {
    word & (WAITERS | SCOPED) == 0 && has_room(word)
}

/// Whether a spare place may lie in a thread's cell.
pub(super) const fn has_keepers(word: u64) -> bool {
    word & KEEPERS != 0
}

/// Whether a place may be free although the word admits nobody.
pub(super) const fn may_be_free(word: u64) -> bool {
    word & (KEEPERS | SCOPED) != 0
}

/// Whether a caller that finds no place may wait.
pub(super) const fn may_wait(word: u64) -> bool {
    word & MAY_WAIT != 0
}

/// Whether a caller that found no place in the pool is refused, and nothing else can happen to it.
pub(super) const fn is_full(word: u64) -> bool {
    word & (KEEPERS | MAY_WAIT | SCOPED) == 0
}

/// Whether one more thread may keep a spare place.
///
/// Keepers have half of the places at most, so the other threads find some in the pool. And most places must be idle: a
/// bulkhead that was full a moment ago would soon have to fetch the spare places again.
pub(super) const fn allows_keeper(word: u64) -> bool {
    let (limit, keepers) = (limit(word), keepers(word));
    word & (WAITERS | SCOPED) == 0 && keepers < limit / 2 && out(word).saturating_sub(keepers) <= limit / 4
}
