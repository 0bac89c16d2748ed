//! Whole stacks: by hand of the fastest parts, and tower-resilience's five layers.

use std::{sync::Arc, time::Duration};

use recloser::{AsyncRecloser, Recloser};
use tokio::{sync::Semaphore, time};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tower_resilience_bulkhead::{BulkheadLayer, BulkheadServiceError};
use tower_resilience_circuitbreaker::{CircuitBreakerError, CircuitBreakerLayer};
use tower_resilience_fallback::FallbackLayer;
use tower_resilience_retry::RetryLayer;
use tower_resilience_timelimiter::{TimeLimiterError, TimeLimiterLayer};

use super::{Refusable, SECOND, WEEK, open, retry::service};
use crate::{
    case::Case,
    measure::runtime,
    row::{Ends, Row, Subject},
    work::{Down, FATAL, ready, work},
};

const HAND: Subject = Subject::Peer("tokio and recloser by hand");
const LAYERS: Subject = Subject::Peer("tower-resilience, five layers");

/// Why an attempt ended.
enum Obstacle {
    Full,
    TooLong,
}

type Attempt = Result<u64, Refusable<Obstacle>>;

#[derive(Clone)]
struct Hand {
    breaker: Arc<Recloser>,
    async_breaker: AsyncRecloser,
    places: Arc<Semaphore>,
}

impl Hand {
    fn new() -> Self {
        let recloser = || Recloser::custom().error_rate(0.5).closed_len(100).open_wait(WEEK).build();
        Self {
            breaker: Arc::new(recloser()),
            async_breaker: AsyncRecloser::from(recloser()),
            places: Arc::new(Semaphore::new(25)),
        }
    }

    fn opened() -> Self {
        let recloser = || {
            let recloser = Recloser::custom().error_rate(0.5).closed_len(1).open_wait(WEEK).build();
            open(|| recloser.call(|| work::<Down>(FATAL)));
            recloser
        };
        Self { breaker: Arc::new(recloser()), async_breaker: AsyncRecloser::from(recloser()), ..Self::new() }
    }

    #[allow(clippy::unnecessary_wraps)] // The guarded function's type.
    fn call(&self, x: u64) -> Result<u64, Down> {
        for attempt in 0..3 {
            let answer = self.breaker.call(|| -> Attempt {
                let _place = self.places.try_acquire().map_err(|_| Refusable::Refused(Obstacle::Full))?;
                Ok(work::<Down>(x)?)
            });
            match answer {
                Ok(value) => return Ok(value),
                Err(recloser::Error::Rejected) => break,
                Err(recloser::Error::Inner(_)) => std::thread::sleep(delay(attempt)),
            }
        }
        Ok(0)
    }

    async fn call_async(&self, x: u64) -> Result<u64, Down> {
        for attempt in 0..3 {
            let body = async {
                let _place = self.places.try_acquire().map_err(|_| Refusable::Refused(Obstacle::Full))?;
                let limited = time::timeout(SECOND, ready(x, work::<Down>));
                let answer: Attempt = match limited.await {
                    Ok(answer) => Ok(answer?),
                    Err(_) => Err(Refusable::Refused(Obstacle::TooLong)),
                };
                answer
            };
            match self.async_breaker.call(body).await {
                Ok(value) => return Ok(value),
                Err(recloser::Error::Rejected) => break,
                Err(recloser::Error::Inner(_)) => time::sleep(delay(attempt)).await,
            }
        }
        Ok(0)
    }
}

fn delay(attempt: u32) -> Duration {
    Duration::from_millis(200 << attempt)
}

/// What the layers below the retry yield.
type Below = CircuitBreakerError<BulkheadServiceError<TimeLimiterError<Down>>>;

fn layers(
    threshold: usize,
) -> impl Service<u64, Response = u64, Error = impl Ends + use<>> + Clone + Send + use<> {
    ServiceBuilder::new()
        .layer(FallbackLayer::<u64, u64, Below>::value(0))
        .layer(
            RetryLayer::<u64, u64, Below>::builder()
                .max_attempts(3)
                .retry_on(|error: &Below| !matches!(error, CircuitBreakerError::OpenCircuit))
                .fixed_backoff(Duration::ZERO)
                .build(),
        )
        .layer(
            CircuitBreakerLayer::builder()
                .consecutive_failures(threshold)
                .wait_duration_in_open(WEEK)
                .build()
                .expect("settings without a contradiction"),
        )
        .layer(
            BulkheadLayer::builder()
                .max_concurrent_calls(25)
                .build()
                .expect("settings without a contradiction"),
        )
        .layer(TimeLimiterLayer::builder().timeout_duration(SECOND).build())
        .service(service_fn(|x| ready(x, work::<Down>)))
}

pub(super) fn rows() -> Vec<Row> {
    let opened = || {
        let mut service = layers(1);
        runtime().block_on(async {
            let answer = async { service.ready().await?.call(FATAL).await };
            assert!(answer.await.is_ok(), "the fallback's value");
        });
        service
    };
    vec![
        Row::policy(Case::Stack, HAND, Hand::new, |hand, x| hand.call(x)),
        Row::async_policy(Case::Stack, HAND, Hand::new, async |hand: &mut Hand, x| hand.call_async(x).await)
            .note("a loop, recloser, a semaphore's `try_acquire` and tokio's `timeout`"),
        Row::policy(Case::StackOpen, HAND, Hand::opened, |hand, x| hand.call(x)),
        Row::async_policy(Case::StackOpen, HAND, Hand::opened, async |hand: &mut Hand, x| {
            hand.call_async(x).await
        }),
        service(Case::Stack, LAYERS, || layers(5)),
        service(Case::StackOpen, LAYERS, opened),
    ]
}
