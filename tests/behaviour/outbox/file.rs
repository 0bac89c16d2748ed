use std::fs;

use resilience::{Outbox, outbox::Sent};

use super::{Folder, MS, Stage, now};

fn reopened(stage: &Stage, folder: &Folder) -> Outbox {
    stage.outbox(1000).persistent(folder.file()).unwrap()
}

#[test]
fn what_is_stored_survives_the_outbox() {
    let (stage, folder) = (Stage::new(), Folder::new("survives"));
    let outbox = reopened(&stage, &folder);
    stage.store(&outbox, &["one", "", "three"]);
    drop(outbox);
    let outbox = reopened(&stage, &folder);
    let recovery = outbox.snapshot().recovery.unwrap();
    assert_eq!((recovery.messages, recovery.torn_bytes, recovery.set_aside), (3, 0, None));
    assert_eq!(stage.drained(&outbox), ["one", "", "three"]);
}

#[test]
fn what_was_delivered_or_taken_does_not_come_again() {
    let (stage, folder) = (Stage::new(), Folder::new("delivered"));
    let outbox = reopened(&stage, &folder);
    stage.store(&outbox, &["one", "two", "three", "four"]);
    outbox.take_first().unwrap();
    let stopped =
        outbox.drain(&stage.service, |payload| if payload == b"three" { Err("down") } else { Ok(()) });
    assert!(stopped.is_err());
    drop(outbox);
    let outbox = reopened(&stage, &folder);
    assert_eq!(stage.drained(&outbox), ["three", "four"]);
    drop(outbox);
    assert!(reopened(&stage, &folder).is_empty());
}

#[test]
fn numbers_go_on_after_a_restart() {
    let (stage, folder) = (Stage::new(), Folder::new("numbers"));
    let outbox = reopened(&stage, &folder);
    stage.store(&outbox, &["one", "two"]);
    drop(outbox);
    let outbox = reopened(&stage, &folder);
    stage.degrade();
    let sent = now(outbox.send_async(&stage.service, *b"three", |_| async { Ok::<(), &str>(()) })).unwrap();
    assert_eq!(sent, Sent::Stored(3));
}

#[test]
fn the_file_does_not_grow_with_what_was_delivered() {
    let (stage, folder) = (Stage::new(), Folder::new("compaction"));
    let outbox = reopened(&stage, &folder);
    let large = "x".repeat(10_000);
    stage.store(&outbox, &["first"]);
    for _ in 0..100 {
        stage.store(&outbox, &[&large]);
        outbox.take_first().unwrap();
    }
    let length = fs::metadata(folder.file()).unwrap().len();
    assert!(length < 100_000, "{length} bytes for one message of 10000");
    drop(outbox);
    let outbox = reopened(&stage, &folder);
    assert_eq!(stage.drained(&outbox), [large]);
    assert_eq!(fs::metadata(folder.file()).unwrap().len(), 8, "an empty outbox has an empty file");
}

#[test]
fn a_file_is_open_in_one_outbox_at_a_time() {
    let (stage, folder) = (Stage::new(), Folder::new("locked"));
    let outbox = reopened(&stage, &folder);
    let problem = stage.outbox(10).persistent(folder.file()).unwrap_err();
    let path = folder.file();
    assert_eq!(
        problem.to_string(),
        format!("another outbox has `{}` open: give each a file of its own", path.display())
    );
    drop(outbox);
    reopened(&stage, &folder);
}

#[test]
fn a_file_of_something_else_is_refused_and_left_alone() {
    let (stage, folder) = (Stage::new(), Folder::new("foreign"));
    fs::write(folder.file(), "a list of groceries").unwrap();
    let problem = stage.outbox(10).persistent(folder.file()).unwrap_err();
    let path = folder.file();
    assert_eq!(
        problem.to_string(),
        format!("`{}` is not the file of an outbox: give another path", path.display())
    );
    assert_eq!(fs::read_to_string(folder.file()).unwrap(), "a list of groceries");
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let (stage, folder) = (Stage::new(), Folder::new("missing"));
    let problem = stage.outbox(10).persistent(folder.0.join("no").join("orders")).unwrap_err();
    assert_eq!(problem.kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn an_outbox_that_holds_something_is_not_given_a_file() {
    let (stage, folder) = (Stage::new(), Folder::new("late"));
    let outbox = stage.outbox(10);
    stage.store(&outbox, &["one"]);
    let problem = outbox.persistent(folder.file()).unwrap_err();
    assert_eq!(problem.to_string(), "an outbox is given its file once, before anything is stored in it");
    let problem = reopened(&stage, &folder).persistent(folder.file()).unwrap_err();
    assert_eq!(problem.kind(), std::io::ErrorKind::InvalidInput);
}

#[test]
fn more_messages_than_there_is_room_for_are_kept_and_hold_up_new_ones() {
    let (stage, folder) = (Stage::new(), Folder::new("smaller"));
    let outbox = reopened(&stage, &folder);
    stage.store(&outbox, &["one", "two", "three"]);
    drop(outbox);
    let outbox = stage.outbox(2).persistent(folder.file()).unwrap();
    assert_eq!(outbox.len(), 3);
    assert!(outbox.send(&stage.service, *b"four", |_| Ok::<(), &str>(())).is_err());
    assert_eq!(stage.drained(&outbox), ["one", "two", "three"]);
}

#[test]
fn the_age_of_a_message_counts_over_a_restart() {
    let (stage, folder) = (Stage::new(), Folder::new("age"));
    let outbox = reopened(&stage, &folder);
    stage.store(&outbox, &["one"]);
    drop(outbox);
    stage.clock.advance(1000 * MS);
    let outbox = reopened(&stage, &folder);
    let before = outbox.snapshot().oldest.unwrap();
    stage.clock.advance(5 * MS);
    assert_eq!(outbox.snapshot().oldest, Some(before + 5 * MS));
}

#[test]
fn a_file_that_cannot_be_written_anew_is_used_as_it_is_and_the_figures_say_why() {
    // A folder in the place of the file that is written anew.
    let (stage, folder) = (Stage::new(), Folder::new("unwritable"));
    let outbox = reopened(&stage, &folder);
    let large = "x".repeat(100_000);
    stage.store(&outbox, &[&large, "two", "three"]);
    let beside = folder.0.join("orders.new");
    fs::create_dir(&beside).unwrap();
    outbox.take_first().unwrap();
    let problem = outbox.snapshot().file_problem.unwrap();
    assert!(problem.starts_with(&format!("`{}`: ", folder.file().display())), "{problem}");
    assert!(fs::metadata(folder.file()).unwrap().len() > 100_000);
    let before = fs::read(folder.file()).unwrap();

    fs::remove_dir(&beside).unwrap();
    outbox.take_first().unwrap();
    assert_eq!(outbox.snapshot().file_problem, None);
    assert!(fs::metadata(folder.file()).unwrap().len() < 100, "written anew as soon as it can be");
    drop(outbox);
    assert_eq!(stage.drained(&reopened(&stage, &folder)), ["three"]);
    fs::write(folder.file(), before).unwrap();
    assert_eq!(stage.drained(&reopened(&stage, &folder)), ["two", "three"], "the delivery was noted");
}
