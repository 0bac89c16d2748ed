use std::{
    collections::VecDeque,
    io,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{Message, NotStored, Recovery, journal::Journal, record::Stored};
use crate::{Clock, clock::Nanos};

/// The messages of an outbox, in order, and its figures. One lock holds it all, never while a message is delivered.
#[derive(Default)]
pub(super) struct Line {
    waiting: VecDeque<Waiting>,
    last: u64,
    journal: Option<Journal>,
    pub(super) recovery: Option<Recovery>,
    pub(super) is_draining: bool,
    pub(super) stored: u64,
    pub(super) delivered: u64,
    pub(super) refused: u64,
    pub(super) taken: u64,
}

struct Waiting {
    stored: Stored,
    /// By the clock of the outbox.
    since: Nanos,
}

impl Line {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Nobody stands before a message that comes now.
    pub(super) fn is_free(&self) -> bool {
        self.waiting.is_empty() && !self.is_draining
    }

    pub(super) fn oldest(&self, now: Nanos) -> Option<Duration> {
        self.waiting.front().map(|waiting| Duration::from_nanos(now.saturating_sub(waiting.since)))
    }

    pub(super) fn first(&self) -> Option<Message> {
        self.waiting.front().map(|waiting| Message {
            sequence: waiting.stored.sequence,
            payload: Arc::clone(&waiting.stored.payload),
        })
    }

    /// Takes the file, and what is in it.
    pub(super) fn read(
        &mut self,
        journal: Journal,
        found: VecDeque<Stored>,
        last: u64,
        recovery: Recovery,
        clock: &Clock,
    ) {
        let (now, wall) = (clock.now(), millis_now());
        self.waiting = found
            .into_iter()
            .map(|stored| {
                let age = wall.saturating_sub(stored.millis).saturating_mul(1_000_000);
                Waiting { since: now.saturating_sub(age), stored }
            })
            .collect();
        (self.last, self.journal, self.recovery) = (last, Some(journal), Some(recovery));
    }

    pub(super) fn file_problem(&self) -> Option<&str> {
        self.journal.as_ref().and_then(Journal::problem)
    }

    pub(super) fn has_file(&self) -> bool {
        self.journal.is_some()
    }

    pub(super) fn store(
        &mut self,
        payload: &Arc<[u8]>,
        capacity: usize,
        now: Nanos,
    ) -> Result<u64, NotStored> {
        if self.waiting.len() >= capacity {
            self.refused += 1;
            return Err(NotStored::Full);
        }
        let stored = Stored { sequence: self.last + 1, millis: millis_now(), payload: Arc::clone(payload) };
        if let Some(journal) = &mut self.journal
            && let Err(error) = journal.store(&stored)
        {
            self.refused += 1;
            return Err(NotStored::File(error));
        }
        self.last = stored.sequence;
        self.stored += 1;
        self.waiting.push_back(Waiting { stored, since: now });
        Ok(self.last)
    }

    /// The first message is no longer to be delivered.
    pub(super) fn forget_first(&mut self) -> io::Result<()> {
        let Some(Waiting { stored, .. }) = self.waiting.pop_front() else { return Ok(()) };
        match &mut self.journal {
            Some(journal) => {
                let left = self.waiting.iter().map(|waiting| &waiting.stored);
                journal.forget(&stored, left)
            }
            None => Ok(()),
        }
    }
}

fn millis_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
