//! What a call costs when a policy stands in front of it, beside the plain call and beside other crates.
//!
//! `cargo bench -p resilience-benches --features peers` measures everything and writes `RESULTS.md` and `chart.svg`;
//! `cargo bench -p resilience-benches -- --quick` prints our own rows in seconds. `instructions.sh` counts the
//! instructions of our rows and compares them with `instructions.txt`.

pub mod case;
pub mod cases;
pub mod floors;
pub mod gauge;
pub mod measure;
#[cfg(feature = "peers")]
pub mod peers;
pub mod row;
pub mod work;

pub use case::Case;
pub use row::{Ending, Mode, Row, Subject};

/// Every row, case by case: floors, ours, and with the feature `peers` the other crates'.
#[must_use]
pub fn rows() -> Vec<Row> {
    let mut rows = floors::rows();
    rows.extend(cases::rows());
    #[cfg(feature = "peers")]
    rows.extend(peers::rows());
    rows
}
