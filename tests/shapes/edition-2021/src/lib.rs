//! Every shape of function, under edition 2021.
#![deny(warnings, clippy::all, clippy::pedantic, unused_qualifications, unreachable_pub)]
#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::unused_async,
    clippy::must_use_candidate,
    clippy::trivially_copy_pass_by_ref
)]
#![allow(
    clippy::unnecessary_wraps,
    clippy::needless_pass_by_value,
    clippy::future_not_send,
    clippy::missing_panics_doc
)]

include!("../../shapes.rs");

#[test]
fn sync_functions_do_what_they_did() {
    check_sync();
}

#[tokio::test]
async fn async_functions_do_what_they_did() {
    check_async().await;
}

#[circuit_breaker]
#[tokio::test]
async fn an_attribute_may_stand_above_a_test() -> Answer<()> {
    Ok(())
}

#[tokio::test]
#[circuit_breaker]
async fn an_attribute_may_stand_below_a_test() -> Answer<()> {
    Ok(())
}
