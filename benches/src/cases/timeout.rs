//! A timeout that has nothing to wait for.

use std::time::Duration;

use resilience::{Timeout, timeout, timeout::Config};

use crate::{
    case::Case,
    row::{Row, Subject},
    work::{Fault, ready, work},
};

use super::nothing;

#[inline(never)]
#[timeout(1s)]
async fn limited(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

fn second() -> Timeout {
    Timeout::new("bench", Config::new().limit(Duration::from_secs(1)))
        .expect("settings without a contradiction")
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::async_function(Case::Timeout, Subject::Attribute, nothing, limited),
        Row::async_policy(Case::Timeout, Subject::Handle, second, async |timeout: &mut Timeout, x| {
            timeout.call_async(ready(x, work::<Fault>)).await
        }),
    ]
}
