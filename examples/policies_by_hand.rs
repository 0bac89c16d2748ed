//! The policies without attributes, for services known only at run time: `cargo run --example policies_by_hand`.

use std::time::Duration;

use resilience::{
    Bulkhead, CircuitBreaker, Failure, ManualClock, RateLimit, Retry, bulkhead, circuit_breaker, rate_limit,
    retry::{self, Backoff, Jitter},
};

fn main() -> Result<(), resilience::ConfigError> {
    // A clock that stands still, so that this program does not wait for anything.
    let clock = ManualClock::new();

    let settings = circuit_breaker::Config::new().threshold(2).open_for(Duration::from_secs(10)).half_open(1);
    let breaker = CircuitBreaker::with_clock("warehouse", settings, clock.clone())?;
    for attempt in 1..=3 {
        match breaker.call(|| Err::<u32, _>("connection reset")) {
            Ok(stock) => println!("{attempt}: {stock} in stock"),
            Err(Failure::Error(error)) => println!("{attempt}: failed: {error}"),
            Err(Failure::Rejected(rejected)) => println!("{attempt}: {rejected}"),
        }
    }
    clock.advance(Duration::from_secs(10));
    println!("after ten seconds: {:?}, then {}", breaker.call(|| Ok::<_, &str>(7)), breaker.state());

    let backoff = Backoff::exponential(Duration::from_millis(100), Duration::from_secs(5));
    let settings = retry::Config::new().attempts(4).backoff(backoff).jitter(Jitter::None);
    let retry = Retry::with_clock("feed", settings, clock.clone())?;
    let (mut calls, before) = (0, clock.elapsed());
    let answer = retry.call(|| {
        calls += 1;
        if calls < 4 { Err("busy") } else { Ok("the feed") }
    });
    println!("{answer:?} at the {calls}th attempt, after {:?}", clock.elapsed().saturating_sub(before));

    let bulkhead = Bulkhead::new("reports", bulkhead::Config::new().max_concurrent(1))?;
    let place = bulkhead.acquire().expect("the only place is free");
    println!("{}", bulkhead.acquire().map(drop).expect_err("the only place is taken"));
    drop(place);

    let limit = RateLimit::with_clock(
        "mails",
        rate_limit::Config::new().rate(2, Duration::from_secs(1)),
        clock.clone(),
    )?;
    for mail in 1..=3 {
        match limit.try_acquire() {
            Ok(()) => println!("mail {mail} sent"),
            Err(rejected) => println!("mail {mail}: {rejected}"),
        }
    }
    Ok(())
}
