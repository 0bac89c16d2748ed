//! Many threads and tasks at once.

use super::*;

#[tokio::test(start_paused = true)]
async fn waiting_follows_tokios_paused_clock() {
    let bulkhead = Bulkhead::new("pool", Config::new().max_concurrent(1).max_wait(50 * MS)).unwrap();
    let _place = bulkhead.acquire_async().await.unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(reason(bulkhead.acquire_async().await), Reason::WaitedTooLong);
    assert!((50..52).contains(&start.elapsed().as_millis()));
}

#[tokio::test]
async fn tasks_of_a_runtime_never_exceed_the_limit_and_all_come_through() {
    let bulkhead = Bulkhead::new("pool", Config::new().max_concurrent(3).max_wait(MINUTE)).unwrap();
    let (running, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (bulkhead, running, most) = (bulkhead.clone(), running.clone(), most.clone());
            tokio::spawn(async move {
                bulkhead
                    .call_async(async {
                        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                        running.fetch_sub(1, Ordering::SeqCst);
                        Ok::<_, ()>(())
                    })
                    .await
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Ok(()));
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
    assert_eq!(bulkhead.snapshot().admitted, 100);
}

#[test]
fn threads_that_block_never_exceed_the_limit_and_all_come_through() {
    const THREADS: u64 = 8;
    const CALLS: u64 = 500;
    for limit in [1, 3] {
        let config = Config::new().max_concurrent(limit).max_wait(MINUTE);
        let bulkhead = Bulkhead::new("pool", config).unwrap();
        let (running, start) = (AtomicU32::new(0), Barrier::new(8));
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..CALLS {
                        let _place = bulkhead.acquire().unwrap();
                        assert!(running.fetch_add(1, Ordering::SeqCst) < limit);
                        thread::yield_now();
                        running.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        let snapshot = bulkhead.snapshot();
        assert_eq!((snapshot.in_use, snapshot.waiting, snapshot.admitted), (0, 0, THREADS * CALLS));
    }
}

#[test]
fn totals_are_exact_after_many_threads() {
    const THREADS: u64 = 8;
    const CALLS: u64 = 5_000;
    let (bulkhead, _) = bulkhead(Config::new().max_concurrent(2));
    let (ran, running, start) = (AtomicU32::new(0), AtomicU32::new(0), Barrier::new(8));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                for _ in 0..CALLS {
                    let _ = bulkhead.call(|| {
                        assert!(running.fetch_add(1, Ordering::SeqCst) < 2);
                        ran.fetch_add(1, Ordering::Relaxed);
                        running.fetch_sub(1, Ordering::SeqCst);
                        Ok::<_, ()>(())
                    });
                }
            });
        }
    });
    let snapshot = bulkhead.snapshot();
    assert_eq!(snapshot.admitted, u64::from(ran.into_inner()));
    assert_eq!(snapshot.admitted + snapshot.full, THREADS * CALLS);
    assert_eq!(snapshot.in_use, 0);
}
