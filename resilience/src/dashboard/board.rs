//! What stands behind one router, and who watches the registry for it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use axum::body::Bytes;
use serde::Serialize;
use tokio::{
    task,
    time::{self, MissedTickBehavior},
};

use super::{
    Options,
    ring::{Reader, Ring},
    row::Row,
    telling::{Telling, wall},
    track::{Point, Track},
    view::{self, Changed, Changes, Health, Past, ServiceRow, Services, Status},
};
use crate::{
    ConfigError, PolicyKind, PolicySnapshot, Registry, Snapshot,
    config::{self, Change, Setting, each_kind},
    health::Report,
};

/// How often events are looked for; and after so many looks, what is told one by one, the figures, and that there is
/// nothing new.
const LOOK: Duration = Duration::from_millis(50);
const SINGLE: u64 = 4;
const FIGURES: u64 = 20;
const COMMENT: u64 = 300;
/// How long after the last question it goes on watching.
const PATIENCE: Duration = Duration::from_secs(60);

/// What stands behind one router.
pub(super) struct Board {
    pub(super) options: Options,
    pub(super) ring: Arc<Ring>,
    started: SystemTime,
    watch: Mutex<Watch>,
    /// The last status, and when it was begun.
    status: tokio::sync::Mutex<Option<(Instant, Bytes)>>,
}

#[derive(Default)]
struct Watch {
    is_on: bool,
    /// When somebody last asked.
    asked: Option<time::Instant>,
    tick: u64,
    tracks: BTreeMap<(PolicyKind, &'static str), Track>,
    /// Whether there are totals to count from.
    is_based: bool,
    services: BTreeMap<&'static str, ServiceRow>,
    health: Option<Health>,
}

impl Watch {
    fn stop(&mut self) {
        let tick = self.tick;
        *self = Self { tick, ..Self::default() };
    }
}

/// Everything that the registry says at one moment.
pub(super) struct Sight {
    pub(super) snapshot: Snapshot,
    pub(super) rows: Vec<Row>,
    pub(super) services: Vec<ServiceRow>,
    report: Report,
}

#[derive(Serialize)]
struct Figures<'a> {
    tick: u64,
    at_ms: u64,
    policies: Vec<Recent<'a>>,
    services: Vec<&'a ServiceRow>,
}

#[derive(Serialize)]
struct Recent<'a> {
    #[serde(flatten)]
    row: &'a Row,
    second: Point,
}

#[derive(Serialize)]
struct HealthNews<'a> {
    health: &'a Health,
}

impl Board {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            ring: Arc::new(Ring::new()),
            started: SystemTime::now(),
            watch: Mutex::default(),
            status: tokio::sync::Mutex::default(),
        }
    }

    pub(super) const fn registry(&self) -> &Registry {
        &self.options.registry
    }

    fn lock(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
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
        // The watch first, so that a number is compared with what it hears of.
        self.watch();
        self.ring.enter(after)
    }

    /// Whether nobody has asked for so long that it can stop; then it has stopped.
    fn stop_if_alone(&self) -> bool {
        let mut watch = self.lock();
        let is_recent = watch.asked.is_some_and(|asked| asked.elapsed() < PATIENCE);
        if is_recent || self.ring.streams() > 0 {
            return false;
        }
        watch.stop();
        self.ring.rest();
        true
    }

    /// What the registry says now.
    pub(super) fn look(&self) -> Sight {
        let registry = self.registry();
        let (snapshot, registered) = (registry.snapshot(), registry.services());
        let report = registry.health().brief();
        let services = Services::of(&snapshot, &registered, &report);
        let changed = changed_keys(registry);
        let row = |policy| {
            let mut row = Row::of(policy);
            row.service = services.of_policy(row.kind, row.name);
            row.changed = changed.get(&(row.kind, row.name)).cloned().unwrap_or_default();
            row
        };
        let rows = snapshot.policies.iter().map(row).collect();
        Sight { rows, services: services.rows, report, snapshot }
    }

    /// One policy as it is now.
    pub(super) fn find(&self, kind: PolicyKind, name: &str) -> Option<(PolicySnapshot, Row)> {
        let Sight { snapshot, rows, .. } = self.look();
        let at = snapshot.policies.iter().position(|policy| policy.kind == kind && policy.name == name)?;
        Some((snapshot.policies.into_iter().nth(at)?, rows.into_iter().nth(at)?))
    }

    /// One row as it is now, with its last minute.
    pub(super) fn past(&self, mut row: Row) -> Past {
        let watch = self.lock();
        let unknown = Track::default();
        let track = watch.tracks.get(&(row.kind, row.name)).unwrap_or(&unknown);
        row.per_second = track.rates();
        Past { row, history: track.history() }
    }

    /// What has changed within this second, as messages of the stream.
    fn figures(&self) -> String {
        let sight = self.look();
        let mut watch = self.lock();
        let Watch { tick, tracks, is_based, services, health, .. } = &mut *watch;
        if !std::mem::replace(is_based, true) {
            tracks.extend(sight.rows.iter().map(|row| ((row.kind, row.name), Track::from_now(row))));
            return String::new();
        }
        *tick += 1;
        let mut told = Vec::new();
        for mut row in sight.rows {
            let track = tracks.entry((row.kind, row.name)).or_default();
            let second = track.push(&row);
            row.per_second = track.rates();
            if track.row.as_ref() != Some(&row) {
                told.push(((row.kind, row.name), second));
            }
            track.row = Some(row);
        }
        let recent =
            |(key, second): (_, Point)| Some(Recent { row: tracks.get(&key)?.row.as_ref()?, second });
        let figures = Figures {
            tick: *tick,
            at_ms: wall(sight.snapshot.at),
            policies: told.into_iter().filter_map(recent).collect(),
            services: sight
                .services
                .iter()
                .filter(|service| services.get(service.name) != Some(*service))
                .collect(),
        };
        let mut text = message("figures", &figures);
        let now = Health::from(&sight.report);
        if health.as_ref() != Some(&now) {
            text.push_str(&message("health", &HealthNews { health: &now }));
        }
        *health = Some(now);
        *services = sight.services.into_iter().map(|service| (service.name, service)).collect();
        text
    }

    /// The status as JSON. Whoever asks while another one is made gets the next, together with all who do.
    pub(super) async fn status(self: &Arc<Self>) -> Bytes {
        let asked = Instant::now();
        let mut last = self.status.lock().await;
        if let Some((begun, text)) = &*last
            && *begun >= asked
        {
            return text.clone();
        }
        let begun = Instant::now();
        let board = Arc::clone(self);
        let made = task::spawn_blocking(move || as_json(&board.make_status())).await;
        let text = Bytes::from(made.unwrap_or_default());
        *last = Some((begun, text.clone()));
        text
    }

    fn make_status(&self) -> Status<'_> {
        let (tick, sequence) = (self.lock().tick, self.ring.sequence());
        let sight = self.look();
        let registry = self.registry();
        let identity = registry.identity();
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
            policies: sight.rows.into_iter().map(|row| self.past(row)).collect(),
            changes: self.changes(),
            config: registry.config_status().into(),
        }
    }

    fn changes(&self) -> Changes {
        let changes = changes(self.registry());
        let toml = config::toml(&changes);
        let changed = |change: Change| {
            let settings = change.name.as_deref().and_then(|name| self.explain(change.kind, name));
            let setting = settings.into_iter().flatten().find(|setting| setting.key == change.key);
            Changed { otherwise: setting.and_then(|setting| setting.otherwise), change }
        };
        Changes { note: view::NOTE, toml, settings: changes.into_iter().map(changed).collect() }
    }

    /// Every key of a policy, if there is one.
    pub(super) fn explain(&self, kind: PolicyKind, name: &str) -> Option<Vec<Setting>> {
        let inner = self.registry().inner();
        match kind {
            PolicyKind::CircuitBreaker => inner.circuit_breaker.explain(name),
            PolicyKind::Retry => inner.retry.explain(name),
            PolicyKind::Bulkhead => inner.bulkhead.explain(name),
            PolicyKind::RateLimit => inner.rate_limit.explain(name),
            PolicyKind::Timeout => inner.timeout.explain(name),
            PolicyKind::Fallback => inner.fallback.explain(name),
        }
    }

    /// One key of a policy.
    pub(super) fn setting(&self, kind: PolicyKind, name: &str, key: &str) -> Option<Setting> {
        self.explain(kind, name)?.into_iter().find(|setting| setting.key == key)
    }

    /// What a key would be if it were set to this.
    pub(super) fn preview(
        &self,
        kind: PolicyKind,
        name: &str,
        key: &str,
        value: &str,
    ) -> Result<Option<Setting>, ConfigError> {
        let inner = self.registry().inner();
        match kind {
            PolicyKind::CircuitBreaker => inner.circuit_breaker.preview(name, key, value),
            PolicyKind::Retry => inner.retry.preview(name, key, value),
            PolicyKind::Bulkhead => inner.bulkhead.preview(name, key, value),
            PolicyKind::RateLimit => inner.rate_limit.preview(name, key, value),
            PolicyKind::Timeout => inner.timeout.preview(name, key, value),
            PolicyKind::Fallback => inner.fallback.preview(name, key, value),
        }
    }

    /// The lines that keep what was changed of one policy at run time.
    pub(super) fn toml(&self, kind: PolicyKind, name: &str) -> String {
        let all = changes(self.registry());
        config::toml(all.iter().filter(|change| change.kind == kind && change.name.as_deref() == Some(name)))
    }
}

/// Everything that is written at run time.
fn changes(registry: &Registry) -> Vec<Change> {
    let inner = registry.inner();
    let mut changes = Vec::new();
    macro_rules! all {
        ($($kind:ident)*) => {
            $(changes.extend(inner.$kind.changes());)*
        };
    }
    each_kind!(all);
    changes
}

/// The keys that are written at run time, of every policy that has some.
fn changed_keys(registry: &Registry) -> BTreeMap<(PolicyKind, &'static str), Vec<&'static str>> {
    let inner = registry.inner();
    let mut keys = BTreeMap::new();
    let mut add = |kind, changed: BTreeMap<&'static str, Vec<&'static str>>| {
        keys.extend(changed.into_iter().map(|(name, changed)| ((kind, name), changed)));
    };
    add(PolicyKind::CircuitBreaker, inner.circuit_breaker.changed_keys());
    add(PolicyKind::Retry, inner.retry.changed_keys());
    add(PolicyKind::Bulkhead, inner.bulkhead.changed_keys());
    add(PolicyKind::RateLimit, inner.rate_limit.changed_keys());
    add(PolicyKind::Timeout, inner.timeout.changed_keys());
    add(PolicyKind::Fallback, inner.fallback.changed_keys());
    keys
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
            self.board.lock().stop();
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
            text.push_str(&task::spawn_blocking(move || seen.figures()).await.unwrap_or_default());
        }
        if look.is_multiple_of(COMMENT) && look > 0 {
            text.push_str(": still here\n\n");
        }
        if !text.is_empty() {
            board.ring.push(text, events);
        }
        if has_figures && board.stop_if_alone() {
            watching.is_over = true;
            return;
        }
        look += 1;
    }
}

pub(super) fn as_json(value: &impl Serialize) -> Vec<u8> {
    // Plain data with text for keys: serde_json cannot refuse it.
    serde_json::to_vec(value).unwrap_or_default()
}

fn message(name: &str, value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    format!("event: {name}\ndata: {json}\n\n")
}
