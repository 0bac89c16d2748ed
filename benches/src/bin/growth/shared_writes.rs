//! How many writes of a call go to memory that the calls of other threads touch as well.
//!
//! The time of a call at 64 threads cannot be measured on two cores, but what makes it grow can be counted: a write to a
//! line that another core has must fetch that line first. So each case is called from so many threads, one after another
//! and all alive, under valgrind, which tells every instruction with every address that it reads or writes. A write is
//! shared if its line is also touched by another thread's calls. This looks at what the machine executed, all the way
//! through the standard library, and not at what the source says.
//!
//! Each thread makes several short runs of calls, and the shortest counts. Valgrind runs one thread at a time, so the
//! thread of the tick comes late, and calls that find the tick down go another way; before each run that thread is given
//! time.

use std::{
    collections::HashMap,
    env, fs,
    hint::black_box,
    path::Path,
    process::{self, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use crate::{
    Result, guarded,
    trace::{Code, Phase, phases},
};

/// A case: its name, whether its calls may write to what threads share, the call.
type Case = (&'static str, bool, fn(u64) -> u64);

const CASES: [Case; 13] = [
    ("breaker, failures in a row", false, guarded::consecutive),
    ("breaker, failures in a row, async", false, guarded::consecutive_later),
    ("breaker, the last 100 calls", false, guarded::in_calls),
    ("breaker, the last 10 s", false, guarded::in_time),
    ("breaker, slow calls", false, guarded::slow),
    ("retry", false, guarded::retried),
    ("retry, async", false, guarded::retried_later),
    ("timeout, async", false, guarded::timed_later),
    ("fallback, retry, breaker", false, guarded::stand_in),
    ("fallback, retry, breaker, timeout, async", false, guarded::stand_in_later),
    ("rate limit", true, guarded::limited),
    ("bulkhead", true, guarded::pooled),
    ("all six, async", true, guarded::stack_later),
];

const CALLS: u64 = 20;
const RUNS: usize = 3;
/// An instruction that fewer calls of a run execute is not on the way of every call.
const OFTEN: u64 = CALLS / 4;
/// What the thread of the tick needs to publish again after it came late.
const TWO_TICKS: Duration = Duration::from_millis(12);
/// Below this the mean over the threads is that of a thread that found no tick in all its runs: a write on the way of
/// every call is one in each.
const SOME: f64 = 0.5;

/// Prints the table. `check`: with fewer threads, and fails without valgrind and where calls share what they must not.
pub(crate) fn report(check: bool) -> Result<()> {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        let missing = "writes that threads share: not counted, since there is no `valgrind` here";
        if check {
            return Err(missing.into());
        }
        println!("{missing}\n");
        return Ok(());
    }
    // The first eight threads find their cells in another way than later ones.
    let threads: &[usize] = if check { &[2, 12] } else { &[2, 8, 64] };
    let mut counts = Vec::new();
    for threads in threads {
        eprintln!("shared writes: {threads} threads");
        counts.push(count(*threads)?);
    }
    println!(
        "Writes of a successful call to cache lines that the calls of other threads touch as well, when so many threads \
         call, and its locked instructions: counted by valgrind. Where there are none, more threads do not make a call \
         dearer.\n"
    );
    let columns: Vec<_> = threads.iter().map(|threads| format!("{threads} threads")).collect();
    println!("| case | {} | locked instructions |", columns.join(" | "));
    println!("|---|{}---:|", "---:|".repeat(threads.len()));
    let mut broken = Vec::new();
    for (index, (name, may_share, _)) in CASES.iter().enumerate() {
        let cells: Vec<_> = counts.iter().map(|counts| format!("{:.1}", counts[index].shared)).collect();
        let locked = counts[0][index].locked.map_or(String::from("?"), |locked| format!("{locked:.1}"));
        println!("| {name} | {} | {locked} |", cells.join(" | "));
        for (count, threads) in counts.iter().map(|counts| &counts[index]).zip(threads) {
            if !may_share && (count.shared >= SOME || count.locked.is_some_and(|locked| locked >= SOME)) {
                broken.push(format!("{name}, {threads} threads:\n{}", count.places));
            }
        }
    }
    println!();
    if check && !broken.is_empty() {
        return Err(format!("calls that must share nothing do:\n{}", broken.join("\n")).into());
    }
    Ok(())
}

/// Of one call of a case, the mean over the threads.
struct Count {
    shared: f64,
    /// `None` where machine code cannot be read.
    locked: Option<f64>,
    /// The instructions concerned.
    places: String,
}

/// Each case, called from so many threads.
fn count(threads: usize) -> Result<Vec<Count>> {
    let log = env::temp_dir().join(format!("resilience-growth-{}.trace", process::id()));
    let counts = traced(threads, &log);
    let _ = fs::remove_file(log);
    counts
}

fn traced(threads: usize, log: &Path) -> Result<Vec<Count>> {
    let output = Command::new("valgrind")
        .args(["--tool=lackey", "--trace-mem=yes", "--basic-counts=no"])
        .arg(format!("--log-file={}", log.display()))
        .arg(env::current_exe()?)
        .args(["calls", &threads.to_string()])
        .output()?;
    if !output.status.success() {
        return Err(format!("valgrind: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let printed = String::from_utf8(output.stdout)?;
    let (marker, maps) = printed.split_once('\n').ok_or("no marker")?;
    let mut phases = phases(log, marker.parse()?)?;
    if phases.len() != threads * CASES.len() * RUNS {
        return Err(format!("{} phases for {threads} threads", phases.len()).into());
    }
    let code = Code::new(maps);
    let mut of_case: Vec<Vec<Phase>> = CASES.iter().map(|_| Vec::new()).collect();
    while !phases.is_empty() {
        for of_case in &mut of_case {
            of_case.extend(phases.drain(..RUNS).min_by_key(Phase::length));
        }
    }
    Ok(of_case.iter().map(|phases| per_call(phases, &code)).collect())
}

fn per_call(phases: &[Phase], code: &Code) -> Count {
    let mut touched: HashMap<u64, usize> = HashMap::new();
    for line in phases.iter().flat_map(|phase| &phase.touched) {
        *touched.entry(*line).or_default() += 1;
    }
    let (mut shared, mut locked) = (0, Some(0));
    let mut places: HashMap<u64, u64> = HashMap::new();
    for phase in phases {
        let often = |instruction: &u64| phase.instructions[instruction].0 >= OFTEN;
        for ((instruction, line), times) in &phase.writes {
            if touched[line] > 1 && often(instruction) {
                shared += times;
                *places.entry(*instruction).or_default() += times;
            }
        }
        for (instruction, (times, length)) in &phase.instructions {
            match code.locks(*instruction, *length) {
                Some(true) if often(instruction) => {
                    locked = locked.map(|locked| locked + times);
                    places.entry(*instruction).or_insert(*times);
                }
                Some(_) => {}
                None => locked = None,
            }
        }
    }
    let calls = phases.len() as f64 * CALLS as f64;
    let place = |(instruction, times): (&u64, &u64)| {
        format!("  {:.2} a call at {}", *times as f64 / calls, code.place(*instruction))
    };
    let mut places: Vec<_> = places.iter().map(place).collect();
    places.sort();
    Count {
        shared: shared as f64 / calls,
        locked: locked.map(|locked| locked as f64 / calls),
        places: places.join("\n"),
    }
}

/// Stored to at both ends of what is looked at.
static MARKER: AtomicU64 = AtomicU64::new(0);

/// In a child under valgrind: the calls. Prints where the marker is, and the memory map.
pub(crate) fn make_calls(threads: &str) -> Result<()> {
    in_turn(threads.parse()?);
    println!("{}", std::ptr::from_ref(&MARKER).addr());
    print!("{}", fs::read_to_string("/proc/self/maps")?);
    Ok(())
}

/// Each thread starts the next one when it is done, and waits for it: all stay alive, and none runs beside another.
fn in_turn(threads: usize) {
    for (_, _, call) in CASES {
        // What a thread does at its first calls, and the first calls that fill a window, are not looked at.
        (0..12).for_each(|x| _ = black_box(call(x)));
        for _ in 0..RUNS {
            thread::sleep(TWO_TICKS);
            MARKER.store(1, Ordering::Relaxed);
            (0..CALLS).for_each(|x| _ = black_box(call(x)));
            MARKER.store(2, Ordering::Relaxed);
        }
    }
    if threads > 1 {
        thread::spawn(move || in_turn(threads - 1)).join().expect("no panic");
    }
}
