//! The other crates, each at its best: the fastest way that its documentation shows, one long-lived handle, no features
//! that are off by default.

mod breaker;
mod bulkhead;
mod rate_limit;
mod retry;
mod seatbelt;
mod stack;
mod timeout;
mod tower_resilience;

use std::time::Duration;

use crate::{
    row::{Ending, Ends, Row},
    work::Down,
};

const WEEK: Duration = Duration::from_hours(7 * 24);
const SECOND: Duration = Duration::from_secs(1);

/// The peers' rows.
#[must_use]
pub fn rows() -> Vec<Row> {
    [
        breaker::rows(),
        retry::rows(),
        rate_limit::rows(),
        bulkhead::rows(),
        timeout::rows(),
        seatbelt::rows(),
        tower_resilience::rows(),
        stack::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The error of a call that a guard made by hand can refuse.
enum Refusable<R> {
    Own(Down),
    Refused(R),
}

impl<R> From<Down> for Refusable<R> {
    fn from(down: Down) -> Self {
        Self::Own(down)
    }
}

impl<R> Ends for Refusable<R> {
    fn ending(&self) -> Ending {
        match self {
            Self::Own(_) => Ending::Failure,
            Self::Refused(_) => Ending::Rejection,
        }
    }
}

/// Calls until the circuit opens.
fn open<E: Ends>(mut call: impl FnMut() -> Result<u64, E>) {
    let opened = (0..1_000).any(|_| call().is_err_and(|error| error.ending() == Ending::Rejection));
    assert!(opened, "a circuit that does not open");
}
