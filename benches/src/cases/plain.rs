//! The calls that nobody guards.

use crate::{
    case::Case,
    row::{Row, Subject},
    work::{Down, Fault, fail, flaky, ready, work},
};

use super::nothing;

#[inline(never)]
fn plain(x: u64) -> Result<u64, Fault> {
    work(x)
}

#[inline(never)]
async fn plain_async(x: u64) -> Result<u64, Fault> {
    ready(x, work).await
}

#[inline(never)]
fn plain_failing(x: u64) -> Result<u64, Fault> {
    fail(x)
}

#[inline(never)]
async fn plain_failing_async(x: u64) -> Result<u64, Fault> {
    ready(x, fail).await
}

#[inline(never)]
fn plain_third(x: u64) -> Result<u64, Fault> {
    loop {
        if let Ok(value) = flaky::<Fault>(x) {
            return Ok(value);
        }
    }
}

#[inline(never)]
async fn plain_third_async(x: u64) -> Result<u64, Fault> {
    loop {
        if let Ok(value) = ready(x, flaky::<Fault>).await {
            return Ok(value);
        }
    }
}

#[inline(never)]
fn small(x: u64) -> Result<u64, Down> {
    work(x)
}

#[inline(never)]
async fn small_async(x: u64) -> Result<u64, Down> {
    ready(x, work).await
}

#[inline(never)]
fn small_failing(x: u64) -> Result<u64, Down> {
    fail(x)
}

#[inline(never)]
async fn small_failing_async(x: u64) -> Result<u64, Down> {
    ready(x, fail).await
}

#[inline(never)]
fn small_third(x: u64) -> Result<u64, Down> {
    loop {
        if let Ok(value) = flaky::<Down>(x) {
            return Ok(value);
        }
    }
}

#[inline(never)]
async fn small_third_async(x: u64) -> Result<u64, Down> {
    loop {
        if let Ok(value) = ready(x, flaky::<Down>).await {
            return Ok(value);
        }
    }
}

pub(super) fn rows() -> Vec<Row> {
    use Subject::{Plain, PlainSmall};
    vec![
        Row::function(Case::Plain, Plain, nothing, plain),
        Row::async_function(Case::Plain, Plain, nothing, plain_async),
        Row::function(Case::PlainFailing, Plain, nothing, plain_failing),
        Row::async_function(Case::PlainFailing, Plain, nothing, plain_failing_async),
        Row::function(Case::PlainThird, Plain, nothing, plain_third),
        Row::async_function(Case::PlainThird, Plain, nothing, plain_third_async),
        Row::function(Case::Plain, PlainSmall, nothing, small),
        Row::async_function(Case::Plain, PlainSmall, nothing, small_async),
        Row::function(Case::PlainFailing, PlainSmall, nothing, small_failing),
        Row::async_function(Case::PlainFailing, PlainSmall, nothing, small_failing_async),
        Row::function(Case::PlainThird, PlainSmall, nothing, small_third),
        Row::async_function(Case::PlainThird, PlainSmall, nothing, small_third_async),
    ]
}
