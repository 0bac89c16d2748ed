//! Which service, and which of its operations, a thread works for at this moment.
//!
//! Calls through a [`Service`](crate::Service) carry a label; whoever reports what the policies do asks for it with
//! [`current`]. The label follows a call wherever it is polled. A call inside another has its own, and gives the outer
//! one back.

use std::cell::Cell;

/// A service, and one of its operations if the call says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) service: &'static str,
    pub(crate) operation: Option<&'static str>,
}

thread_local! {
    static CURRENT: Cell<Option<Label>> = const { Cell::new(None) };
}

/// The label of the call that this thread is in.
pub(crate) fn current() -> Option<Label> {
    CURRENT.get()
}

/// Puts this thread under a label until the guard is dropped; under none, nothing happens.
pub(crate) fn enter(label: Option<Label>) -> Within {
    Within { is_set: label.is_some(), before: label.and_then(|label| CURRENT.replace(Some(label))) }
}

/// A thread is under a [`Label`] while this lives.
pub(crate) struct Within {
    is_set: bool,
    before: Option<Label>,
}

impl Drop for Within {
    fn drop(&mut self) {
        if self.is_set {
            CURRENT.set(self.before);
        }
    }
}
