//! Guarded calls do not allocate, once a thread has made its first.
//!
//! The allocator that counts, for each thread apart, is that of `allocation-counter`: writing one takes `unsafe`, which
//! the workspace forbids. No scope is entered here, so the calls take the way that they take in production.
#![allow(clippy::unused_async, reason = "guarded functions are as users write them")]

use std::{
    future::{pending, poll_fn, ready},
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use allocation_counter::measure;
use resilience::{
    Bulkhead, CircuitBreaker, Failure, Pipeline, PolicyKind, Preset, RateLimit, Reason, Timeout, bulkhead,
    circuit_breaker, fallback, pipeline::Rules, presets::HTTP_API, rate_limit, registry, resilient, retry,
    timeout,
};
use resilience_tests::Fault;

type Answer = Result<u32, Fault>;

const DOWN: Answer = Err(Fault::Down);

/// One function twice, blocking and async.
macro_rules! twins {
    ($($name:ident: $(#[$attribute:meta])+)*) => {
        $(
            mod $name {
                use super::*;

                $(#[$attribute])+
                pub(super) fn now(answer: Answer) -> Answer {
                    answer
                }

                $(#[$attribute])+
                pub(super) async fn later(answer: Answer) -> Answer {
                    ready(answer).await
                }
            }
        )*
    };
}

twins! {
    breaker: #[circuit_breaker]
    breaker_in_time: #[circuit_breaker(failure_rate = 100%, window = 10m, min_calls = 1_000_000)]
    never_opens: #[circuit_breaker(threshold = 1_000_000)]
    judging: #[circuit_breaker(failure_rate = 90%, slow_call = 1h, slow_rate = 50%, ignore = Fault::Down)]
    open: #[circuit_breaker("open", initial = forced_open)]
    opened: #[circuit_breaker(threshold = 1, open_for = 7d)]
    retried: #[retry]
    repeated: #[retry(attempts = 5, backoff = fixed(0ms))]
    permitted: #[rate_limit(1_000_000 / 1s)]
    used_up: #[rate_limit(1 / 1d)]
    pooled: #[bulkhead]
    full: #[bulkhead("full", max_concurrent = 1)]
    stand_in: #[fallback(value = 7)] #[circuit_breaker(threshold = 1, open_for = 7d)]
    closure: #[fallback(|failure| match failure { Failure::Error(_) => Ok(7), Failure::Rejected(_) => Ok(8) })]
    stack:
        #[fallback(|_| Ok(7))]
        #[retry]
        #[rate_limit(1_000_000 / 1s)]
        #[circuit_breaker]
        #[bulkhead]
}

#[timeout(1h)]
async fn in_time(answer: Answer) -> Answer {
    ready(answer).await
}

#[fallback(|_| Ok(7))]
#[timeout(2h)]
#[retry]
#[rate_limit(1_000_000 / 1s)]
#[circuit_breaker]
#[bulkhead]
#[timeout(1h)]
async fn whole_stack(answer: Answer) -> Answer {
    ready(answer).await
}

#[resilient(HTTP_API)]
async fn with_preset(answer: Answer) -> Answer {
    ready(answer).await
}

/// What a future that never waits is ready with.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// After a first call, a hundred that all end as `expected`.
#[track_caller]
fn allocates_nothing(call: impl Fn() -> Answer, expected: impl Fn(Answer) -> bool) {
    let _ = call();
    let info = measure(|| {
        for _ in 0..100 {
            assert!(expected(call()), "it ended in another way");
        }
    });
    assert_eq!(info.count_total, 0, "{info:?}");
}

fn refused_for(reason: Reason) -> impl Fn(Answer) -> bool {
    move |answer| matches!(answer, Err(Fault::Refused(rejected)) if rejected.reason() == reason)
}

/// A test of both twins: called with this, they end so.
macro_rules! free {
    ($($test:ident: $name:ident($answer:expr) => $expected:expr;)*) => {
        $(
            #[test]
            fn $test() {
                allocates_nothing(|| $name::now($answer), $expected);
                allocates_nothing(|| now($name::later($answer)), $expected);
            }
        )*
    };
}

free! {
    a_closed_breaker: breaker(Ok(1)) => |answer| answer == Ok(1);
    a_closed_breaker_with_a_window_in_time: breaker_in_time(Ok(1)) => |answer| answer == Ok(1);
    a_failure: never_opens(DOWN) => |answer| answer == DOWN;
    a_failure_in_a_window_in_time: breaker_in_time(DOWN) => |answer| answer == DOWN;
    an_ignored_error: judging(DOWN) => |answer| answer == DOWN;
    a_judged_success: judging(Ok(1)) => |answer| answer == Ok(1);
    a_breaker_that_is_forced_open: open(Ok(1)) => refused_for(Reason::ForcedOpen);
    a_breaker_that_has_opened: opened(DOWN) => refused_for(Reason::CircuitOpen);
    a_retry_whose_first_attempt_succeeds: retried(Ok(1)) => |answer| answer == Ok(1);
    a_retry_that_waits_for_nothing: repeated(DOWN) => |answer| answer == DOWN;
    a_rate_limit_with_permits: permitted(Ok(1)) => |answer| answer == Ok(1);
    a_rate_limit_without: used_up(Ok(1)) => refused_for(Reason::RateLimited);
    a_bulkhead_with_a_free_place: pooled(Ok(1)) => |answer| answer == Ok(1);
    a_fallback_value_while_the_circuit_is_open: stand_in(DOWN) => |answer| answer == Ok(7);
    a_fallback_closure: closure(DOWN) => |answer| answer == Ok(7);
    a_stack: stack(Ok(1)) => |answer| answer == Ok(1);
}

#[test]
fn a_full_bulkhead() {
    let _ = full::now(Ok(1));
    let pool = registry().bulkhead("full").unwrap();
    let _place = pool.acquire().unwrap();
    allocates_nothing(|| full::now(Ok(1)), refused_for(Reason::BulkheadFull));
    allocates_nothing(|| now(full::later(Ok(1))), refused_for(Reason::BulkheadFull));
}

#[test]
fn a_timeout_that_is_in_time() {
    allocates_nothing(|| now(in_time(Ok(1))), |answer| answer == Ok(1));
}

#[test]
fn every_layer_at_once() {
    allocates_nothing(|| now(whole_stack(Ok(1))), |answer| answer == Ok(1));
}

#[test]
fn a_preset() {
    allocates_nothing(|| now(with_preset(Ok(1))), |answer| answer == Ok(1));
}

#[timeout(1h)]
#[circuit_breaker]
#[bulkhead]
#[timeout(30m)]
async fn hangs() -> Answer {
    pending().await
}

#[tokio::test]
async fn a_call_that_is_suspended_under_its_timeouts_and_dropped() {
    let polled_and_dropped = poll_fn(|context| {
        let poll = pin!(hangs()).poll(context);
        Poll::Ready(poll.is_pending())
    });
    assert!(polled_and_dropped.await);
    let info = measure(|| {
        for _ in 0..100 {
            let pending = now(poll_fn(|context| Poll::Ready(pin!(hangs()).poll(context).is_pending())));
            assert!(pending);
        }
    });
    assert_eq!(info.count_total, 0, "{info:?}");
}

/// A pipeline of so many layers: breakers, and a timeout innermost.
fn pipeline(layers: usize) -> Pipeline {
    let mut builder = Pipeline::builder();
    for number in 1..layers {
        let config = resilience::circuit_breaker::Config::new().threshold(1_000_000);
        builder = builder.circuit_breaker(CircuitBreaker::new(&format!("layer {number}"), config).unwrap());
    }
    let limit = resilience::timeout::Config::new().limit(Duration::from_hours(1));
    builder.timeout(Timeout::new("limit", limit).unwrap()).build().unwrap()
}

#[test]
fn a_pipeline_of_eight_layers() {
    let pipeline = pipeline(8);
    let blocking = pipeline.without(PolicyKind::Timeout);
    let flat = |answer: Result<u32, Failure<Fault>>| answer.map_err(Failure::into_error);
    allocates_nothing(|| flat(now(pipeline.call_async(|| ready(Ok(1))))), |answer| answer == Ok(1));
    allocates_nothing(|| flat(blocking.call(|| Ok(1))), |answer| answer == Ok(1));
    allocates_nothing(
        || flat(now(pipeline.call_async_with(Rules::new().fallback(|_| ready(Ok(7))), || ready(DOWN)))),
        |answer| answer == Ok(7),
    );
}

#[test]
fn a_pipeline_of_more_layers_allocates_once() {
    let pipeline = pipeline(9);
    let call = || now(pipeline.call_async(|| ready(Ok::<_, Fault>(1))));
    let _ = call();
    assert_eq!(measure(|| assert_eq!(call(), Ok(1))).count_total, 1);
}

#[tokio::test]
async fn a_pipeline_allocates_the_timer_of_a_call_that_waits() {
    let pipeline = pipeline(3);
    let call = || {
        let mut call = pin!(pipeline.call_async(pending::<Answer>));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    };
    call();
    assert_eq!(measure(call).count_total, 1);
}

#[resilient(service = "allocations")]
fn in_service(answer: Answer) -> Answer {
    answer
}

#[resilient(service = "allocations")]
async fn in_service_later(answer: Answer) -> Answer {
    ready(answer).await
}

#[test]
fn a_call_of_a_service() {
    let preset = Preset::EMPTY
        .retry(resilience::retry::Config::new())
        .circuit_breaker(resilience::circuit_breaker::Config::new())
        .bulkhead(resilience::bulkhead::Config::new());
    let service = registry().add_service("allocations", preset).unwrap().operation("query");
    let flat = |answer: Result<u32, Failure<Fault>>| answer.map_err(Failure::into_error);
    allocates_nothing(|| flat(service.call(|| Ok(1))), |answer| answer == Ok(1));
    allocates_nothing(|| flat(now(service.call_async(|| ready(Ok(1))))), |answer| answer == Ok(1));
    allocates_nothing(|| in_service(Ok(1)), |answer| answer == Ok(1));
    allocates_nothing(|| now(in_service_later(Ok(1))), |answer| answer == Ok(1));
    allocates_nothing(|| flat(service.without_breaker().call(|| Ok(1))), |answer| answer == Ok(1));
}

#[circuit_breaker("calls-by-host", key = host)]
#[bulkhead("calls-by-tenant", key = tenant)]
#[rate_limit("calls-by-address", 1_000_000 / 1s, key = address)]
fn keyed(host: &str, tenant: u64, address: std::net::Ipv6Addr) -> Answer {
    Ok(u32::from(host.is_empty()) + u32::from(tenant == 0) + u32::from(address.is_loopback()))
}

#[circuit_breaker("calls-by-host", key = host)]
async fn keyed_later(host: &str, answer: Answer) -> Answer {
    assert!(!host.is_empty());
    ready(answer).await
}

#[test]
fn a_call_of_a_known_key() {
    let long = "a-host-name-that-no-buffer-of-ours-holds.".repeat(6);
    for host in ["a", &long] {
        let address = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff);
        allocates_nothing(|| keyed(host, u64::MAX, address), |answer| answer == Ok(0));
        allocates_nothing(|| now(keyed_later(host, Ok(1))), |answer| answer == Ok(1));
    }
}

#[test]
fn a_failing_call_of_a_known_key() {
    #[circuit_breaker("failures-by-host", key = host, threshold = 1_000_000)]
    fn failing_host(host: &str) -> Answer {
        if host.is_empty() { Ok(1) } else { DOWN }
    }

    let failing = || failing_host("a");
    let _ = failing();
    allocates_nothing(failing, |answer| answer.is_err());
}

/// Calls with so many keys, one after the other: the bytes that each of them leaves.
fn bytes_of_each(keys: u32, mut call: impl FnMut(&str)) -> i64 {
    let mut name = String::with_capacity(16);
    let info = measure(|| {
        for number in 0..keys {
            name.clear();
            std::fmt::Write::write_fmt(&mut name, format_args!("tenant-{number:09}")).unwrap();
            call(&name);
        }
    });
    info.bytes_current / i64::from(keys)
}

const MILLION: u32 = 1_000_000;

/// Its text, its entry, its counts and all.
#[test]
fn one_of_a_million_keys_of_a_breaker_takes_less_than_200_bytes() {
    let config = circuit_breaker::Config::new().max_keys(MILLION);
    let hosts = CircuitBreaker::new("hosts", config).unwrap().keyed();
    let bytes = bytes_of_each(MILLION, |key| hosts.acquire(key).unwrap().success());
    assert_eq!(hosts.len(), MILLION as usize);
    assert!(bytes < 200, "{bytes} bytes");
}

/// A quarter of them, for which the tables are as empty as for all.
#[test]
fn so_does_a_key_of_every_other_policy() {
    let quarter = MILLION / 4;
    let window = circuit_breaker::Window::Time(Duration::from_hours(1));
    let config = circuit_breaker::Config::new().failure_rate(0.5).window(window);
    let hosts = CircuitBreaker::new("hosts", config.max_keys(quarter)).unwrap().keyed();
    let hosts = bytes_of_each(quarter, |key| hosts.acquire(key).unwrap().success());
    let config = resilience::bulkhead::Config::new().max_keys(quarter);
    let tenants = Bulkhead::new("tenants", config).unwrap().keyed();
    let tenants = bytes_of_each(quarter, |key| drop(tenants.acquire(key).unwrap()));
    let config = resilience::rate_limit::Config::new().rate(10, Duration::from_secs(1)).max_keys(quarter);
    let addresses = RateLimit::new("addresses", config).unwrap().keyed();
    let addresses = bytes_of_each(quarter, |key| addresses.acquire(key).unwrap());
    assert!(hosts.max(tenants).max(addresses) < 200, "{hosts}, {tenants}, {addresses} bytes");
}

#[test]
fn a_million_keys_through_a_thousand_places_fill_no_memory_and_move_no_open_circuit() {
    let config = circuit_breaker::Config::new().threshold(2).open_for(Duration::from_hours(1)).max_keys(1000);
    let hosts = CircuitBreaker::new("hosts", config).unwrap().keyed();
    let open: Vec<String> = (0..300).map(|number| format!("down-{number}")).collect();
    for _ in 0..2 {
        for key in &open {
            hosts.acquire(key).unwrap().failure();
        }
    }
    let full = bytes_of_each(10_000, |key| hosts.acquire(key).unwrap().failure()) * 10_000;
    assert!(full < 1_200_000, "{full} bytes for a thousand keys that have failed");
    let more = bytes_of_each(MILLION, |key| hosts.acquire(key).unwrap().success());
    assert_eq!((more, hosts.len()), (0, 1000));
    assert!(open.iter().all(|key| hosts.acquire(key).is_err()));
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(std::hint::black_box(Box::new(1)))).count_total, 1);
}
