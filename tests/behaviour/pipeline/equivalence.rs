//! The same script through an attribute's stack and through a pipeline of the same layers ends in the same outcomes and
//! the same figures, for many orders.

#![allow(
    clippy::redundant_closure,
    reason = "a path in an attribute is given the arguments and not the failure"
)]

use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind},
};

use proptest::{collection::vec, prelude::*};
use resilience::{
    Failure, Figures, Pipeline, PolicyKind, Registry, Verdict, bulkhead, circuit_breaker, fallback,
    pipeline::{PipelineBuilder, Rules},
    rate_limit, retry,
    retry::{Exhausted, Retrying},
    timeout,
};
use resilience_tests::Fault;

use super::{
    MS, Stage,
    script::{Act, Script, Step, step},
};

pub(super) type Answer = Result<u32, Fault>;

fn rules()
-> Rules<impl resilience::pipeline::Classification<u32, Fault>, impl resilience::pipeline::Tier<u32, Fault>> {
    Rules::new()
        .classify(|error: &Fault| match error {
            Fault::NotFound => Verdict::Neither,
            _ => Verdict::Failure,
        })
        .retry_if(|answer: Result<&u32, &Fault>| match answer {
            Ok(value) => *value == 0,
            Err(error) => *error != Fault::NotFound,
        })
        .on_retry(note)
        .exhausted(spent)
        .fallback_on(|failure: &Failure<Fault>| !matches!(failure, Failure::Error(Fault::NotFound)))
        .fallback(stand_in)
        .all_failed(both)
}

fn async_rules() -> Rules<
    impl resilience::pipeline::Classification<u32, Fault>,
    impl resilience::pipeline::AsyncTier<u32, Fault>,
> {
    Rules::new()
        .classify(|error: &Fault| match error {
            Fault::NotFound => Verdict::Neither,
            _ => Verdict::Failure,
        })
        .retry_if(|answer: Result<&u32, &Fault>| match answer {
            Ok(value) => *value == 0,
            Err(error) => *error != Fault::NotFound,
        })
        .on_retry(note)
        .exhausted(spent)
        .fallback_on(|failure: &Failure<Fault>| !matches!(failure, Failure::Error(Fault::NotFound)))
        .fallback(|failure| async move { stand_in(failure) })
        .all_failed(both)
}

/// Answers for refusals, and fails for errors.
#[allow(clippy::needless_pass_by_value)]
fn stand_in(failure: Failure<Fault>) -> Answer {
    match failure {
        Failure::Rejected(_) => Ok(7),
        Failure::Error(_) => Err(Fault::Status(500)),
    }
}

thread_local! {
    /// What the hooks were told, in order.
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn told(what: String) {
    TOLD.with_borrow_mut(|told| told.push(what));
}

fn note(retrying: &Retrying<'_>) {
    told(format!("{retrying:?}"));
}

/// Another error after each number of attempts.
#[allow(clippy::needless_pass_by_value)]
fn spent(end: Exhausted<Fault>) -> Fault {
    told(format!("{end:?}"));
    Fault::Status(400 + u16::try_from(end.attempts).unwrap())
}

#[allow(clippy::needless_pass_by_value)]
fn both(failures: [Failure<Fault>; 2]) -> Fault {
    told(format!("{failures:?}"));
    Fault::Status(501)
}

/// A function of the attribute's stack, and the builder of the pipeline with the same layers.
macro_rules! order {
    ($name:ident: $($layer:ident)*) => {
        order!(@ $name [] [] $($layer)*);
    };
    (@ $name:ident [$($attribute:tt)*] [$($add:tt)*] fallback $($rest:ident)*) => {
        order!(@ $name
            [$($attribute)* #[fallback(|failure| stand_in(failure), on = Failure::Rejected(_) | Failure::Error(Fault::Down | Fault::Status(_) | Fault::Refused(_)), all_failed = both, name = "f")]]
            [$($add)* .fallback(fallback_named("f"))] $($rest)*);
    };
    (@ $name:ident [$($attribute:tt)*] [$($add:tt)*] retry $($rest:ident)*) => {
        order!(@ $name
            [$($attribute)* #[retry(attempts = 3, backoff = fixed(2ms), jitter = none, abort_on = Fault::NotFound, retry_if = |answer| match answer { Ok(value) => *value == 0, Err(_) => true }, on_retry = note, exhausted = spent, name = "r")]]
            [$($add)* .retry(registry().add_retry("r", retry_config()).unwrap())] $($rest)*);
    };
    (@ $name:ident [$($attribute:tt)*] [$($add:tt)*] breaker $($rest:ident)*) => {
        order!(@ $name
            [$($attribute)* #[circuit_breaker("b", threshold = 3, open_for = 10ms, half_open = 2, success_threshold = 1, ignore = Fault::NotFound)]]
            [$($add)* .circuit_breaker(registry().add_circuit_breaker("b", breaker_config()).unwrap())] $($rest)*);
    };
    (@ $name:ident [$($attribute:tt)*] [$($add:tt)*] second $($rest:ident)*) => {
        order!(@ $name
            [$($attribute)* #[circuit_breaker("b2", threshold = 2, open_for = 5ms, half_open = 1, ignore = Fault::NotFound)]]
            [$($add)* .circuit_breaker(registry().add_circuit_breaker("b2", second_config()).unwrap())] $($rest)*);
    };
    (@ $name:ident [$($attribute:tt)*] [$($add:tt)*] bulkhead $($rest:ident)*) => {
        order!(@ $name
            [$($attribute)* #[bulkhead("p", max_concurrent = 1, max_wait = 3ms)]]
            [$($add)* .bulkhead(registry().add_bulkhead("p", bulkhead_config()).unwrap())] $($rest)*);
    };
    (@ $name:ident [$($attribute:tt)*] [$($add:tt)*] limit $($rest:ident)*) => {
        order!(@ $name
            [$($attribute)* #[rate_limit("l", 2 / 10ms, max_wait = 3ms)]]
            [$($add)* .rate_limit(registry().add_rate_limit("l", limit_config()).unwrap())] $($rest)*);
    };
    (@ $name:ident [$($attribute:tt)*] [$($add:tt)*] total $($rest:ident)*) => {
        order!(@ $name
            [$($attribute)* #[timeout(12ms, name = "total")]]
            [$($add)* .timeout(registry().add_timeout("total", timeout::Config::new().limit(12 * MS)).unwrap())] $($rest)*);
    };
    (@ $name:ident [$($attribute:tt)*] [$($add:tt)*] each $($rest:ident)*) => {
        order!(@ $name
            [$($attribute)* #[timeout(5ms, name = "each")]]
            [$($add)* .timeout(registry().add_timeout("each", timeout::Config::new().limit(5 * MS)).unwrap())] $($rest)*);
    };
    (@ $name:ident [$($attribute:tt)*] [$($add:tt)*]) => {
        mod $name {
            use super::*;
            use resilience::registry;

            $($attribute)*
            pub(super) async fn later(script: &Script<'_>) -> Answer {
                script.later().await
            }

            pub(super) fn builder() -> PipelineBuilder {
                Pipeline::builder() $($add)*
            }
        }
    };
}

/// The same for a blocking function; without timeouts.
macro_rules! blocking_order {
    ($name:ident: $(#[$attribute:meta])*) => {
        mod $name {
            use super::*;

            $(#[$attribute])*
            pub(super) fn now(script: &Script<'_>) -> Answer {
                script.now()
            }
        }
    };
}

fn fallback_named(name: &str) -> resilience::Fallback {
    resilience::registry().add_fallback(name, resilience::fallback::Config::new()).unwrap()
}

fn retry_config() -> retry::Config {
    retry::Config::new().attempts(3).backoff(retry::Backoff::fixed(2 * MS)).jitter(retry::Jitter::None)
}

fn breaker_config() -> circuit_breaker::Config {
    circuit_breaker::Config::new().threshold(3).open_for(10 * MS).half_open(2).success_threshold(1)
}

fn second_config() -> circuit_breaker::Config {
    circuit_breaker::Config::new().threshold(2).open_for(5 * MS).half_open(1)
}

fn bulkhead_config() -> bulkhead::Config {
    bulkhead::Config::new().max_concurrent(1).max_wait(3 * MS)
}

fn limit_config() -> rate_limit::Config {
    rate_limit::Config::new().rate(2, 10 * MS).max_wait(3 * MS)
}

order!(whole: fallback total retry limit breaker bulkhead each);
order!(breaker_around_retry: fallback breaker retry bulkhead each);
order!(two_breakers: second total retry breaker each);
order!(timeout_outermost: total breaker limit second bulkhead);
order!(fallback_inside: total second fallback retry breaker);
order!(bulkhead_around: bulkhead total breaker retry each);
order!(plain: retry breaker);
order!(limit_inside_retry: retry breaker limit);
order!(waits_under_a_timeout: breaker each bulkhead limit second);
order!(more_than_eight: fallback total breaker retry limit second each bulkhead);

blocking_order! { blocking_whole:
    #[fallback(|failure| stand_in(failure), on = Failure::Rejected(_) | Failure::Error(Fault::Down | Fault::Status(_) | Fault::Refused(_)), all_failed = both, name = "f")]
    #[retry(attempts = 3, backoff = fixed(2ms), jitter = none, abort_on = Fault::NotFound, retry_if = |answer| match answer { Ok(value) => *value == 0, Err(_) => true }, on_retry = note, exhausted = spent, name = "r")]
    #[rate_limit("l", 2 / 10ms, max_wait = 3ms)]
    #[circuit_breaker("b", threshold = 3, open_for = 10ms, half_open = 2, success_threshold = 1, ignore = Fault::NotFound)]
    #[bulkhead("p", max_concurrent = 1, max_wait = 3ms)]
}

blocking_order! { blocking_two_breakers:
    #[circuit_breaker("b2", threshold = 2, open_for = 5ms, half_open = 1, ignore = Fault::NotFound)]
    #[retry(attempts = 3, backoff = fixed(2ms), jitter = none, abort_on = Fault::NotFound, retry_if = |answer| match answer { Ok(value) => *value == 0, Err(_) => true }, on_retry = note, exhausted = spent, name = "r")]
    #[circuit_breaker("b", threshold = 3, open_for = 10ms, half_open = 2, success_threshold = 1, ignore = Fault::NotFound)]
}

/// How a call ended, for the comparison of both.
#[derive(Debug, PartialEq)]
enum Ended {
    With(Answer),
    Panicked,
    Dropped,
}

/// A call of either kind: given the script of its attempts, and the polls after which it is dropped.
type Call<'a> = &'a dyn Fn(&Stage, &[Act], Option<u32>) -> Ended;

/// The outcomes of a script, each with the time it took and the number of times that the body ran.
fn play(stage: &Stage, steps: &[Step], call: Call<'_>) -> Vec<(Option<Ended>, u128)> {
    let _inside = stage.scope.enter();
    let registry = stage.registry();
    let mut seen = Vec::new();
    for step in steps {
        let ended = match step {
            Step::Call(acts) => Some(call(stage, acts, None)),
            Step::Dropped(acts, polls) => Some(call(stage, acts, Some(*polls))),
            Step::Crowded(acts) => {
                let pool = registry.bulkhead("p");
                let place = pool.as_ref().map(resilience::Bulkhead::acquire);
                let ended = call(stage, acts, None);
                drop(place);
                Some(ended)
            }
            Step::Advance(ms) => {
                stage.clock.advance(*ms * MS);
                None
            }
            Step::ForceOpen => {
                registry.force_open_all();
                None
            }
            Step::Reset => {
                registry.reset_all();
                None
            }
        };
        seen.push((ended, stage.clock.elapsed().as_nanos()));
    }
    seen
}

fn caught(call: impl FnOnce() -> Ended) -> Ended {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(Ended::Panicked)
}

/// Every figure of every policy, but of a fallback that was never needed: only then does a site look for its own.
fn figures(registry: &Registry) -> Vec<(PolicyKind, &'static str, String)> {
    let unused = |figures: &Figures| matches!(figures, Figures::Fallback(fallback) if fallback.used == 0);
    let policies = registry.snapshot().policies.into_iter().filter(|policy| !unused(&policy.figures));
    policies.map(|policy| (policy.kind, policy.name, format!("{:?}", policy.figures))).collect()
}

fn flat(answer: Result<u32, Failure<Fault>>) -> Answer {
    answer.map_err(Failure::into_error)
}

/// The rules of this test have a fallback, which is not for pipelines without one.
fn without_stranger(pipeline: Pipeline) -> Pipeline {
    if pipeline.layers().any(|(kind, _)| kind == PolicyKind::Fallback) {
        return pipeline;
    }
    pipeline.without(PolicyKind::Fallback)
}

fn compare(steps: &[Step], attribute: Call<'_>, pipeline: Call<'_>) {
    let (one, other) = (Stage::new(), Stage::new());
    // Sites make their policies at their first call, a pipeline's are there before: both start with one call.
    let first = [Step::Call(vec![Act::Ok])];
    let steps: Vec<Step> = first.iter().chain(steps).cloned().collect();
    let (expected, told) = (play(&one, &steps, attribute), TOLD.take());
    let seen = play(&other, &steps, pipeline);
    assert_eq!((expected, told), (seen, TOLD.take()));
    assert_eq!(figures(&one.registry()), figures(&other.registry()));
}

macro_rules! compares {
    ($($test:ident $order:ident)*) => {$(
        proptest! {
            #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
            #[test]
            fn $test(steps in vec(step(), 1..20)) {
                let attribute = |stage: &Stage, acts: &[Act], polls: Option<u32>| caught(|| {
                    let asked = Cell::new(0);
                    let script = Script { acts, asked: &asked };
                    let future = $order::later(&script);
                    match polls {
                        None => Ended::With(stage.run(future)),
                        Some(polls) => stage.run_briefly(future, polls).map_or(Ended::Dropped, Ended::With),
                    }
                });
                let pipeline = |stage: &Stage, acts: &[Act], polls: Option<u32>| caught(|| {
                    let pipeline = without_stranger($order::builder().build().unwrap());
                    let asked = Cell::new(0);
                    let script = Script { acts, asked: &asked };
                    let future = async { flat(pipeline.call_async_with(async_rules(), || script.later()).await) };
                    match polls {
                        None => Ended::With(stage.run(future)),
                        Some(polls) => stage.run_briefly(future, polls).map_or(Ended::Dropped, Ended::With),
                    }
                });
                compare(&steps, &attribute, &pipeline);
            }
        }
    )*};
}

compares! {
    all_kinds_in_the_recommended_order_do_what_the_attributes_do whole
    a_breaker_around_a_retry_does_what_the_attributes_do breaker_around_retry
    two_breakers_do_what_the_attributes_do two_breakers
    a_timeout_outermost_does_what_the_attributes_do timeout_outermost
    a_fallback_inside_does_what_the_attributes_do fallback_inside
    a_bulkhead_around_all_does_what_the_attributes_do bulkhead_around
    a_retry_and_a_breaker_do_what_the_attributes_do plain
    a_limit_inside_a_retry_does_what_the_attributes_do limit_inside_retry
    waits_under_a_timeout_do_what_the_attributes_do waits_under_a_timeout
    many_layers_do_what_the_attributes_do more_than_eight
}

macro_rules! compares_blocking {
    ($($test:ident $order:ident [$($kind:ident)*])*) => {$(
        proptest! {
            #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
            #[test]
            fn $test(steps in vec(step(), 1..20)) {
                let attribute = |_: &Stage, acts: &[Act], _: Option<u32>| caught(|| {
                    let asked = Cell::new(0);
                    Ended::With($order::now(&Script { acts, asked: &asked }))
                });
                let pipeline = |_: &Stage, acts: &[Act], _: Option<u32>| caught(|| {
                    let registry = resilience::registry();
                    let mut builder = Pipeline::builder();
                    for kind in [$(stringify!($kind)),*] {
                        builder = match kind {
                            "fallback" => builder.fallback(fallback_named("f")),
                            "retry" => builder.retry(registry.add_retry("r", retry_config()).unwrap()),
                            "limit" => builder.rate_limit(registry.add_rate_limit("l", limit_config()).unwrap()),
                            "breaker" => builder.circuit_breaker(registry.add_circuit_breaker("b", breaker_config()).unwrap()),
                            "second" => builder.circuit_breaker(registry.add_circuit_breaker("b2", second_config()).unwrap()),
                            _ => builder.bulkhead(registry.add_bulkhead("p", bulkhead_config()).unwrap()),
                        };
                    }
                    let pipeline = without_stranger(builder.build().unwrap());
                    let asked = Cell::new(0);
                    let script = Script { acts, asked: &asked };
                    Ended::With(flat(pipeline.call_with(rules(), || script.now())))
                });
                compare(&steps, &attribute, &pipeline);
            }
        }
    )*};
}

compares_blocking! {
    blocking_calls_do_what_the_attributes_do blocking_whole [fallback retry limit breaker bulkhead]
    blocking_calls_through_two_breakers_do_what_the_attributes_do blocking_two_breakers [second retry breaker]
}
