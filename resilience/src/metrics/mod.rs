//! Figures for metrics systems: collected from the policies' own counters when somebody asks, never pushed per call.
//!
//! [`samples`] lists every figure of every policy, service and outbox; the exporters are thin on top of it, each behind a feature of its own:
//! `prometheus` the `prometheus::Collector`, `metrics` the `facade::Bridge`, `opentelemetry` the observable instruments of
//! `opentelemetry::register`.
//!
#![doc = include_str!("table.md")]

#[cfg(feature = "metrics")]
pub mod facade;
mod family;
mod names;
#[cfg(feature = "opentelemetry")]
pub mod opentelemetry;
#[cfg(feature = "prometheus")]
pub mod prometheus;
mod resilience4j;
mod sample;
mod system;

pub use family::{FAMILIES, Family, Instrument, Subject, Unit};
pub use names::Names;
pub use sample::{Sample, Value, samples};
