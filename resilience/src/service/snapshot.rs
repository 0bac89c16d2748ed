use super::tally::Figures;
use crate::pipeline::LayerSnapshot;

/// A service at one moment: its calls, its operations and its policies.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// What it is called.
    pub name: &'static str,
    /// Whether somebody has registered it; before that, default policies stand around the functions that join it.
    pub is_registered: bool,
    /// How its calls ended.
    pub figures: Figures,
    /// The operations that calls have named, by label.
    pub operations: Vec<OperationSnapshot>,
    /// Its policies in the order in which calls pass them, with their settings and figures.
    pub layers: Vec<LayerSnapshot>,
}

/// One operation of a service at one moment.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OperationSnapshot {
    /// What calls named it, or `(other)` for everything beyond 128 labels.
    pub label: &'static str,
    /// How its calls ended.
    pub figures: Figures,
}
