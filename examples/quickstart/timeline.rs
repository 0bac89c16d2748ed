//! The timeline on the screen, and the policies' own words in it.

use std::{
    fmt,
    sync::Mutex,
    time::{Duration, Instant},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

static BORN: Mutex<Option<Instant>> = Mutex::new(None);
static CHANGES: Mutex<Vec<Change>> = Mutex::new(Vec::new());

/// A change of state, as the breaker told it.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) name: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

pub(crate) fn say(line: impl fmt::Display) {
    let born = *BORN.lock().unwrap().get_or_insert_with(Instant::now);
    println!("{:6.2} s  {line}", born.elapsed().as_secs_f64());
}

/// Every change of state so far.
pub(crate) fn changes() -> Vec<Change> {
    CHANGES.lock().unwrap().clone()
}

pub(crate) fn millis(duration: Duration) -> String {
    format!("{:4} ms", duration.as_millis())
}

/// Listens to the policies.
pub(crate) fn listen() {
    tracing_subscriber::registry().with(Listener).init();
}

struct Listener;

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "resilience" {
            return;
        }
        let mut words = Words::default();
        event.record(&mut words);
        if let Some(to) = words.to {
            say(format_args!("      ** `{}` {} -> {}: {}", words.name, words.from, to, words.cause));
            CHANGES.lock().unwrap().push(Change { name: words.name, from: words.from, to });
        }
    }
}

#[derive(Default)]
struct Words {
    name: String,
    from: String,
    to: Option<String>,
    cause: String,
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "name" => value.clone_into(&mut self.name),
            "from" => value.clone_into(&mut self.from),
            "to" => self.to = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "cause" {
            self.cause = format!("{value:?}");
        }
    }
}
