//! `#[retry]`: the server's hint, the hook before each repeat, and the error at the end.

use std::cell::{Cell, RefCell};

use resilience::{
    Failure, circuit_breaker, retry,
    retry::{Exhausted, Retrying},
};

use super::*;

twins!(
    #[retry(attempts = 3, backoff = fixed(100ms), jitter = none, retry_after = |error| match error {
        Fault::Status(seconds) => Some(Duration::from_secs(u64::from(*seconds))),
        _ => None,
    })]
    retry_after
);
twins!(
    #[retry(
        attempts = 3, backoff = fixed(100ms), jitter = none, max_elapsed = 3s,
        retry_after = |_| Some(Duration::from_secs(5)),
    )]
    impatient
);
twins!(
    #[retry(attempts = 20, backoff = fixed(100ms), jitter = full, retry_after = hint)]
    jittered_hint
);
twins!(
    #[retry(attempts = 3, backoff = linear(10ms..1s), jitter = none, on_retry = note)]
    on_retry
);
twins!(
    #[retry(backoff = fixed(0ms), on_retry = |retrying: &Retrying<'_>| note(retrying))]
    on_retry_closure
);
twins!(
    #[retry(backoff = fixed(0ms), retry_if = |answer| answer.is_ok(), on_retry = note)]
    on_retry_of_an_answer
);
twins!(
    #[retry(backoff = fixed(0ms), on_retry = note)]
    #[circuit_breaker("b", threshold = 1)]
    on_retry_of_a_refusal
);
twins!(
    #[retry(backoff = fixed(50ms), jitter = none, abort_on = Fault::NotFound, exhausted = note_end)]
    exhausted
);
twins!(
    #[retry(attempts = 1, exhausted = note_end)]
    exhausted_at_once
);
twins!(
    #[retry(backoff = fixed(1s), jitter = none, max_elapsed = 1500ms, exhausted = note_end)]
    out_of_time
);
twins!(
    #[retry(backoff = fixed(0ms), exhausted = note_end)]
    #[circuit_breaker("b", threshold = 1)]
    exhausted_by_an_open_circuit
);
twins!(
    #[retry(backoff = fixed(0ms), exhausted = |end| Fault::Status(u16::try_from(end.attempts).unwrap()))]
    exhausted_closure
);

thread_local! {
    static NOTES: RefCell<Vec<(u32, u128, Option<String>)>> = const { RefCell::new(Vec::new()) };
    static END: Cell<Option<Exhausted<Fault>>> = const { Cell::new(None) };
}

fn hint(_: &Fault) -> Option<Duration> {
    Some(Duration::from_secs(1))
}

fn note(retrying: &Retrying<'_>) {
    let error = retrying.error.map(|error| format!("{error:?}"));
    NOTES.with_borrow_mut(|notes| notes.push((retrying.attempt, retrying.delay.as_millis(), error)));
}

fn note_end(end: Exhausted<Fault>) -> Fault {
    END.set(Some(end));
    Fault::Status(599)
}

fn delays(stage: &Stage, call: &dyn Fn(Act<'_>) -> Answer, answer: Answer) -> Vec<Duration> {
    let starts = RefCell::new(Vec::new());
    assert_eq!(
        call(&|| {
            starts.borrow_mut().push(stage.elapsed());
            answer
        }),
        answer
    );
    starts.take().windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn a_longer_hint_replaces_the_delay() {
    both!(retry_after, |stage, call| {
        assert_eq!(delays(stage, call, Err(Fault::Status(3))), [3 * SECOND, 3 * SECOND]);
    });
}

#[test]
fn a_shorter_hint_or_none_leaves_the_delay() {
    both!(retry_after, |stage, call| {
        assert_eq!(delays(stage, call, Err(Fault::Status(0))), [100 * MS, 100 * MS]);
        assert_eq!(delays(stage, call, Err(Fault::Down)), [100 * MS, 100 * MS]);
    });
}

#[test]
fn a_hint_beyond_max_elapsed_is_not_waited_for() {
    both!(impatient, |stage, call| {
        assert_eq!(delays(stage, call, Err(Fault::Down)), []);
        assert_eq!(stage.elapsed(), Duration::ZERO);
    });
}

#[test]
fn jitter_is_added_above_a_hint_and_never_below() {
    both!(jittered_hint, |stage, call| {
        let delays = delays(stage, call, Err(Fault::Down));
        assert!(delays.iter().all(|delay| (SECOND..=SECOND + 100 * MS).contains(delay)), "{delays:?}");
        assert!(delays.iter().any(|delay| *delay > SECOND), "{delays:?}");
    });
}

#[test]
fn on_retry_is_told_attempt_delay_and_error_before_each_repeat_only() {
    both!(on_retry, |_, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(NOTES.take(), [(1, 10, Some("Down".into())), (2, 20, Some("Down".into()))]);
        assert_eq!(call(OK), Ok(1));
        assert_eq!(NOTES.take(), []);
    });
}

#[test]
fn on_retry_may_be_a_closure() {
    both!(on_retry_closure, |_, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(NOTES.take().len(), 2);
    });
}

#[test]
fn on_retry_of_an_unwanted_answer_has_no_error() {
    both!(on_retry_of_an_answer, |_, call| {
        assert_eq!(call(OK), Ok(1));
        assert_eq!(NOTES.take(), [(1, 0, None), (2, 0, None)]);
    });
}

#[test]
fn on_retry_is_not_told_of_an_open_circuit_that_ends_the_retrying() {
    both!(on_retry_of_a_refusal, |_, call| {
        assert_eq!(reason(call(DOWN)), Reason::CircuitOpen);
        assert_eq!(NOTES.take(), [(1, 0, Some("Down".into()))]);
    });
}

#[test]
fn exhausted_makes_the_error_of_the_last_failure() {
    both!(exhausted, |_, call| {
        assert_eq!(call(DOWN), Err(Fault::Status(599)));
        let end = END.take().unwrap();
        assert_eq!((end.last, end.attempts, end.elapsed), (Failure::Error(Fault::Down), 3, 100 * MS));
    });
}

#[test]
fn exhausted_is_not_asked_when_repeats_were_not_wanted() {
    both!(exhausted, |_, call| {
        assert_eq!(call(NOT_FOUND), Err(Fault::NotFound));
        assert_eq!(call(OK), Ok(1));
        assert_eq!(END.take(), None);
    });
}

#[test]
fn a_single_attempt_is_used_up_at_once() {
    both!(exhausted_at_once, |_, call| {
        assert_eq!(call(DOWN), Err(Fault::Status(599)));
        assert_eq!(END.take().map(|end| end.attempts), Some(1));
    });
}

#[test]
fn running_out_of_time_uses_the_repeats_up() {
    both!(out_of_time, |_, call| {
        assert_eq!(call(DOWN), Err(Fault::Status(599)));
        let end = END.take().unwrap();
        assert_eq!((end.attempts, end.elapsed), (2, SECOND));
    });
}

#[test]
fn an_open_circuit_does_not_use_the_repeats_up() {
    both!(exhausted_by_an_open_circuit, |_, call| {
        assert_eq!(reason(call(DOWN)), Reason::CircuitOpen);
        assert_eq!(END.take(), None);
    });
}

#[test]
fn exhausted_may_be_a_closure() {
    both!(exhausted_closure, |_, call| assert_eq!(call(DOWN), Err(Fault::Status(3))));
}
