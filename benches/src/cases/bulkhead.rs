//! Bulkheads with and without a free place.

use std::mem::forget;

use resilience::{Bulkhead, bulkhead, bulkhead::Config, registry};

use crate::{
    case::Case,
    row::{Row, Subject},
    work::{Fault, ready, work},
};

use super::nothing;

#[inline(never)]
#[bulkhead("bench-free")]
fn free(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[bulkhead("bench-free-async")]
async fn free_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
#[bulkhead("bench-full", max_concurrent = 1)]
fn full(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[bulkhead("bench-full")]
async fn full_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

/// Takes the only place of the bulkhead of `full` and `full_async`.
fn fill_it() {
    let _ = full(1);
    fill(&registry().bulkhead("bench-full").expect("its site has run"));
}

fn fill(bulkhead: &Bulkhead) {
    while let Ok(place) = bulkhead.try_acquire() {
        forget(place);
    }
}

fn empty() -> Bulkhead {
    Bulkhead::new("bench", Config::new()).expect("the defaults")
}

fn filled() -> Bulkhead {
    let bulkhead =
        Bulkhead::new("bench", Config::new().max_concurrent(1)).expect("settings without a contradiction");
    fill(&bulkhead);
    bulkhead
}

pub(super) fn rows() -> Vec<Row> {
    use Subject::Attribute;
    let mut rows = vec![
        Row::function(Case::Bulkhead, Attribute, nothing, free),
        Row::async_function(Case::Bulkhead, Attribute, nothing, free_async),
        Row::function(Case::BulkheadFull, Attribute, fill_it, full),
        Row::async_function(Case::BulkheadFull, Attribute, fill_it, full_async),
    ];
    rows.extend(by_hand(Case::Bulkhead, empty));
    rows.extend(by_hand(Case::BulkheadFull, filled));
    rows
}

fn by_hand(case: Case, make: fn() -> Bulkhead) -> [Row; 2] {
    [
        Row::policy(case, Subject::Handle, make, |bulkhead, x| bulkhead.call(|| work::<Fault>(x))),
        Row::async_policy(case, Subject::Handle, make, async |bulkhead: &mut Bulkhead, x| {
            bulkhead.call_async(ready(x, work::<Fault>)).await
        }),
    ]
}
