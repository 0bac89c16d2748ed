use std::{error::Error, fmt, io, sync::Arc};

use super::Message;
use crate::Failure;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent<T> {
    /// It was delivered, with this answer.
    Delivered(T),
    /// It is stored, under this number, and will be delivered by a drain.
    Stored(u64),
}

/// A message that was neither delivered nor stored, and is given back.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unsent<E> {
    /// The message.
    pub payload: Arc<[u8]>,
    /// Why it was not stored.
    pub reason: NotStored,
    /// Why it was not delivered, if that was tried.
    pub failure: Option<Failure<E>>,
}

/// Why a message was not stored.
#[derive(Debug)]
#[non_exhaustive]
pub enum NotStored {
    /// The outbox holds as many as it may.
    Full,
    /// Its error is not one for which messages are stored.
    NotWanted,
    /// The file could not be written.
    File(io::Error),
}

impl fmt::Display for NotStored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the outbox is full"),
            Self::NotWanted => f.write_str("its failure is not one to wait out"),
            Self::File(error) => write!(f, "the file of the outbox could not be written: {error}"),
        }
    }
}

impl<E: fmt::Display> fmt::Display for Unsent<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not sent: {}", self.reason)?;
        match &self.failure {
            Some(failure) => write!(f, "; delivery failed: {failure}"),
            None => Ok(()),
        }
    }
}

impl<E: Error + 'static> Error for Unsent<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match (&self.reason, &self.failure) {
            (NotStored::File(error), _) => Some(error),
            (_, Some(failure)) => failure.source(),
            _ => None,
        }
    }
}

/// Why a drain ended before the outbox was empty.
#[derive(Debug)]
#[non_exhaustive]
pub enum Stopped<E> {
    /// Another drain is at work.
    Busy,
    /// A message could not be delivered. It is still the first.
    Failed {
        /// Messages that this drain delivered before.
        delivered: usize,
        /// The one that it could not.
        message: Message,
        /// Why.
        failure: Failure<E>,
    },
    /// A message was delivered, and the file could not be told: it will come again after a restart, unless a later one is
    /// noted before.
    File {
        /// Messages that this drain delivered, this one included.
        delivered: usize,
        /// What the file said.
        error: io::Error,
    },
}

impl<E: fmt::Display> fmt::Display for Stopped<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("another drain of this outbox is at work"),
            Self::Failed { delivered, message, failure } => {
                write!(f, "delivered {delivered}, then message {} could not be: {failure}", message.sequence)
            }
            Self::File { delivered, error } => {
                write!(f, "delivered {delivered}, and could not note it in the file: {error}")
            }
        }
    }
}

impl<E: Error + 'static> Error for Stopped<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Busy => None,
            Self::Failed { failure, .. } => failure.source(),
            Self::File { error, .. } => Some(error),
        }
    }
}
