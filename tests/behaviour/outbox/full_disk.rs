//! A disk that takes no more. A file that is as long as its system lets one be takes no more either, and `/dev/full` takes
//! nothing at all.

use std::{
    fs::{self, File},
    io::ErrorKind,
    os::unix::fs::symlink,
    path::Path,
};

use resilience::{
    Outbox,
    outbox::{NotStored, Sent, Stopped},
};

use super::{Folder, Stage};

fn open(stage: &Stage, folder: &Folder) -> Outbox {
    stage.outbox(100).persistent(folder.file()).unwrap()
}

/// Makes the file so long that nothing more can be appended. It has no blocks there.
fn fill(path: &Path) {
    let file = File::options().write(true).open(path).unwrap();
    let (mut most, mut too_many) = (file.metadata().unwrap().len(), i64::MAX as u64);
    while most < too_many {
        let length = most + (too_many - most).div_ceil(2);
        match file.set_len(length) {
            Ok(()) => most = length,
            Err(_) => too_many = length - 1,
        }
    }
}

#[test]
fn a_message_that_the_file_cannot_take_is_given_back_and_the_next_is_stored_when_there_is_room() {
    let (stage, folder) = (Stage::new(), Folder::new("full"));
    let outbox = open(&stage, &folder);
    stage.store(&outbox, &["one"]);
    fill(&folder.file());
    stage.degrade();
    let unsent = outbox.send(&stage.service, *b"two", |_| Ok::<(), &str>(())).unwrap_err();
    assert_eq!(*unsent.payload, *b"two");
    let NotStored::File(error) = &unsent.reason else { panic!("{unsent}") };
    assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    let text =
        format!("not sent: the file of the outbox could not be written: `{}`: ", folder.file().display());
    assert!(unsent.to_string().starts_with(&text), "{unsent}");
    assert_eq!((outbox.len(), outbox.snapshot().refused), (1, 1));

    let sent = outbox.send(&stage.service, *b"three", |_| Ok::<(), &str>(())).unwrap();
    assert_eq!(sent, Sent::Stored(2));
    drop(outbox);
    stage.recover();
    let outbox = open(&stage, &folder);
    assert_eq!(outbox.snapshot().recovery.unwrap().torn_bytes, 0, "half a record was taken back");
    assert_eq!(stage.drained(&outbox), ["one", "three"]);
}

#[test]
fn a_delivery_that_the_file_cannot_be_told_of_stops_the_drain_and_is_noted_with_the_next() {
    let (stage, folder) = (Stage::new(), Folder::new("untold"));
    let outbox = open(&stage, &folder);
    stage.store(&outbox, &["one", "two", "three"]);
    fill(&folder.file());
    let stopped = outbox.drain(&stage.service, |_| Ok::<(), &str>(())).unwrap_err();
    let Stopped::File { delivered: 1, error } = &stopped else { panic!("{stopped}") };
    assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    let text = format!("delivered 1, and could not note it in the file: `{}`: ", folder.file().display());
    assert!(stopped.to_string().starts_with(&text), "{stopped}");
    let untold = fs::read(folder.file()).unwrap();

    outbox
        .drain(&stage.service, |payload| if payload == b"three" { Err("down") } else { Ok(()) })
        .unwrap_err();
    drop(outbox);
    assert_eq!(stage.drained(&open(&stage, &folder)), ["three"]);
    fs::write(folder.file(), untold).unwrap();
    assert_eq!(stage.drained(&open(&stage, &folder)), ["one", "two", "three"], "as it said");
}

#[test]
fn an_outbox_is_not_opened_on_a_full_disk_and_its_file_is_left_alone() {
    let (stage, folder) = (Stage::new(), Folder::new("opening"));
    let outbox = open(&stage, &folder);
    stage.store(&outbox, &["one", "two"]);
    drop(outbox);
    symlink("/dev/full", folder.0.join("orders.new")).unwrap();
    let problem = stage.outbox(100).persistent(folder.file()).unwrap_err();
    assert_eq!(problem.kind(), ErrorKind::StorageFull);
    assert!(problem.to_string().starts_with(&format!("`{}`: ", folder.file().display())), "{problem}");
    assert_eq!(folder.files(), ["orders", "orders.lock"], "nothing half written takes room");
    assert_eq!(stage.drained(&open(&stage, &folder)), ["one", "two"]);
}
