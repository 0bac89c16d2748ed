//! Figures, handles and memory.

use super::*;

#[test]
fn clones_are_one_rate_limit() {
    let (limit, _) = rate_limit(Config::new().rate(1, SECOND));
    let clone = limit.clone();
    assert!(limit.try_acquire().is_ok());
    assert!(clone.try_acquire().is_err());
}

#[test]
fn a_large_burst_costs_no_memory() {
    let (limit, _) = rate_limit(Config::new().rate(1_000_000_000, SECOND).burst(u32::MAX));
    assert_eq!(limit.snapshot().available, u64::from(u32::MAX));
}

#[test]
fn no_edge_of_a_period_lets_two_bursts_through() {
    let (limit, clock) = rate_limit(Config::new().rate(100, SECOND));
    let mut starts = Vec::new();
    // A caller that hits a fixed window twice at its edge.
    for pause in [990 * MS, 20 * MS, 980 * MS, 20 * MS] {
        clock.advance(pause);
        let calls = drain(&limit);
        starts.extend((0..calls).map(|_| clock.elapsed()));
    }
    assert_bound(&starts, 100, SECOND, 100);
}

#[test]
fn a_snapshot_tells_what_is_there() {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(3).max_wait(MINUTE));
    assert_eq!(limit.snapshot().available, 3);
    assert_eq!(drain(&limit), 3);
    let _waiting = waiting(&limit);
    let snapshot = limit.snapshot();
    assert_eq!((snapshot.available, snapshot.waiting), (0, 1));
    assert_eq!((snapshot.admitted, snapshot.refused), (3, 1));
    clock.advance(200 * MS);
    assert_eq!(limit.snapshot().available, 1);
    let json = serde_json::to_value(limit.snapshot()).unwrap();
    assert_eq!((&json["waiting"], &json["settings"]["burst"]), (&1.into(), &3.into()));
}

#[test]
fn futures_are_send() {
    fn is_send<T: Send>(_: &T) {}
    let (limit, _) = rate_limit(Config::new().rate(1, SECOND));
    is_send(&limit.acquire_async());
    is_send(&limit.call_async(async { Ok::<_, ()>(()) }));
}
