//! Bulkheads.

use std::sync::Arc;

use tokio::sync::{Semaphore, TryAcquireError};
use tower::{ServiceBuilder, service_fn};

use super::{Refusable, retry::service};
use crate::{
    case::Case,
    row::{Row, Subject},
    work::{Down, ready, work},
};

const TRY: Subject = Subject::Peer("tokio, `try_acquire`");
const ACQUIRE: Subject = Subject::Peer("tokio, `acquire`");
const TOWER: Subject = Subject::Peer("tower, concurrency limit");

type Full = Refusable<TryAcquireError>;

fn empty() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(25))
}

fn full() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(0))
}

fn tries(case: Case, make: fn() -> Arc<Semaphore>) -> [Row; 2] {
    [
        Row::policy(case, TRY, make, |places, x| -> Result<u64, Full> {
            let _place = places.try_acquire().map_err(Refusable::Refused)?;
            Ok(work::<Down>(x)?)
        }),
        Row::async_policy(case, TRY, make, async |places: &mut Arc<Semaphore>, x| -> Result<u64, Full> {
            let _place = places.try_acquire().map_err(Refusable::Refused)?;
            Ok(ready(x, work::<Down>).await?)
        }),
    ]
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> =
        [tries(Case::Bulkhead, empty), tries(Case::BulkheadFull, full)].into_iter().flatten().collect();
    rows.push(
        Row::async_policy(Case::Bulkhead, ACQUIRE, empty, async |places: &mut Arc<Semaphore>, x| {
            let _place = places.acquire().await.expect("never closed");
            ready(x, work::<Down>).await
        })
        .note("waits in a queue when full"),
    );
    let limited =
        || ServiceBuilder::new().concurrency_limit(25).service(service_fn(|x| ready(x, work::<Down>)));
    rows.push(service(Case::Bulkhead, TOWER, limited).note("waits in a queue when full"));
    rows
}
