//! The thread that takes the samples.

use std::sync::mpsc::{self, Receiver};

use resilience::{Init, circuit_breaker::Config, health::Grade};

use super::{LONG, MINUTE, SECOND, Ward};

/// Hears of every time that `stock` gets worse.
fn degraded(ward: &Ward) -> Receiver<Grade> {
    let (sender, receiver) = mpsc::channel();
    ward.health.on_degraded("stock", move |change| {
        let _ = sender.send(change.to);
    });
    receiver
}

#[test]
fn a_started_thread_takes_a_sample_every_interval() {
    let ward = Ward::new();
    let heard = degraded(&ward);
    let breaker = ward.breaker("stock", Config::new());
    ward.health.start().unwrap();
    breaker.force_open();
    ward.clock.advance(9 * SECOND);
    assert_eq!(ward.health.report().grade, Grade::Error);
    ward.clock.advance(SECOND);
    assert_eq!(heard.recv_timeout(LONG), Ok(Grade::Failed));
    // And again.
    breaker.close();
    ward.health.sample();
    ward.health.sample();
    breaker.force_open();
    ward.clock.advance(10 * SECOND);
    assert_eq!(heard.recv_timeout(LONG), Ok(Grade::Failed));
}

#[test]
fn another_interval_counts_from_the_last_sample() {
    let ward = Ward::new();
    let heard = degraded(&ward);
    ward.breaker("stock", Config::new()).force_open();
    ward.health.set_interval(60 * MINUTE).unwrap();
    ward.health.start().unwrap();
    ward.clock.advance(MINUTE / 2);
    ward.health.set_interval(MINUTE).unwrap();
    ward.clock.advance(MINUTE / 2);
    assert_eq!(heard.recv_timeout(LONG), Ok(Grade::Failed));
}

#[test]
fn a_stopped_thread_takes_no_sample_and_can_be_started_again() {
    let ward = Ward::new();
    let heard = degraded(&ward);
    ward.breaker("stock", Config::new()).force_open();
    ward.health.start().unwrap();
    ward.health.start().unwrap();
    ward.health.stop();
    ward.clock.advance(MINUTE);
    assert_eq!(ward.health.report().grade, Grade::Error);
    ward.health.start().unwrap();
    ward.clock.advance(10 * SECOND);
    assert_eq!(heard.recv_timeout(LONG), Ok(Grade::Failed));
}

#[test]
fn the_thread_keeps_no_registry_alive() {
    let ward = Ward::new();
    let heard = degraded(&ward);
    ward.health.start().unwrap();
    drop(ward);
    assert_eq!(heard.recv_timeout(LONG), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn the_interval_of_the_configuration_holds_unless_code_says_otherwise() {
    let ward = Ward::new();
    let heard = degraded(&ward);
    let load = |seconds: u32| {
        let variable = ("RESILIENCE_HEALTH_CHECK_INTERVAL".to_owned(), format!("{seconds}s"));
        Init::new().environment([variable]).load_into(&ward.registry()).unwrap();
    };
    load(20);
    assert_eq!(ward.health.interval(), 20 * SECOND);
    ward.breaker("stock", Config::new()).force_open();
    ward.health.start().unwrap();
    ward.clock.advance(19 * SECOND);
    assert_eq!(ward.health.report().grade, Grade::Error);
    ward.clock.advance(SECOND);
    assert_eq!(heard.recv_timeout(LONG), Ok(Grade::Failed));
    ward.health.set_interval(MINUTE).unwrap();
    load(30);
    assert_eq!(ward.health.interval(), MINUTE);
}
