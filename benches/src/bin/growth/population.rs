//! Calls in a process that has so many breakers.

use std::{
    fmt::Write as _,
    fs,
    hint::black_box,
    time::{Duration, Instant},
};

use resilience::{CircuitBreaker, circuit_breaker::Config, registry};
use resilience_benches::gauge::Patience;

use crate::{
    Result, child,
    guarded::{breaker, plain, work},
};

const POPULATIONS: [usize; 4] = [1, 100, 10_000, 1_000_000];

/// How long a batch of calls should take, and how many there are of each kind.
const BATCH: Duration = Duration::from_micros(200);
const BATCHES: usize = 1000;
/// How long a process waits for a quiet machine in all.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn report() -> Result<()> {
    println!(
        "Calls through a closed breaker in a process with so many registered ones, medians in ns. *One function*: the same \
         annotated function each time. *Spread*: each call through the handle of another breaker, in random order; what \
         it takes longer are cache misses, as *one line each* shows, which in the same order adds one to a number in as \
         many allocations of 64 bytes and makes the plain call.\n"
    );
    println!(
        "| breakers | plain call | one function | spread | one line each | added by one function | registering one | finding one by name |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|");
    let mut memory = String::new();
    for number in POPULATIONS {
        eprintln!("{number} breakers");
        let output = child(&["population", &number.to_string()])?;
        let (row, kept) = output.split_once('\n').ok_or("no row")?;
        println!("{row}");
        memory.push_str(kept);
    }
    println!();
    println!("| breakers | | heap, bytes each | resident, bytes each |\n|---:|---|---:|---:|\n{memory}");
    Ok(())
}

/// In a child: prints a row of the first table, then those of the second.
pub(crate) fn measure(number: &str) -> Result<()> {
    let number: usize = number.parse()?;
    breaker(0).map_err(|fault| format!("{fault:?}"))?; // The annotated function's own breaker is one of them.
    let names: Vec<String> = (1..number).map(|index| format!("tenant-{index:07}")).collect();
    let mut handles: Vec<CircuitBreaker> = Vec::with_capacity(number);
    handles.extend(registry().circuit_breaker("growth"));

    let (resident, start) = (resident()?, Instant::now());
    let mut failed = Ok(());
    let heap = allocation_counter::measure(|| {
        for name in &names {
            match registry().add_circuit_breaker(name, Config::new()) {
                Ok(handle) => handles.push(handle),
                Err(error) => failed = Err(error),
            }
        }
    });
    failed?;
    let registering = each(start.elapsed(), number - 1);
    let mut memory = String::new();
    let mut row = |what, heap: i64| {
        let grown = self::resident()?.saturating_sub(resident);
        if number > 1 {
            let count = number - 1;
            writeln!(memory, "| {number} | {what} | {} | {} |", rounded(heap, count), rounded(grown, count))?;
        }
        Ok::<_, Box<dyn std::error::Error>>(())
    };
    row("idle", heap.bytes_current)?;
    let used = allocation_counter::measure(|| {
        for handle in &handles {
            let _ = black_box(handle.call(|| work(1)));
        }
    });
    row("each called once", heap.bytes_current + used.bytes_current)?;

    let start = Instant::now();
    let mut found = 0;
    for index in random().map(|random| random % number.max(2)).take(100_000).filter(|index| *index > 0) {
        found +=
            usize::from(names.get(index - 1).is_some_and(|name| registry().circuit_breaker(name).is_some()));
    }
    let finding = each(start.elapsed(), found);

    let order: Vec<u32> = random()
        .map(|random| random % number)
        .map(u32::try_from)
        .take(1 << 20)
        .collect::<std::result::Result<_, _>>()?;
    let mut lines: Vec<Box<[u64; 8]>> = (0..number).map(|_| Box::new([0; 8])).collect();
    let (mut at, mut line_at) = (0, 0);
    let figures = medians(&mut [
        &mut |times| (0..times).fold(0, |x, _| plain(x).unwrap_or(0)),
        &mut |times| (0..times).fold(0, |x, _| breaker(x).unwrap_or(0)),
        &mut |times| {
            (0..times).fold(0, |x, _| {
                at = (at + 1) % order.len();
                handles[order[at] as usize].call(|| plain(x)).unwrap_or(0)
            })
        },
        &mut |times| {
            (0..times).fold(0, |x, _| {
                line_at = (line_at + 1) % order.len();
                lines[order[line_at] as usize][0] += 1;
                plain(x).unwrap_or(0)
            })
        },
    ]);
    let [plain, one, spread, line] = figures;
    let many = |figure: f64| if number == 1 { String::from("-") } else { format!("{figure:.0}") };
    println!(
        "| {number} | {plain:.2} | {one:.2} | {spread:.2} | {line:.2} | {:.2} | {} | {} |",
        one - plain,
        many(registering),
        many(finding)
    );
    print!("{memory}");
    Ok(())
}

/// Nanoseconds per call of each, in turns, so that what else the machine does falls on all of them; begun while the machine is
/// quiet, as long as there is patience for it.
fn medians<const N: usize>(calls: &mut [&mut dyn FnMut(u64) -> u64; N]) -> [f64; N] {
    let mut sizes = [0; N];
    for (size, call) in sizes.iter_mut().zip(&mut *calls) {
        let mut times = 1000;
        while time(*call, times) < BATCH {
            times *= 2;
        }
        *size = times;
    }
    let mut figures = [const { Vec::new() }; N];
    let mut patience = Patience::new(PATIENCE);
    for _ in 0..BATCHES {
        for ((figures, call), size) in figures.iter_mut().zip(&mut *calls).zip(sizes) {
            patience.await_quiet();
            figures.push(time(*call, size).as_secs_f64() * 1e9 / size as f64);
        }
    }
    figures.map(|mut figures| {
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    })
}

fn time(call: &mut dyn FnMut(u64) -> u64, times: u64) -> Duration {
    let start = Instant::now();
    black_box(call(black_box(times)));
    start.elapsed()
}

/// Numbers in an order that no prefetcher knows, the same in every run (xorshift).
fn random() -> impl Iterator<Item = usize> {
    std::iter::successors(Some(0x9e37_79b9_7f4a_7c15_u64), |x| {
        let x = x ^ x << 13;
        let x = x ^ x >> 7;
        Some(x ^ x << 17)
    })
    .map(|x| usize::try_from(x >> 33).unwrap_or(0))
}

fn each(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e9 / count.max(1) as f64
}

pub(crate) fn rounded(bytes: i64, count: usize) -> i64 {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    (bytes + count / 2) / count
}

/// Resident bytes of this process.
fn resident() -> Result<i64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<i64>()? * 1024)
}
