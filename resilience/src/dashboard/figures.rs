//! What has changed from one second to the next.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    answer::as_json,
    row::Row,
    sight::Sight,
    telling::wall,
    track::{Point, Track},
    view::{Health, Past, ServiceRow},
};
use crate::PolicyKind;

/// What was told last, and the last minute of every policy.
#[derive(Default)]
pub(super) struct Figures {
    /// How often it was told.
    pub(super) tick: u64,
    tracks: BTreeMap<(PolicyKind, &'static str), Track>,
    /// Whether there are totals to count from.
    is_based: bool,
    services: BTreeMap<&'static str, ServiceRow>,
    health: Option<Health>,
}

#[derive(Serialize)]
struct News<'a> {
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

impl Figures {
    /// Forgets everything but the number.
    pub(super) fn rest(&mut self) {
        *self = Self { tick: self.tick, ..Self::default() };
    }

    /// A row with what only the seconds before it know.
    pub(super) fn past(&self, mut row: Row) -> Past {
        let unknown = Track::default();
        let track = self.track(row.kind, row.name).unwrap_or(&unknown);
        row.per_second = track.rates();
        Past { row, history: track.history() }
    }

    pub(super) fn track(&self, kind: PolicyKind, name: &'static str) -> Option<&Track> {
        self.tracks.get(&(kind, name))
    }

    /// What has changed since it was asked last, as messages of the stream.
    pub(super) fn tell(&mut self, sight: &mut Sight) -> String {
        let rows = std::mem::take(&mut sight.rows);
        if !std::mem::replace(&mut self.is_based, true) {
            self.tracks.extend(rows.iter().map(|row| ((row.kind, row.name), Track::from_now(row))));
            return String::new();
        }
        self.tick += 1;
        let mut told = Vec::new();
        for mut row in rows {
            let track = self.tracks.entry((row.kind, row.name)).or_default();
            let second = track.push(&row);
            row.per_second = track.rates();
            if track.row.as_ref() != Some(&row) {
                told.push(((row.kind, row.name), second));
            }
            track.row = Some(row);
        }
        let recent =
            |(key, second): (_, Point)| Some(Recent { row: self.tracks.get(&key)?.row.as_ref()?, second });
        let is_new = |service: &&ServiceRow| self.services.get(service.name) != Some(*service);
        let news = News {
            tick: self.tick,
            at_ms: wall(sight.snapshot.at),
            policies: told.into_iter().filter_map(recent).collect(),
            services: sight.services.iter().filter(is_new).collect(),
        };
        let mut text = message("figures", &news);
        let health = Health::from(&sight.report);
        if self.health.as_ref() != Some(&health) {
            text.push_str(&message("health", &HealthNews { health: &health }));
        }
        self.health = Some(health);
        let services = std::mem::take(&mut sight.services);
        self.services = services.into_iter().map(|service| (service.name, service)).collect();
        text
    }
}

fn message(name: &str, value: &impl Serialize) -> String {
    format!("event: {name}\ndata: {}\n\n", as_json(value))
}
