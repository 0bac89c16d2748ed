//! What stands behind one router, and who watches the registry for it.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use axum::body::Bytes;
use tokio::{
    sync::Semaphore,
    task,
    time::{self, MissedTickBehavior},
};

use super::{
    Options,
    answer::{Refused, as_json},
    figures::Figures,
    hystrix,
    ring::{Reader, Ring, Seat},
    row::Row,
    sight::{self, Sight},
    telling::{Telling, wall},
    view::{Changed, Changes, Health, NOTE, Past, Status},
};
use crate::{
    PolicyKind, PolicySnapshot, Registry,
    config::{self, Change},
};

/// How often events are looked for; and after so many looks, what is told one by one, the figures, and that there is
/// nothing new.
const LOOK: Duration = Duration::from_millis(50);
const SINGLE: u64 = 4;
const FIGURES: u64 = 20;
const COMMENT: u64 = 300;
/// How long after the last question it goes on watching.
const PATIENCE: Duration = Duration::from_mins(1);
/// How many questions that look at everything are answered at a time, whoever asks how many.
const DESKS: usize = 4;

/// What stands behind one router.
pub(super) struct Board {
    pub(super) options: Options,
    /// Of our own stream, and of the one for Hystrix.
    pub(super) ring: Arc<Ring>,
    hystrix: Arc<Ring>,
    streams: Arc<AtomicUsize>,
    desks: Semaphore,
    started: SystemTime,
    watch: Mutex<Watch>,
    /// Locked after the watch, if both are.
    figures: Mutex<Figures>,
    /// The last status, and when it was begun.
    status: tokio::sync::Mutex<Option<(Instant, Bytes)>>,
}

#[derive(Default)]
struct Watch {
    is_on: bool,
    /// When somebody last asked.
    asked: Option<time::Instant>,
}

impl Board {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            ring: Arc::new(Ring::new()),
            hystrix: Arc::new(Ring::new()),
            streams: Arc::default(),
            desks: Semaphore::new(DESKS),
            started: SystemTime::now(),
            watch: Mutex::default(),
            figures: Mutex::default(),
            status: tokio::sync::Mutex::default(),
        }
    }

    pub(super) const fn registry(&self) -> &Registry {
        &self.options.registry
    }

    fn lock(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_figures(&self) -> MutexGuard<'_, Figures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody asks, so the registry is watched, from the next event on.
    pub(super) fn watch(self: &Arc<Self>) {
        let mut watch = self.lock();
        watch.asked = Some(time::Instant::now());
        if watch.is_on {
            return;
        }
        watch.is_on = true;
        let telling = Telling::new(self.registry().events());
        self.ring.begin(telling.first());
        drop(watch);
        task::spawn(run(Watching { board: Arc::clone(self), is_over: false }, telling));
    }

    /// A stream that tells the events after this number first, or only those to come; `None` if too many are open.
    pub(super) fn enter(self: &Arc<Self>, after: Option<u64>) -> Option<Reader> {
        let seat = Seat::take(&self.streams)?;
        // The watch first, so that the number is compared with what it hears of.
        self.watch();
        Some(self.ring.enter(after, seat))
    }

    /// The same for a Hystrix dashboard.
    pub(super) fn enter_hystrix(self: &Arc<Self>) -> Option<Reader> {
        let seat = Seat::take(&self.streams)?;
        self.watch();
        Some(self.hystrix.enter(None, seat))
    }

    /// Whether nobody has asked for so long that it can stop; then it has stopped.
    fn stop_if_alone(&self) -> bool {
        let mut watch = self.lock();
        let is_recent = watch.asked.is_some_and(|asked| asked.elapsed() < PATIENCE);
        if is_recent || self.streams.load(Ordering::Acquire) > 0 {
            return false;
        }
        self.stop(&mut watch);
        true
    }

    fn stop(&self, watch: &mut Watch) {
        watch.is_on = false;
        self.lock_figures().rest();
        self.ring.rest();
        self.hystrix.rest();
    }

    /// Answers a question that looks at everything, on a thread that may take its time.
    pub(super) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Self) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        // Never closed.
        let _desk = self.desks.acquire().await;
        let board = Arc::clone(self);
        let answer = task::spawn_blocking(move || question(&board)).await;
        answer.unwrap_or_else(|_| Err(Refused::unanswered()))
    }

    /// One policy as it is now.
    pub(super) fn find(&self, kind: PolicyKind, name: &str) -> Option<(PolicySnapshot, Row)> {
        Sight::of(self.registry()).find(kind, name)
    }

    /// A row with its last minute.
    pub(super) fn past(&self, row: Row) -> Past {
        self.lock_figures().past(row)
    }

    /// What has changed within this second, for both streams.
    fn figures(&self) -> (String, String) {
        let mut sight = Sight::of(self.registry());
        let is_for_hystrix = self.hystrix.is_read();
        let mut figures = self.lock_figures();
        let text = figures.tell(&mut sight);
        let hystrix = if is_for_hystrix {
            hystrix::text(self.registry(), &sight.snapshot, &figures)
        } else {
            String::new()
        };
        (text, hystrix)
    }

    /// The status as JSON. Whoever asks while another one is made gets the next, together with all who do.
    pub(super) async fn status(self: &Arc<Self>) -> Result<Bytes, Refused> {
        let asked = Instant::now();
        let mut last = self.status.lock().await;
        if let Some((begun, text)) = &*last
            && *begun >= asked
        {
            return Ok(text.clone());
        }
        let begun = Instant::now();
        let text = Bytes::from(self.ask(|board| Ok(as_json(&board.make_status()))).await?);
        *last = Some((begun, text.clone()));
        Ok(text)
    }

    fn make_status(&self) -> Status<'_> {
        // Figures that are told from here on are as new as the status.
        let (tick, sequence) = (self.lock_figures().tick, self.ring.sequence());
        let registry = self.registry();
        let sight = Sight::of(registry);
        let identity = registry.identity();
        let figures = self.lock_figures();
        let policies = sight.rows.into_iter().map(|row| figures.past(row)).collect();
        drop(figures);
        Status {
            title: &self.options.title,
            version: env!("CARGO_PKG_VERSION"),
            started_ms: wall(self.started),
            at_ms: wall(sight.snapshot.at),
            tick,
            sequence,
            actions: self.options.token.is_some(),
            service_name: identity.service_name,
            environment: identity.environment,
            health: Health::from(&sight.report),
            services: sight.services,
            policies,
            changes: self.changes(),
            config: registry.config_status().into(),
        }
    }

    fn changes(&self) -> Changes {
        let all = sight::changes(self.registry());
        let toml = config::toml(&all);
        let changed = |change: Change| {
            let name = change.name.as_deref();
            let settings = name.and_then(|name| sight::explain(self.registry(), change.kind, name));
            let setting = settings.into_iter().flatten().find(|setting| setting.key == change.key);
            Changed { otherwise: setting.and_then(|setting| setting.otherwise), change }
        };
        Changes { note: NOTE, toml, settings: all.into_iter().map(changed).collect() }
    }

    /// The lines that keep what was changed of one policy at run time.
    pub(super) fn toml(&self, kind: PolicyKind, name: &str) -> String {
        let all = sight::changes(self.registry());
        config::toml(all.iter().filter(|change| change.kind == kind && change.name.as_deref() == Some(name)))
    }
}

/// The watch goes on as long as this lives.
struct Watching {
    board: Arc<Board>,
    is_over: bool,
}

impl Drop for Watching {
    fn drop(&mut self) {
        // Where the runtime ended before the watch did, the next to ask begins another one.
        if !self.is_over {
            self.board.stop(&mut self.board.lock());
        }
    }
}

async fn run(mut watching: Watching, mut telling: Telling) {
    let board = Arc::clone(&watching.board);
    let mut looks = time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut look: u64 = 0;
    loop {
        looks.tick().await;
        let is_urgent = telling.listen();
        let mut text = String::new();
        let mut events = Vec::new();
        let has_figures = look.is_multiple_of(FIGURES);
        if has_figures || (is_urgent && look.is_multiple_of(SINGLE)) {
            (text, events) = telling.tell();
        }
        if has_figures {
            let seen = Arc::clone(&board);
            let (figures, hystrix) = task::spawn_blocking(move || seen.figures()).await.unwrap_or_default();
            text.push_str(&figures);
            board.hystrix.push(hystrix, Vec::new());
        }
        if look.is_multiple_of(COMMENT) && look > 0 {
            text.push_str(": still here\n\n");
        }
        board.ring.push(text, events);
        if has_figures && board.stop_if_alone() {
            watching.is_over = true;
            return;
        }
        look += 1;
    }
}
