//! Wall time: batches of calls on one thread and on two at once, the rows in a new random order in every round, while
//! nobody else keeps the processor busy.

use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    sync::{
        Barrier, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crossbeam_utils::CachePadded;
use tokio::runtime::{Builder, Runtime};

use crate::{
    gauge::{self, Patience},
    row::{Row, Worker},
};

/// What was measured of one row: nanoseconds a call, one figure for each batch.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// On one thread.
    pub alone: Vec<f64>,
    /// On one thread while the machine was not quiet.
    pub disturbed: Vec<f64>,
    /// On each of two threads with one policy.
    pub together: Vec<f64>,
    /// On each of two threads while the machine was not quiet.
    pub crowded: Vec<f64>,
    /// The same where a thread waited for a processor: all there is of a policy whose lock parks its threads.
    pub parked: Vec<f64>,
}

/// How long and how often.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Every row is measured once in each.
    pub rounds: usize,
    /// What a batch is calibrated to take.
    pub batch: Duration,
    /// How long to wait, in all, for a quiet machine.
    pub patience: Duration,
}

/// Batches of one row in one round.
const BATCHES: usize = 2;
/// A batch of two threads is cut into so many pieces, to see that the other one moves.
const PIECES: u64 = 8;
/// For undisturbed batches of two threads a round waits so many batches' time.
const PATIENCE: u32 = 30;

/// A runtime of one thread with a timer, for the async rows.
///
/// # Panics
///
/// If the machine has none to give.
#[must_use]
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime of one thread")
}

/// A row that is being measured.
struct Course {
    workers: [Box<dyn Worker>; 2],
    calls: u64,
    samples: Samples,
}

/// Measures the rows against each other.
///
/// # Panics
///
/// If a row does something else than it says.
#[must_use]
pub fn measure(rows: &[Row], plan: Plan) -> Vec<Samples> {
    let runtimes = [runtime(), runtime()];
    let mut courses: Vec<Course> = rows.iter().map(|row| Course::new(row, plan, &runtimes)).collect();
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut patience = Patience::new(plan.patience);
    for _ in 0..plan.rounds {
        fastrand::shuffle(&mut order);
        for &index in &order {
            courses[index].alone(&runtimes[0], &mut patience);
        }
        fastrand::shuffle(&mut order);
        for &index in &order {
            courses[index].together(&runtimes, plan.batch, &mut patience);
        }
    }
    for (row, course) in rows.iter().zip(&mut courses) {
        course.check(row, &runtimes);
    }
    courses.into_iter().map(|course| course.samples).collect()
}

impl Course {
    fn new(row: &Row, plan: Plan, runtimes: &[Runtime; 2]) -> Self {
        let start = {
            let _entered = runtimes[0].enter();
            row.start()
        };
        let mut course = Self { workers: [start(), start()], calls: 0, samples: Samples::default() };
        course.check(row, runtimes);
        course.calls = calls_in(plan.batch, &mut *course.workers[0], &runtimes[0]);
        course
    }

    fn check(&mut self, row: &Row, runtimes: &[Runtime; 2]) {
        for (worker, runtime) in self.workers.iter_mut().zip(runtimes) {
            row.check(&mut **worker, runtime);
        }
    }

    fn alone(&mut self, runtime: &Runtime, patience: &mut Patience) {
        let queue = Queue::mine();
        let enough = self.samples.alone.len() + BATCHES;
        loop {
            let hopeful = patience.await_quiet();
            let start = Instant::now();
            let before = queue.waited();
            let taken = timed(&mut *self.workers[0], self.calls, runtime);
            let undisturbed = gauge::quiet() && hopeful;
            if queue.waited() == before {
                let kept = if undisturbed { &mut self.samples.alone } else { &mut self.samples.disturbed };
                kept.push(each(taken, self.calls));
            }
            if self.samples.alone.len() >= enough || !patience.spend(start) {
                return;
            }
        }
    }

    fn together(&mut self, runtimes: &[Runtime; 2], batch: Duration, patience: &mut Patience) {
        let enough = self.samples.together.len() + BATCHES;
        loop {
            let hopeful = patience.await_quiet();
            let start = Instant::now();
            let parked = self.samples.parked.len();
            self.lap(runtimes, batch);
            // A policy whose lock parks its threads never gets there.
            let over = self.samples.together.len() >= enough || self.samples.parked.len() > parked;
            if over || !hopeful || !patience.spend(start) {
                return;
            }
        }
    }

    fn lap(&mut self, runtimes: &[Runtime; 2], batch: Duration) {
        let ready = Barrier::new(2);
        let lanes = [Lane::default(), Lane::default()];
        let calls = self.calls;
        let [first, second] = &mut self.workers;
        let samples = thread::scope(|scope| {
            let other = scope.spawn(|| {
                let mut lap = Lap { worker: &mut **second, calls, runtime: &runtimes[1], batch };
                lap.run(&ready, &lanes[1], &lanes[0])
            });
            let mut lap = Lap { worker: &mut **first, calls, runtime: &runtimes[0], batch };
            let samples = lap.run(&ready, &lanes[0], &lanes[1]);
            [samples, other.join().expect("the other thread")]
        });
        for Samples { together, crowded, parked, .. } in samples {
            self.samples.together.extend(together);
            self.samples.crowded.extend(crowded);
            self.samples.parked.extend(parked);
        }
    }
}

/// How many calls take so long; a whole number of pieces.
#[must_use]
pub fn calls_in(time: Duration, worker: &mut dyn Worker, runtime: &Runtime) -> u64 {
    let mut calls = PIECES;
    loop {
        let taken = timed(worker, calls, runtime).min(timed(worker, calls, runtime));
        if taken * 4 >= time {
            let whole = time.as_nanos() * u128::from(calls) / taken.as_nanos().max(1);
            return u64::try_from(whole).unwrap_or(calls).next_multiple_of(PIECES).max(PIECES);
        }
        calls *= 2;
    }
}

fn timed(worker: &mut dyn Worker, calls: u64, runtime: &Runtime) -> Duration {
    let start = Instant::now();
    black_box(worker.run(calls, runtime));
    start.elapsed()
}

/// What a thread tells the other one.
#[derive(Default)]
struct Lane {
    pieces: CachePadded<AtomicU64>,
    queue: OnceLock<Queue>,
    done: AtomicBool,
}

/// One thread's part of a measurement of two.
struct Lap<'a> {
    worker: &'a mut dyn Worker,
    calls: u64,
    runtime: &'a Runtime,
    batch: Duration,
}

impl Lap<'_> {
    /// Some batches, then more of the same until the other one has its own.
    fn run(&mut self, ready: &Barrier, mine: &Lane, other: &Lane) -> Samples {
        let queue = mine.queue.get_or_init(Queue::mine);
        let mut samples = Samples::default();
        ready.wait();
        let others = other.queue.get().expect("set before the barrier");
        let started = Instant::now();
        self.piece(mine);
        let mut calm = gauge::quiet();
        while samples.together.len() < BATCHES && started.elapsed() < PATIENCE * self.batch {
            let waited = (queue.waited(), others.waited());
            let before = other.pieces.load(Ordering::Relaxed);
            let start = Instant::now();
            (0..PIECES).for_each(|_| self.piece(mine));
            let taken = start.elapsed();
            // A batch counts only if the other thread ran beside it all the while.
            let moved = other.pieces.load(Ordering::Relaxed) - before;
            let was_calm = std::mem::replace(&mut calm, gauge::quiet());
            if moved < PIECES / 4 {
                continue;
            }
            if waited == (queue.waited(), others.waited()) {
                let kept = if was_calm && calm { &mut samples.together } else { &mut samples.crowded };
                kept.push(each(taken, self.calls));
            } else if samples.parked.len() < BATCHES {
                samples.parked.push(each(taken, self.calls));
            }
        }
        mine.done.store(true, Ordering::Relaxed);
        while !other.done.load(Ordering::Relaxed) {
            self.piece(mine);
        }
        samples
    }

    fn piece(&mut self, mine: &Lane) {
        black_box(self.worker.run(self.calls / PIECES, self.runtime));
        mine.pieces.fetch_add(1, Ordering::Relaxed);
    }
}

/// How long a thread has waited for a processor, which tells whether a batch was disturbed. Linux knows it; elsewhere no
/// batch is known to be.
struct Queue(PathBuf);

impl Queue {
    fn mine() -> Self {
        let thread = fs::read_link("/proc/thread-self").unwrap_or_default();
        Self(Path::new("/proc").join(thread).join("schedstat"))
    }

    fn waited(&self) -> Option<u64> {
        fs::read_to_string(&self.0).ok()?.split_whitespace().nth(1)?.parse().ok()
    }
}

#[allow(clippy::cast_precision_loss)] // A batch is short.
fn each(taken: Duration, calls: u64) -> f64 {
    taken.as_nanos() as f64 / calls as f64
}

/// The figure below which this share of them lies; not a number if there is none.
#[must_use]
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // An index.
pub fn quantile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        length => sorted[((length - 1) as f64 * share).round() as usize],
    }
}
