//! Blocking waits, and waits inside tokio.

use super::*;

#[test]
fn a_blocking_wait_moves_a_manual_clock_to_the_turn() {
    let (limit, clock) = strict();
    for turn in 1..=5 {
        assert!(limit.acquire().is_ok());
        assert_eq!(clock.elapsed(), 100 * MS * turn);
    }
}

#[test]
fn a_blocked_thread_waits_for_its_turn_on_the_real_clock() {
    let limit = RateLimit::new("quota", Config::new().rate(200, SECOND).burst(1).max_wait(SECOND)).unwrap();
    let start = Instant::now();
    limit.acquire().unwrap();
    limit.acquire().unwrap();
    assert!(start.elapsed() >= 5 * MS);
}

#[tokio::test(start_paused = true)]
async fn a_blocking_wait_ends_though_tokios_clock_is_paused() {
    let limit = RateLimit::new("quota", Config::new().rate(200, SECOND).burst(1).max_wait(SECOND)).unwrap();
    for _ in 0..3 {
        limit.acquire().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_follows_tokios_paused_clock() {
    let limit = RateLimit::new("quota", Config::new().rate(10, SECOND).burst(1).max_wait(MINUTE)).unwrap();
    let start = tokio::time::Instant::now();
    let calls = (0..5).map(|number| {
        let limit = &limit;
        async move {
            limit.acquire_async().await.unwrap();
            (number, start.elapsed().as_millis())
        }
    });
    for (number, at) in futures::future::join_all(calls).await {
        assert!((number * 100..=number * 100 + 5).contains(&at), "{number} at {at} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_of_a_runtime_keep_the_bound_in_every_window() {
    let limit = RateLimit::new("quota", Config::new().rate(300, SECOND).burst(4).max_wait(MINUTE)).unwrap();
    let start = tokio::time::Instant::now();
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let limit = limit.clone();
            tokio::spawn(async move {
                limit.acquire_async().await.unwrap();
                start.elapsed()
            })
        })
        .collect();
    let mut starts = Vec::new();
    for task in tasks {
        starts.push(task.await.unwrap());
    }
    starts.sort_unstable();
    assert_bound(&starts, 300, SECOND, 4);
}
