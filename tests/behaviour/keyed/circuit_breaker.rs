//! The breaker of a key is a breaker. That it is one in every detail, `models::keyed` shows.

use std::{
    future::{Future, pending, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::{Context, Poll, Waker},
};

use resilience::{
    Verdict,
    circuit_breaker::{Snapshot, Window},
};

use super::*;

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn failures_of_one_key_open_its_circuit_alone() {
    let (hosts, clock) = breakers(Config::new().threshold(2).half_open(1));
    for key in ["a", "b", "a"] {
        fail(&hosts, key);
    }
    assert_eq!((refusal(&hosts, "a"), refusal(&hosts, "b")), (Some(Reason::CircuitOpen), None));
    clock.advance(60 * SECOND);
    succeed(&hosts, "a");
    assert_eq!(state(&hosts, "a"), State::Closed);
}

#[test]
fn successes_before_the_first_failure_are_in_the_window() {
    let (hosts, _clock) = breakers(Config::new().failure_rate(0.5).window(Window::Calls(4)).min_calls(4));
    (0..3).for_each(|_| succeed(&hosts, "a"));
    fail(&hosts, "a");
    assert_eq!(state(&hosts, "a"), State::Closed, "one of four");
    fail(&hosts, "a");
    assert_eq!(state(&hosts, "a"), State::Open, "two of four");
}

#[test]
fn a_slow_call_is_one_of_its_key() {
    let config = Config::new().slow_call(SECOND).slow_rate(0.5).min_calls(2);
    let (hosts, clock) = breakers(config);
    for time in [0, 2] {
        let _ = hosts.call("a", || {
            clock.advance(SECOND * time);
            Ok::<_, &str>(())
        });
    }
    succeed(&hosts, "b");
    assert_eq!((state(&hosts, "a"), state(&hosts, "b")), (State::Open, State::Closed));
    assert_eq!(hosts.get("a").unwrap().snapshot().slow, 1);
}

#[test]
fn a_panic_is_a_failure_and_a_dropped_permit_is_none() {
    let (hosts, _clock) = breakers(Config::new().threshold(1));
    let panicked = catch_unwind(AssertUnwindSafe(|| hosts.call("a", || -> Result<(), ()> { panic!("bug") })));
    assert!(panicked.is_err());
    drop(hosts.acquire("b").unwrap());
    assert_eq!((state(&hosts, "a"), state(&hosts, "b")), (State::Open, State::Closed));
    assert_eq!(hosts.get("b").unwrap().snapshot().cancelled, 1);
}

#[test]
fn a_verdict_of_the_caller_decides() {
    let (hosts, _clock) = breakers(Config::new().threshold(1));
    for (key, verdict) in [("a", Verdict::Failure), ("b", Verdict::Success), ("c", Verdict::Neither)] {
        let _ = hosts.call_judged(key, || Err::<(), _>("not found"), |_| verdict);
    }
    assert_eq!(["a", "b", "c"].map(|key| state(&hosts, key)), [State::Open, State::Closed, State::Closed]);
    assert_eq!(hosts.get("b").unwrap().snapshot().successes, 1);
    assert_eq!(hosts.get("c").unwrap().snapshot().ignored, 1);
}

#[test]
fn an_awaited_call_is_counted_however_it_ends() {
    let (hosts, _clock) = breakers(Config::new().threshold(1));
    assert_eq!(now(hosts.call_async("a", ready(Ok::<_, &str>(7)))), Ok(7));
    assert_eq!(now(hosts.call_async("a", ready(Err::<u32, _>("down")))), Err(Failure::Error("down")));
    assert!(matches!(now(hosts.call_async("a", ready(Ok::<_, &str>(7)))), Err(Failure::Rejected(_))));
    let judged = hosts.call_async_judged("b", ready(Err::<u32, _>("unknown")), |_| Verdict::Success);
    assert_eq!(now(judged), Err(Failure::Error("unknown")));
    {
        let mut call = pin!(hosts.call_async("c", pending::<Result<(), ()>>()));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let panicking = async { panic!("bug") };
    let panicked =
        catch_unwind(AssertUnwindSafe(|| now(hosts.call_async::<(), (), _>("d", panicking)))).is_err();
    assert!(panicked);
    let figures = |key: &str| hosts.get(key).unwrap().snapshot();
    assert_eq!((figures("a").successes, figures("a").errors, figures("a").refused), (1, 1, 1));
    assert_eq!((figures("b").successes, figures("c").cancelled, figures("d").panics), (1, 1, 1));
}

#[test]
fn a_late_result_of_a_key_that_was_reset_changes_nothing() {
    let (hosts, _clock) = breakers(Config::new().failure_rate(1.0).window(Window::Calls(2)).min_calls(1));
    let (late_success, late_failure) = (hosts.acquire("a").unwrap(), hosts.acquire("a").unwrap());
    hosts.get("a").unwrap().reset();
    late_success.success();
    late_failure.failure();
    let seen = hosts.get("a").unwrap().snapshot();
    assert_eq!((seen.state, seen.generation, seen.window.calls), (State::Closed, 1, 0));
    assert_eq!((seen.successes, seen.errors), (1, 1));
}

#[test]
fn a_trial_call_belongs_to_its_key() {
    let (hosts, clock) = breakers(Config::new().threshold(1).half_open(1).open_for(SECOND));
    for key in ["a", "b"] {
        fail(&hosts, key);
    }
    clock.advance(SECOND);
    let trial = hosts.acquire("a").unwrap();
    assert_eq!(refusal(&hosts, "a"), Some(Reason::TrialsTaken));
    hosts.acquire("b").unwrap().success();
    trial.failure();
    assert_eq!((state(&hosts, "a"), state(&hosts, "b")), (State::Open, State::Closed));
    assert_eq!(hosts.get("a").unwrap().retry_after(), Some(SECOND));
}

#[test]
fn clones_and_later_handles_of_one_breaker_have_the_same_keys() {
    let (hosts, _clock) = breakers(Config::new().threshold(1));
    let again = hosts.policy().clone().keyed();
    fail(&hosts.clone(), "a");
    assert_eq!(state(&again, "a"), State::Open);
    assert_eq!(
        format!("{again:?} {:?}", again.get("a").unwrap()),
        "Keyed { name: \"hosts\", keys: 1, .. } Key { name: \"hosts\", key: \"a\", .. }"
    );
}

#[test]
fn a_permit_may_end_on_another_thread_after_its_breaker_is_gone() {
    let (hosts, _clock) = breakers(Config::new());
    let permit = hosts.acquire("a").unwrap();
    drop(hosts);
    std::thread::spawn(move || permit.success()).join().unwrap();
}

#[test]
fn a_call_that_began_before_latencies_were_wanted_is_measured_with_its_key() {
    let timed = Config::new().slow_call(10 * SECOND);
    let (hosts, clock) = breakers(timed);
    let permit = hosts.acquire("a").unwrap();
    hosts.policy().reconfigure(timed.latency(true)).unwrap();
    clock.advance(SECOND);
    permit.success();
    let measured = |breaker: Snapshot| breaker.latency.map(|latency| (latency.calls, latency.max));
    let of_key = hosts.get("a").expect("it was asked for").snapshot();
    assert_eq!(measured(of_key), Some((1, SECOND)));
}
