//! Timeouts.

use tokio::time::error::Elapsed;
use tower::{BoxError, ServiceBuilder, service_fn};

use super::{Refusable, SECOND, retry::service};
use crate::{
    case::Case,
    cases::nothing,
    row::{Ending, Ends, Row, Subject},
    work::{Down, ready, work},
};

const TOKIO: Subject = Subject::Peer("tokio, `timeout`");
const TOWER: Subject = Subject::Peer("tower, timeout layer");

impl Ends for BoxError {
    fn ending(&self) -> Ending {
        if self.is::<Down>() { Ending::Failure } else { Ending::Rejection }
    }
}

#[inline(never)]
async fn limited(x: u64) -> Result<u64, Refusable<Elapsed>> {
    Ok(tokio::time::timeout(SECOND, ready(x, work::<Down>)).await.map_err(Refusable::Refused)??)
}

pub(super) fn rows() -> Vec<Row> {
    let layered = || ServiceBuilder::new().timeout(SECOND).service(service_fn(|x| ready(x, work::<Down>)));
    vec![Row::async_function(Case::Timeout, TOKIO, nothing, limited), service(Case::Timeout, TOWER, layered)]
}
