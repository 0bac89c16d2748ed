//! The thread that looks at the files now and then.
//!
//! It compares what they hold, not when they were written: an editor that renames over a file, a mount that is swapped
//! and a clock that is set are then all the same.

use std::{
    sync::{Arc, Weak},
    thread,
    time::Duration,
};

use super::{
    load::reload,
    problem::{Origin, Problem},
};
use crate::{Registry, registry::Inner};

const SHORTEST: Duration = Duration::from_millis(1);

pub(super) fn too_short(interval: Option<Duration>) -> Option<Problem> {
    let is_too_short = interval.is_some_and(|interval| interval < SHORTEST);
    is_too_short.then(|| Problem {
        origin: Origin::Line(Arc::from("watch"), 0),
        key: String::new(),
        message: "the interval must be at least 1ms".to_owned(),
    })
}

pub(super) fn start(registry: &Registry, interval: Option<Duration>, watch: u64) {
    let Some(interval) = interval.filter(|interval| *interval >= SHORTEST) else { return };
    let registry = Arc::downgrade(registry.inner());
    let run = move || run(&registry, interval, watch);
    let started = thread::Builder::new().name("resilience-config".to_owned()).spawn(run);
    if let Err(error) = started {
        crate::event::settings_doubtful(&Problem {
            origin: Origin::Line(Arc::from("watch"), 0),
            key: String::new(),
            message: format!("the files are not watched, since no thread can be started: {error}"),
        });
    }
}

fn run(registry: &Weak<Inner>, interval: Duration, watch: u64) {
    loop {
        thread::park_timeout(interval);
        let Some(inner) = registry.upgrade() else { return };
        if !inner.config.is_watched_by(watch) {
            return;
        }
        // A problem is told and kept by whoever finds it first.
        let _ = reload(&Registry::of(inner));
    }
}
