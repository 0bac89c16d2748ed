//! Every call is counted, whatever thread makes it.

use std::{
    cell::{Cell, RefCell},
    sync::Barrier,
    thread,
};

use resilience::{Retry, retry::Backoff};

use super::*;

fn at_once() -> Retry {
    retry(Config::new().backoff(Backoff::fixed(Duration::ZERO)).jitter(Jitter::None)).0
}

/// A call that succeeds, one that a repeat saves, and one that fails.
fn three_calls(retry: &Retry) {
    for failures in [0, 1, 3] {
        let left = Cell::new(failures);
        let answer = retry.call(|| match left.get() {
            0 => Ok(()),
            more => {
                left.set(more - 1);
                Err(())
            }
        });
        assert_eq!(answer.is_ok(), failures < 3);
    }
}

fn assert_counted(retry: &Retry, times: u64) {
    let seen = retry.snapshot();
    assert_eq!((seen.succeeded_without_retry, seen.succeeded_with_retry), (times, times));
    assert_eq!((seen.failed_without_retry, seen.failed_with_retry), (0, times));
    assert_eq!((seen.exhausted, seen.retries), (times, 3 * times));
}

#[test]
fn every_call_is_counted_on_more_threads_than_a_policy_has_cells_at_hand_for() {
    const THREADS: usize = 20;
    let retry = at_once();
    let together = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                // The first calls make the cells, the second find them, while every thread keeps its number.
                three_calls(&retry);
                together.wait();
                three_calls(&retry);
            });
        }
    });
    assert_counted(&retry, 2 * THREADS as u64);
}

#[test]
fn a_call_inside_a_thread_locals_destructor_is_counted() {
    thread_local! {
        static LAST: RefCell<Option<LastCalls>> = const { RefCell::new(None) };
    }
    struct LastCalls(Retry);
    impl Drop for LastCalls {
        fn drop(&mut self) {
            three_calls(&self.0);
        }
    }
    let retry = at_once();
    let handle = retry.clone();
    thread::spawn(move || {
        // Registered before the thread has a number of its own, and so dropped after it is gone.
        LAST.set(Some(LastCalls(handle.clone())));
        three_calls(&handle);
    })
    .join()
    .unwrap();
    assert_counted(&retry, 2);
}
