//! Many threads at once.

use super::*;

#[test]
fn exactly_the_burst_passes_while_time_stands_still() {
    const THREADS: u64 = 8;
    const CALLS: u64 = 2_000;
    let (limit, _) = rate_limit(Config::new().rate(100, SECOND));
    let (ran, start) = (AtomicU64::new(0), Barrier::new(8));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                for _ in 0..CALLS {
                    let _ = limit.call(|| Ok::<_, ()>(ran.fetch_add(1, Ordering::Relaxed)));
                }
            });
        }
    });
    let snapshot = limit.snapshot();
    assert_eq!((ran.into_inner(), snapshot.admitted), (100, 100));
    assert_eq!(snapshot.refused, THREADS * CALLS - 100);
}

#[test]
fn threads_on_a_running_clock_keep_the_bound() {
    let limit = RateLimit::new("quota", Config::new().rate(10_000, SECOND).burst(7)).unwrap();
    let start = Instant::now();
    let passed = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20_000 {
                    if limit.try_acquire().is_ok() {
                        // The bound holds at every moment, not only at the end.
                        let so_far = passed.fetch_add(1, Ordering::SeqCst) + 1;
                        let most = start.elapsed().as_nanos() / 100_000 + 7;
                        assert!(u128::from(so_far) <= most, "{so_far} of {most}");
                    }
                }
            });
        }
    });
    assert_eq!(limit.snapshot().admitted, passed.into_inner());
}

#[test]
fn threads_that_wait_all_come_through() {
    let config = Config::new().rate(20_000, SECOND).burst(1).max_wait(MINUTE);
    let limit = RateLimit::new("quota", config).unwrap();
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| limit.acquire().unwrap()));
        }
    });
    assert!(start.elapsed() >= Duration::from_micros(50) * 199);
    let snapshot = limit.snapshot();
    assert_eq!((snapshot.admitted, snapshot.refused, snapshot.waiting), (200, 0, 0));
}
