//! A timeout around other layers, striking wherever a call may wait among them, and what hears of it.

mod drops;
mod values;
mod waits;

use std::future::pending;

use resilience::circuit_breaker;

use super::*;

/// A guarded function that hangs: to its breaker each of its calls was cancelled, whatever cut off the function that called.
#[circuit_breaker("other")]
async fn other() -> Answer {
    pending().await
}

#[track_caller]
fn assert_cancelled(stage: &Stage, times: u64) {
    let other = stage.figures("other");
    assert_eq!((other.timeouts, other.cancelled), (0, times));
}

/// Cuts the call off after 5 ms, and not a moment earlier or later.
#[track_caller]
fn cut_off(stage: &Stage, call: impl Future<Output = Answer>) {
    let before = stage.elapsed();
    let refused = refusal(stage.run(call));
    assert_eq!((refused.reason(), refused.limit()), (Reason::TimedOut, Some(5 * MS)));
    assert_eq!(stage.elapsed() - before, 5 * MS);
}

fn drop_begun(call: impl Future<Output = Answer>) {
    let mut call = Box::pin(call);
    assert!(poll(&mut call).is_pending());
}
