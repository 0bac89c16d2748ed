//! Instructions of a call, by callgrind, for each row.
//!
//! Without arguments it counts every row: `name, count`, separated by a tab; the closed breaker once more while somebody
//! reads events and takes snapshots. With `--check` it counts the plain calls and
//! the attributes' and compares them with `instructions.txt`; if the environment has `BLESS`, it writes that file.
//!
//! Callgrind runs this program itself, every row after the other, and dumps what it counted of the main thread within each
//! call of [`collected`]. Of several such counts the least is taken, so that a tick in between does not show.

use std::{
    collections::BTreeMap,
    env, fs,
    hint::black_box,
    io,
    path::Path,
    process::{Command, ExitCode},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle, sleep},
    time::Duration,
};

use resilience::registry;
use resilience_benches::{
    Case, Row, Subject,
    measure::{calls_in, runtime},
    row::Worker,
    rows,
};
use tokio::runtime::Runtime;

/// How often callgrind runs.
const RUNS: usize = 3;
/// How often a row is counted in each run.
const TIMES: usize = 5;
/// How many calls are counted at once, unless they take long.
const CALLS: u64 = 500;
/// Stands before the name of a row that is counted while somebody watches.
const WATCHED: &str = "watched-";
/// The linker's choices move a figure by one or two.
const TOLERANCE: u64 = 3;

fn main() -> ExitCode {
    let mode = env::args().nth(1).unwrap_or_default();
    let done = match mode.as_str() {
        "" => count("--collect-all").map(|counts| {
            for (name, count) in counts {
                println!("{name}\t{count}");
            }
            true
        }),
        "--check" => count("--collect-main").and_then(|counts| check(&counts)),
        "--collect-all" | "--collect-main" => {
            collect(mode == "--collect-main");
            Ok(true)
        }
        _ => Err(io::Error::other("unknown argument; there is `--check`")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What the committed figures are of.
fn is_main(row: &Row) -> bool {
    matches!(row.subject, Subject::Plain | Subject::Attribute)
}

/// Runs under callgrind: makes the calls of each row and says how many are counted at once.
fn collect(only_main: bool) {
    let runtime = runtime();
    let rows = rows();
    for row in rows.iter().filter(|row| !only_main || is_main(row)) {
        collect_row(row, "", &runtime);
    }
    let watch = Watch::start();
    for row in rows.iter().filter(|row| row.case == Case::Closed && row.subject == Subject::Attribute) {
        collect_row(row, WATCHED, &runtime);
    }
    drop(watch);
}

fn collect_row(row: &Row, prefix: &str, runtime: &Runtime) {
    let mut worker = {
        let _entered = runtime.enter();
        row.start()()
    };
    let calls = calls_in(Duration::from_millis(20), &mut *worker, runtime).min(CALLS);
    for _ in 0..TIMES {
        // Lets the thread of the tick have its turn: under callgrind threads run one at a time.
        sleep(Duration::from_millis(7));
        collected(&mut *worker, calls, runtime);
    }
    println!("{prefix}{}\t{calls}", row.key());
}

/// What a dashboard does while somebody looks at it: it reads the events, and takes a snapshot now and then.
struct Watch {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    fn start() -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let mut events = registry().events();
        let thread = thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                black_box(registry().snapshot());
                while events.try_next().is_some() {}
                sleep(Duration::from_millis(5));
            }
        });
        Self { is_over, thread: Some(thread) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.take().map(JoinHandle::join);
    }
}

#[inline(never)]
fn collected(worker: &mut dyn Worker, calls: u64, runtime: &Runtime) {
    black_box(worker.run(calls, runtime));
}

/// The least of a few runs: where a run puts its memory and its threads costs a few instructions now and then.
fn count(mode: &str) -> io::Result<Vec<(String, u64)>> {
    let mut least = run(mode)?;
    for _ in 1..RUNS {
        for (known, again) in least.iter_mut().zip(run(mode)?) {
            known.1 = known.1.min(again.1);
        }
    }
    Ok(least)
}

/// Runs callgrind, and reads what it counted.
fn run(mode: &str) -> io::Result<Vec<(String, u64)>> {
    let folder = env::temp_dir().join(format!("resilience-instructions-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--separate-threads=yes", "--fair-sched=yes"])
        .args(["--zero-before=instructions::collected", "--dump-after=instructions::collected"])
        .arg(format!("--callgrind-out-file={}", folder.join("out").display()))
        .arg(env::current_exe()?)
        .arg(mode)
        .output()?;
    let counts = if output.status.success() {
        read(&String::from_utf8_lossy(&output.stdout), &folder)
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    };
    fs::remove_dir_all(&folder)?;
    counts
}

fn read(told: &str, folder: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut dump = 0;
    let mut counts = Vec::new();
    for line in told.lines() {
        let (name, calls) = line.split_once('\t').ok_or_else(|| io::Error::other(line.to_owned()))?;
        let calls: u64 = calls.parse().map_err(io::Error::other)?;
        let mut least = u64::MAX;
        for _ in 0..TIMES {
            dump += 1;
            // The main thread is the first.
            least = least.min(total(&folder.join(format!("out.{dump}-01")))?);
        }
        counts.push((name.to_owned(), (least + calls / 2) / calls));
    }
    Ok(counts)
}

fn total(dump: &Path) -> io::Result<u64> {
    let text = fs::read_to_string(dump)?;
    let line = text.lines().rev().find_map(|line| line.strip_prefix("totals: "));
    line.and_then(|total| total.trim().parse().ok())
        .ok_or_else(|| io::Error::other(format!("{} has no total", dump.display())))
}

/// Whether no policy costs more switched off than on, and none more while it is watched.
fn none_dearer(counts: &[(String, u64)]) -> bool {
    let count_of = |key: &str| counts.iter().find(|(name, _)| name == key).map(|(_, count)| *count);
    let mut holds = true;
    for (name, watched) in counts {
        let unwatched = name.strip_prefix(WATCHED).and_then(count_of);
        if let Some(unwatched) = unwatched.filter(|unwatched| unwatched < watched) {
            holds = false;
            println!("{name} {watched}: more than unwatched, {unwatched}");
        }
    }
    for row in rows().iter().filter(|row| is_main(row)) {
        let Some(on) = row.case.switched_on() else { continue };
        let key_on = row.key().replacen(row.case.key(), on.key(), 1);
        if let (Some(off), Some(on)) = (count_of(&row.key()), count_of(&key_on))
            && off > on
        {
            holds = false;
            println!("{} {off}: more than {key_on}, {on}", row.key());
        }
    }
    holds
}

/// Compares with the committed figures, or commits these.
fn check(counts: &[(String, u64)]) -> io::Result<bool> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt");
    if env::var_os("BLESS").is_some() {
        let lines: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        println!("{}", lines.join("\n"));
        fs::write(file, lines.join("\n") + "\n")?;
        return Ok(true);
    }
    let text = fs::read_to_string(file)?;
    let mut known: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, count) in text.lines().filter_map(|line| line.rsplit_once(' ')) {
        known.insert(name, count.parse().map_err(io::Error::other)?);
    }
    let mut same = none_dearer(counts);
    for (name, count) in counts {
        let verdict = match known.remove(name.as_str()) {
            Some(expected) if expected.abs_diff(*count) <= TOLERANCE.max(expected / 50) => String::new(),
            Some(expected) => format!(": {expected} are committed"),
            None => String::from(": no figure is committed"),
        };
        same &= verdict.is_empty();
        println!("{name} {count}{verdict}");
    }
    for name in known.keys() {
        same = false;
        println!("{name}: committed, but there is no such row");
    }
    if !same {
        println!("if that is meant, BLESS=1 benches/instructions.sh, and say why in the commit");
    }
    Ok(same)
}
