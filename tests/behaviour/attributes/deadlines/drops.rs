//! What runs while a call is cut off, and who is told of what.

use std::{
    cell::Cell,
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use resilience::{circuit_breaker, fallback, resilient, retry, timeout};
use tracing_subscriber::{Layer, layer::SubscriberExt};

use super::*;

/// The timeouts of the breaker `own`, and those of the timeout `t`, as they are when a body's local is dropped.
struct Seen<'a>(&'a Stage, &'a Cell<Option<(u64, u64)>>);

impl Drop for Seen<'_> {
    fn drop(&mut self) {
        self.1.set(Some(counted(self.0)));
    }
}

fn counted(stage: &Stage) -> (u64, u64) {
    (stage.figures("own").timeouts, stage.scope.registry().timeout("t").unwrap().snapshot().expired)
}

#[test]
fn a_body_is_dropped_before_anybody_counts() {
    #[timeout(5ms, name = "t")]
    #[retry]
    #[circuit_breaker("own")]
    async fn hang(stage: &Stage, seen: &Cell<Option<(u64, u64)>>) -> Answer {
        let _seen = Seen(stage, seen);
        pending().await
    }
    let stage = Stage::new();
    let seen = Cell::new(None);
    cut_off(&stage, hang(&stage, &seen));
    assert_eq!((seen.get(), counted(&stage)), (Some((0, 0)), (1, 1)));
}

/// Gives up a guarded call whenever something is logged.
struct Restless;

impl<S: tracing::Subscriber> Layer<S> for Restless {
    fn on_event(&self, _: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        drop_begun(other());
    }
}

#[test]
fn a_call_made_while_the_end_is_told_was_cancelled() {
    #[timeout(5ms)]
    #[circuit_breaker("own")]
    async fn hang() -> Answer {
        pending().await
    }
    let stage = Stage::new();
    let subscriber = tracing_subscriber::registry().with(Restless);
    tracing::subscriber::with_default(subscriber, || cut_off(&stage, hang()));
    let other = stage.figures("other");
    assert_eq!(other.timeouts, 0);
    assert!(other.cancelled > 0, "nothing was logged");
}

/// What holds this panics as it is dropped, after a call of its own that it gives up.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        drop_begun(other());
        resume_unwind(Box::new("bomb"));
    }
}

#[test]
fn a_panic_while_a_body_is_cut_off_leaves_nothing_behind() {
    #[timeout(5ms, name = "t")]
    #[circuit_breaker("own")]
    async fn hang() -> Answer {
        let _bomb = Bomb;
        pending().await
    }
    let stage = Stage::new();
    let mut call = Box::pin(hang());
    assert!(poll(&mut call).is_pending());
    stage.advance(5 * MS);
    assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut call))).is_err());
    assert_eq!(counted(&stage), (1, 0), "the breaker lost its call to the timeout, of which nobody heard");
    assert_cancelled(&stage, 1);
    drop_begun(other());
    assert_cancelled(&stage, 2);
    drop(call);
    assert_eq!(counted(&stage), (1, 0));
}

/// What holds this makes calls to their end as it is dropped.
struct Thorough<'a>(&'a ManualClock);

impl Drop for Thorough<'_> {
    fn drop(&mut self) {
        #[timeout(3ms)]
        #[circuit_breaker("inside")]
        async fn inside(clock: &ManualClock, time: Duration) -> Answer {
            let end = clock.elapsed() + time;
            std::future::poll_fn(|_| if clock.elapsed() >= end { Poll::Ready(()) } else { Poll::Pending })
                .await;
            Ok(1)
        }
        for time in [2 * MS, SECOND] {
            let mut call = pin!(inside(self.0, time));
            while poll(&mut call).is_pending() {
                self.0.advance(MS);
            }
        }
    }
}

#[test]
fn calls_made_to_their_end_while_a_body_is_cut_off_count_as_ever() {
    #[timeout(5ms)]
    #[retry]
    #[circuit_breaker("own")]
    async fn hang(clock: &ManualClock) -> Answer {
        let _thorough = Thorough(clock);
        other().await
    }
    let stage = Stage::new();
    assert_eq!(refusal(stage.run(hang(&stage.clock))).limit(), Some(5 * MS));
    let inside = stage.figures("inside");
    assert_eq!((inside.successes, inside.timeouts, inside.cancelled), (1, 1, 0));
    assert_cancelled(&stage, 1);
    assert_eq!((stage.figures("own").timeouts, stage.figures("own").cancelled), (1, 0));
}

#[test]
fn a_guarded_call_in_a_tier_above_a_service_was_cancelled() {
    #[timeout(5ms)]
    #[fallback(async |_| other().await)]
    #[resilient(service = "s")]
    async fn down() -> Answer {
        Err(Fault::Down)
    }
    let stage = Stage::new();
    cut_off(&stage, down());
    assert_cancelled(&stage, 1);
}

#[test]
fn a_call_may_be_cut_off_on_another_thread_than_it_began() {
    #[timeout(5ms)]
    #[retry]
    #[circuit_breaker("own")]
    async fn hang() -> Answer {
        other().await
    }
    let stage = Stage::new();
    let mut call = Box::pin(stage.scope.wrap(hang()));
    assert!(poll(&mut call).is_pending());
    stage.advance(5 * MS);
    let ended = std::thread::scope(|threads| {
        threads
            .spawn(|| {
                let _inside = stage.scope.enter();
                let ended = poll(&mut call).map(reason);
                drop_begun(other());
                ended
            })
            .join()
            .unwrap()
    });
    assert_eq!(ended, Poll::Ready(Reason::TimedOut));
    drop_begun(other());
    assert_cancelled(&stage, 3);
    assert_eq!((stage.figures("own").timeouts, stage.figures("own").cancelled), (1, 0));
}
