use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use resilience::{
    CircuitBreaker, Failure, Fallback, ManualClock, Pipeline, Retry, Verdict, circuit_breaker,
    pipeline::Rules,
    retry::{self, Exhausted},
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
fn on_retry_is_told_of_each_repeat_and_not_of_the_end() {
    let stage = Stage::new();
    let pipeline = Pipeline::builder().retry(retry(&stage.clock)).build().unwrap();
    let told = RefCell::new(Vec::new());
    let rules = Rules::new().retry_if(|answer: Result<&u32, &Fault>| *answer.unwrap_or(&0) == 0).on_retry(
        |retrying| {
            let error = retrying.error.map(|error| format!("{error:?}"));
            told.borrow_mut().push((retrying.attempt, retrying.delay, stage.clock.elapsed(), error));
        },
    );
    assert!(pipeline.call_with(rules, || Err(Fault::Down)).is_err());
    let (none, down) = (Duration::ZERO, || Some("Down".to_owned()));
    assert_eq!(told.take(), [(1, MS, none, down()), (2, MS, MS, down())], "before the wait");
    assert_eq!(stage.run(pipeline.call_async_with(rules, || async { Ok(0) })), Ok(0));
    assert_eq!(told.take(), [(1, MS, 2 * MS, None), (2, MS, 3 * MS, None)], "no error in an unwanted answer");
    assert_eq!(pipeline.call_with(rules, || Ok(1)), Ok(1));
    assert_eq!(told.take(), []);
}

#[test]
fn exhausted_makes_the_error_when_repeats_were_wanted_and_used_up() {
    let stage = Stage::new();
    let pipeline = Pipeline::builder().retry(retry(&stage.clock)).build().unwrap();
    let end = Cell::new(None);
    let rules =
        Rules::new().retry_on(|fault: &Fault| *fault == Fault::Down).exhausted(|spent: Exhausted<Fault>| {
            end.set(Some(spent));
            Fault::Busy
        });
    assert_eq!(pipeline.call_with(rules, || Err::<(), _>(Fault::Down)), Err(Failure::Error(Fault::Busy)));
    let spent = end.take().unwrap();
    assert_eq!((spent.last, spent.attempts, spent.elapsed), (Failure::Error(Fault::Down), 3, 2 * MS));
    let answer = stage.run(pipeline.call_async_with(rules, || async { Err::<(), _>(Fault::Down) }));
    assert_eq!((answer, end.take().unwrap().elapsed), (Err(Failure::Error(Fault::Busy)), 2 * MS));
    assert_eq!(
        pipeline.call_with(rules, || Err::<(), _>(Fault::NotFound)),
        Err(Failure::Error(Fault::NotFound))
    );
    assert_eq!(end.take(), None, "no repeat was wanted");
}

#[test]
fn a_fallback_is_given_the_error_that_exhausted_makes() {
    let stage = Stage::new();
    let pipeline = Pipeline::builder().retry(retry(&stage.clock)).build().unwrap();
    let rules = Rules::new().exhausted(|_: Exhausted<Fault>| Fault::Busy).fallback(|failure| {
        assert_eq!(failure, Failure::Error(Fault::Busy));
        Ok(7)
    });
    assert_eq!(pipeline.call_with(rules, || Err(Fault::Down)), Ok(7));
}

#[test]
fn all_failed_is_given_the_calls_failure_and_the_fallbacks() {
    let stage = Stage::new();
    let fallback = Fallback::new("stock").unwrap();
    let pipeline = Pipeline::builder().fallback(fallback.clone()).circuit_breaker(breaker()).build().unwrap();
    let all = RefCell::new(Vec::new());
    let gather = |failures: [Failure<Fault>; 2]| {
        all.borrow_mut().extend(failures);
        Fault::Busy
    };
    let rules = Rules::new().fallback(|_| Err(Fault::NotFound)).all_failed(gather);
    let both = [Failure::Error(Fault::Down), Failure::Error(Fault::NotFound)];
    assert_eq!(pipeline.call_with(rules, || Err::<u32, _>(Fault::Down)), Err(Failure::Error(Fault::Busy)));
    assert_eq!(all.take(), both);
    let rules = Rules::new().fallback(|_| async { Err(Fault::NotFound) }).all_failed(gather);
    let answer = stage.run(pipeline.call_async_with(rules, || async { Err::<u32, _>(Fault::Down) }));
    assert_eq!((answer, all.take().as_slice()), (Err(Failure::Error(Fault::Busy)), both.as_slice()));
    assert_eq!(fallback.snapshot().failed, 2, "counted all the same");
}

#[test]
fn all_failed_is_not_asked_while_the_fallback_succeeds() {
    let pipeline = Pipeline::builder().circuit_breaker(breaker()).build().unwrap();
    let rules = Rules::new().fallback(|_| Ok(7)).all_failed(|_: [Failure<Fault>; 2]| unreachable!());
    assert_eq!(pipeline.call_with(rules, || Err(Fault::Down)), Ok(7));
}

#[test]
fn a_panicking_hook_is_a_failure_to_the_breaker_around_the_retry() {
    let clock = ManualClock::new();
    let breaker = breaker();
    let pipeline = Pipeline::builder().circuit_breaker(breaker.clone()).retry(retry(&clock)).build().unwrap();
    let rules = Rules::new().on_retry(|_| panic!("the hook is broken"));
    let caught = catch_unwind(AssertUnwindSafe(|| pipeline.call_with(rules, || Err::<(), _>(Fault::Down))));
    assert!(caught.is_err());
    assert_eq!((breaker.snapshot().panics, breaker.snapshot().cancelled), (1, 0));
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
