//! Live heap bytes of each policy: registered, and used from so many threads at once.

use std::{
    future::ready,
    hint::black_box,
    pin::pin,
    task::{Context, Waker},
    thread,
    time::{Duration, Instant},
};

use allocation_counter::measure as allocations;
use resilience::{
    Registry, bulkhead,
    circuit_breaker::{self, Window},
    rate_limit, registry, retry, timeout,
};

use crate::{
    Result, child,
    guarded::{Answer, Fault, work},
};

/// Policies of a kind; its figure is their mean.
const POLICIES: usize = 256;
/// Breakers of the snapshot.
const SHOWN: usize = 10_000;

/// A call through the policy of a name, whose work is as given.
type Call = fn(&Registry, &str, fn() -> Answer);
/// A kind of policy: what the table calls it, how one is registered, how it is used.
type Kind = (&'static str, fn(&Registry, &str) -> bool, Call);

const HOUR: Duration = Duration::from_hours(1);

const KINDS: [Kind; 8] = [
    (
        "breaker, failures in a row",
        |all, name| all.add_circuit_breaker(name, patient()).is_ok(),
        through_breaker,
    ),
    (
        "breaker, the last 100 calls",
        |all, name| all.add_circuit_breaker(name, windowed(Window::Calls(100))).is_ok(),
        through_breaker,
    ),
    (
        "breaker, the last 30 s",
        |all, name| all.add_circuit_breaker(name, windowed(SECONDS)).is_ok(),
        through_breaker,
    ),
    (
        "breaker, everything on",
        |all, name| {
            let rates = windowed(SECONDS).slow_call(Duration::from_secs(1)).slow_rate(0.5);
            all.add_circuit_breaker(name, rates.threshold(1_000_000).failure_count(1_000_000)).is_ok()
        },
        through_breaker,
    ),
    (
        "retry",
        |all, name| all.add_retry(name, retry::Config::new().attempts(1)).is_ok(),
        |all, name, work| {
            let _ = black_box(all.retry(name).expect("it is registered").call(work));
        },
    ),
    (
        "bulkhead",
        |all, name| all.add_bulkhead(name, bulkhead::Config::new().max_concurrent(1000)).is_ok(),
        |all, name, work| {
            let _ = black_box(all.bulkhead(name).expect("it is registered").call(work));
        },
    ),
    (
        "rate limit",
        |all, name| all.add_rate_limit(name, rate_limit::Config::new().rate(1_000_000, HOUR / 3600)).is_ok(),
        |all, name, work| {
            let _ = black_box(all.rate_limit(name).expect("it is registered").call(work));
        },
    ),
    (
        "timeout",
        |all, name| all.add_timeout(name, timeout::Config::new().limit(HOUR)).is_ok(),
        |all, name, work| {
            let limit = all.timeout(name).expect("it is registered");
            let call = pin!(limit.call_async(ready(work())));
            let _ = black_box(call.poll(&mut Context::from_waker(Waker::noop())).is_ready());
        },
    ),
];

const SECONDS: Window = Window::Time(Duration::from_secs(30));

/// Settings that the few failures here do not open.
const fn patient() -> circuit_breaker::Config {
    circuit_breaker::Config::new().threshold(1_000_000)
}

const fn windowed(window: Window) -> circuit_breaker::Config {
    circuit_breaker::Config::new().failure_rate(0.5).window(window)
}

fn through_breaker(all: &Registry, name: &str, work: fn() -> Answer) {
    let _ = black_box(all.circuit_breaker(name).expect("it is registered").call(work));
}

pub(crate) fn report() -> Result<()> {
    println!(
        "Live heap bytes of one registered policy, with its name and its entry in the registry: idle, and after each of so \
         many threads, all alive at once, made ten calls through it that succeeded and one that failed. *The last of 64*: \
         so many threads use some policy, but only the last uses this one.\n"
    );
    println!("| policy | idle | 1 thread | 2 threads | 64 threads | each further thread | the last of 64 |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for (kind, (name, ..)) in KINDS.iter().enumerate() {
        eprintln!("memory: {name}");
        let bytes = |threads: &str| -> Result<i64> {
            Ok(child(&["memory", &kind.to_string(), threads])?.trim().parse()?)
        };
        let (idle, one, two, all) = (bytes("0")?, bytes("1")?, bytes("2")?, bytes("64")?);
        println!("| {name} | {idle} | {one} | {two} | {all} | {} | {} |", (all - one) / 63, bytes("last")?);
    }
    println!();
    print!("{}", child(&["snapshot"])?);
    Ok(())
}

/// In a child: prints the bytes of one such policy, used from so many threads.
pub(crate) fn measure(kind: &str, threads: &str) -> Result<()> {
    let (what, register, call) = KINDS[kind.parse::<usize>()?];
    let (threads, users) = if threads == "last" { (64, 1) } else { (threads.parse()?, threads.parse()?) };
    let all = registry();
    // Whatever the first of a kind and the first call of a thread allocate is not the policy's.
    assert!(register(&all, "warm"), "{what}");
    let names: Vec<String> = (0..POLICIES).map(|index| format!("policy-{index:06}")).collect();
    let registered = allocations(|| {
        for name in &names {
            assert!(register(&all, name), "{what}");
        }
    });
    let used = in_turn(threads, &|left| {
        call(&all, "warm", || work(1));
        let used_here = || {
            for name in &names {
                (0..10).for_each(|_| call(&all, name, || work(1)));
                call(&all, name, || Err(Fault::Down));
            }
        };
        if left <= users { allocations(used_here).bytes_current } else { 0 }
    });
    println!("{}", (registered.bytes_current + used) / i64::try_from(POLICIES)?);
    Ok(())
}

/// The sum over so many threads, each told how many are left with it. Each starts the next one and waits for it, so that
/// all are alive at once.
fn in_turn(left: usize, bytes: &(dyn Fn(usize) -> i64 + Sync)) -> i64 {
    if left == 0 {
        return 0;
    }
    thread::scope(|scope| scope.spawn(|| bytes(left) + in_turn(left - 1, bytes)).join().expect("no panic"))
}

/// In a child: a snapshot of so many breakers.
pub(crate) fn snapshot() -> Result<()> {
    let all = registry();
    for index in 0..SHOWN {
        all.add_circuit_breaker(&format!("shown-{index:06}"), circuit_breaker::Config::new())?;
    }
    let mut times = Vec::new();
    for _ in 0..20 {
        let start = Instant::now();
        let shown = all.snapshot();
        times.push(start.elapsed());
        assert_eq!(shown.policies.len(), SHOWN);
    }
    times.sort();
    let mut shown = None;
    let bytes = allocations(|| shown = Some(all.snapshot()));
    println!(
        "A snapshot of {SHOWN} breakers takes {:.1} ms (median) and {} bytes for each.\n",
        times[times.len() / 2].as_secs_f64() * 1e3,
        usize::try_from(bytes.bytes_current)? / SHOWN
    );
    Ok(())
}
