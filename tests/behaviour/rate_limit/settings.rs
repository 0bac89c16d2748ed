//! What each setting does, which cannot be, and what a refusal says.

use super::*;

#[test]
fn the_rates_calls_go_at_once_and_come_back_one_by_one() {
    let (limit, clock) = rate_limit(Config::new().rate(100, SECOND));
    assert_eq!(drain(&limit), 100);
    for _ in 0..5 {
        clock.advance(just_before(10 * MS));
        assert!(limit.acquire().is_err());
        clock.advance(NS);
        assert!(limit.acquire().is_ok());
        assert!(limit.acquire().is_err());
    }
}

#[test]
fn the_period_stretches_the_rate() {
    let (limit, clock) = rate_limit(Config::new().rate(2, MINUTE));
    assert_eq!(drain(&limit), 2);
    clock.advance(just_before(30 * SECOND));
    assert_eq!(drain(&limit), 0);
    clock.advance(NS);
    assert_eq!(drain(&limit), 1);
}

#[test]
fn burst_is_what_goes_at_once_after_idleness() {
    for burst in [1, 3, 250] {
        let (limit, clock) = rate_limit(Config::new().rate(100, SECOND).burst(burst));
        assert_eq!(drain(&limit), burst);
        clock.advance(Duration::from_hours(24 * 365));
        assert_eq!(drain(&limit), burst);
    }
}

#[test]
fn years_of_idleness_give_one_burst() {
    let (limit, clock) = rate_limit(Config::new().rate(100, SECOND).burst(5));
    assert_eq!(drain(&limit), 5);
    for _ in 0..20 {
        clock.advance(Duration::from_hours(24 * 365));
        assert!(drain(&limit) <= 5);
        clock.advance(SECOND);
        assert_eq!(drain(&limit), 5);
    }
}

#[test]
fn nobody_waits_by_default() {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(1));
    assert!(limit.acquire().is_ok());
    assert_eq!(hint(limit.acquire()), 100 * MS);
    let Poll::Ready(refused) = poll(&mut limit.acquire_async()) else { panic!("it waits") };
    assert_eq!(hint(refused), 100 * MS);
    assert_eq!(clock.elapsed(), Duration::ZERO);
}

#[test]
fn max_wait_admits_a_turn_that_comes_just_in_time() {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(1).max_wait(200 * MS));
    limit.try_acquire().unwrap();
    let mut first = waiting(&limit);
    let mut second = waiting(&limit);
    let Poll::Ready(refused) = poll(&mut limit.acquire_async()) else { panic!("a third waits") };
    assert_eq!(hint(refused), 300 * MS);
    clock.advance(100 * MS);
    assert_eq!(poll(&mut first), Poll::Ready(Ok(())));
    assert!(poll(&mut second).is_pending());
    clock.advance(100 * MS);
    assert_eq!(poll(&mut second), Poll::Ready(Ok(())));
}

#[test]
fn a_turn_that_comes_too_late_is_refused_at_once() {
    let (limit, clock) = rate_limit(Config::new().rate(10, SECOND).burst(1).max_wait(just_before(100 * MS)));
    limit.try_acquire().unwrap();
    assert_eq!(hint(limit.acquire()), 100 * MS);
    assert_eq!(clock.elapsed(), Duration::ZERO);
}

#[test]
fn a_refusal_says_who_and_why_and_when() {
    let (limit, clock) = rate_limit(Config::new().rate(1, 10 * SECOND));
    limit.try_acquire().unwrap();
    clock.advance(2_500 * MS);
    let refused = limit.try_acquire().unwrap_err();
    assert_eq!((refused.policy(), refused.name()), (PolicyKind::RateLimit, "quota"));
    assert_eq!(refused.reason(), Reason::RateLimited);
    assert_eq!(refused.retry_after(), Some(7_500 * MS));
    assert_eq!(refused.to_string(), "rate limit `quota` is used up, try again in 7.5s");
}

#[test]
fn the_hint_is_exact() {
    let (limit, clock) = rate_limit(Config::new().rate(3, SECOND).burst(2));
    assert_eq!(drain(&limit), 2);
    let wait = hint(limit.try_acquire());
    assert_eq!(wait, 334 * MS, "a third of a second, in whole milliseconds");
    clock.advance(wait.checked_sub(MS).unwrap());
    assert!(limit.try_acquire().is_err());
    clock.advance(MS);
    assert!(limit.try_acquire().is_ok());
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let rate = Config::new().rate(100, SECOND);
    let day = Duration::from_hours(24);
    for (config, setting, message) in [
        (
            Config::new(),
            "rate",
            "a rate limit needs a rate: write so many calls in a period, like `100 / 1s`",
        ),
        (
            Config::new().burst(5),
            "rate",
            "a rate limit needs a rate: write so many calls in a period, like `100 / 1s`",
        ),
        (
            Config::new().rate(0, SECOND),
            "rate",
            "`rate` must allow at least 1 call: write `1 / 10s` for one in ten seconds",
        ),
        (
            Config::new().rate(1, Duration::ZERO),
            "rate",
            "`rate` must have a period above zero: write so many calls in a period, like `100 / 1s`",
        ),
        (Config::new().rate(1, day + NS), "rate", "`rate` can have a period of at most 1 day"),
        (Config::new().rate(1, Duration::MAX), "rate", "`rate` can have a period of at most 1 day"),
        (Config::new().rate(2, NS), "rate", "`rate` can be at most 1 call per nanosecond"),
        (rate.burst(0), "burst", "`burst` must be at least 1"),
        (
            Config::new().rate(1, day).burst(31),
            "burst",
            "`burst` cannot be more than the calls that `rate` allows in 30 days",
        ),
        (rate.max_wait(day + NS), "max_wait", "`max_wait` can be at most 1 day"),
        (rate.max_wait(Duration::MAX), "max_wait", "`max_wait` can be at most 1 day"),
    ] {
        let error = RateLimit::new("quota", config).unwrap_err();
        assert_eq!((error.setting(), error.to_string().as_str()), (setting, message));
        assert_eq!(config.any_problem(&[]), Some(message));
        assert_eq!(config.any_problem(&[setting]), None);

        let running = RateLimit::new("quota", rate).unwrap();
        let before = running.settings();
        assert_eq!(running.reconfigure(config), Err(error));
        assert_eq!(running.settings(), before);
    }
    assert!(Config::new().rate(1, day).burst(30).max_wait(day).validate().is_ok());
}

#[test]
fn the_extremes_of_the_settings_work() {
    let day = Duration::from_hours(24);
    let (limit, clock) = rate_limit(Config::new().rate(1, day).burst(30).max_wait(day));
    assert_eq!(drain(&limit), 30);
    assert_eq!(hint(limit.try_acquire()), day);
    assert!(limit.acquire().is_ok());
    assert_eq!(clock.elapsed(), day);

    let (limit, clock) = rate_limit(Config::new().rate(1, NS));
    for _ in 0..100 {
        assert_eq!(drain(&limit), 1);
        clock.advance(NS);
    }

    let (limit, clock) = rate_limit(Config::new().rate(u32::MAX, Duration::from_secs(5)).burst(u32::MAX));
    assert_eq!(limit.snapshot().available, u64::from(u32::MAX));
    assert!(limit.acquire().is_ok());
    clock.advance(SECOND);
    assert_eq!(limit.snapshot().available, u64::from(u32::MAX));
}

#[test]
fn names_that_cannot_be_are_refused() {
    let config = Config::new().rate(1, SECOND);
    assert_eq!(RateLimit::new("", config).unwrap_err().setting(), "name");
    assert_eq!(RateLimit::new(&"x".repeat(10_000), config).unwrap_err().setting(), "name");
}

#[test]
fn written_settings_win_over_a_base() {
    let base = Config::new().rate(1, SECOND).burst(9).max_wait(MS);
    let (limit, _) = rate_limit(Config::new().rate(7, MINUTE).or(base));
    let settings = limit.settings();
    assert_eq!((settings.calls, settings.period, settings.burst, settings.max_wait), (7, MINUTE, 9, MS));
}

#[test]
fn rates_that_nanoseconds_cannot_express_do_not_drift() {
    for calls in [3, 7, 9, 21, 63, 512] {
        let (limit, clock) = rate_limit(Config::new().rate(calls, SECOND));
        for _ in 0..2_000 {
            assert_eq!(drain(&limit), calls);
            clock.advance(just_before(SECOND));
            assert_eq!(drain(&limit), calls - 1);
            clock.advance(NS);
            assert_eq!(drain(&limit), 1);
            clock.advance(SECOND);
        }
    }
}

#[test]
fn rates_that_no_unit_expresses_never_allow_more() {
    let (limit, clock) = rate_limit(Config::new().rate(11, SECOND).burst(22));
    let mut passed = 0;
    for second in 1..1_000 {
        passed += drain(&limit);
        clock.set(just_before(SECOND * second));
        passed += drain(&limit);
        assert_eq!(passed, 11 * second + 21);
    }
}

#[test]
fn over_the_limit_the_call_does_not_run() {
    let (limit, _) = rate_limit(Config::new().rate(1, SECOND));
    assert_eq!(limit.call(|| Err::<(), _>("ran")), Err(Failure::Error("ran")));
    let outcome = limit.call(|| -> Result<(), &str> { panic!("it ran") });
    assert!(matches!(outcome, Err(Failure::Rejected(_))));
    let call = limit.call_async(async { Err::<(), _>("it ran") });
    assert!(matches!(futures::executor::block_on(call), Err(Failure::Rejected(_))));
}
