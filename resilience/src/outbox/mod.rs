//! Outbox: writes that a service cannot take now are kept, and delivered in order when it can.
//!
//! [`send`](Outbox::send) calls through the [`Service`]. If that fails, or if something is stored before it, the message
//! is stored; a full outbox gives it back. A [`drain`](Outbox::drain) delivers what is stored, the oldest first, and stops
//! at the first message that cannot be delivered. Nothing is dropped: a message is delivered, stored, or given back.
//!
//! ```
//! use resilience::{Outbox, Service, circuit_breaker::Config, outbox::Sent};
//!
//! let orders = Service::builder("order-queue").circuit_breaker(Config::new()).register()?;
//! let breaker = resilience::registry().circuit_breaker("order-queue").unwrap();
//! let outbox = Outbox::new("orders", 1000)?;
//!
//! breaker.force_open();
//! let sent = outbox.send(&orders, *b"order 7", |_payload| Ok::<_, std::io::Error>(())).unwrap();
//! assert_eq!(sent, Sent::Stored(1));
//!
//! breaker.close();
//! let mut delivered = Vec::new();
//! let count = outbox.drain(&orders, |payload| Ok::<_, std::io::Error>(delivered.push(payload.to_vec())));
//! assert_eq!((count.unwrap(), delivered), (1, vec![b"order 7".to_vec()]));
//! # Ok::<(), resilience::ConfigError>(())
//! ```
//!
//! # Order
//!
//! While anything is stored, or being drained, a message that comes is stored behind it. So messages that are sent one
//! after the other are delivered in that order; those that are sent at the same time have no order among themselves.
//!
//! # At least once
//!
//! An outbox with a [file](Outbox::persistent) survives the process. [`Sent::Stored`] is said when the message is on the
//! disk, so storing takes as long as the disk needs to sync, and blocks the thread meanwhile. That a message was delivered
//! is noted without waiting for the disk: after a crash it may come again, so what receives it must bear that. The
//! sequence number of a [`Message`] says which it is.
//!
//! What a crash cut off in the middle of a record was never said to be stored; it is removed, and [`Recovery`] says how
//! many bytes it was. Bytes that are damaged in another way are kept beside the file with everything behind them.
//!
//! # A full disk
//!
//! A message that the file cannot take is given back with what the disk said, and the file is as it was; the next one that
//! it can take is stored. If the file cannot be told of a delivery, the drain stops with [`Stopped::File`]: go on draining,
//! and the next delivery that can be noted is noted for both. Without another, the message comes again after a restart. A
//! file that cannot be written anew, to become smaller, is used as it is, and the [`Snapshot`] says why.
//!
//! # Who sees it
//!
//! The [registry](crate::registry()) in force where an outbox is made lists it as long as it lives
//! ([`Registry::outboxes`](crate::Registry::outboxes)), and shows it in its snapshot, its metrics and the health report. A
//! name that another one has gets a number there: `orders#2`.
//!
//! # Who drains
//!
//! Call [`drain`](Outbox::drain) when you know that the service is back, start a [`Worker`], which is a thread, or spawn
//! [`deliver`](Outbox::deliver) on a runtime.

mod delivery;
mod error;
mod journal;
mod line;
mod record;
mod sending;
mod shelf;
mod worker;

use std::{
    fmt, io,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub use error::{NotStored, Sent, Stopped, Unsent};
pub use journal::Recovery;
pub(crate) use shelf::Shelf;
pub use worker::Worker;

#[allow(unused_imports, reason = "the module's documentation speaks of it")]
use crate::Service;
use crate::{Clock, ConfigError, name, registry};
use journal::Journal;
use line::Line;

/// The most messages that an outbox may hold.
const MOST: usize = 100_000_000;

/// Messages for a service that cannot take them now: a cheap handle, all clones of which are one outbox.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

pub(crate) struct Inner {
    name: &'static str,
    capacity: usize,
    clock: Clock,
    line: Mutex<Line>,
    /// Tells a worker that a message was stored, or that it is to stop.
    news: Condvar,
}

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Its number: one more than that of the message stored before it.
    pub sequence: u64,
    /// What was sent.
    pub payload: Arc<[u8]>,
}

impl Outbox {
    /// An outbox in memory, for at most so many messages.
    ///
    /// # Errors
    ///
    /// A name that is empty, longer than 256 bytes or has control characters; room for no message, or for more than a
    /// hundred million.
    pub fn new(name: &str, capacity: usize) -> Result<Self, ConfigError> {
        Self::with_clock(name, capacity, Clock::system())
    }

    /// The same on another clock.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_clock(name: &str, capacity: usize, clock: impl Into<Clock>) -> Result<Self, ConfigError> {
        let name = name::intern(name)?;
        if capacity == 0 || capacity > MOST {
            return Err(ConfigError::new("capacity", "an outbox holds between 1 and 100000000 messages"));
        }
        let clock = clock.into();
        Ok(registry().inner().outboxes.enter(name, |name| Inner {
            name,
            capacity,
            clock,
            line: Mutex::new(Line::default()),
            news: Condvar::new(),
        }))
    }

    /// Keeps its messages in a file as well, beginning with those that are in it. It is made if it is not there, in a
    /// folder that must be. Files of the same name with `.lock`, `.new` and `.damaged1` behind it belong to it.
    ///
    /// ```
    /// use resilience::Outbox;
    ///
    /// # let folder = std::env::temp_dir().join(format!("outbox-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("orders");
    /// let outbox = Outbox::new("orders", 1000)?.persistent(&path)?;
    /// assert_eq!(outbox.snapshot().recovery.unwrap().messages, 0);
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be read or written, is not one of an outbox, or another outbox has it open; this outbox has a file
    /// already, or holds a message.
    pub fn persistent(self, path: impl AsRef<Path>) -> io::Result<Self> {
        {
            let mut line = self.line();
            if line.has_file() || line.len() > 0 {
                let message = "an outbox is given its file once, before anything is stored in it";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
            let (journal, found, last, recovery) = Journal::open(path.as_ref())?;
            line.read(journal, found, last, recovery, &self.0.clock);
        }
        Ok(self)
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The outbox's name, with a number behind it if another one had it before.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Messages that are stored now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.line().len()
    }

    /// Whether nothing is stored now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every figure of this outbox at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let line = self.line();
        Snapshot {
            name: self.0.name,
            capacity: self.0.capacity,
            queued: line.len(),
            oldest: line.oldest(self.0.clock.now()),
            stored: line.stored,
            delivered: line.delivered,
            refused: line.refused,
            taken: line.taken,
            recovery: line.recovery.clone(),
            file_problem: line.file_problem().map(str::to_owned),
        }
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("name", &self.0.name)
            .field("queued", &self.len())
            .finish_non_exhaustive()
    }
}

/// The figures of an outbox at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// What it is called.
    pub name: &'static str,
    /// The most messages that it holds.
    pub capacity: usize,
    /// Messages that are stored now.
    pub queued: usize,
    /// How long the first of them has been stored, over restarts as well.
    pub oldest: Option<Duration>,
    /// Messages stored since the outbox exists.
    pub stored: u64,
    /// Stored messages that were delivered.
    pub delivered: u64,
    /// Messages that there was no room for, or that the file could not take.
    pub refused: u64,
    /// Stored messages that were taken out undelivered.
    pub taken: u64,
    /// What was found in the file, if it has one.
    pub recovery: Option<Recovery>,
    /// Why the file could not be written anew the last time that it should have become smaller. It grows until that works
    /// again, and everything in it is as safe as before.
    pub file_problem: Option<String>,
}
