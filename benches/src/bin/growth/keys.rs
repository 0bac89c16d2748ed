//! Keys: what one takes, and what a call with one costs, with so many of them.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use allocation_counter::measure as allocations;
use resilience::{
    Bulkhead, CircuitBreaker, Keyed, RateLimit, bulkhead,
    circuit_breaker::{self, Window},
    rate_limit,
};

use crate::{Result, child, guarded::work, population::rounded};

const NUMBERS: [u32; 3] = [1000, 10_000, 1_000_000];
/// The bar for one of the greatest number.
const MOST_BYTES: i64 = 200;

/// A kind of keys: what the table calls it, and a call with a key through at most so many.
type Kind = (&'static str, fn(u32) -> Box<dyn Fn(&str)>);

const KINDS: [Kind; 4] = [
    ("breaker, failures in a row", |keys| breakers(circuit_breaker::Config::new().max_keys(keys))),
    ("breaker, the last hour", |keys| {
        let window = Window::Time(Duration::from_hours(1));
        breakers(circuit_breaker::Config::new().failure_rate(0.5).window(window).max_keys(keys))
    }),
    ("bulkhead", |keys| {
        let config = bulkhead::Config::new().max_keys(keys);
        let pools = Bulkhead::new("pools", config).expect("valid").keyed();
        Box::new(move |key| {
            let _ = black_box(pools.call(key, || work(1)));
        })
    }),
    ("rate limit", |keys| {
        let config = rate_limit::Config::new().rate(1_000_000_000, Duration::from_secs(1)).max_keys(keys);
        let limits = RateLimit::new("limits", config).expect("valid").keyed();
        Box::new(move |key| {
            let _ = black_box(limits.call(key, || work(1)));
        })
    }),
];

fn breakers(config: circuit_breaker::Config) -> Box<dyn Fn(&str)> {
    let hosts: Keyed<CircuitBreaker> = CircuitBreaker::new("hosts", config).expect("valid").keyed();
    Box::new(move |key| {
        let _ = black_box(hosts.call(key, || work(1)));
    })
}

pub(crate) fn report() -> Result<()> {
    println!(
        "One instance for each key, called once with each of so many keys of 16 bytes, which went well. *Known*: a call \
         with one of them, in order. *New*: a call with one more key, for which another leaves.\n"
    );
    println!("| policy | keys | heap, bytes each | at most | met | known, ns | new, ns |");
    println!("|---|---:|---:|---:|---|---:|---:|");
    for (kind, (name, _)) in KINDS.iter().enumerate() {
        for number in NUMBERS {
            eprintln!("{number} keys: {name}");
            print!("{}", child(&["keys", &kind.to_string(), &number.to_string()])?);
        }
    }
    println!();
    Ok(())
}

/// In a child: prints a row.
pub(crate) fn measure(kind: &str, number: &str) -> Result<()> {
    let number: u32 = number.parse()?;
    let (name, make) = KINDS[kind.parse::<usize>()?];
    let keys: Vec<String> = (0..number).map(|key| format!("tenant-{key:09}")).collect();
    let others: Vec<String> = (0..100_000).map(|key| format!("others-{key:09}")).collect();
    let mut kept = None;
    let heap = allocations(|| {
        let call = make(number);
        for key in &keys {
            call(key);
        }
        kept = Some(call);
    });
    let bytes = rounded(heap.bytes_current, keys.len());
    let call = kept.ok_or("no keys")?;
    let time = |keys: &[String]| {
        let start = Instant::now();
        for key in keys {
            call(key);
        }
        start.elapsed().as_secs_f64() * 1e9 / keys.len() as f64
    };
    let mut known: Vec<f64> = (0..(3_000_000 / number).max(3)).map(|_| time(&keys)).collect();
    known.sort_by(f64::total_cmp);
    let new = time(&others);
    let is_bound = number >= 1_000_000;
    let (bar, met) = match (is_bound, bytes < MOST_BYTES) {
        (false, _) => (String::from("-"), "-"),
        (true, true) => (MOST_BYTES.to_string(), "yes"),
        (true, false) => (MOST_BYTES.to_string(), "**no**"),
    };
    println!("| {name} | {number} | {bytes} | {bar} | {met} | {:.0} | {new:.0} |", known[known.len() / 2]);
    Ok(())
}
