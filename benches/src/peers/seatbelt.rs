//! Seatbelt, whose services are not tower's.

use std::time::Duration;

use layered::{Execute, Service, Stack};
use seatbelt::{
    RecoveryInfo, ResilienceContext,
    breaker::Breaker,
    retry::{Backoff, Retry},
    timeout::Timeout,
};
use tick::Clock;

use super::{Refusable, SECOND, WEEK};
use crate::{
    case::Case,
    measure::runtime,
    row::{Ending, Ends, Row, Subject},
    work::{Down, FATAL, fail, flaky, ready, work},
};

const SEATBELT: Subject = Subject::Peer("seatbelt");
const RATE: &str = "a rate over a window in time of 10 s; it reads the clock for every call";

type Answer = Result<u64, Refusable<()>>;

fn recovery(answer: &Answer) -> RecoveryInfo {
    if answer.is_ok() { RecoveryInfo::never() } else { RecoveryInfo::retry() }
}

fn context() -> ResilienceContext<u64, Answer> {
    ResilienceContext::new(Clock::new_tokio())
}

async fn succeed(x: u64) -> Answer {
    Ok(ready(x, work::<Down>).await?)
}

async fn failing(x: u64) -> Answer {
    Ok(ready(x, fail::<Down>).await?)
}

async fn third(x: u64) -> Answer {
    Ok(ready(x, flaky::<Down>).await?)
}

fn row<S>(case: Case, make: impl Fn() -> S + 'static) -> Row
where
    S: Service<u64, Out = Answer> + Clone + Send + 'static,
{
    Row::async_policy(case, SEATBELT, make, async |service: &mut S, x| service.execute(x).await)
}

pub(super) fn rows() -> Vec<Row> {
    let breaker = |least: u32| {
        Breaker::layer("bench", &context())
            .recovery_with(|answer, _| recovery(answer))
            .rejected_input_error(|_, _| Refusable::Refused(()))
            .sampling_duration(Duration::from_secs(10))
            .break_duration(WEEK)
            .failure_threshold(0.5)
            .min_throughput(least)
    };
    let retry = |delay: Duration| {
        Retry::layer("bench", &context())
            .clone_input()
            .recovery_with(|answer, _| recovery(answer))
            .max_retry_attempts(2)
            .backoff(Backoff::Constant)
            .base_delay(delay)
            .use_jitter(false)
    };
    let opened = move || {
        let service = (breaker(1), Execute::new(succeed)).into_service();
        runtime().block_on(async {
            let mut calls = 0;
            while !service.execute(FATAL).await.is_err_and(|error| error.ending() == Ending::Rejection) {
                calls += 1;
                assert!(calls < 1_000, "a circuit that does not open");
            }
        });
        service
    };
    let timeout = || {
        let layer =
            Timeout::layer("bench", &context()).timeout_error(|_| Refusable::Refused(())).timeout(SECOND);
        (layer, Execute::new(succeed)).into_service()
    };
    vec![
        row(Case::Closed, move || (breaker(10), Execute::new(succeed)).into_service()).note(RATE),
        row(Case::ClosedTime, move || (breaker(10), Execute::new(succeed)).into_service()).note(RATE),
        row(Case::Open, opened).note("its refusal does not say how long the circuit stays open"),
        row(Case::Failing, move || (breaker(u32::MAX), Execute::new(failing)).into_service()),
        row(Case::RetryFirst, move || (retry(SECOND), Execute::new(succeed)).into_service()),
        row(Case::RetryThird, move || (retry(Duration::ZERO), Execute::new(third)).into_service()),
        row(Case::Timeout, timeout),
    ]
}
