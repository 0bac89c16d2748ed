//! What a journal is made of. A record is
//!
//! | bytes | what |
//! |---|---|
//! | 1 | `M` for a message, `D` for the last one that was delivered |
//! | 4 | length of the payload |
//! | 8 | sequence number |
//! | 8 | when it was stored, in milliseconds since 1970 |
//! | 4 | CRC-32 of these |
//! | length | payload |
//! | 4 | CRC-32 of the payload |
//!
//! with every number little-endian. A length that was damaged is known by its own checksum, so it cannot hide what
//! comes after it.

use std::{collections::VecDeque, sync::Arc};

pub(super) const MAGIC: &[u8; 8] = b"RSOUTBX1";
const HEAD: usize = 25;
const TAIL: usize = 4;
const MESSAGE: u8 = b'M';
const DELIVERED: u8 = b'D';

/// A message of a journal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) sequence: u64,
    pub(super) millis: u64,
    pub(super) payload: Arc<[u8]>,
}

/// So many bytes a message takes in a journal.
pub(super) const fn size(payload: usize) -> u64 {
    (HEAD + payload + TAIL) as u64
}

pub(super) fn message(stored: &Stored) -> Option<Vec<u8>> {
    record(MESSAGE, stored.sequence, stored.millis, &stored.payload)
}

pub(super) fn delivered(sequence: u64) -> Option<Vec<u8>> {
    record(DELIVERED, sequence, 0, &[])
}

fn record(kind: u8, sequence: u64, millis: u64, payload: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(payload.len()).ok()?;
    let mut bytes = Vec::with_capacity(HEAD + payload.len() + TAIL);
    bytes.push(kind);
    bytes.extend(length.to_le_bytes());
    bytes.extend(sequence.to_le_bytes());
    bytes.extend(millis.to_le_bytes());
    bytes.extend(crc32(&bytes).to_le_bytes());
    bytes.extend(payload);
    bytes.extend(crc32(payload).to_le_bytes());
    Some(bytes)
}

/// What the bytes of a journal, behind its magic number, say.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Scan {
    /// Messages that were not delivered, in order. They leave in order too.
    pub(super) live: VecDeque<Stored>,
    /// The greatest sequence number.
    pub(super) last: u64,
    /// The bytes that can be read.
    pub(super) good: usize,
    /// What can be said of the rest.
    pub(super) rest: Rest,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rest {
    #[default]
    None,
    /// The end of a record that was being written: its sender was never told that it is stored.
    Torn,
    /// Something else, which may hide messages.
    Damaged,
}

pub(super) fn scan(bytes: &[u8]) -> Scan {
    let mut scan = Scan::default();
    loop {
        let rest = &bytes[scan.good..];
        match read(rest) {
            Read::End => return scan,
            Read::Record { kind, sequence, millis, payload } => {
                scan.good += HEAD + payload.len() + TAIL;
                scan.last = scan.last.max(sequence);
                if kind == MESSAGE {
                    scan.live.push_back(Stored { sequence, millis, payload: payload.into() });
                } else {
                    // Messages leave in order, so this one says what notes before it may have failed to say.
                    while scan.live.pop_front_if(|first| first.sequence <= sequence).is_some() {}
                }
            }
            Read::Torn => {
                scan.rest = Rest::Torn;
                return scan;
            }
            Read::Damaged => {
                scan.rest = Rest::Damaged;
                return scan;
            }
        }
    }
}

enum Read<'a> {
    End,
    Record { kind: u8, sequence: u64, millis: u64, payload: &'a [u8] },
    Torn,
    Damaged,
}

fn read(bytes: &[u8]) -> Read<'_> {
    if bytes.is_empty() {
        return Read::End;
    }
    // A file that was made longer before its blocks were written has zeros there.
    if bytes.len() < HEAD || bytes.iter().all(|byte| *byte == 0) {
        return Read::Torn;
    }
    let (head, behind) = bytes.split_at(HEAD);
    let (fields, sum) = head.split_at(HEAD - 4);
    let kind = fields[0];
    if crc32(fields).to_le_bytes() != sum || !matches!(kind, MESSAGE | DELIVERED) {
        return Read::Damaged;
    }
    let length = u32::from_le_bytes(array(&fields[1..5])) as usize;
    let (Some(payload), Some(sum)) = (behind.get(..length), behind.get(length..length + TAIL)) else {
        return Read::Torn;
    };
    if crc32(payload).to_le_bytes() != sum {
        return if behind.len() == length + TAIL { Read::Torn } else { Read::Damaged };
    }
    let (sequence, millis) = (array(&fields[5..13]), array(&fields[13..21]));
    Read::Record { kind, sequence: u64::from_le_bytes(sequence), millis: u64::from_le_bytes(millis), payload }
}

/// The bytes as an array; zeros for a slice of another length, which no caller has.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap_or([0; N])
}

/// The CRC-32 of Ethernet and zip files.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| CRC[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ (crc >> 8))
}

const CRC: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        #[allow(clippy::cast_possible_truncation)] // At most 255.
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
