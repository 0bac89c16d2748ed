use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use super::{OperationSnapshot, tally::Counts};
use crate::name;

/// So many labels of one service are told apart; what comes later is counted under [`OTHER`].
pub(super) const MOST: usize = 128;
/// The label of what is not told apart.
pub(super) const OTHER: &str = "(other)";

/// One operation of a service.
pub(crate) struct Operation {
    pub(super) label: &'static str,
    pub(super) counts: Counts,
}

/// The operations of a service, by label.
#[derive(Default)]
pub(super) struct Operations(RwLock<BTreeMap<&'static str, Arc<Operation>>>);

impl Operations {
    /// The operation of this label, made if there is none. A label may come from outside, so their number is bounded.
    pub(super) fn get(&self, label: &str) -> Arc<Operation> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(label).map(Arc::clone);
        if let Some(known) = known {
            return known;
        }
        let mut operations = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_told_apart = operations.len() < MOST || operations.contains_key(label);
        let label = match is_told_apart.then(|| name::intern(label)) {
            Some(Ok(name)) => name.as_str(),
            _ => OTHER,
        };
        let new = || Arc::new(Operation { label, counts: Counts::new() });
        Arc::clone(operations.entry(label).or_insert_with(new))
    }

    /// Whether there is an operation of this label.
    #[cfg(feature = "catalogue")]
    pub(super) fn has(&self, label: &str) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains_key(label)
    }

    pub(super) fn snapshots(&self) -> Vec<OperationSnapshot> {
        let operations = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let snapshot = |operation: &Arc<Operation>| OperationSnapshot {
            label: operation.label,
            figures: operation.counts.figures(),
        };
        operations.values().map(snapshot).collect()
    }
}
