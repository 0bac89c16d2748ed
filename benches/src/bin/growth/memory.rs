//! Live heap bytes of each policy: registered, and used from so many threads at once.

use std::{
    future::ready,
    hint::black_box,
    pin::pin,
    sync::Barrier,
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
    Result,
    guarded::{Answer, Fault, work},
};

/// Policies of a kind; its figure is their mean.
const POLICIES: usize = 256;
/// Threads that use them at once.
const THREADS: [usize; 4] = [0, 1, 2, 64];
/// Breakers of the snapshot.
const SHOWN: usize = 10_000;

/// A call through the policy of a name, whose work is as given.
type Call = fn(&Registry, &str, fn() -> Answer);
/// A kind of policy: what the table calls it, how one is registered, how it is used.
type Kind = (&'static str, fn(&Registry, &str) -> bool, Call);

const HOUR: Duration = Duration::from_secs(3600);

const KINDS: [Kind; 9] = [
    ("breaker, failures in a row", |all, name| all.add_circuit_breaker(name, patient()).is_ok(), through_breaker),
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
    ("retry", |all, name| all.add_retry(name, retry::Config::new().attempts(1)).is_ok(), |all, name, work| {
        let _ = black_box(all.retry(name).expect("it is registered").call(work));
    }),
    ("bulkhead", |all, name| all.add_bulkhead(name, bulkhead::Config::new().max_concurrent(1000)).is_ok(), |all, name, work| {
        let _ = black_box(all.bulkhead(name).expect("it is registered").call(work));
    }),
    (
        "rate limit",
        |all, name| all.add_rate_limit(name, rate_limit::Config::new().rate(1_000_000, HOUR / 3600)).is_ok(),
        |all, name, work| {
            let _ = black_box(all.rate_limit(name).expect("it is registered").call(work));
        },
    ),
    ("timeout", |all, name| all.add_timeout(name, timeout::Config::new().limit(HOUR)).is_ok(), |all, name, work| {
        let limit = all.timeout(name).expect("it is registered");
        let call = pin!(limit.call_async(ready(work())));
        let _ = black_box(call.poll(&mut Context::from_waker(Waker::noop())).is_ready());
    }),
    ("a name that is registered already", |all, name| all.add_retry(name, retry::Config::new()).is_ok(), |_, _, _| {}),
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

/// In a child: prints the tables.
pub(crate) fn measure() -> Result<()> {
    println!(
        "Live heap bytes of one registered policy, with its name and its entry in the registry: idle, and after each of so \
         many threads, all alive at once, made ten calls through it that succeeded and one that failed.\n"
    );
    println!("| policy | idle | 1 thread | 2 threads | 64 threads | each further thread |\n|---|---:|---:|---:|---:|---:|");
    for (index, kind) in KINDS.iter().enumerate() {
        let bytes = THREADS.map(|threads| used(index, kind, threads));
        let further = (bytes[3] - bytes[1]) / 63;
        println!("| {} | {} | {} | {} | {} | {further} |", kind.0, bytes[0], bytes[1], bytes[2], bytes[3]);
    }
    println!();
    snapshot()
}

/// Bytes of one such policy, used from so many threads.
fn used(kind: usize, &(what, register, call): &Kind, threads: usize) -> i64 {
    let all = registry();
    // The last kind takes the names of the retries, so that what it shows is a second registration.
    let kind = if kind == KINDS.len() - 1 { 4 } else { kind };
    let names: Vec<String> = (0..POLICIES).map(|index| format!("kind-{kind}-{threads:02}-{index:06}")).collect();
    let registered = allocations(|| {
        for name in &names {
            assert!(register(&all, name), "{what}");
        }
    });
    let barrier = Barrier::new(threads);
    let calls = || {
        // Whatever a thread allocates only once is not the policies'.
        through_breaker(&all, "warm", || work(1));
        let bytes = allocations(|| {
            for name in &names {
                (0..10).for_each(|_| call(&all, name, || work(1)));
                call(&all, name, || Err(Fault::Down));
            }
        });
        barrier.wait();
        bytes.bytes_current
    };
    all.add_circuit_breaker("warm", patient()).expect("good settings");
    let in_calls: i64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(calls)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    let policies = i64::try_from(POLICIES).expect("few");
    (registered.bytes_current + in_calls + policies / 2) / policies
}

/// A snapshot of so many breakers.
fn snapshot() -> Result<()> {
    let all = registry();
    let others = all.snapshot().policies.len();
    for index in others..SHOWN {
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
        "A snapshot of {SHOWN} policies takes {:.1} ms (median) and {} bytes for each.\n",
        times[times.len() / 2].as_secs_f64() * 1e3,
        usize::try_from(bytes.bytes_current)? / SHOWN
    );
    Ok(())
}
