//! What the behaviour tests share: an error that knows refusals, a subscriber that remembers, and stacks side by side.

mod recorder;
pub mod twins;

pub use recorder::{Event, Recorder, recorded};

use resilience::Rejected;

/// The error of the guarded functions in the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The dependency is down.
    Down,
    /// The dependency answered that it does not know.
    NotFound,
    /// The dependency answered with this status.
    Status(u16),
    /// A layer refused.
    Refused(Rejected),
}

impl From<Rejected> for Fault {
    fn from(rejected: Rejected) -> Self {
        Self::Refused(rejected)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Down => f.write_str("down"),
            Self::NotFound => f.write_str("not found"),
            Self::Status(status) => write!(f, "status {status}"),
            Self::Refused(rejected) => rejected.fmt(f),
        }
    }
}

impl std::error::Error for Fault {}
