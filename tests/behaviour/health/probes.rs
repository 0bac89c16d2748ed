//! What the probes of an orchestrator are answered.

use resilience::{
    circuit_breaker::{Config, State},
    health::{Answer, Readiness},
};
use serde_json::{Value, json};

use super::{MINUTE, Ward, fail, succeed};

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

#[test]
fn no_open_circuit_makes_a_process_not_live() {
    let ward = Ward::new();
    assert_eq!(ward.health.livez().status, 200);
    ward.health.set_readiness(Readiness::UnlessCriticalFailed);
    for name in ["stock", "mail", "search"] {
        ward.health.mark_critical(name);
        let breaker = ward.breaker(name, Config::new().threshold(1));
        fail(&breaker, 1);
        assert_eq!(breaker.state(), State::Open);
        ward.tick();
        let answer = ward.health.livez();
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
        assert_eq!(answer.content_type, "text/plain; charset=utf-8");
    }
}

#[test]
fn a_failed_dependency_does_not_make_an_instance_unready_by_default() {
    let ward = Ward::new();
    ward.health.mark_critical("stock");
    ward.breaker("stock", Config::new()).force_open();
    ward.tick();
    assert_eq!((ward.health.readyz().status, ward.health.readyz().body.as_str()), (200, "ready\n"));
    ward.health.set_readiness(Readiness::UnlessCriticalFailed);
    assert_eq!(ward.health.readyz().status, 503);
    ward.health.set_readiness(Readiness::Always);
    assert_eq!(ward.health.readyz().status, 200);
}

#[test]
fn where_asked_for_an_instance_is_unready_while_a_critical_service_has_failed() {
    let ward = Ward::new();
    ward.health.set_readiness(Readiness::UnlessCriticalFailed);
    assert_eq!(ward.health.readyz().status, 200, "nobody knows");
    ward.breaker("mail", Config::new()).force_open();
    let breaker = ward.breaker("stock", Config::new());
    breaker.force_open();
    ward.tick();
    assert_eq!(ward.health.readyz().status, 200, "neither is critical");
    ward.health.mark_critical("stock");
    ward.tick();
    let answer = ward.health.readyz();
    assert_eq!(answer.status, 503);
    assert_eq!(answer.body, "not ready: stock has failed: circuit forced open (asked for)\n");
    breaker.close();
    ward.tick();
    ward.tick();
    assert_eq!(ward.health.readyz().status, 200, "it is back");
    breaker.force_open();
    ward.tick();
    ward.clock.advance(MINUTE);
    assert_eq!(ward.health.readyz().status, 200, "the sample is too old");
}

#[test]
fn a_critical_service_with_a_fallback_keeps_an_instance_ready() {
    let ward = Ward::new();
    let _inside = ward.scope.enter();
    #[resilience::fallback(value = 0)]
    #[resilience::circuit_breaker("stock", initial = forced_open)]
    fn stock() -> Result<u32, String> {
        Ok(1)
    }
    assert_eq!(stock(), Ok(0));
    ward.health.set_readiness(Readiness::UnlessCriticalFailed);
    ward.health.mark_critical("stock");
    let report = ward.tick();
    assert!(report.service("stock").unwrap().has_fallback, "{report}");
    assert!(report.should_continue_with("stock").is_err());
    assert_eq!(ward.health.readyz().status, 200);
}

#[test]
fn healthz_is_health_json_with_a_check_for_each_service() {
    let ward = Ward::new();
    ward.breaker("mail", Config::new());
    let breaker = ward.breaker("stock", Config::new());
    ward.tick();
    let answer = ward.health.healthz();
    assert_eq!((answer.status, answer.content_type), (200, "application/health+json"));
    let check = |score: f64, status, output| json!([{"componentType": "component", "observedValue": score, "status": status, "output": output}]);
    assert_eq!(
        body(&answer),
        json!({
            "status": "pass",
            "description": "score 1.00",
            "output": "",
            "checks": {"mail:score": check(1.0, "pass", ""), "stock:score": check(1.0, "pass", "")},
        }),
    );
    breaker.force_open();
    ward.tick();
    let answer = ward.health.healthz();
    let told = body(&answer);
    assert_eq!((answer.status, &told["status"]), (200, &json!("warn")));
    assert_eq!(told["output"], json!("stock failed: circuit forced open (asked for)"));
    let stock = &told["checks"]["stock:score"][0];
    assert_eq!(
        (&stock["status"], &stock["output"]),
        (&json!("fail"), &json!("circuit forced open (asked for)"))
    );
    ward.health.mark_critical("stock");
    ward.tick();
    let answer = ward.health.healthz();
    assert_eq!((answer.status, &body(&answer)["status"]), (503, &json!("fail")));
}

#[test]
fn healthz_of_a_system_that_nobody_looks_at_is_a_warning() {
    let answer = Ward::new().health.healthz();
    assert_eq!((answer.status, &body(&answer)["status"]), (200, &json!("warn")));
    assert!(answer.body.contains("no sample so far"), "{}", answer.body);
}

#[test]
fn healthz_is_json_whatever_the_names_are() {
    let ward = Ward::new();
    let name = r#"a "quoted" \ név / 数"#;
    succeed(&ward.breaker(name, Config::new()), 1);
    ward.health.sample();
    assert_eq!(body(&ward.health.healthz())["checks"][format!("{name}:score")][0]["status"], "pass");
}
