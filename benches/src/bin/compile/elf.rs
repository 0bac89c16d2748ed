//! Sizes of an executable's sections.

use std::{fs, path::Path};

use crate::Result;

/// Bytes of a linked program.
#[derive(Clone, Copy, Default)]
pub(crate) struct Size {
    /// Machine code.
    pub(crate) code: u64,
    /// How to unwind it.
    pub(crate) unwinding: u64,
    /// Everything else that is loaded: constants, statics, relocations.
    pub(crate) data: u64,
}

const ALLOCATED: u64 = 2;
const EXECUTABLE: u64 = 4;

/// Of a 64-bit little-endian ELF file, the only kind this program is made for.
pub(crate) fn size(program: &Path) -> Result<Size> {
    let file = fs::read(program)?;
    if !file.starts_with(b"\x7fELF\x02\x01") {
        return Err(format!("{} is no 64-bit little-endian ELF file", program.display()).into());
    }
    let (start, count) = (number(&file, 0x28, 8)?, number(&file, 0x3c, 2)?);
    let section = |index: u64, field: u64, size| number(&file, start + index * 64 + field, size);
    let names = section(number(&file, 0x3e, 2)?, 0x18, 8)?;
    let mut sum = Size::default();
    for index in 0..count {
        let flags = section(index, 0x08, 8)?;
        let size = section(index, 0x20, 8)?;
        let name = usize::try_from(names + section(index, 0, 4)?)?;
        let name = file[name..].split(|byte| *byte == 0).next().unwrap_or_default();
        if flags & ALLOCATED == 0 {
            // In the file alone.
        } else if flags & EXECUTABLE != 0 {
            sum.code += size;
        } else if name.starts_with(b".eh_frame") || name == b".gcc_except_table" {
            sum.unwinding += size;
        } else {
            sum.data += size;
        }
    }
    Ok(sum)
}

fn number(file: &[u8], at: u64, size: usize) -> Result<u64> {
    let at = usize::try_from(at)?;
    let bytes = file.get(at..at + size).ok_or("the file is cut off")?;
    Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
