//! Degradation and recovery handlers.

use std::sync::{
    Mutex,
    mpsc::{self, Receiver, Sender},
};

use resilience::{
    circuit_breaker::Config,
    health::{Change, Grade},
};

use super::{LONG, SECOND, Ward};

/// Forces a service's circuit open, or closes it, until its grade is what that makes it.
fn set(ward: &Ward, name: &str, up: bool) {
    let breaker = ward.breaker(name, Config::new());
    if up {
        breaker.close();
    } else {
        breaker.force_open();
    }
    for _ in 0..2 {
        ward.tick();
    }
}

fn told<T: Send + 'static>() -> (impl Fn(T) + Clone + Send + 'static, Receiver<T>) {
    let (sender, receiver) = mpsc::channel();
    (
        move |told| {
            let _ = sender.send(told);
        },
        receiver,
    )
}

#[test]
fn a_handler_hears_when_its_service_gets_worse() {
    let ward = Ward::new();
    let (tell, heard) = told();
    ward.health.on_degraded("stock", tell);
    set(&ward, "mail", false);
    set(&ward, "stock", true);
    set(&ward, "stock", false);
    let change: Change = heard.recv_timeout(LONG).unwrap();
    assert_eq!((change.service, change.from, change.to), ("stock", Grade::Healthy, Grade::Failed));
    assert_eq!((change.why.as_str(), change.missed), ("circuit forced open (asked for)", 0));
    assert!(change.score < 0.7);
    set(&ward, "stock", true);
    drop(ward);
    // Nothing more: the sender is gone with the registry.
    assert_eq!(heard.recv_timeout(LONG), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn a_service_that_goes_from_bad_to_worse_is_told_twice() {
    let ward = Ward::new();
    let (tell, heard) = told();
    ward.health.on_degraded("stock", move |change: Change| tell((change.from, change.to)));
    let bulkhead = ward.bulkhead("stock", 1);
    let held = bulkhead.acquire().unwrap();
    ward.tick();
    set(&ward, "stock", false);
    drop(held);
    assert_eq!(heard.recv_timeout(LONG), Ok((Grade::Healthy, Grade::Degraded)));
    assert_eq!(heard.recv_timeout(LONG), Ok((Grade::Degraded, Grade::Failed)));
}

#[test]
fn a_handler_hears_when_its_service_is_healthy_again() {
    let ward = Ward::new();
    let (tell, heard) = told();
    ward.health.on_recovered("stock", move |change: Change| tell((change.from, change.to)));
    set(&ward, "stock", false);
    set(&ward, "stock", true);
    assert_eq!(heard.recv_timeout(LONG), Ok((Grade::Failed, Grade::Healthy)));
    drop(ward);
    assert_eq!(heard.recv_timeout(LONG), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn the_handlers_of_a_service_are_told_in_order() {
    let ward = Ward::new();
    let (tell, heard) = told();
    for number in 0..3 {
        let (down, up) = (tell.clone(), tell.clone());
        ward.health.on_degraded("stock", move |_| down(format!("down {number}")));
        ward.health.on_recovered("stock", move |_| up(format!("up {number}")));
    }
    for _ in 0..3 {
        set(&ward, "stock", false);
        set(&ward, "stock", true);
    }
    let round = ["down 0", "down 1", "down 2", "up 0", "up 1", "up 2"];
    let all: Vec<String> = (0..18).map(|_| heard.recv_timeout(LONG).unwrap()).collect();
    assert_eq!(all, round.repeat(3));
}

#[test]
fn a_handler_that_blocks_holds_up_its_own_service_only() {
    let ward = Ward::new();
    let (go_on, block): (Sender<()>, Receiver<()>) = mpsc::channel();
    let (tell, heard) = told();
    let (slow, quick) = (tell.clone(), tell);
    let block = Mutex::new(block);
    ward.health.on_degraded("slow", move |_| {
        let _ = block.lock().unwrap().recv_timeout(LONG);
        slow("slow");
    });
    ward.health.on_degraded("quick", move |_| quick("quick"));
    set(&ward, "slow", false);
    for _ in 0..3 {
        set(&ward, "quick", false);
        assert_eq!(heard.recv_timeout(LONG), Ok("quick"));
        set(&ward, "quick", true);
    }
    go_on.send(()).unwrap();
    assert_eq!(heard.recv_timeout(LONG), Ok("slow"));
}

#[test]
fn a_handler_that_panics_is_called_again_and_harms_no_other() {
    let ward = Ward::new();
    let (tell, heard) = told();
    let (first, second) = (tell.clone(), tell);
    let mut calls = 0;
    ward.health.on_degraded("stock", move |_| {
        calls += 1;
        first(format!("panics {calls}"));
        std::panic::resume_unwind(Box::new("the handler's own"));
    });
    ward.health.on_degraded("stock", move |_| second("other".to_owned()));
    for _ in 0..2 {
        set(&ward, "stock", false);
        set(&ward, "stock", true);
    }
    let all: Vec<_> = (0..4).map(|_| heard.recv_timeout(LONG).unwrap()).collect();
    assert_eq!(all, ["panics 1", "other", "panics 2", "other"]);
}

#[test]
fn a_slow_handler_loses_the_oldest_changes_and_is_told_how_many() {
    let ward = Ward::new();
    let (go_on, block): (Sender<()>, Receiver<()>) = mpsc::channel();
    let (began, begins) = told();
    let (tell, heard) = told();
    let block = Mutex::new(block);
    ward.health.on_degraded("stock", move |change: Change| {
        began(());
        let _ = block.lock().unwrap().recv_timeout(LONG);
        tell((change.score, change.missed));
    });
    let mut changes = 0;
    let mut degrade = || {
        changes += 1;
        set(&ward, "stock", false);
        set(&ward, "stock", true);
    };
    degrade();
    begins.recv_timeout(LONG).unwrap();
    // 64 wait, and seven were too many.
    (0..71).for_each(|_| degrade());
    drop(go_on);
    let missed: Vec<u64> = (0..65).map(|_| heard.recv_timeout(LONG).unwrap().1).collect();
    assert_eq!((missed[0], missed[1]), (0, 7));
    assert_eq!(missed.iter().sum::<u64>() + missed.len() as u64, 72);
    drop(ward);
    assert!(heard.recv_timeout(LONG).is_err());
}

#[test]
fn an_async_handler_runs_to_its_end_before_the_next() {
    let ward = Ward::new();
    let (tell, heard) = told();
    let (slow, next) = (tell.clone(), tell);
    ward.health.on_degraded_async("stock", move |change| {
        let slow = slow.clone();
        async move {
            slow(format!("{} began", change.service));
            let mut yielded = false;
            std::future::poll_fn(|cx| {
                if yielded {
                    return std::task::Poll::Ready(());
                }
                yielded = true;
                // Woken from another thread, later.
                let waker = cx.waker().clone();
                std::thread::spawn(move || waker.wake());
                std::task::Poll::Pending
            })
            .await;
            slow("ended".to_owned());
        }
    });
    ward.health.on_degraded("stock", move |_| next("next".to_owned()));
    set(&ward, "stock", false);
    let all: Vec<_> = (0..3).map(|_| heard.recv_timeout(LONG).unwrap()).collect();
    assert_eq!(all, ["stock began", "ended", "next"]);
}

#[test]
fn an_async_handler_may_use_the_runtime_that_it_was_given_in() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let ward = Ward::new();
    let (tell, heard) = told();
    runtime.block_on(async {
        ward.health.on_recovered_async("stock", move |_| {
            let tell = tell.clone();
            async move {
                // Its timer as well as its threads.
                let answer = tokio::time::timeout(LONG, tokio::spawn(async { "spawned" })).await;
                tell(answer.unwrap().unwrap());
            }
        });
    });
    set(&ward, "stock", false);
    set(&ward, "stock", true);
    assert_eq!(heard.recv_timeout(LONG), Ok("spawned"));
}

#[test]
fn a_handler_may_ask_for_the_report_and_add_handlers() {
    let ward = Ward::new();
    let (tell, heard) = told();
    let health = ward.health.clone();
    ward.health.on_degraded("stock", move |_| {
        let again = tell.clone();
        health.on_recovered("stock", move |_| again(Grade::Healthy));
        tell(health.report().service("stock").unwrap().grade);
    });
    ward.clock.advance(SECOND);
    set(&ward, "stock", false);
    assert_eq!(heard.recv_timeout(LONG), Ok(Grade::Failed));
    set(&ward, "stock", true);
    assert_eq!(heard.recv_timeout(LONG), Ok(Grade::Healthy));
}
