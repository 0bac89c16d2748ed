//! Tower-resilience's layers, each by itself.

use std::time::Duration;

use tower::{Layer, Service, ServiceExt, service_fn};
use tower_resilience_bulkhead::{BulkheadLayer, BulkheadServiceError};
use tower_resilience_circuitbreaker::{CircuitBreakerError, CircuitBreakerLayer, SlidingWindowType};
use tower_resilience_fallback::{FallbackError, FallbackLayer};
use tower_resilience_ratelimiter::{RateLimiterLayer, RateLimiterServiceError};
use tower_resilience_retry::RetryLayer;
use tower_resilience_timelimiter::{TimeLimiterError, TimeLimiterLayer};

use super::{SECOND, WEEK, retry::service};
use crate::{
    case::Case,
    measure::runtime,
    row::{Ending, Ends, Row, Subject},
    work::{Down, FATAL, fail, flaky, ready, work},
};

const TOWER_RESILIENCE: Subject = Subject::Peer("tower-resilience");

impl<E: Ends> Ends for CircuitBreakerError<E> {
    fn ending(&self) -> Ending {
        match self {
            Self::OpenCircuit => Ending::Rejection,
            Self::Inner(error) => error.ending(),
        }
    }
}

impl<E: Ends> Ends for BulkheadServiceError<E> {
    fn ending(&self) -> Ending {
        match self {
            Self::Bulkhead(_) => Ending::Rejection,
            Self::Inner(error) => error.ending(),
        }
    }
}

impl<E: Ends> Ends for RateLimiterServiceError<E> {
    fn ending(&self) -> Ending {
        match self {
            Self::RateLimited => Ending::Rejection,
            Self::Inner(error) => error.ending(),
        }
    }
}

impl<E: Ends> Ends for TimeLimiterError<E> {
    fn ending(&self) -> Ending {
        match self {
            Self::Timeout => Ending::Rejection,
            Self::Inner(error) => error.ending(),
        }
    }
}

impl<E: Ends> Ends for FallbackError<E> {
    fn ending(&self) -> Ending {
        match self {
            Self::Inner(error) | Self::FallbackFailed(error) => error.ending(),
        }
    }
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = breaker_rows();
    let retry = |delay| RetryLayer::<u64, u64, Down>::builder().max_attempts(3).fixed_backoff(delay).build();
    let limit = |permits, period| {
        RateLimiterLayer::builder()
            .limit_for_period(permits)
            .refresh_period(period)
            .timeout_duration(Duration::ZERO)
            .build()
            .expect("settings without a contradiction")
    };
    let used = move || {
        let mut service = limit(1, Duration::from_hours(1)).layer(service_fn(|x| ready(x, work::<Down>)));
        let first = runtime().block_on(async { service.ready().await?.call(1).await });
        assert!(first.is_ok(), "the only permit is there");
        service
    };
    rows.extend([
        service(Case::RetryFirst, TOWER_RESILIENCE, move || {
            retry(SECOND).layer(service_fn(|x| ready(x, work::<Down>)))
        }),
        service(Case::RetryThird, TOWER_RESILIENCE, move || {
            retry(Duration::ZERO).layer(service_fn(|x| ready(x, flaky::<Down>)))
        })
        .note("asks tokio's timer for a delay of zero, which it grants at the timer's next millisecond"),
        service(Case::RateLimit, TOWER_RESILIENCE, move || {
            limit(1_000_000_000, SECOND).layer(service_fn(|x| ready(x, work::<Down>)))
        })
        .note("fixed windows: up to twice the rate around the end of one"),
        service(Case::RateLimitUsed, TOWER_RESILIENCE, used)
            .note("its refusal does not say when the next permit is there"),
        service(Case::Bulkhead, TOWER_RESILIENCE, || {
            let layer = BulkheadLayer::builder().max_concurrent_calls(25).build();
            layer.expect("settings without a contradiction").layer(service_fn(|x| ready(x, work::<Down>)))
        })
        .note("waits in a queue when full; told to refuse, it waits for the timer's next millisecond first"),
        service(Case::Timeout, TOWER_RESILIENCE, || {
            let layer = TimeLimiterLayer::builder().timeout_duration(SECOND).build();
            layer.layer(service_fn(|x| ready(x, work::<Down>)))
        }),
        service(Case::Fallback, TOWER_RESILIENCE, || {
            FallbackLayer::<u64, u64, Down>::value(0).layer(service_fn(|x| ready(x, work::<Down>)))
        }),
    ]);
    rows
}

fn breaker_rows() -> Vec<Row> {
    let builder = || CircuitBreakerLayer::builder().wait_duration_in_open(WEEK);
    let consecutive = move |failures| {
        let layer = builder().consecutive_failures(failures).build();
        layer.expect("settings without a contradiction")
    };
    let opened = move || {
        let mut service = consecutive(1).layer(service_fn(|x| ready(x, work::<Down>)));
        let first = runtime().block_on(async { service.ready().await?.call(FATAL).await });
        assert!(first.is_err());
        service
    };
    vec![
        service(Case::Closed, TOWER_RESILIENCE, move || {
            consecutive(5).layer(service_fn(|x| ready(x, work::<Down>)))
        }),
        service(Case::ClosedCalls, TOWER_RESILIENCE, move || {
            let layer = builder().failure_rate_threshold(0.5).sliding_window_size(100).build();
            layer.expect("settings without a contradiction").layer(service_fn(|x| ready(x, work::<Down>)))
        })
        .note("its window does not slide: counts since the last change of state"),
        service(Case::ClosedTime, TOWER_RESILIENCE, move || {
            let layer = builder()
                .failure_rate_threshold(0.5)
                .sliding_window_type(SlidingWindowType::TimeBased)
                .sliding_window_duration(Duration::from_millis(1))
                .build();
            layer.expect("settings without a contradiction").layer(service_fn(|x| ready(x, work::<Down>)))
        })
        .note("with a window of 1 ms, since it stores every call of the window and looks at all of them in every call"),
        service(Case::ClosedSlow, TOWER_RESILIENCE, move || {
            let layer = builder()
                .slow_call_duration_threshold(Duration::from_millis(100))
                .slow_call_rate_threshold(0.5)
                .build();
            layer.expect("settings without a contradiction").layer(service_fn(|x| ready(x, work::<Down>)))
        }),
        service(Case::Open, TOWER_RESILIENCE, opened)
            .note("its refusal does not say how long the circuit stays open"),
        service(Case::Failing, TOWER_RESILIENCE, move || {
            consecutive(usize::MAX).layer(service_fn(|x| ready(x, fail::<Down>)))
        }),
    ]
}
