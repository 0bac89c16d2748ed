use crate::{cells::Cells, sync::AtomicU64};

/// How the calls of a service, or of one of its operations, ended.
pub(crate) struct Counts(Cells<Cell>);

#[derive(Default)]
#[repr(align(64))]
struct Cell {
    successes: AtomicU64,
    failures: AtomicU64,
    rejected: AtomicU64,
    cancelled: AtomicU64,
}

/// The end of one call, as its caller sees it.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Success,
    /// An error, or a panic.
    Failure,
    Rejected,
    Cancelled,
}

impl Counts {
    pub(super) fn new() -> Self {
        Self(Cells::new())
    }

    fn count(&self, end: End) {
        self.0.count(|cell| match end {
            End::Success => &cell.successes,
            End::Failure => &cell.failures,
            End::Rejected => &cell.rejected,
            End::Cancelled => &cell.cancelled,
        });
    }

    pub(super) fn figures(&self) -> Figures {
        let (successes, failures) = (self.0.sum(|cell| &cell.successes), self.0.sum(|cell| &cell.failures));
        let (rejected, cancelled) = (self.0.sum(|cell| &cell.rejected), self.0.sum(|cell| &cell.cancelled));
        Figures {
            calls: successes + failures + rejected + cancelled,
            successes,
            failures,
            rejected,
            cancelled,
        }
    }
}

/// Who counts the end of one call.
#[derive(Clone, Copy)]
pub(crate) struct Tally<'a> {
    pub(super) service: &'a Counts,
    pub(super) operation: Option<&'a Counts>,
}

impl Tally<'_> {
    pub(crate) fn count(self, end: End) {
        self.service.count(end);
        if let Some(operation) = self.operation {
            operation.count(end);
        }
    }
}

/// How calls ended, as their callers saw it, counted since the service exists. Each call that has ended is in exactly one
/// of `successes`, `failures`, `rejected` and `cancelled`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Figures {
    /// Calls that have ended, the sum of the others.
    pub calls: u64,
    /// Calls that returned `Ok`, be it by a repeat or a fallback.
    pub successes: u64,
    /// Calls that returned an error of their own, or panicked.
    pub failures: u64,
    /// Calls that a layer refused or cut off.
    pub rejected: u64,
    /// Calls that were dropped.
    pub cancelled: u64,
}
