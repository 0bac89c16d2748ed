//! Which policies make a service, and where its calls are counted.

use std::time::Duration;

use resilience::{
    PolicyKind, Rejected, Service, bulkhead, circuit_breaker,
    circuit_breaker::Config,
    fallback,
    health::{Readiness, Rule},
    pipeline::Rules,
    rate_limit, retry,
    retry::Backoff,
    timeout,
};

use super::{MINUTE, SECOND, Ward, fail, succeed};

#[derive(Debug)]
struct Down;

impl From<Rejected> for Down {
    fn from(_: Rejected) -> Self {
        Self
    }
}

#[allow(clippy::unnecessary_wraps)] // A fallback is what the function is.
fn cached(_: bool) -> Result<u32, Down> {
    Ok(1)
}

#[fallback(cached)]
#[retry(attempts = 2, backoff = fixed(0ms))]
#[circuit_breaker("quotes-of-health")]
fn quote(up: bool) -> Result<u32, Down> {
    if up { Ok(2) } else { Err(Down) }
}

#[retry(attempts = 2, backoff = fixed(0ms))]
#[bulkhead(max_concurrent = 3)]
fn nameless(up: bool) -> Result<u32, Down> {
    if up { Ok(2) } else { Err(Down) }
}

#[test]
fn the_nameless_policies_of_a_function_stand_with_its_named_one() {
    let ward = Ward::new();
    let _inside = ward.scope.enter();
    quote(true).unwrap();
    assert_eq!(quote(false).unwrap(), 1);
    let report = ward.health.sample();
    assert_eq!(report.services.len(), 1, "{report}");
    let service = report.service("quotes-of-health").unwrap();
    assert!(service.has_fallback);
    assert_eq!((report.policies, service.signs.calls, service.signs.failures), (3, 3, 2));
}

#[test]
fn a_function_without_names_is_a_service_of_its_own() {
    let ward = Ward::new();
    let _inside = ward.scope.enter();
    nameless(true).unwrap();
    nameless(false).unwrap_err();
    let report = ward.health.sample();
    let [service] = report.services.as_slice() else { panic!("{report}") };
    assert!(service.name.ends_with("services::nameless"), "{}", service.name);
    // Without a circuit breaker the calls are those of the retry.
    assert_eq!((service.signs.calls, service.signs.failures, service.signs.admitted), (2, 1, 3));
}

#[test]
fn policies_of_one_name_are_one_service() {
    let ward = Ward::new();
    let breaker = ward.breaker("db", Config::new());
    let retry = retry::Config::new().backoff(Backoff::fixed(Duration::ZERO));
    ward.registry().add_retry("db", retry).unwrap();
    ward.registry().add_rate_limit("db", rate_limit::Config::new().rate(1, MINUTE)).unwrap();
    ward.breaker("other", Config::new());
    succeed(&breaker, 3);
    fail(&breaker, 1);
    let limit = ward.registry().rate_limit("db").unwrap();
    for _ in 0..3 {
        let _ = limit.call(|| Ok::<_, &str>(()));
    }
    let report = ward.health.sample();
    assert_eq!(report.services.iter().map(|service| service.name).collect::<Vec<_>>(), ["db", "other"]);
    let signs = &report.service("db").unwrap().signs;
    assert_eq!((signs.calls, signs.failures), (4, 1));
    assert_eq!((signs.admitted, signs.turned_away), (1, 2));
}

#[test]
fn signs_are_those_of_the_last_minute() {
    let ward = Ward::new();
    let breaker = ward.breaker("db", Config::new().threshold(100));
    for _ in 0..12 {
        succeed(&breaker, 1);
        ward.tick();
    }
    assert_eq!(ward.health.report().service("db").unwrap().signs.calls, 6);
    fail(&breaker, 3);
    assert_eq!(ward.tick().service("db").unwrap().signs.failures, 3);
    let report = ward.minutes(2, || ());
    assert_eq!(report.service("db").unwrap().signs.failures, 0);
}

#[test]
fn places_in_use_are_the_mean_of_the_samples_of_a_minute() {
    let ward = Ward::new();
    let bulkhead = ward.bulkhead("db", 4);
    ward.health.sample();
    let held: Vec<_> = (0..3).map(|_| bulkhead.acquire().unwrap()).collect();
    ward.tick();
    drop(held);
    let report = ward.tick();
    assert!((report.service("db").unwrap().signs.in_use - 0.25).abs() < 1e-9);
}

#[test]
fn what_is_usual_is_slow_call_then_half_the_timeout() {
    let ward = Ward::new();
    let limit = timeout::Config::new().limit(4 * SECOND);
    ward.registry().add_timeout("db", limit).unwrap();
    ward.registry().add_timeout("disk", limit).unwrap();
    ward.breaker("db", Config::new().slow_call(SECOND));
    let disk = ward.breaker("disk", Config::new().latency(true));
    for _ in 0..20 {
        disk.call(|| {
            ward.clock.advance(3 * SECOND);
            Ok::<_, &str>(())
        })
        .unwrap();
    }
    let report = ward.health.sample();
    let signs = |name| &report.service(name).unwrap().signs;
    assert_eq!((signs("db").usual, signs("disk").usual), (Some(SECOND), Some(2 * SECOND)));
    assert!(report.service("disk").unwrap().why.starts_with("p90 "), "{report}");
}

#[test]
fn without_either_it_is_twice_what_has_been_usual() {
    let ward = Ward::new();
    let breaker = ward.breaker("db", Config::new().latency(true));
    let call = |took| {
        for _ in 0..30 {
            let clock = ward.clock.clone();
            breaker
                .call(move || {
                    clock.advance(took);
                    Ok::<_, &str>(())
                })
                .unwrap();
        }
    };
    let report = ward.minutes(20, || call(SECOND / 10));
    let signs = &report.service("db").unwrap().signs;
    let usual = signs.usual.expect("known after twenty minutes").as_secs_f64();
    assert!((0.18..0.22).contains(&usual), "{usual}");
    assert_eq!(report.service("db").unwrap().why, "nothing wrong");
    let report = ward.minutes(3, || call(SECOND));
    assert!(report.service("db").unwrap().score < 0.9, "{report}");
}

#[test]
fn each_registry_has_a_health_of_its_own() {
    let (one, other) = (Ward::new(), Ward::new());
    one.bulkhead("db", 1);
    assert_eq!(resilience::Health::new(&one.registry()).sample().services.len(), 1);
    assert_eq!(other.health.sample().services.len(), 0);
    assert_eq!(one.health.report().services.len(), 1);
}

#[circuit_breaker(initial = forced_open)]
#[bulkhead("pool-of-health", max_concurrent = 2)]
fn pooled() -> Result<u32, Down> {
    Ok(1)
}

#[test]
fn a_function_that_turns_out_to_be_of_a_service_is_none_of_its_own_any_more() {
    let ward = Ward::new();
    let _inside = ward.scope.enter();
    // Refused before it comes to the layer that has a name.
    pooled().unwrap_err();
    let report = ward.health.sample();
    let [alone] = report.services.as_slice() else { panic!("{report}") };
    assert!(alone.name.ends_with("::pooled"), "{}", alone.name);
    ward.registry().circuit_breaker(alone.name).unwrap().close();
    pooled().unwrap();
    for _ in 0..3 {
        ward.tick();
    }
    let report = ward.health.report();
    let [pool] = report.services.as_slice() else { panic!("{report}") };
    assert_eq!((pool.name, pool.signs.state), ("pool-of-health", Some(circuit_breaker::State::Closed)));
    assert!((report.score - pool.score).abs() < 1e-9);
}

#[test]
fn a_registered_service_has_all_its_layers_and_no_fallback_until_one_stood_in() {
    let ward = Ward::new();
    let service = Service::builder("accounts")
        .circuit_breaker(Config::new().threshold(1))
        .total_timeout(timeout::Config::new().limit(MINUTE))
        .register_in(&ward.registry())
        .unwrap()
        .without(PolicyKind::Timeout);
    assert!(service.call(|| Err::<(), _>("down")).is_err());
    ward.health.mark_critical("accounts");
    ward.health.set_readiness(Readiness::UnlessCriticalFailed);
    let report = ward.health.sample();
    assert_eq!(report.services.len(), 1, "{report}");
    let accounts = report.service("accounts").unwrap();
    assert!(!accounts.has_fallback);
    assert_eq!(report.recommendations[0].rule, Rule::NoFallback);
    assert_eq!(ward.health.readyz().status, 503);

    let rules = Rules::new().fallback(|_| Ok::<_, &str>(()));
    service.call_with(rules, || Err("down")).unwrap();
    let report = ward.health.sample();
    assert!(report.service("accounts").unwrap().has_fallback);
    assert_eq!(report.recommendations, []);
    assert_eq!(ward.health.readyz().status, 200);
}

#[test]
fn a_registered_service_without_breaker_and_retry_counts_its_calls_itself() {
    let ward = Ward::new();
    let service =
        Service::builder("accounts").bulkhead(bulkhead::Config::new()).register_in(&ward.registry()).unwrap();
    service.call(|| Ok::<_, &str>(())).unwrap();
    for _ in 0..3 {
        let _ = service.call(|| Err::<(), _>("down"));
    }
    let report = ward.health.sample();
    let accounts = report.service("accounts").unwrap();
    assert_eq!((accounts.signs.calls, accounts.signs.failures), (4, 3));
    assert!(accounts.score < 0.9);
    assert_eq!((accounts.trend[0].calls, accounts.trend[0].failures), (4, 3));
}

#[test]
fn what_is_switched_off_is_part_of_no_service() {
    let ward = Ward::new();
    let breaker = ward.breaker("db", Config::new().threshold(1));
    ward.bulkhead("db", 2);
    fail(&breaker, 5);
    assert_eq!(ward.health.sample().service("db").unwrap().signs.failures, 1);
    ward.registry().set(PolicyKind::CircuitBreaker, "db", "enabled", "false").unwrap();
    let signs = ward.tick().service("db").unwrap().signs.clone();
    assert_eq!((signs.state, signs.calls), (None, 0));
    ward.registry().set(PolicyKind::Bulkhead, "db", "enabled", "false").unwrap();
    assert_eq!(ward.tick().services, []);
}

#[test]
fn the_circuit_of_one_key_is_no_more_than_the_calls_that_it_refuses() {
    let ward = Ward::new();
    let hosts = ward.breaker("hosts", Config::new().threshold(1)).keyed();
    for host in 0..20 {
        hosts.call(&host.to_string(), || Ok::<_, &str>(())).unwrap();
    }
    let _ = hosts.call("0", || Err::<(), _>("down"));
    let report = ward.health.sample();
    assert!(report.service("hosts").unwrap().score > 0.9, "{report}");
    for _ in 0..200 {
        assert!(hosts.call("0", || Ok::<_, &str>(())).is_err());
    }
    let report = ward.tick();
    let signs = &report.service("hosts").unwrap().signs;
    assert_eq!((signs.state, signs.turned_away), (Some(circuit_breaker::State::Closed), 200));
    assert!(report.service("hosts").unwrap().score < 0.9, "{report}");
}

#[test]
fn the_places_of_a_bulkhead_are_as_many_for_each_key() {
    let ward = Ward::new();
    let tenants = ward.bulkhead("tenants", 2).keyed();
    let held: Vec<_> = (0..4).map(|tenant| tenants.acquire(&tenant.to_string()).unwrap()).collect();
    let report = ward.health.sample();
    assert!((report.service("tenants").unwrap().signs.in_use - 0.5).abs() < 1e-9, "{report}");
    drop(held);
}
