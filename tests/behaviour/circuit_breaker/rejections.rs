//! What a refusal says.

use std::time::Duration;

use futures::executor::block_on;
use resilience::{
    CircuitBreaker, Failure, ManualClock, PolicyKind, Reason, Rejected, circuit_breaker::Config,
};

use super::{FRAGILE, SECOND, breaker, fail, half_open, reason};

fn refused(breaker: &CircuitBreaker) -> Rejected {
    breaker.acquire().err().expect("it refuses")
}

#[test]
fn an_open_circuit_says_its_name_and_when_to_try_again() {
    let (breaker, clock) = breaker(Config::new().threshold(1).open_for(30 * SECOND));
    fail(&breaker);
    clock.advance(10 * SECOND);
    let rejected = refused(&breaker);
    assert_eq!(rejected.to_string(), "circuit breaker `stock` is open, try again in 20s");
    assert_eq!((rejected.name(), rejected.reason()), ("stock", Reason::CircuitOpen));
    assert_eq!(rejected.policy(), PolicyKind::CircuitBreaker);
    assert_eq!(rejected.retry_after(), Some(20 * SECOND));
    assert!(!rejected.is_timeout());
    assert_eq!(rejected.limit(), None);
}

#[test]
fn a_half_open_circuit_says_that_its_trials_are_taken() {
    let (breaker, _) = half_open(FRAGILE.half_open(1).half_open_for(SECOND));
    let _trial = breaker.acquire().unwrap();
    let rejected = refused(&breaker);
    assert_eq!(rejected.reason(), Reason::TrialsTaken);
    assert!(
        rejected
            .to_string()
            .starts_with("circuit breaker `stock` is half-open and its trial calls are taken")
    );
}

#[test]
fn a_forced_open_circuit_says_no_time() {
    let (breaker, _) = breaker(FRAGILE);
    breaker.force_open();
    assert_eq!(refused(&breaker).to_string(), "circuit breaker `stock` is forced open");
}

#[test]
fn the_time_is_rounded_up_to_milliseconds() {
    let (breaker, clock) = breaker(FRAGILE);
    fail(&breaker);
    clock.advance(Duration::from_nanos(1));
    assert_eq!(refused(&breaker).retry_after(), Some(SECOND));
    clock.advance(Duration::from_nanos(999_999_998));
    assert_eq!(
        refused(&breaker).retry_after(),
        Some(Duration::from_millis(1)),
        "never zero while it refuses"
    );
}

#[test]
fn a_caller_who_waits_as_long_as_told_is_admitted() {
    let (breaker, clock) = breaker(Config::new().threshold(1).open_for(Duration::from_nanos(1_234_567)));
    fail(&breaker);
    clock.advance(refused(&breaker).retry_after().unwrap());
    assert!(breaker.acquire().is_ok());
}

#[test]
fn a_rejection_is_16_bytes_and_copies() {
    fn is_copy<T: Copy + Send + Sync + 'static>() {}
    is_copy::<Rejected>();
    assert_eq!(size_of::<Rejected>(), 16);
    assert_eq!(size_of::<Option<Rejected>>(), 16);
}

#[test]
fn call_and_call_async_yield_the_rejection() {
    let (breaker, _) = breaker(FRAGILE);
    fail(&breaker);
    assert_eq!(reason(breaker.call(|| Ok::<(), &str>(()))), Some(Reason::CircuitOpen));
    assert_eq!(reason(block_on(breaker.call_async(async { Ok::<(), &str>(()) }))), Some(Reason::CircuitOpen));
}

#[test]
fn the_functions_own_error_comes_back_as_it_is() {
    let (breaker, _) = breaker(FRAGILE);
    assert_eq!(breaker.call(|| Err::<(), _>("down")), Err(Failure::Error("down")));
}

#[test]
fn a_rejection_becomes_an_io_error_that_keeps_it() {
    let (breaker, _) = breaker(FRAGILE);
    fail(&breaker);
    let rejected = refused(&breaker);
    let error = std::io::Error::from(rejected);
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    let kept = error.get_ref().and_then(|inner| inner.downcast_ref::<Rejected>());
    assert_eq!(kept, Some(&rejected));
}

#[test]
fn a_rejection_becomes_a_boxed_error() {
    let (breaker, _) = breaker(FRAGILE);
    fail(&breaker);
    let error: Box<dyn std::error::Error + Send + Sync> = refused(&breaker).into();
    assert!(error.downcast_ref::<Rejected>().is_some());
}

#[test]
fn a_failure_shows_what_is_inside() {
    let (breaker, _) = breaker(FRAGILE);
    fail(&breaker);
    let rejected = refused(&breaker);
    let failure: Failure<std::io::Error> = rejected.into();
    assert_eq!(failure.to_string(), rejected.to_string());
    assert_eq!(failure.rejected(), Some(&rejected));
    assert!(failure.error().is_none());
    assert_eq!(Failure::Error("down").to_string(), "down");
    assert_eq!(Failure::Error("down").error(), Some(&"down"));
    assert_eq!(failure.into_error().kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn each_reason_names_itself_and_its_policy() {
    let reasons = [
        (Reason::CircuitOpen, "circuit_open", PolicyKind::CircuitBreaker),
        (Reason::TrialsTaken, "trials_taken", PolicyKind::CircuitBreaker),
        (Reason::ForcedOpen, "forced_open", PolicyKind::CircuitBreaker),
        (Reason::BulkheadFull, "bulkhead_full", PolicyKind::Bulkhead),
        (Reason::QueueFull, "queue_full", PolicyKind::Bulkhead),
        (Reason::WaitedTooLong, "waited_too_long", PolicyKind::Bulkhead),
        (Reason::RateLimited, "rate_limited", PolicyKind::RateLimit),
        (Reason::TimedOut, "timed_out", PolicyKind::Timeout),
    ];
    for (reason, text, policy) in reasons {
        assert_eq!((reason.to_string().as_str(), reason.policy()), (text, policy));
    }
}

#[test]
fn a_refusal_of_a_week_fits() {
    let week = 7 * 24 * 60 * 60 * SECOND;
    let clock = ManualClock::new();
    let config = Config::new().threshold(1).open_for(week);
    let breaker = CircuitBreaker::with_clock("stock", config, clock).unwrap();
    fail(&breaker);
    assert_eq!(refused(&breaker).retry_after(), Some(week));
}
