//! A shop calls a service that has a bad day, over real sockets: `cargo run --example quickstart`.
//!
//! The service is healthy, then slow, then down, then healthy again ([`service`]). The shop's client is made of ordinary
//! functions with a line or more above each ([`client`]). The program prints what happens as it happens, compares it at
//! the end with what the policies promise, and exits with 0 only if they agree.

mod client;
mod service;
mod timeline;

use std::{
    process::ExitCode,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use client::{Client, QuoteError};
use resilience::{Figures, PolicyKind, registry};
use service::{Mood, Seen};
use timeline::{millis, say};

/// What the shop saw.
#[derive(Default)]
struct Day {
    live: u32,
    live_after_recovery: u32,
    cached: u32,
    stock_answers: u32,
    stock_errors: u32,
    unexpected: Vec<String>,
    unknown_symbol: bool,
    reports_passed: usize,
    reports_refused: usize,
    exports_passed: usize,
    exports_refused: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    timeline::listen();
    let (address, born, seen) = match service::start().await {
        Ok(service) => service,
        Err(error) => {
            eprintln!("no loopback port to serve on: {error}");
            return ExitCode::FAILURE;
        }
    };
    say(format_args!("a service listens on {address}"));
    let client = Client { address };
    let mut day = Day::default();

    bursts(&client, &mut day).await;
    let mut mood = None;
    while born.elapsed() < Duration::from_millis(8500) {
        let now = Mood::at(born.elapsed());
        if mood.replace(now) != Some(now) {
            say(format_args!("the service is now {now:?}"));
        }
        quote(&client, now, &mut day, born.elapsed() > Duration::from_millis(7500)).await;
        stock(&client, &mut day).await;
        tokio::time::sleep(Duration::from_millis(120)).await;
    }
    summary(&day, &seen)
}

/// What limits do: a burst of reports, a burst of exports, and a question that the service cannot answer.
async fn bursts(client: &Client, day: &mut Day) {
    say("five reports at once, three a minute are allowed");
    for _ in 0..5 {
        match client.report().await {
            Ok(_) => day.reports_passed += 1,
            Err(error) => {
                say(format_args!("report   refused: {error}"));
                day.reports_refused += usize::from(matches!(error, QuoteError::Unavailable(_)));
            }
        }
    }
    say("five exports at once, two may run");
    let exports =
        tokio::join!(client.export(), client.export(), client.export(), client.export(), client.export());
    for export in [exports.0, exports.1, exports.2, exports.3, exports.4] {
        match export {
            Ok(_) => day.exports_passed += 1,
            Err(error) => {
                say(format_args!("export   refused: {error}"));
                day.exports_refused += usize::from(matches!(error, QuoteError::Unavailable(_)));
            }
        }
    }
    match client.quote("NOPE").await {
        Err(error @ QuoteError::UnknownSymbol(_)) => {
            say(format_args!("quote    NOPE: {error}; not repeated, not held against the service"));
            day.unknown_symbol = true;
        }
        other => day.unexpected.push(format!("quote of an unknown symbol: {other:?}")),
    }
}

async fn quote(client: &Client, mood: Mood, day: &mut Day, recovered: bool) {
    let start = Instant::now();
    match client.quote("ACME").await {
        Ok(quote) if quote.live => {
            say(format_args!("quote    {} in {}, live", quote.price, millis(start.elapsed())));
            day.live += 1;
            day.live_after_recovery += u32::from(recovered);
        }
        Ok(quote) => {
            say(format_args!(
                "quote    {} in {}, from the cache ({mood:?})",
                quote.price,
                millis(start.elapsed())
            ));
            day.cached += 1;
        }
        Err(error) => {
            say(format_args!("quote    error: {error}"));
            day.unexpected.push(error.to_string());
        }
    }
}

async fn stock(client: &Client, day: &mut Day) {
    let start = Instant::now();
    match client.stock("ACME").await {
        Ok(stock) => {
            say(format_args!("stock    {stock} in {}", millis(start.elapsed())));
            day.stock_answers += 1;
        }
        Err(error) => {
            say(format_args!("stock    {error}, after {}", millis(start.elapsed())));
            day.stock_errors += 1;
        }
    }
}

/// Prints what was seen and what the registry says, and compares the two with what the policies promise.
fn summary(day: &Day, seen: &Seen) -> ExitCode {
    println!(
        "\nquotes: {} live, {} from the cache; stock: {} answers, {} errors",
        day.live, day.cached, day.stock_answers, day.stock_errors
    );
    println!("\nthe registry:");
    let snapshot = registry().snapshot();
    for policy in &snapshot.policies {
        println!("  {:<15} {:<40} {}", policy.kind, policy.name, figures(&policy.figures));
    }

    let Some(Figures::CircuitBreaker(quotes)) =
        snapshot.get(PolicyKind::CircuitBreaker, "quotes").map(|policy| policy.figures.clone())
    else {
        println!("\nFAILED: the registry does not know the breaker of the quotes");
        return ExitCode::FAILURE;
    };
    let changes = timeline::changes();
    let went =
        |from: &str, to: &str| changes.iter().any(|c| c.name == "quotes" && c.from == from && c.to == to);
    let sent = quotes.successes + quotes.errors + quotes.timeouts;
    // `stock` asks the same part of the service; the breaker named "stock" knows how often.
    let stock_sent = match snapshot.get(PolicyKind::CircuitBreaker, "stock").map(|policy| &policy.figures) {
        Some(Figures::CircuitBreaker(stock)) => stock.successes + stock.errors + stock.timeouts,
        _ => 0,
    };
    let arrived = u64::from(seen.quotes.load(Ordering::Relaxed));

    println!("\nwhat the policies promise:");
    let promises = [
        (
            "no quote failed: the cache stood in for each that could not be had",
            day.unexpected.is_empty() && day.cached > 0,
        ),
        (
            "quotes were live while the service was healthy, and are again",
            day.live > 0 && day.live_after_recovery > 0,
        ),
        (
            "the circuit opened, tried again, and closed",
            went("closed", "open") && went("open", "half_open") && went("half_open", "closed"),
        ),
        ("calls were refused while it was open", quotes.refused > 0),
        ("slow answers were cut off, and counted as failures", quotes.timeouts > 0 && quotes.errors > 0),
        ("nothing reached the service that the breakers did not admit", arrived <= sent + stock_sent),
        (
            "an unknown symbol was asked for once, and ignored",
            day.unknown_symbol && seen.unknown.load(Ordering::Relaxed) == 1 && quotes.ignored == 1,
        ),
        (
            "three of five reports passed",
            day.reports_passed == 3 && day.reports_refused == 2 && seen.reports.load(Ordering::Relaxed) == 3,
        ),
        (
            "two exports ran at once, three were refused",
            day.exports_passed == 2
                && day.exports_refused == 3
                && seen.exports.load(Ordering::Relaxed) == 2
                && seen.exports_at_once.load(Ordering::SeqCst) <= 2,
        ),
    ];
    let mut kept = true;
    for (promise, is_kept) in promises {
        println!("  [{}] {promise}", if is_kept { "kept" } else { "BROKEN" });
        kept &= is_kept;
    }
    for error in &day.unexpected {
        println!("  unexpected: {error}");
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One line about one policy.
fn figures(figures: &Figures) -> String {
    match figures {
        Figures::CircuitBreaker(f) => format!(
            "{}, {} ok, {} errors, {} timeouts, {} ignored, {} refused, {} transitions",
            f.state, f.successes, f.errors, f.timeouts, f.ignored, f.refused, f.transitions
        ),
        Figures::Retry(f) => format!(
            "{} at once, {} after a repeat, {} exhausted, {} repeats",
            f.succeeded_without_retry, f.succeeded_with_retry, f.exhausted, f.retries
        ),
        Figures::Bulkhead(f) => format!(
            "{} of {} places in use, {} admitted, {} refused",
            f.in_use,
            f.settings.max_concurrent,
            f.admitted,
            f.full + f.queue_full + f.waited_too_long
        ),
        Figures::RateLimit(f) => {
            format!("{} permits there, {} admitted, {} refused", f.available, f.admitted, f.refused)
        }
        Figures::Timeout(f) => format!("{:?}, {} cut off", f.settings.limit, f.expired),
        Figures::Fallback(f) => format!("stood in {} times, failed {}", f.used, f.failed),
        other => format!("{other:?}"),
    }
}
