//! What one atomic word says about a bulkhead.
//!
//! Bits 0 to 31: places in use. Bits 32 to 62: the limit, so that an admission is judged and taken in one step also
//! while the limit changes. Bit 63: callers wait, so no newcomer may take a place.

/// One place in use.
pub(super) const PLACE: u64 = 1;
/// Callers wait. Set and cleared under the lock of the queue only.
pub(super) const WAITERS: u64 = 1 << 63;

const IN_USE: u64 = 0xFFFF_FFFF;
const LIMIT: u64 = !(IN_USE | WAITERS);

pub(super) const fn new(limit: u32) -> u64 {
    (limit as u64) << 32
}

pub(super) const fn with_limit(word: u64, limit: u32) -> u64 {
    (word & !LIMIT) | new(limit)
}

pub(super) const fn in_use(word: u64) -> u32 {
    (word & IN_USE) as u32
}

pub(super) const fn limit(word: u64) -> u32 {
    ((word & LIMIT) >> 32) as u32
}

/// Whether a place is free, no matter who waits for it.
pub(super) const fn has_room(word: u64) -> bool {
    in_use(word) < limit(word)
}

/// Whether a newcomer may take a place: there is one, and nobody waits for it.
pub(super) const fn admits(word: u64) -> bool {
    word & WAITERS == 0 && has_room(word)
}
