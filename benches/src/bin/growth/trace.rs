//! Every instruction and every access to memory of a program, as valgrind's `lackey` tells them.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
};

use crate::Result;

/// A line that moves between cores as a whole.
const LINE: u64 = 64;

/// What happened in one phase: between one store to the marker and the next.
#[derive(Default)]
pub(crate) struct Phase {
    /// How often each instruction ran, by its address, with its length.
    pub(crate) instructions: HashMap<u64, (u64, u8)>,
    /// How often each instruction wrote to each line.
    pub(crate) writes: HashMap<(u64, u64), u64>,
    /// The lines that were read or written.
    pub(crate) touched: HashSet<u64>,
}

impl Phase {
    /// In instructions.
    pub(crate) fn length(&self) -> u64 {
        self.instructions.values().map(|(times, _)| times).sum()
    }
}

/// The phases of a trace: its lines are `I  address,length` and, for what that instruction does, ` L`, ` S` or ` M`.
pub(crate) fn phases(trace: &Path, marker: u64) -> Result<Vec<Phase>> {
    let mut phases: Vec<Phase> = Vec::new();
    let mut inside = false;
    let mut instruction = 0;
    let mut trace = BufReader::with_capacity(1 << 20, File::open(trace)?);
    let mut line = Vec::new();
    while {
        line.clear();
        trace.read_until(b'\n', &mut line)? > 0
    } {
        let Some((kind, address, length)) = event(&line) else { continue };
        if kind == b'I' {
            instruction = address;
        } else if address == marker && kind != b'L' {
            inside = !inside;
            if inside {
                phases.push(Phase::default());
            }
            continue;
        }
        let Some(phase) = phases.last_mut().filter(|_| inside) else { continue };
        if kind == b'I' {
            phase.instructions.entry(address).or_insert((0, length)).0 += 1;
            continue;
        }
        for touched in address / LINE..=(address + u64::from(length.max(1)) - 1) / LINE {
            phase.touched.insert(touched);
            if kind != b'L' {
                *phase.writes.entry((instruction, touched)).or_default() += 1;
            }
        }
    }
    if inside { Err("the trace ends in the middle of a phase".into()) } else { Ok(phases) }
}

/// Kind, address and length, if the line tells of an access.
fn event(line: &[u8]) -> Option<(u8, u64, u8)> {
    let (kind, rest) = match line {
        [b'I', b' ', b' ', rest @ ..] => (b'I', rest),
        [b' ', kind @ (b'L' | b'S' | b'M'), b' ', rest @ ..] => (*kind, rest),
        _ => return None,
    };
    let (address, length) = std::str::from_utf8(rest).ok()?.trim_end().split_once(',')?;
    Some((kind, u64::from_str_radix(address, 16).ok()?, length.parse().ok()?))
}

/// The machine code of a process, from the files that its memory map names.
pub(crate) struct Code {
    mapped: Vec<(std::ops::Range<u64>, u64, String)>,
    files: HashMap<String, Vec<u8>>,
}

impl Code {
    /// From the lines of `/proc/self/maps`: `start-end rwxp offset device inode file`.
    pub(crate) fn new(maps: &str) -> Self {
        let mapping = |line: &str| {
            let mut fields = line.split_whitespace();
            let (start, end) = fields.next()?.split_once('-')?;
            let executable = fields.next()?.contains('x');
            let offset = u64::from_str_radix(fields.next()?, 16).ok()?;
            let file = fields.nth(2)?.to_owned();
            let range = u64::from_str_radix(start, 16).ok()?..u64::from_str_radix(end, 16).ok()?;
            executable.then_some((range, offset, file))
        };
        let mapped: Vec<_> = maps.lines().filter_map(mapping).collect();
        let files =
            mapped.iter().filter_map(|(_, _, file)| Some((file.clone(), fs::read(file).ok()?))).collect();
        Self { mapped, files }
    }

    /// A place that `addr2line` and `objdump` know: file and offset.
    pub(crate) fn place(&self, address: u64) -> String {
        match self.mapped.iter().find(|(range, _, _)| range.contains(&address)) {
            Some((range, offset, file)) => format!("{file}+{:#x}", offset + (address - range.start)),
            None => format!("{address:#x}"),
        }
    }

    fn bytes(&self, address: u64, length: u8) -> Option<&[u8]> {
        let (range, offset, file) = self.mapped.iter().find(|(range, _, _)| range.contains(&address))?;
        let at = usize::try_from(offset + (address - range.start)).ok()?;
        self.files.get(file)?.get(at..at + usize::from(length))
    }

    /// Whether an instruction takes its line for itself: it has a `lock` prefix, or exchanges with memory, which locks
    /// without one. `None` if its bytes are not known, or are of a machine whose code this cannot read.
    pub(crate) fn locks(&self, address: u64, length: u8) -> Option<bool> {
        if !cfg!(target_arch = "x86_64") {
            return None;
        }
        let mut bytes = self.bytes(address, length)?;
        let mut locked = false;
        while let [prefix @ (0x26 | 0x2e | 0x36 | 0x3e | 0x64..=0x67 | 0xf0 | 0xf2 | 0xf3), rest @ ..] = bytes
        {
            locked |= *prefix == 0xf0;
            bytes = rest;
        }
        if let [0x40..=0x4f, rest @ ..] = bytes {
            bytes = rest;
        }
        let exchanges = matches!(bytes, [0x86 | 0x87, operands, ..] if operands >> 6 != 3);
        Some(locked || exchanges)
    }
}
