//! What a crash leaves behind is every possible beginning of the file, and what a bad disk leaves is every possible byte.

use std::fs;

use resilience::Outbox;

use super::{Folder, Stage};

/// Messages of several sizes.
fn messages() -> Vec<String> {
    ["a", "", "three words here", "x".repeat(40).as_str(), "last"].map(str::to_owned).to_vec()
}

/// A file with these messages and the note that the first was delivered, and the lengths of the file at which each of them
/// was stored.
fn written(stage: &Stage, folder: &Folder) -> (Vec<u8>, Vec<usize>) {
    let outbox = open(stage, folder);
    let mut lengths = Vec::new();
    for message in messages() {
        stage.store(&outbox, &[&message]);
        lengths.push(usize::try_from(fs::metadata(folder.file()).unwrap().len()).unwrap());
    }
    outbox.take_first().unwrap();
    drop(outbox);
    (fs::read(folder.file()).unwrap(), lengths)
}

fn open(stage: &Stage, folder: &Folder) -> Outbox {
    stage.outbox(100).persistent(folder.file()).unwrap()
}

#[test]
fn a_file_cut_at_any_byte_has_every_message_that_was_stored_before() {
    let (stage, folder) = (Stage::new(), Folder::new("cut"));
    let (bytes, lengths) = written(&stage, &folder);
    for cut in 0..=bytes.len() {
        fs::write(folder.file(), &bytes[..cut]).unwrap();
        let outbox = open(&stage, &folder);
        let stored = lengths.iter().filter(|length| **length <= cut).count();
        let is_noted = cut == bytes.len();
        let expected = &messages()[usize::from(is_noted)..stored.max(usize::from(is_noted))];
        let recovery = outbox.snapshot().recovery.unwrap();
        assert_eq!(recovery.set_aside, None, "cut at {cut}");
        let ends = lengths.iter().copied().chain([0, 8, bytes.len()]);
        let whole = ends.filter(|end| *end <= cut).max().unwrap();
        let torn = if cut < 8 { 0 } else { cut - whole };
        assert_eq!(recovery.torn_bytes, torn as u64, "cut at {cut}");
        // It can be used at once, and what is stored then survives too.
        stage.store(&outbox, &["new"]);
        drop(outbox);
        let outbox = open(&stage, &folder);
        let drained = stage.drained(&outbox);
        assert_eq!(drained[..drained.len() - 1], *expected, "cut at {cut}");
        assert_eq!(drained.last().unwrap(), "new", "cut at {cut}");
    }
}

#[test]
fn zeros_at_the_end_are_a_torn_end() {
    let (stage, folder) = (Stage::new(), Folder::new("zeros"));
    let (mut bytes, _) = written(&stage, &folder);
    bytes.extend([0; 4096]);
    fs::write(folder.file(), &bytes).unwrap();
    let outbox = open(&stage, &folder);
    let recovery = outbox.snapshot().recovery.unwrap();
    assert_eq!((recovery.torn_bytes, recovery.set_aside), (4096, None));
    assert_eq!(stage.drained(&outbox), messages()[1..]);
}

#[test]
fn a_damaged_byte_anywhere_makes_no_message_wrong_and_loses_none_unsaid() {
    let (stage, folder) = (Stage::new(), Folder::new("damage"));
    let (bytes, lengths) = written(&stage, &folder);
    let starts: Vec<usize> = [8].iter().chain(&lengths).copied().collect();
    for at in 8..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        fs::write(folder.file(), &damaged).unwrap();
        let outbox = open(&stage, &folder);
        let recovery = outbox.snapshot().recovery.unwrap();
        let found = stage.drained(&outbox);
        drop(outbox);
        let before = lengths.iter().filter(|length| **length <= at).count();
        assert_eq!(found, messages()[..before], "what lies before byte {at} is there");
        let behind = &damaged[starts[before]..];
        if let Some(aside) = recovery.set_aside {
            assert_eq!(fs::read(&aside).unwrap(), behind, "byte {at}");
            fs::remove_file(aside).unwrap();
        } else {
            // Only the last record, whose end may have been torn.
            assert_eq!(recovery.torn_bytes, behind.len() as u64, "byte {at}");
            assert_eq!(before, messages().len(), "byte {at}");
        }
    }
}

#[test]
fn damaged_bytes_never_overwrite_those_kept_before() {
    let (stage, folder) = (Stage::new(), Folder::new("twice"));
    let (bytes, lengths) = written(&stage, &folder);
    for _ in 0..2 {
        let mut damaged = bytes.clone();
        damaged[lengths[0] + 3] ^= 1;
        fs::write(folder.file(), &damaged).unwrap();
        drop(open(&stage, &folder));
    }
    assert_eq!(folder.files(), ["orders", "orders.damaged1", "orders.damaged2", "orders.lock"]);
}

#[test]
fn a_file_that_was_half_written_beside_the_old_one_is_forgotten() {
    let (stage, folder) = (Stage::new(), Folder::new("beside"));
    written(&stage, &folder);
    fs::write(folder.0.join("orders.new"), "half a fi").unwrap();
    let outbox = open(&stage, &folder);
    assert_eq!(stage.drained(&outbox), messages()[1..]);
    assert_eq!(folder.files(), ["orders", "orders.lock"]);
}
