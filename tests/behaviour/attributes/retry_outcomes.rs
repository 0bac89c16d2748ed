//! `#[retry]`: which outcomes are worth a repeat.

use resilience::retry;

use super::{retry::runs, *};

twins!(
    #[retry(backoff = fixed(0ms), on = Fault::Down | Fault::Status(500..))]
    on
);
twins!(
    #[retry(backoff = fixed(0ms), abort_on = Fault::NotFound)]
    abort_on
);
twins!(
    #[retry(backoff = fixed(0ms), on = Fault::Status(_), abort_on = Fault::Status(status) if *status < 500)]
    abort_wins
);
twins!(
    #[retry(backoff = fixed(0ms), retry_if = |answer| matches!(answer, Ok(0) | Err(Fault::Down)))]
    retry_if
);
twins!(
    #[retry(backoff = fixed(0ms), on = Fault::Down, retry_if = |answer| matches!(answer, Ok(0)))]
    on_or_retry_if
);
twins!(
    #[retry(backoff = fixed(0ms), abort_on = Fault::Down, retry_if = |answer| answer.is_err())]
    abort_over_retry_if
);

#[test]
fn on_says_which_errors_are_repeated() {
    both!(on, |_, call| {
        assert_eq!(runs(call, Err(Fault::Down)), 3);
        assert_eq!(runs(call, Err(Fault::Status(503))), 3);
        assert_eq!(runs(call, Err(Fault::Status(404))), 1);
        assert_eq!(runs(call, Err(Fault::NotFound)), 1);
    });
}

#[test]
fn abort_on_says_which_errors_are_not() {
    both!(abort_on, |_, call| {
        assert_eq!(runs(call, Err(Fault::NotFound)), 1);
        assert_eq!(runs(call, Err(Fault::Down)), 3);
    });
}

#[test]
fn abort_on_wins_over_on() {
    both!(abort_wins, |_, call| {
        assert_eq!(runs(call, Err(Fault::Status(404))), 1);
        assert_eq!(runs(call, Err(Fault::Status(503))), 3);
    });
}

#[test]
fn abort_on_wins_over_retry_if() {
    both!(abort_over_retry_if, |_, call| {
        assert_eq!(runs(call, Err(Fault::Down)), 1);
        assert_eq!(runs(call, Err(Fault::NotFound)), 3);
    });
}

#[test]
fn retry_if_alone_decides_about_errors_and_answers() {
    both!(retry_if, |_, call| {
        assert_eq!(runs(call, Ok(0)), 3, "an unwanted answer is repeated, and the last is returned");
        assert_eq!(runs(call, Ok(1)), 1);
        assert_eq!(runs(call, Err(Fault::Down)), 3);
        assert_eq!(runs(call, Err(Fault::NotFound)), 1);
    });
}

#[test]
fn on_and_retry_if_together_repeat_what_either_wants() {
    both!(on_or_retry_if, |_, call| {
        assert_eq!(runs(call, Ok(0)), 3);
        assert_eq!(runs(call, Err(Fault::Down)), 3);
        assert_eq!(runs(call, Err(Fault::NotFound)), 1);
    });
}
