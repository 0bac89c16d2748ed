//! Circuit breakers that are called through a handle.

use std::{sync::Arc, thread::sleep, time::Duration};

use breaker::{CircuitBreaker as Breaker, CircuitBreakerConfig, CircuitBreakerError};
use circuitbreaker_rs::{BreakerBuilder, BreakerError, CircuitBreaker as Lifetime, DefaultPolicy};
use failsafe::{CircuitBreaker as _, Config, StateMachine, backoff, backoff::Constant, failure_policy};
use recloser::{AsyncRecloser, Recloser, RecloserBuilder};

use super::{WEEK, open};
use crate::{
    case::Case,
    row::{Ending, Ends, Row, Subject},
    work::{Down, FATAL, absent, fail, ready, work},
};

const RECLOSER: Subject = Subject::Peer("recloser");
const CONSECUTIVE: Subject = Subject::Peer("failsafe, consecutive failures");
const SUCCESS_RATE: Subject = Subject::Peer("failsafe, success rate");
const BREAKER: Subject = Subject::Peer("breaker");
const LIFETIME: Subject = Subject::Peer("circuitbreaker-rs");

impl<E: Ends> Ends for recloser::Error<E> {
    fn ending(&self) -> Ending {
        match self {
            Self::Inner(error) => error.ending(),
            Self::Rejected => Ending::Rejection,
        }
    }
}

impl<E: Ends> Ends for failsafe::Error<E> {
    fn ending(&self) -> Ending {
        match self {
            Self::Inner(error) => error.ending(),
            Self::Rejected => Ending::Rejection,
        }
    }
}

impl<E: Ends> Ends for CircuitBreakerError<E> {
    fn ending(&self) -> Ending {
        match self {
            Self::Failure(error) => error.ending(),
            Self::CircuitOpen | Self::Rejected => Ending::Rejection,
        }
    }
}

impl<E: Ends> Ends for BreakerError<E> {
    fn ending(&self) -> Ending {
        match self {
            Self::Operation(error) => error.ending(),
            Self::Open | Self::Internal(_) => Ending::Rejection,
        }
    }
}

pub(super) fn rows() -> Vec<Row> {
    [recloser_rows(), failsafe_rows(), breaker_rows(), lifetime_rows()].into_iter().flatten().collect()
}

fn custom() -> RecloserBuilder {
    Recloser::custom().error_rate(0.5).closed_len(100).open_wait(WEEK)
}

fn recloser_rows() -> Vec<Row> {
    let closed = || Arc::new(custom().build());
    let failing = || Arc::new(custom().error_rate(2.0).build());
    let opened = || {
        let recloser = custom().closed_len(1).build();
        open(|| recloser.call(|| work::<Down>(FATAL)));
        Arc::new(recloser)
    };
    let half_open = || {
        let recloser =
            custom().closed_len(1).open_wait(Duration::from_millis(1)).half_open_len(1 << 22).build();
        open(|| recloser.call(|| work::<Down>(FATAL)));
        sleep(Duration::from_millis(5));
        Arc::new(recloser)
    };
    let wrapped = |recloser| AsyncRecloser::from(Arc::into_inner(recloser).expect("the only one"));
    let mut rows = vec![
        Row::policy(Case::Failing, RECLOSER, failing, |recloser, x| recloser.call(|| fail::<Down>(x))),
        Row::async_policy(
            Case::Failing,
            RECLOSER,
            move || wrapped(failing()),
            async |recloser: &mut AsyncRecloser, x| recloser.call(ready(x, fail::<Down>)).await,
        ),
        Row::policy(Case::Trial, RECLOSER, half_open, |recloser, x| {
            recloser.call_with(|_: &Down| false, || absent::<Down>(x))
        })
        .note("half-open, it lets any number of calls through at once; ours bounds them"),
    ];
    for case in [Case::Closed, Case::ClosedCalls] {
        rows.push(
            Row::policy(case, RECLOSER, closed, |recloser, x| recloser.call(|| work::<Down>(x))).note(
                "a rate over the last 100 calls, judged only when 100 are there; a dropped async call is not recorded",
            ),
        );
        rows.push(Row::async_policy(
            case,
            RECLOSER,
            move || wrapped(closed()),
            async |recloser: &mut AsyncRecloser, x| recloser.call(ready(x, work::<Down>)).await,
        ));
    }
    rows.extend([
        Row::policy(Case::Open, RECLOSER, opened, |recloser, x| recloser.call(|| work::<Down>(x)))
            .note("its refusal does not say how long the circuit stays open"),
        Row::async_policy(
            Case::Open,
            RECLOSER,
            move || wrapped(opened()),
            async |recloser: &mut AsyncRecloser, x| recloser.call(ready(x, work::<Down>)).await,
        ),
    ]);
    rows
}

fn consecutive(failures: u32) -> StateMachine<failure_policy::ConsecutiveFailures<Constant>, ()> {
    Config::new()
        .failure_policy(failure_policy::consecutive_failures(failures, backoff::constant(WEEK)))
        .build()
}

fn success_rate() -> StateMachine<failure_policy::SuccessRateOverTimeWindow<Constant>, ()> {
    let policy = failure_policy::success_rate_over_time_window(
        0.5,
        10,
        Duration::from_secs(10),
        backoff::constant(WEEK),
    );
    Config::new().failure_policy(policy).build()
}

fn failsafe_rows() -> Vec<Row> {
    type Consecutive = StateMachine<failure_policy::ConsecutiveFailures<Constant>, ()>;
    type SuccessRate = StateMachine<failure_policy::SuccessRateOverTimeWindow<Constant>, ()>;
    let opened = || {
        let breaker = consecutive(1);
        open(|| breaker.call(|| work::<Down>(FATAL)));
        breaker
    };
    vec![
        Row::policy(
            Case::Closed,
            CONSECUTIVE,
            || consecutive(5),
            |breaker, x| breaker.call(|| work::<Down>(x)),
        )
        .note("half-open, it lets any number of calls through at once"),
        Row::async_policy(
            Case::Closed,
            CONSECUTIVE,
            || consecutive(5),
            async |breaker: &mut Consecutive, x| {
                failsafe::futures::CircuitBreaker::call(breaker, ready(x, work::<Down>)).await
            },
        ),
        Row::policy(Case::ClosedTime, SUCCESS_RATE, success_rate, |breaker, x| {
            breaker.call(|| work::<Down>(x))
        })
        .note("a moving average, not the rate of the window"),
        Row::async_policy(
            Case::ClosedTime,
            SUCCESS_RATE,
            success_rate,
            async |breaker: &mut SuccessRate, x| {
                failsafe::futures::CircuitBreaker::call(breaker, ready(x, work::<Down>)).await
            },
        ),
        Row::policy(Case::Open, CONSECUTIVE, opened, |breaker, x| breaker.call(|| work::<Down>(x)))
            .note("its refusal does not say how long the circuit stays open"),
        Row::async_policy(Case::Open, CONSECUTIVE, opened, async |breaker: &mut Consecutive, x| {
            failsafe::futures::CircuitBreaker::call(breaker, ready(x, work::<Down>)).await
        }),
        Row::policy(
            Case::Failing,
            CONSECUTIVE,
            || consecutive(u32::MAX),
            |breaker, x| breaker.call(|| fail::<Down>(x)),
        ),
        Row::async_policy(
            Case::Failing,
            CONSECUTIVE,
            || consecutive(u32::MAX),
            async |breaker: &mut Consecutive, x| {
                failsafe::futures::CircuitBreaker::call(breaker, ready(x, fail::<Down>)).await
            },
        ),
    ]
}

fn breaker_rows() -> Vec<Row> {
    let closed = || Breaker::new(CircuitBreakerConfig::builder().sliding_window_size(100).build());
    let opened = || {
        let breaker = Breaker::new(CircuitBreakerConfig::builder().wait_duration(WEEK).build());
        breaker.trip();
        breaker
    };
    let failing = || {
        let config = CircuitBreakerConfig::builder()
            .failure_rate_threshold(0.0)
            .consecutive_failures(u32::MAX)
            .build();
        Breaker::new(config)
    };
    let mut rows: Vec<Row> = [(Case::Closed, true), (Case::ClosedCalls, true), (Case::Open, false)]
        .into_iter()
        .map(|(case, is_closed)| {
            let make = move || if is_closed { closed() } else { opened() };
            Row::async_policy(case, BREAKER, make, async |breaker: &mut Breaker, x| {
                breaker.call(|| ready(x, work::<Down>)).await
            })
            .note("async only; a success never judges the rate; its refusal does not say how long it stays open")
        })
        .collect();
    rows.push(Row::async_policy(Case::Failing, BREAKER, failing, async |breaker: &mut Breaker, x| {
        breaker.call(|| ready(x, fail::<Down>)).await
    }));
    rows
}

fn lifetime_rows() -> Vec<Row> {
    type Circuit = Arc<Lifetime<DefaultPolicy, Down>>;
    let builder = || BreakerBuilder::<DefaultPolicy, Down>::new().cooldown(WEEK);
    let closed = move || Arc::new(builder().build());
    let opened = move || {
        let breaker = builder().build();
        assert!(breaker.force_open());
        Arc::new(breaker)
    };
    let failing = move || Arc::new(builder().failure_threshold(2.0).consecutive_failures(u64::MAX).build());
    vec![
        Row::policy(Case::Closed, LIFETIME, closed, |breaker, x| breaker.call(|| work::<Down>(x)))
            .note("its error rate is over its whole life: a long healthy past keeps it closed"),
        Row::async_policy(Case::Closed, LIFETIME, closed, async |breaker: &mut Circuit, x| {
            breaker.call_async(|| ready(x, work::<Down>)).await
        }),
        Row::policy(Case::Open, LIFETIME, opened, |breaker, x| breaker.call(|| work::<Down>(x)))
            .note("its refusal does not say how long the circuit stays open"),
        Row::async_policy(Case::Open, LIFETIME, opened, async |breaker: &mut Circuit, x| {
            breaker.call_async(|| ready(x, work::<Down>)).await
        }),
        Row::policy(Case::Failing, LIFETIME, failing, |breaker, x| breaker.call(|| fail::<Down>(x))),
        Row::async_policy(Case::Failing, LIFETIME, failing, async |breaker: &mut Circuit, x| {
            breaker.call_async(|| ready(x, fail::<Down>)).await
        }),
    ]
}
