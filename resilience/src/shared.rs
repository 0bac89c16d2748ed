//! Equal values kept once.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Remembers the last value: whoever makes many policies of one config makes them one after the other.
pub(crate) struct Last<T>(Mutex<Weak<T>>);

impl<T: PartialEq> Last<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Weak::new()))
    }

    /// The last value, if it is equal and somebody still has it, or this one from now on.
    pub(crate) fn share(&self, value: T) -> Arc<T> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match last.upgrade() {
            Some(known) if *known == value => known,
            _ => {
                let value = Arc::new(value);
                *last = Arc::downgrade(&value);
                value
            }
        }
    }
}
