//! What becomes of a function's arguments and body when the body may run again.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use resilience::{circuit_breaker, fallback, retry};

use super::*;

/// Counts how often it was cloned and dropped.
struct Counted(Rc<Counts>);

#[derive(Default)]
struct Counts {
    clones: Cell<u32>,
    drops: Cell<u32>,
}

impl Counted {
    fn new() -> (Self, Rc<Counts>) {
        let counts = Rc::<Counts>::default();
        (Self(counts.clone()), counts)
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.0.clones.set(self.0.clones.get() + 1);
        Self(self.0.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.drops.set(self.0.drops.get() + 1);
    }
}

/// The function twice, with an argument by value.
macro_rules! twins {
    ($(#[$attribute:meta])+ $name:ident) => {
        mod $name {
            use super::*;

            $(#[$attribute])+
            pub(super) fn now(argument: Counted, act: Act<'_>) -> Answer {
                let _owned = argument;
                act()
            }

            $(#[$attribute])+
            pub(super) async fn later(argument: Counted, act: Act<'_>) -> Answer {
                let _owned = argument;
                act()
            }
        }
    };
}

twins!(
    #[retry(backoff = fixed(0ms))]
    retried
);
twins!(
    #[retry(attempts = 1)]
    once
);
twins!(
    #[circuit_breaker("b")]
    guarded
);
twins!(
    #[fallback(stand_in)]
    #[circuit_breaker("b")]
    with_path
);
twins!(
    #[fallback(stand_in, stand_in)]
    #[retry(backoff = fixed(0ms))]
    with_two_paths
);
twins!(
    #[fallback(|_| Ok(7))]
    #[circuit_breaker("b")]
    with_closure
);

mod with_mention {
    use super::*;

    #[fallback(|_| { drop(argument); Ok(7) })]
    #[circuit_breaker("b")]
    pub(super) fn now(argument: Counted, act: Act<'_>) -> Answer {
        let _owned = argument;
        act()
    }

    #[fallback(async |_| { drop(argument); Ok(7) })]
    #[circuit_breaker("b")]
    pub(super) async fn later(argument: Counted, act: Act<'_>) -> Answer {
        let _owned = argument;
        act()
    }
}

fn stand_in(argument: Counted, _: Act<'_>) -> Answer {
    drop(argument);
    Err(Fault::NotFound)
}

macro_rules! clones {
    ($name:ident, $act:expr) => {{
        let stage = Stage::new();
        let ((now, sync), (later, not_sync)) = (Counted::new(), Counted::new());
        let _ = $name::now(now, $act);
        let _ = stage.run($name::later(later, $act));
        assert_eq!(
            (sync.drops.get(), not_sync.drops.get()),
            (sync.clones.get() + 1, not_sync.clones.get() + 1)
        );
        assert_eq!(sync.clones, not_sync.clones);
        sync.clones.get()
    }};
}

#[test]
fn an_argument_is_cloned_while_another_attempt_may_follow_and_moved_into_the_last() {
    assert_eq!(clones!(retried, DOWN), 2);
}

#[test]
fn an_argument_is_cloned_also_when_the_first_attempt_succeeds() {
    assert_eq!(clones!(retried, OK), 1);
}

#[test]
fn with_one_attempt_nothing_is_cloned() {
    assert_eq!(clones!(once, DOWN), 0);
}

#[test]
fn without_a_retry_nothing_is_cloned() {
    assert_eq!(clones!(guarded, DOWN), 0);
}

#[test]
fn a_fallback_by_path_needs_the_argument_once_more() {
    assert_eq!(clones!(with_path, OK), 1);
    assert_eq!(clones!(with_path, DOWN), 1);
}

#[test]
fn every_tier_but_the_last_is_given_a_clone() {
    assert_eq!(clones!(with_two_paths, DOWN), 3 + 1);
}

#[test]
fn a_closure_that_does_not_mention_the_argument_needs_no_clone() {
    assert_eq!(clones!(with_closure, DOWN), 0);
}

#[test]
fn a_closure_that_mentions_the_argument_is_given_it() {
    assert_eq!(clones!(with_mention, DOWN), 1);
}

#[retry(backoff = fixed(1s))]
async fn waiting(argument: Counted) -> Answer {
    drop(argument);
    Err(Fault::Down)
}

#[test]
fn a_call_that_is_dropped_between_two_attempts_drops_its_arguments() {
    let _stage = Stage::new();
    let (argument, counts) = Counted::new();
    let mut call = Box::pin(waiting(argument));
    assert!(poll(&mut call).is_pending());
    drop(call);
    assert_eq!((counts.clones.get(), counts.drops.get()), (1, 2));
}

#[retry(backoff = fixed(0ms))]
#[circuit_breaker("b")]
fn leaves_early(inner: &dyn Fn() -> Answer, by_return: bool) -> Answer {
    let value = if by_return { return inner() } else { inner()? };
    Ok(value + 1)
}

#[retry(backoff = fixed(0ms))]
#[circuit_breaker("b")]
async fn leaves_early_async(inner: &dyn Fn() -> Answer, by_return: bool) -> Answer {
    let value = if by_return { return inner() } else { inner()? };
    Ok(value + 1)
}

#[test]
fn leaving_by_question_mark_or_return_goes_through_every_layer() {
    for by_return in [false, true] {
        let stage = Stage::new();
        let runs = Cell::new(0);
        let down = || {
            runs.set(runs.get() + 1);
            Err(Fault::Down)
        };
        assert_eq!(leaves_early(&down, by_return), Err(Fault::Down));
        assert_eq!((runs.get(), stage.figures("b").errors), (3, 3));
        stage.breaker("b").reset();
        assert_eq!(stage.run(leaves_early_async(&down, by_return)), Err(Fault::Down));
        assert_eq!((runs.get(), stage.figures("b").errors), (6, 6));
    }
}

#[test]
fn an_early_return_of_a_success_is_a_success() {
    let stage = Stage::new();
    assert_eq!(leaves_early(&|| Ok(1), true), Ok(1));
    assert_eq!(stage.figures("b").successes, 1);
}

#[retry(backoff = fixed(0ms))]
fn patterns((low, high): (u32, u32), [first, ..]: [u32; 2], log: &RefCell<Vec<u32>>) -> Answer {
    log.borrow_mut().push(low + high + first);
    Err(Fault::Down)
}

#[test]
fn pattern_arguments_are_bound_for_each_attempt() {
    let _stage = Stage::new();
    let log = RefCell::default();
    assert_eq!(patterns((1, 2), [4, 0], &log), Err(Fault::Down));
    assert_eq!(log.take(), [7, 7, 7]);
}

#[retry(backoff = fixed(0ms))]
fn counts_down(log: &RefCell<Vec<u32>>, mut left: u32) -> Answer {
    left -= 1;
    log.borrow_mut().push(left);
    Err(Fault::Down)
}

#[retry(backoff = fixed(0ms))]
async fn counts_down_async(log: &RefCell<Vec<u32>>, mut left: u32) -> Answer {
    left -= 1;
    log.borrow_mut().push(left);
    Err(Fault::Down)
}

#[test]
fn a_number_that_the_body_changes_is_the_callers_again_at_each_attempt() {
    let stage = Stage::new();
    let log = RefCell::default();
    assert_eq!(counts_down(&log, 7), Err(Fault::Down));
    assert_eq!(log.take(), [6, 6, 6]);
    assert_eq!(stage.run(counts_down_async(&log, 7)), Err(Fault::Down));
    assert_eq!(log.take(), [6, 6, 6]);
}
