use std::cell::Cell;

use resilience::{
    CircuitBreaker, Failure, Fallback, ManualClock, Pipeline, Retry, Verdict, circuit_breaker,
    pipeline::Rules, retry,
};

use super::{MS, Stage};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Down,
    NotFound,
    Busy,
}

fn breaker() -> CircuitBreaker {
    CircuitBreaker::new("stock", circuit_breaker::Config::new().threshold(2)).unwrap()
}

fn retry(clock: &ManualClock) -> Retry {
    let config =
        retry::Config::new().attempts(3).backoff(retry::Backoff::fixed(MS)).jitter(retry::Jitter::None);
    Retry::with_clock("stock", config, clock.clone()).unwrap()
}

#[test]
fn classify_says_which_errors_count() {
    let breaker = breaker();
    let pipeline = Pipeline::builder().circuit_breaker(breaker.clone()).build().unwrap();
    let rules = Rules::new().classify(|fault: &Fault| match fault {
        Fault::Down => Verdict::Failure,
        Fault::NotFound => Verdict::Neither,
        Fault::Busy => Verdict::Success,
    });
    for fault in [Fault::Down, Fault::NotFound, Fault::Busy] {
        assert_eq!(pipeline.call_with(rules, || Err::<(), _>(fault)), Err(Failure::Error(fault)));
    }
    assert_eq!(pipeline.call_with(rules, || Ok::<_, Fault>(())), Ok(()));
    let seen = breaker.snapshot();
    assert_eq!((seen.errors, seen.ignored, seen.successes), (1, 1, 2));
}

#[test]
fn judge_sees_what_succeeded_too() {
    let breaker = breaker();
    let pipeline = Pipeline::builder().circuit_breaker(breaker.clone()).build().unwrap();
    let rules = Rules::new().judge(|answer: Result<&u32, &Fault>| match answer {
        Ok(0) => Verdict::Failure,
        Ok(1) => Verdict::Neither,
        Ok(_) | Err(_) => Verdict::Success,
    });
    for value in 0..3 {
        assert_eq!(
            pipeline.call_with(rules, || Ok::<_, Fault>(value)),
            Ok(value),
            "the answer is the caller's all the same"
        );
    }
    assert!(pipeline.call_with(rules, || Err(Fault::Down)).is_err());
    let seen = breaker.snapshot();
    assert_eq!((seen.errors, seen.ignored, seen.successes), (1, 1, 2));
}

#[test]
fn retry_on_says_which_errors_are_repeated() {
    let (clock, asked) = (ManualClock::new(), Cell::new(0));
    let pipeline = Pipeline::builder().retry(retry(&clock)).build().unwrap();
    let rules = Rules::new().retry_on(|fault: &Fault| *fault == Fault::Busy);
    let attempts = |fault| {
        asked.set(0);
        let _ = pipeline.call_with(rules, || {
            asked.set(asked.get() + 1);
            Err::<(), _>(fault)
        });
        asked.get()
    };
    assert_eq!((attempts(Fault::Busy), attempts(Fault::Down)), (3, 1));
}

#[test]
fn retry_if_repeats_what_succeeded_and_takes_the_last() {
    let (clock, asked) = (ManualClock::new(), Cell::new(0));
    let pipeline = Pipeline::builder().retry(retry(&clock)).build().unwrap();
    let rules = Rules::new().retry_if(|answer: Result<&u32, &Fault>| answer.is_ok_and(|value| *value < 3));
    let answer = pipeline.call_with(rules, || {
        asked.set(asked.get() + 1);
        Ok(asked.get())
    });
    assert_eq!(answer, Ok(3));
    let answer = pipeline.call_with(rules, || Ok(1));
    assert_eq!(answer, Ok(1), "used up");
}

#[test]
fn retry_after_replaces_a_shorter_delay() {
    let stage = Stage::new();
    let pipeline = Pipeline::builder().retry(retry(&stage.clock)).build().unwrap();
    let rules = Rules::new().retry_after(|fault: &Fault| (*fault == Fault::Busy).then_some(40 * MS));
    assert!(pipeline.call_with(rules, || Err::<(), _>(Fault::Busy)).is_err());
    assert_eq!(stage.clock.elapsed(), 80 * MS);
    assert!(stage.run(pipeline.call_async_with(rules, || async { Err::<(), _>(Fault::Down) })).is_err());
    assert_eq!(stage.clock.elapsed(), 82 * MS);
}

#[test]
fn fallback_on_lets_other_failures_pass() {
    let fallback = Fallback::new("stock").unwrap();
    let pipeline = Pipeline::builder().fallback(fallback.clone()).circuit_breaker(breaker()).build().unwrap();
    let rules =
        Rules::new().fallback_on(|failure: &Failure<Fault>| failure.rejected().is_some()).fallback(|_| Ok(7));
    for _ in 0..2 {
        assert_eq!(pipeline.call_with(rules, || Err(Fault::Down)), Err(Failure::Error(Fault::Down)));
    }
    assert_eq!(pipeline.call_with(rules, || Err(Fault::Down)), Ok(7), "the circuit is open");
    assert_eq!((fallback.snapshot().used, fallback.snapshot().failed), (1, 0));
}

#[test]
fn a_fallback_that_fails_is_counted_and_its_error_returned() {
    let stage = Stage::new();
    let fallback = Fallback::new("stock").unwrap();
    let pipeline = Pipeline::builder().fallback(fallback.clone()).circuit_breaker(breaker()).build().unwrap();
    let rules = Rules::new().fallback(|_| Err(Fault::NotFound));
    assert_eq!(
        pipeline.call_with(rules, || Err::<u32, _>(Fault::Down)),
        Err(Failure::Error(Fault::NotFound))
    );
    let rules = Rules::new().fallback(|_| async { Err(Fault::NotFound) });
    let answer = stage.run(pipeline.call_async_with(rules, || async { Err::<u32, _>(Fault::Down) }));
    assert_eq!(answer, Err(Failure::Error(Fault::NotFound)));
    assert_eq!((fallback.snapshot().used, fallback.snapshot().failed), (2, 2));
}

#[test]
fn a_fallback_in_a_pipeline_that_has_none_stands_outermost() {
    let stage = Stage::new();
    let pipeline = Pipeline::builder().retry(retry(&stage.clock)).build().unwrap();
    let asked = Cell::new(0);
    let answer = pipeline.call_with(Rules::new().fallback(|_| Ok(7)), || {
        asked.set(asked.get() + 1);
        Err(Fault::Down)
    });
    assert_eq!((answer, asked.get()), (Ok(7), 3), "after every attempt");
    let rules = Rules::new().fallback(|_| async { Ok(8) });
    assert_eq!(stage.run(pipeline.call_async_with(rules, || async { Err(Fault::Down) })), Ok(8));
}

#[test]
fn a_fallback_may_own_what_it_answers_with() {
    let pipeline = Pipeline::builder().circuit_breaker(breaker()).build().unwrap();
    let stand_in = String::from("yesterday's");
    let answer = pipeline.call_with(Rules::new().fallback(move |_| Ok(stand_in)), || Err(Fault::Down));
    assert_eq!(answer.unwrap(), "yesterday's");
}

#[test]
fn rules_change_nothing_that_they_do_not_say() {
    let (clock, breaker, asked) = (ManualClock::new(), breaker(), Cell::new(0));
    let pipeline = Pipeline::builder().retry(retry(&clock)).circuit_breaker(breaker.clone()).build().unwrap();
    let rules = Rules::new().retry_after(|_: &Fault| None);
    let answer = pipeline.call_with(rules, || {
        asked.set(asked.get() + 1);
        Err::<(), _>(Fault::Down)
    });
    assert!(matches!(answer, Err(Failure::Rejected(_))), "the second failure opened the circuit");
    assert_eq!((asked.get(), breaker.snapshot().errors), (2, 2));
}
