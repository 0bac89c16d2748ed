//! What the machine itself takes for the steps of which a guard can consist.

use std::{
    hint::black_box,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use crossbeam_utils::CachePadded;

use crate::{
    case::Case,
    row::{Row, Subject},
    work::Down,
};

/// The names of the floors.
pub const LOOP: &str = "empty loop";
/// One relaxed load of a line that nobody writes.
pub const LOAD: &str = "atomic load";
/// A load and a store of a line that only one thread writes.
pub const OWNED: &str = "increment of an owned line";
/// An atomic addition to one line, of which two threads compete.
pub const CONTENDED: &str = "atomic increment of one line";
/// A reading of the clock.
pub const CLOCK: &str = "`Instant::now`";

static LINE: CachePadded<AtomicU64> = CachePadded::new(AtomicU64::new(0));

thread_local! {
    static OWN: CachePadded<AtomicU64> = const { CachePadded::new(AtomicU64::new(0)) };
}

/// The floors' rows: the step itself in the loop, without a frame of its own.
#[must_use]
pub fn rows() -> Vec<Row> {
    vec![
        floor(LOOP, || {}),
        floor(LOAD, || {
            black_box(LINE.load(Ordering::Relaxed));
        }),
        floor(OWNED, || OWN.with(|line| line.store(line.load(Ordering::Relaxed) + 1, Ordering::Relaxed))),
        floor(CONTENDED, || {
            LINE.fetch_add(1, Ordering::Relaxed);
        }),
        floor(CLOCK, || {
            black_box(Instant::now());
        }),
    ]
}

fn floor(name: &'static str, step: impl Fn() + Copy + Send + 'static) -> Row {
    Row::function(
        Case::Floor,
        Subject::Floor(name),
        || {},
        move |x| {
            step();
            Ok::<_, Down>(black_box(x) + 1)
        },
    )
}
