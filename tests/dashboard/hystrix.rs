//! The stream for Hystrix dashboards.

use std::time::Duration;

use resilience::{bulkhead, circuit_breaker, fallback, timeout};
use serde_json::Value;

use crate::client::{Client, Stream};

/// What the dashboard of Hystrix reads of a command and of a thread pool.
const COMMAND: [&str; 44] = [
    "type",
    "name",
    "group",
    "currentTime",
    "isCircuitBreakerOpen",
    "errorPercentage",
    "errorCount",
    "requestCount",
    "rollingCountBadRequests",
    "rollingCountCollapsedRequests",
    "rollingCountEmit",
    "rollingCountExceptionsThrown",
    "rollingCountFailure",
    "rollingCountFallbackEmit",
    "rollingCountFallbackFailure",
    "rollingCountFallbackMissing",
    "rollingCountFallbackRejection",
    "rollingCountFallbackSuccess",
    "rollingCountResponsesFromCache",
    "rollingCountSemaphoreRejected",
    "rollingCountShortCircuited",
    "rollingCountSuccess",
    "rollingCountThreadPoolRejected",
    "rollingCountTimeout",
    "currentConcurrentExecutionCount",
    "rollingMaxConcurrentExecutionCount",
    "latencyExecute_mean",
    "latencyExecute",
    "latencyTotal_mean",
    "latencyTotal",
    "propertyValue_circuitBreakerRequestVolumeThreshold",
    "propertyValue_circuitBreakerSleepWindowInMilliseconds",
    "propertyValue_circuitBreakerErrorThresholdPercentage",
    "propertyValue_circuitBreakerForceOpen",
    "propertyValue_circuitBreakerForceClosed",
    "propertyValue_circuitBreakerEnabled",
    "propertyValue_executionIsolationStrategy",
    "propertyValue_executionIsolationThreadTimeoutInMilliseconds",
    "propertyValue_executionTimeoutInMilliseconds",
    "propertyValue_executionIsolationSemaphoreMaxConcurrentRequests",
    "propertyValue_fallbackIsolationSemaphoreMaxConcurrentRequests",
    "propertyValue_metricsRollingStatisticalWindowInMilliseconds",
    "reportingHosts",
    "threadPool",
];
const POOL: [&str; 16] = [
    "type",
    "name",
    "currentTime",
    "currentActiveCount",
    "currentCompletedTaskCount",
    "currentCorePoolSize",
    "currentLargestPoolSize",
    "currentMaximumPoolSize",
    "currentPoolSize",
    "currentQueueSize",
    "currentTaskCount",
    "rollingCountThreadsExecuted",
    "rollingMaxActiveThreads",
    "rollingCountCommandRejections",
    "propertyValue_queueSizeRejectionThreshold",
    "propertyValue_metricsRollingStatisticalWindowInMilliseconds",
];

/// The next object of this type.
async fn next(stream: &mut Stream, kind: &str) -> Value {
    loop {
        let block = stream.block().await;
        let Some(data) = block.strip_prefix("data: ") else { continue };
        let object: Value = serde_json::from_str(data).unwrap();
        if object["type"] == kind {
            return object;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_and_a_pool_have_every_field_that_a_hystrix_dashboard_reads() {
    let client = Client::new();
    let registry = &client.registry;
    registry.add_circuit_breaker("quotes", circuit_breaker::Config::new()).unwrap();
    registry.add_bulkhead("quotes", bulkhead::Config::new()).unwrap();
    let mut stream = client.listen("/hystrix.stream").await;
    assert_eq!(stream.block().await, "ping: ");
    let command = next(&mut stream, "HystrixCommand").await;
    for field in COMMAND {
        assert!(!command[field].is_null(), "{field} in {command}");
    }
    for percentile in ["0", "25", "50", "75", "90", "95", "99", "99.5", "100"] {
        assert!(command["latencyExecute"][percentile].is_u64(), "{percentile}");
        assert!(command["latencyTotal"][percentile].is_u64(), "{percentile}");
    }
    let pool = next(&mut stream, "HystrixThreadPool").await;
    for field in POOL {
        assert!(!pool[field].is_null(), "{field} in {pool}");
    }
}

#[tokio::test(start_paused = true)]
async fn its_counts_are_of_the_last_ten_seconds() {
    let client = Client::new();
    let registry = &client.registry;
    let config =
        circuit_breaker::Config::new().failure_rate(0.9).latency(true).open_for(Duration::from_secs(7));
    let breaker = registry.add_circuit_breaker("quotes", config).unwrap();
    let config = bulkhead::Config::new().max_concurrent(4);
    let bulkhead = registry.add_bulkhead("quotes", config).unwrap();
    registry.add_timeout("quotes", timeout::Config::new().limit(Duration::from_millis(800))).unwrap();
    let fallback = registry.add_fallback("quotes", fallback::Config::new()).unwrap();
    let _ = breaker.call(|| Ok::<_, &str>("before anybody watched"));
    let mut stream = client.listen("/hystrix.stream").await;
    next(&mut stream, "HystrixCommand").await;
    let slow = async {
        tokio::time::sleep(Duration::from_millis(40)).await;
        Ok::<_, &str>(7)
    };
    breaker.call_async(slow).await.unwrap();
    let failed: Result<i32, resilience::Failure<&str>> = breaker.call(|| Err("down"));
    let answer: Result<i32, resilience::Failure<&str>> = fallback.call(|| failed, |_| Ok(7));
    assert_eq!(answer, Ok(7));
    let place = bulkhead.try_acquire().unwrap();
    let command = next(&mut stream, "HystrixCommand").await;
    let number = |field: &str| command[field].as_u64().unwrap();
    assert_eq!((number("requestCount"), number("errorCount"), number("errorPercentage")), (2, 1, 50));
    assert_eq!((number("rollingCountSuccess"), number("rollingCountFailure")), (1, 1));
    assert_eq!(number("rollingCountFallbackSuccess"), 1);
    assert_eq!(number("currentConcurrentExecutionCount"), 1);
    assert_eq!(number("propertyValue_executionTimeoutInMilliseconds"), 800);
    assert_eq!(number("propertyValue_circuitBreakerSleepWindowInMilliseconds"), 7000);
    assert_eq!(command["propertyValue_circuitBreakerErrorThresholdPercentage"], 90.0);
    let longest = command["latencyExecute"]["100"].as_u64().unwrap();
    assert!((40..45).contains(&longest), "{longest}");
    assert!(number("latencyExecute_mean") > 0);
    let pool = next(&mut stream, "HystrixThreadPool").await;
    assert_eq!((&pool["currentActiveCount"], &pool["currentPoolSize"]), (&1.into(), &4.into()));
    assert_eq!(pool["rollingCountThreadsExecuted"], 1);
    drop(place);
    breaker.force_open();
    let _ = breaker.call(|| Ok::<_, &str>(7));
    let command = next(&mut stream, "HystrixCommand").await;
    assert_eq!(command["isCircuitBreakerOpen"], true);
    assert_eq!(command["propertyValue_circuitBreakerForceOpen"], true);
    assert_eq!(command["rollingCountShortCircuited"], 1);
    assert_eq!(command["rollingMaxConcurrentExecutionCount"], 1);
    let mut last = command;
    for _ in 0..11 {
        last = next(&mut stream, "HystrixCommand").await;
    }
    assert_eq!((&last["requestCount"], &last["rollingCountShortCircuited"]), (&0.into(), &0.into()));
    assert_eq!(last["rollingMaxConcurrentExecutionCount"], 0);
}

#[tokio::test(start_paused = true)]
async fn without_any_circuit_it_pings() {
    let client = Client::new();
    let mut stream = client.listen("/hystrix.stream").await;
    for _ in 0..3 {
        assert_eq!(stream.block().await, "ping: ");
    }
}
