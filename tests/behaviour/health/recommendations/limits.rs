use std::{
    future::{Future, pending},
    pin::pin,
    task::{Context, Waker},
    time::Duration,
};

use resilience::{
    CircuitBreaker, circuit_breaker::Config, fallback, health::Rule, rate_limit, retry, timeout,
};

use super::{MINUTE, SECOND, Ward, fail, says, succeed};

fn timeout(ward: &Ward, limit: Duration) -> resilience::Timeout {
    ward.registry().add_timeout("db", timeout::Config::new().limit(limit)).unwrap()
}

fn call(ward: &Ward, breaker: &CircuitBreaker, took: Duration, times: usize) {
    for _ in 0..times {
        breaker
            .call(|| {
                ward.clock.advance(took);
                Ok::<_, &str>(())
            })
            .unwrap();
    }
}

#[test]
fn a_timeout_just_above_the_calls_shall_be_longer() {
    for (took, times, expected) in [(950, 100, Some("limit = 1500ms")), (500, 100, None), (950, 99, None)] {
        let ward = Ward::new();
        timeout(&ward, SECOND);
        let breaker = ward.breaker("db", Config::new().latency(true));
        call(&ward, &breaker, Duration::from_millis(took), times);
        assert_eq!(
            ward.change(&ward.health.sample(), Rule::NearTimeout).as_deref(),
            expected,
            "{took} {times}"
        );
    }
}

#[test]
fn a_timeout_far_above_every_call_of_an_hour_shall_be_shorter() {
    for (longest, minutes, expected) in [(10, 60, Some("limit = 20ms")), (11_000, 60, None), (10, 58, None)] {
        let ward = Ward::new();
        timeout(&ward, 30 * SECOND);
        let breaker = ward.breaker("db", Config::new().latency(true));
        ward.health.sample();
        call(&ward, &breaker, Duration::from_millis(longest), 1);
        let report = ward.minutes(minutes - 1, || call(&ward, &breaker, Duration::from_millis(10), 20));
        assert_eq!(ward.change(&report, Rule::LooseTimeout).as_deref(), expected, "{longest} {minutes}");
    }
}

#[test]
fn a_timeout_that_never_strikes_shall_be_measured() {
    for (latency, strikes, expected) in
        [(false, false, Some("latency = true")), (true, false, None), (false, true, None)]
    {
        let ward = Ward::new();
        let timeout = timeout(&ward, 30 * SECOND);
        let config = Config::new().latency(latency);
        let breaker = ward.breaker("db", config);
        let report = ward.minutes(58, || succeed(&breaker, 20));
        assert!(says(&report, Rule::UnmeasuredTimeout).is_none(), "not known for long enough");
        if strikes {
            let mut cx = Context::from_waker(Waker::noop());
            let mut call = pin!(timeout.call_async(pending::<Result<(), &str>>()));
            assert!(call.as_mut().poll(&mut cx).is_pending());
            ward.clock.advance(30 * SECOND);
            assert!(call.as_mut().poll(&mut cx).is_ready());
        }
        let report = ward.minutes(2, || succeed(&breaker, 20));
        assert_eq!(ward.change(&report, Rule::UnmeasuredTimeout).as_deref(), expected, "{latency} {strikes}");
    }
}

#[test]
fn a_bulkhead_that_refuses_calls_of_a_healthy_dependency_shall_be_wider() {
    for (refused, failures, expected) in [(6, 0, Some("max_concurrent = 6")), (6, 3, None), (4, 0, None)] {
        let ward = Ward::new();
        let breaker = ward.breaker("db", Config::new());
        succeed(&breaker, 100);
        fail(&breaker, failures);
        let bulkhead = ward.bulkhead("db", 4);
        let held: Vec<_> = (0..4).map(|_| bulkhead.acquire().unwrap()).collect();
        (0..refused).for_each(|_| assert!(bulkhead.acquire().is_err()));
        let report = ward.health.sample();
        assert_eq!(ward.change(&report, Rule::TightBulkhead).as_deref(), expected, "{refused} {failures}");
        drop(held);
    }
}

#[test]
fn a_bulkhead_of_unknown_dependency_is_left_alone() {
    let ward = Ward::new();
    let bulkhead = ward.bulkhead("db", 1);
    let held = bulkhead.acquire().unwrap();
    (0..50).for_each(|_| assert!(bulkhead.acquire().is_err()));
    assert!(says(&ward.health.sample(), Rule::TightBulkhead).is_none());
    drop(held);
}

#[test]
fn a_bulkhead_that_is_never_used_much_shall_be_narrower() {
    for (held, minutes, expected) in [(5, 60, Some("max_concurrent = 10")), (6, 60, None), (5, 58, None)] {
        let ward = Ward::new();
        let bulkhead = ward.bulkhead("db", 20);
        let hold: Vec<_> = (0..held).map(|_| bulkhead.acquire().unwrap()).collect();
        let report = ward.minutes(minutes, || (0..20).for_each(|_| drop(bulkhead.acquire().unwrap())));
        assert_eq!(ward.change(&report, Rule::LooseBulkhead).as_deref(), expected, "{held} {minutes}");
        drop(hold);
    }
}

#[test]
fn a_rate_limit_that_refuses_calls_of_a_healthy_dependency_shall_be_higher() {
    for (calls, failures, expected) in [(20, 0, Some("rate = 15 / 1m")), (20, 3, None), (10, 0, None)] {
        let ward = Ward::new();
        let breaker = ward.breaker("db", Config::new());
        succeed(&breaker, 100);
        fail(&breaker, failures);
        let limit = ward.registry().add_rate_limit("db", rate_limit::Config::new().rate(10, MINUTE)).unwrap();
        for _ in 0..calls {
            let _ = limit.call(|| Ok::<_, &str>(()));
        }
        let report = ward.health.sample();
        assert_eq!(ward.change(&report, Rule::TightRateLimit).as_deref(), expected, "{calls} {failures}");
    }
}

fn spare(_: bool, works: bool) -> Result<u32, String> {
    if works { Ok(1) } else { Err("down as well".into()) }
}

#[fallback(spare)]
#[resilience::circuit_breaker("fares", initial = disabled)]
fn fare(up: bool, spare_works: bool) -> Result<u32, String> {
    if up { Ok(2) } else { Err(format!("down, the spare one works: {spare_works}")) }
}

#[test]
fn a_fallback_that_fails_as_well_shall_get_another_tier() {
    for (fail, work, expected) in [(5, 5, Some("fallback")), (4, 6, None), (5, 4, None)] {
        let ward = Ward::new();
        let _inside = ward.scope.enter();
        (0..fail).for_each(|_| assert!(fare(false, false).is_err()));
        (0..work).for_each(|_| assert!(fare(false, true).is_ok()));
        let report = ward.health.sample();
        assert_eq!(ward.change(&report, Rule::FailingFallback).as_deref(), expected, "{fail} {work}");
    }
}

#[test]
fn a_critical_service_that_loses_calls_shall_have_a_fallback() {
    let ward = Ward::new();
    let _inside = ward.scope.enter();
    let breaker = ward.breaker("db", Config::new());
    fail(&breaker, 3);
    assert!(says(&ward.health.sample(), Rule::NoFallback).is_none(), "not critical");
    ward.health.mark_critical("db");
    ward.health.mark_critical("fares");
    assert!(fare(false, true).is_ok());
    let report = ward.health.sample();
    assert_eq!(ward.change(&report, Rule::NoFallback).unwrap(), "fallback");
    let services: Vec<_> = report.recommendations.iter().map(|advice| advice.service).collect();
    assert_eq!(services, ["db"]);
}

#[test]
fn a_fallback_that_was_not_needed_so_far_is_not_missed() {
    let ward = Ward::new();
    let _inside = ward.scope.enter();
    ward.health.mark_critical("fares");
    assert!(fare(true, true).is_ok());
    assert!(says(&ward.health.sample(), Rule::NoFallback).is_none());
}

#[test]
fn calls_that_a_retry_saved_are_not_lost() {
    let ward = Ward::new();
    ward.health.mark_critical("db");
    let breaker = ward.breaker("db", Config::new());
    let config = retry::Config::new().backoff(retry::Backoff::fixed(Duration::ZERO));
    let retry = ward.registry().add_retry("db", config).unwrap();
    let mut up = false;
    let saved = retry.call(|| {
        let answer = breaker.call(|| if up { Ok(()) } else { Err("down") });
        up = true;
        answer
    });
    assert!(saved.is_ok());
    assert!(says(&ward.health.sample(), Rule::NoFallback).is_none());
    assert!(retry.call(|| breaker.call(|| Err::<(), _>("down"))).is_err());
    assert!(says(&ward.health.sample(), Rule::NoFallback).is_some());
}
