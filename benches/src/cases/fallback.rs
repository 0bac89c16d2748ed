//! A fallback that is not needed.

use resilience::{Fallback, fallback};

use crate::{
    case::Case,
    row::{Row, Subject},
    work::{Fault, ready, work},
};

use super::nothing;

#[inline(never)]
#[fallback(value = 0)]
fn unneeded(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
#[fallback(value = 0)]
async fn unneeded_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

fn by_hand() -> Fallback {
    Fallback::new("bench").expect("a good name")
}

pub(super) fn rows() -> Vec<Row> {
    use Subject::{Attribute, Handle};
    vec![
        Row::function(Case::Fallback, Attribute, nothing, unneeded),
        Row::async_function(Case::Fallback, Attribute, nothing, unneeded_async),
        Row::policy(Case::Fallback, Handle, by_hand, |fallback, x| {
            fallback.call(|| work::<Fault>(x), |_| Ok::<_, Fault>(0))
        }),
        Row::async_policy(Case::Fallback, Handle, by_hand, async |fallback: &mut Fallback, x| {
            fallback.call_async(ready(x, work::<Fault>), async |_| Ok::<_, Fault>(0)).await
        }),
    ]
}
